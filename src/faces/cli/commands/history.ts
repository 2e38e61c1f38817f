import { history } from '../../../operations/history.ts'
import { eventOf } from '../../../protocol/history.ts'
import type { StatusLine } from '../../../protocol/records.ts'
import { formatInstant, parseInstant } from '../../../protocol/time.ts'
import { STATE_ROLES } from '../../../protocol/words.ts'
import { defineCommand } from '../command.ts'
import type { Cell } from '../page.ts'

export default defineCommand(history, {
  positionals: ['session_id'],
  examples: [
    ['coord history', 'what you did'],
    ['coord history session-002 --since 2h', 'what another did in the last two hours'],
    ['coord history --all --limit 200', 'the log of the room'],
  ],
  print({ session_id, acts, omitted, problems }, page) {
    if (omitted)
      page.line(page.paint('muted', `… ${omitted} earlier; --limit ${omitted + acts.length} shows them`))
    if (acts.length === 0 && !page.quiet)
      page.line(session_id === null ? 'nothing was recorded' : `nothing was recorded of ${session_id}`)
    page.rows(
      acts.map((act) => {
        const who = session_id === null ? [{ text: act.session_name ?? act.session, whole: true }] : []
        return [{ text: timeOf(act.timestamp, page.now), role: 'muted' }, ...who, ...saidBy(act)] as Cell[]
      }),
    )
    for (const { path, detail } of problems) page.note(`coord: ${path}: ${detail}`)
  },
})

/** What was done, what was said, and how far it was. */
function saidBy(act: StatusLine): Cell[] {
  const progress = typeof act.progress === 'number' ? `(${Math.round(act.progress * 100)}%)` : ''
  const role = STATE_ROLES[act.status as keyof typeof STATE_ROLES] ?? 'muted'
  return [{ text: eventOf(act), role }, [act.message, progress].filter(Boolean).join(' ')]
}

/** `14:30:05Z` of today, otherwise with the date; what is no time as it stands. */
function timeOf(timestamp: string, now: number): string {
  const time = parseInstant(timestamp)
  if (time === null) return timestamp
  const iso = formatInstant(time)
  const clock = `${iso.slice(11, 19)}Z`
  return iso.slice(0, 10) === formatInstant(now).slice(0, 10) ? clock : `${iso.slice(0, 10)} ${clock}`
}
