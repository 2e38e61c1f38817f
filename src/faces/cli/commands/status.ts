import { status } from '../../../operations/status.ts'
import type { Need } from '../../../protocol/needs.ts'
import { needMark } from '../../../protocol/words.ts'
import { columnsIn } from '../columns.ts'
import { defineCommand } from '../command.ts'
import type { Cell, Page } from '../page.ts'
import { printSession } from '../session-page.ts'
import { claimRow, printOmitted, type ShownSession, sessionRow } from '../words.ts'

export default defineCommand(status, {
  positionals: ['session_id'],
  flags: { watch: { kind: 'flag', help: 'go on: show it again whenever something changes' } },
  examples: [
    ['coord status', 'what is going on and what needs an act'],
    ['coord status session-002', 'all that is known of one session'],
    ['coord status --watch', 'keep it on the screen'],
  ],
  print(result, page, input) {
    const {
      sessions,
      claims,
      messages,
      unread,
      unread_alerts: alerts,
      needs,
      problems,
      unregistered,
      detail,
    } = result
    if (needs.length > 0) page.line('needs attention')
    else if (input.session_id === undefined) page.line(nothingNeeded(unread))
    for (const need of needs) printNeed(need, page)
    printOmitted(result.needs_omitted, needs.length, page)
    if (detail && sessions[0]) printSession(sessions[0], detail, page)
    else printSessions(sessions, page)
    printOmitted(result.sessions_omitted, sessions.length, page)
    if (claims.length > 0) page.line('claims')
    page.rows(
      claims.map((claim) => claimRow(claim, page)),
      '  ',
    )
    printOmitted(result.claims_omitted, claims.length, page)
    if (unregistered.length > 0 && !detail) page.rows([['unregistered', unregistered.join(', ')]])
    const repaired = (detail ? [] : problems).filter(({ kind }) => kind === 'repaired')
    if (repaired.length > 0) page.line('files')
    page.rows(
      repaired.map(({ path, kind, detail }) => [path, kind, detail]),
      '  ',
    )
    if (repaired.length > 0) page.rows([[{ text: 'coord doctor tells more', role: 'muted' }]], '  ')
    const own = unread === null || detail ? '' : `${unread} unread, `
    page.line(`messages  ${own}${messages.length + (result.messages_omitted ?? 0)} in the last hour`)
    if (alerts && !detail) page.line(`alerts  ${alerts} to acknowledge: coord alerts`)
  },
})

function printSessions(sessions: ShownSession[], page: Page): void {
  page.line(sessions.length === 0 ? 'no active sessions; coord start registers one' : 'sessions')
  page.rows(
    sessions.map((session) => sessionRow(session, page)),
    '  ',
  )
}

/** Unread mail is no need of the room, but the reader should know of it. */
const nothingNeeded = (unread: number | null) =>
  unread
    ? `nothing needs you but ${unread} unread ${unread === 1 ? 'message' : 'messages'}`
    : 'nothing needs you'

/** A need on one line with the command that helps, or on two where the terminal is too narrow. */
function printNeed({ kind, text, act }: Need, page: Page): void {
  const mark = needMark(kind)
  const symbol: Cell = { text: mark.symbol, role: mark.role }
  const help: Cell[] = act ? [{ text: act, role: 'muted', whole: true }] : []
  const fits = page.width === null || columnsIn(`${text}${act ?? ''}`) + 8 <= page.width
  page.rows([[symbol, { text, main: true }, ...(fits ? help : [])]], '  ')
  if (!fits && act) page.rows([help], '       ')
}
