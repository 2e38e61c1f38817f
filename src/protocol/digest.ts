/** What a picture needs of each session of a large room, without what is told of a session only where it is shown. */
import type { Lease, Session } from './records.ts'
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
  'parent',
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
  if (!session.waiting_for) left.add('host')
  if (PLAIN.includes(session.state ?? '') && touched.length === 0) left.add('last')
  const kept = Object.entries(session).filter(([key, value]) => value !== null && !left.has(key))
  const agent = session.agent?.vendor ? { agent: { vendor: session.agent.vendor } } : {}
  return { ...Object.fromEntries(kept), ...agent } as Session
}

const OF_A_GRANT = new Set([
  'claimed_at',
  'claim_id',
  'term_ms',
  'renew',
  'renewed_at',
  'allow_coordination',
  'estimated_duration',
  'host',
])

/** A lease for `look`, `findNeeds` and the board, without what only its holder is asked about. */
export function digestOfLease(lease: Lease): Lease {
  return Object.fromEntries(
    Object.entries(lease).filter(([key, value]) => value !== null && !OF_A_GRANT.has(key)),
  ) as unknown as Lease
}

/** What most digests have, in the order in which a packed list has it; all else of one follows in an object of its own, or 0. */
const FIELDS = ['session_id', 'status', 'current_work', 'last_seen', 'state']

/** Digests as one flat list: it is read in half the time that as many objects take. */
export function packDigests(digests: Session[]): unknown[] {
  return digests.flatMap((digest) => {
    const more = Object.entries(digest).filter(([key]) => !FIELDS.includes(key))
    return [...FIELDS.map((field) => digest[field] ?? 0), more.length > 0 ? Object.fromEntries(more) : 0]
  })
}

/** The digests of such a list. */
export function unpackDigests(list: string[]): Session[] {
  const digests: Session[] = []
  for (let i = 0; i < list.length; i += 6) {
    const digest: Session = {
      session_id: list[i]!,
      status: list[i + 1] || null,
      current_work: list[i + 2] || null,
      last_seen: list[i + 3] || null,
      state: list[i + 4] || null,
    }
    digests.push(list[i + 5] ? Object.assign(digest, list[i + 5]) : digest)
  }
  return digests
}
