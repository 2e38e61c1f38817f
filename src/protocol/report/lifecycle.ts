/** When sessions started, went on and ended, from their records and their last status lines. */
import { eventOf } from '../history.ts'
import type { Tails } from '../live/sessions.ts'
import type { Session } from '../records.ts'
import { isEnded, lastSign } from '../sessions.ts'
import { formatInstant, parseInstant } from '../time.ts'

/** One event of a session's life; `at` in ISO 8601. */
export interface LifecycleEvent {
  at: string
  event: 'started' | 'resumed' | 'ended'
  session_id: string
  project: string | null
  cwd: string | null
  detail: string | null
}

/** What follows the start within this is part of it. */
const START_MS = 1000

/**
 * The events of all sessions, newest first. Starts and ends come from the records, archived ones too; resumptions from status lines, so
 * only the last ones are known.
 */
export function lifecycleOf(sessions: Session[], tails: Tails): LifecycleEvent[] {
  const events = sessions.flatMap((session) => ofSession(session, tails))
  return events.sort(
    (a, b) =>
      b.at.localeCompare(a.at) || (a.session_id < b.session_id ? -1 : a.session_id > b.session_id ? 1 : 0),
  )
}

function ofSession(session: Session, tails: Tails): LifecycleEvent[] {
  const { session_id, project = null, cwd = null } = session
  const make = (event: LifecycleEvent['event'], time: number, detail: string | null = null) => ({
    ...{ at: formatInstant(time), event, session_id, project, cwd, detail },
  })
  const started = parseInstant(session.started_at)
  const resumed = (tails.get(session_id) ?? []).flatMap((line) => {
    const time = ['start', 'resume'].includes(eventOf(line)) ? parseInstant(line.timestamp) : null
    return time === null || (started !== null && time < started + START_MS) ? [] : [make('resumed', time)]
  })
  const over = isEnded(session) ? (parseInstant(session.ended_at) ?? lastSign(session)) : null
  const why = session.status === 'abandoned' ? 'given up after a long silence' : 'session ended normally'
  return [
    ...(started === null ? [] : [make('started', started)]),
    ...resumed,
    ...(over === null ? [] : [make('ended', over, why)]),
  ]
}
