/** What registered sessions say by status lines of their own (`echo '{…}' >> COORDINATION/status/NAME_status.json`). */
import { percentOf, stateOf } from '../heartbeats.ts'
import type { Records } from '../picture.ts'
import type { Session, StatusLine } from '../records.ts'
import { isEnded, lastSign } from '../sessions.ts'
import { parseInstant } from '../time.ts'
import type { Tails } from './sessions.ts'

/**
 * The records with what the last lines of `tails` say that no act of coord wrote (`metadata.event`): the line is a sign of life, and where
 * it is newer than the session's own, its status, message, progress and task are the session's too. An act says the rest anew.
 */
export function withSaid(records: Records, tails: Tails): Records {
  const signs = new Map(records.signs)
  const sessions = records.sessions.map((session) => {
    const id = session.session_id
    const line = isEnded(session) ? undefined : tails.get(id)?.at(-1)
    const time = line && newsOf(line, lastSign(session))
    if (!line || time == null) return session
    signs.set(id, Math.max(time, signs.get(id) ?? time))
    return { ...session, state: line.status, last: workOf(session, line) }
  })
  return { ...records, sessions, signs }
}

/** When a line was written, if by nobody of coord and not before the sign; `date` tells whole seconds, so within one second the later line wins. */
function newsOf({ timestamp, metadata }: StatusLine, sign: number | null): number | null {
  const time = parseInstant(timestamp)
  if (time === null || metadata?.event !== undefined) return null
  const since = sign === null ? Number.NEGATIVE_INFINITY : time % 1000 === 0 ? sign - (sign % 1000) : sign + 1
  return time >= since ? time : null
}

/** As after a push (operations/push.ts): target, phase and files of the last heartbeat go on, its action where that means the same. */
function workOf({ last }: Session, line: StatusLine) {
  const { timestamp, status, message, task_id } = line
  return {
    ...last,
    timestamp,
    action: last?.action && stateOf(last.action) === status ? last.action : null,
    message: message ?? null,
    state: status,
    progress: progressIn(line),
    task_id: task_id ?? null,
  }
}

/** The progress of a line as a session has it (`45%`); null for none. */
export function progressIn({ progress }: StatusLine): string | null {
  const isShare = typeof progress === 'number' && progress >= 0 && progress <= 1
  return isShare ? `${percentOf(progress, 1)}%` : null
}

/** The acts that say what a session is at; claims and messages say what it did meanwhile. */
const WORDS: unknown[] = [undefined, 'push', 'heartbeat', 'hook', 'start']

/** The newest line that says what its writer is at. */
export function lastWord(lines: StatusLine[]): StatusLine | undefined {
  return lines.findLast(({ metadata }) => WORDS.includes(metadata?.event))
}
