/** How a recorded act reads: when, what was done, what was said. */
import { percentOf } from '../../protocol/heartbeats.ts'
import { eventOf } from '../../protocol/history.ts'
import type { StatusLine } from '../../protocol/records.ts'
import { formatInstant, parseInstant } from '../../protocol/time.ts'
import { STATE_ROLES } from '../../protocol/words.ts'
import type { Cell, Page } from './page.ts'

type Said = Pick<StatusLine, 'timestamp' | 'status' | 'message' | 'progress' | 'metadata'>

/** An act as a row: its time, who did it (where given), the event, what was said and how far it was. */
export function actCells(act: Said, { now }: Page, by?: string): Cell[] {
  const progress = typeof act.progress === 'number' ? `(${percentOf(act.progress)}%)` : ''
  const role = STATE_ROLES[act.status as keyof typeof STATE_ROLES] ?? 'muted'
  return [
    { text: timeOf(act.timestamp, now), role: 'muted', whole: true },
    ...(by === undefined ? [] : [{ text: by, whole: true }]),
    { text: eventOf(act), role, whole: true },
    { text: [act.message, progress].filter(Boolean).join(' '), main: true },
  ]
}

/** `14:30:05Z` of today, otherwise with the date; what is no time as it stands. */
function timeOf(timestamp: string, now: number): string {
  const time = parseInstant(timestamp)
  if (time === null) return timestamp
  const iso = formatInstant(time)
  const clock = `${iso.slice(11, 19)}Z`
  return iso.slice(0, 10) === formatInstant(now).slice(0, 10) ? clock : `${iso.slice(0, 10)} ${clock}`
}
