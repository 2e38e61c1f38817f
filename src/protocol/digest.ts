/** What a picture needs of each session of a large room, without what is told of a session only where it is shown. */
import type { Session } from './records.ts'
import { tellsLastSeen } from './sessions.ts'

const ONLY_SHOWN = [
  'capabilities',
  'session_uuid',
  'project',
  'machine_id',
  'tty',
  'cwd',
  'branch',
  'worktree',
  'total_duration',
  'work_completed',
  'handoff_notes',
]

/** States in which a session needs nobody. */
const PLAIN = ['working', 'idle', 'completed']

/**
 * A session for `look` and `findNeeds` alone: they tell the same of it as of the whole record, which is several times as long. What coord
 * does not know stays in it.
 */
export function digestOf(session: Session): Session {
  const left = new Set([...ONLY_SHOWN, 'agent'])
  if (tellsLastSeen(session)) left.add('started_at').add('last_heartbeat')
  const touched = session.last?.files_touched ?? []
  if (PLAIN.includes(session.state ?? '') && touched.length === 0) left.add('last')
  const kept = Object.entries(session).filter(([key, value]) => value !== null && !left.has(key))
  const agent = session.agent?.vendor ? { agent: { vendor: session.agent.vendor } } : {}
  return { ...Object.fromEntries(kept), ...agent } as Session
}
