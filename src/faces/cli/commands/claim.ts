import { claim } from '../../../operations/claim.ts'
import { formatRelative, parseInstant } from '../../../protocol/time.ts'
import { defineCommand } from '../command.ts'
import { termOf } from '../term.ts'

export default defineCommand(claim, {
  positionals: ['type', 'name'],
  flags: { wait: { kind: 'text', help: 'wait in line for it, at most so long, e.g. 10m' } },
  examples: [
    ['coord claim droplet church-guidance', 'claim it for four hours; heartbeats prolong it'],
    ['coord claim droplet church-guidance --wait 10m', 'get in line while another holds it'],
    ['coord claim file src/a.ts src/b.ts --for 30m --note "rename"', 'several files: all or nothing'],
  ],
  print({ claim: first, claims, already, took_over, handoff, handoffs }, page) {
    if (page.quiet) return
    for (const held of claims ?? [first]) {
      page.rows([[`${already ? 'already yours:' : 'claimed'} ${termOf(held, page)}`]])
    }
    if (took_over) {
      const { claimed_by, machine } = took_over
      const told = machine ? ` @${machine}, told with the next sync` : ', who was told'
      page.rows([[`taken over from ${claimed_by}${told}`]])
    }
    for (const { id, at, from, from_name, note, machine } of handoffs ?? (handoff ? [handoff] : [])) {
      const when = formatRelative(parseInstant(at) ?? 0, page.now)
      page.rows([
        [
          `handoff of ${from_name || from}${machine ? ` @${machine}` : ''}, ${when}: ${note ?? 'no note'}`,
          { text: `coord handoff --show ${id.slice(-4)}`, role: 'muted', whole: true },
        ],
      ])
    }
  },
})
