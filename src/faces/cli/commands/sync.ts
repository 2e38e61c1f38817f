import { sync } from '../../../operations/sync.ts'
import type { Received, SeenMachine, Sent } from '../../../operations/syncing/round.ts'
import { visible } from '../../../protocol/escape.ts'
import { defineCommand } from '../command.ts'
import type { Cell } from '../page.ts'

export default defineCommand(sync, {
  flags: {
    watch: { kind: 'flag', help: 'go on: a round again and again, until Ctrl-C' },
    every: { kind: 'text', help: 'with --watch: how long between rounds (default 20s)' },
  },
  examples: [
    ['coord sync', 'one round: what others published comes, your own goes'],
    ['coord sync --watch --every 10s', 'keep the clones of a team together'],
    ['coord sync --json', 'what came and went, for programs'],
  ],
  print({ remote, machine, published, sessions, sent, received, machines, notes }, page) {
    if (page.quiet && notes.length === 0) return
    const went = published ? `published ${countsOf({ sessions, ...sent })}` : 'nothing new to publish'
    page.line(`${remote}  ${went}; received ${countsOf({ ...received })}  (this machine is @${machine})`)
    page.rows(
      machines.map((each) => machineRow(each)),
      '  ',
    )
    for (const note of notes) page.line(`note: ${visible(note)}`)
  },
})

/** `2 messages, 1 receipt`, or `nothing`. */
function countsOf(counts: Partial<Sent & Received & { sessions: number }>): string {
  const words = Object.entries(counts).filter(([, count]) => count > 0)
  return (
    words.map(([what, count]) => `${count} ${count === 1 ? what.slice(0, -1) : what}`).join(', ') || 'nothing'
  )
}

function machineRow({ machine, name, sessions, state, detail }: SeenMachine): Cell[] {
  const who = name === null ? `@${machine}` : `@${machine} ${name}`
  const told = `${sessions} ${sessions === 1 ? 'session' : 'sessions'}`
  const row: Cell[] = [who, { text: told, right: true }, state]
  return detail ? [...row, { text: detail, role: 'muted' }] : row
}
