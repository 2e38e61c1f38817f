/** What may be put away: which sessions leave the live files, which messages nobody waits for any more. Times are epoch ms. */
import type { Config } from './config.ts'
import { isExpiredMessage } from './messages.ts'
import type { Message, Session } from './records.ts'
import { isEnded, liveness, type ProcessState } from './sessions.ts'
import { formatInstant, parseInstant } from './time.ts'

/** As what a session leaves the live files, and the month of the archive, by the end of its work: `2026-11`. */
export interface Departure {
  status: 'completed' | 'abandoned'
  month: string
}

/**
 * Whether a session leaves the live files now. Ended for `archiveAfter`, but not before the board's window has passed: its receipts
 * answer for the messages shown there. Or `gone` without a sign for `abandonAfter`: one whose process runs, or that waits for its
 * person, is never given up, and one that carries no time at all neither. `sign` is its last sign of life, null: none known.
 */
export function departureOf(
  session: Session,
  sign: number | null,
  process: () => ProcessState,
  now: number,
  config: Config,
): Departure | null {
  const over = isEnded(session)
  const times = [over ? parseInstant(session.ended_at) : null, sign].filter((time) => time !== null)
  const at = times.length > 0 ? Math.max(...times) : null
  const limits = config.sessions
  const rest = over ? Math.max(limits.archiveAfter, config.messages.boardWindow) : limits.abandonAfter
  if (at === null || now - at < rest) return null
  if (!over && liveness(session, sign, process(), now, limits).level !== 'gone') return null
  const month = formatInstant(at).slice(0, 7)
  return { status: session.status === 'completed' ? 'completed' : 'abandoned', month }
}

/** What the rule of messages asks of the room. */
export interface Audience {
  /** Whether somebody may still come to read: a session that has not ended, or the person. */
  isThere(id: string): boolean
  hasSeen(reader: string, message: string): boolean
  isAnswered(message: string): boolean
}

/**
 * Whether a message past its retention may go. It stays while it is unread by a recipient who is there, and a question (`ack`) while it is
 * unanswered and somebody who asked or was asked is there: once none of them is, nobody can answer it, or wait for that.
 */
export function isForgettable(message: Message, audience: Audience, now: number): boolean {
  if (isExpiredMessage(message, now)) return true
  const id = message.id ?? ''
  const { from, to } = message
  if (message.ack && !audience.isAnswered(id)) {
    const concerned = [from, to, ...(message.expects ?? [])]
    if (concerned.some((one) => one !== 'broadcast' && audience.isThere(one))) return false
  }
  return to === 'broadcast' || !audience.isThere(to) || audience.hasSeen(to, id)
}
