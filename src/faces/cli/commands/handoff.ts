import { handoff } from '../../../operations/handoff.ts'
import { withoutControls } from '../../../protocol/escape.ts'
import { formatClock, formatRelative, formatSpan, parseInstant } from '../../../protocol/time.ts'
import { defineCommand } from '../command.ts'
import type { Page } from '../page.ts'
import { printOmitted } from '../words.ts'

export default defineCommand(handoff, {
  positionals: ['type', 'name'],
  examples: [
    ['coord handoff --to builder --note "the form is left"', 'the only claim you hold, to a session'],
    ['coord handoff droplet church-guidance --next "PRODUCTION"', 'released, for whoever claims it next'],
    ['coord handoff --all --to session-002 --note -', 'all you hold; the note from standard input'],
    ['coord handoff --list', 'what was handed over'],
  ],
  prepare: (input, io) => (input.note === '-' ? { ...input, note: io.readStdin() } : input),
  print(result, page) {
    if ('handoffs' in result) printList(result, page)
    else if ('text' in result) page.line(withoutControls(result.text.trimEnd()))
    else if (!page.quiet) printDone(result, page)
  },
})

type Result = ReturnType<(typeof handoff)['run']>
type Listed = Extract<Result, { handoffs: object }>
type Done = Exclude<Result, Listed | { text: string }> & { already?: boolean }

function printDone({ handoff: done, already }: Done, page: Page): void {
  const to = done.to_name || done.to
  for (const [at, { resource_type, resource_name, token, expires_at }] of done.claims.entries()) {
    const until = parseInstant(expires_at)
    const term =
      until === null ? '' : ` until ${formatClock(until, page.now)}, in ${formatSpan(until - page.now)}`
    const name = `${resource_type}/${resource_name}`
    page.rows([
      [
        to
          ? `${already ? 'handed over before:' : 'handed'} ${name} to ${to}${term} (token ${token})`
          : `released ${name} with a handoff for whoever claims it next`,
        { text: at > 0 ? '' : `coord handoff --show ${done.id.slice(-4)}`, role: 'muted', whole: true },
      ],
    ])
  }
}

function printList({ handoffs, omitted }: Listed, page: Page): void {
  if (handoffs.length === 0 && !page.quiet) page.line('no handoffs')
  page.rows(
    handoffs.map(({ path, id, at, from, from_name, to, to_name, claims, first }) => {
      const time = parseInstant(at)
      const names = claims.map((claim) => `${claim.resource_type}/${claim.resource_name}`).join(', ')
      return [
        { text: id ? id.slice(-4) : '–', whole: true },
        { text: time === null ? '' : formatRelative(time, page.now), role: 'muted' },
        from ? `${from_name || from} → ${to_name || to || 'whoever comes'}` : path.replace(/^handoffs\//, ''),
        names,
        first,
      ]
    }),
  )
  printOmitted(omitted, page)
}
