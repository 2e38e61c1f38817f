import { cost, type SessionCost } from '../../../operations/cost.ts'
import type { Account } from '../../../protocol/hooks/accounts.ts'
import { defineCommand } from '../command.ts'
import type { Cell, Page } from '../page.ts'
import { whoCell } from '../words.ts'

export default defineCommand(cost, {
  positionals: ['session_id'],
  examples: [
    ['coord cost', 'every session that has hooks'],
    ['coord cost --since 1h', 'the last hour'],
  ],
  print({ sessions }, page) {
    if (sessions.length === 0)
      page.line('no hook has run; coord install claude|codex|cursor|gemini adds them')
    for (const session of sessions) printSession(session, page)
  },
})

function printSession(session: SessionCost, page: Page): void {
  page.rows([[whoCell(session.session_id, page), ...cells(session)]])
  page.rows(
    session.events.map(({ event, ...account }) => [event, ...cells(account)]),
    '  ',
  )
}

/** How many, how long a usual and a slow one take, all together, and what was put before the model. */
function cells({ count, p50_ms, p95_ms, total_ms, bytes }: Account): Cell[] {
  const said = bytes === 0 ? '' : `${bytes.toLocaleString('en')} bytes told`
  return [
    `${count} hook${count === 1 ? '' : 's'}`,
    `p50 ${Math.round(p50_ms)} ms`,
    { text: `p95 ${Math.round(p95_ms)} ms`, role: 'muted' },
    `${(total_ms / 1000).toFixed(1)} s`,
    said,
  ]
}
