/** The names that only push, among the sessions of what was read. */
import { pushersOf } from '../protocol/live/pushers.ts'
import type { Tails } from '../protocol/live/sessions.ts'
import type { Records } from '../protocol/picture.ts'
import type { Room } from '../store/room.ts'
import type { WholeSnapshot } from '../store/snapshot.ts'

/**
 * The records with these names as sessions (protocol/live/pushers.ts); `unregistered` is left with those that speak otherwise. Their status
 * files are opened only where somebody speaks without being registered, or a second directory of them is named; `tails`: all that
 * were read already.
 */
export function withPushers(
  room: Room,
  { records, pushing }: Pick<WholeSnapshot, 'records' | 'pushing'>,
  now: number,
  tails?: Tails,
): Records {
  const isThere = records.unregistered.length > 0 || room.config.compat.statusDir !== null
  if (!tails && !isThere) return records
  const ids = new Set(records.sessions.map(({ session_id }) => session_id))
  const isSession = (name: string) => ids.has(name)
  const read = tails ?? room.lazy.upkeep().readTails(room, new Map(), (name) => !isSession(name))
  const found = pushersOf(read, isSession, now, room.config.sessions)
  const told = new Set([
    ...found.map(({ session_id }) => session_id),
    ...pushing.filter((id) => read.has(id)),
  ])
  return {
    ...records,
    sessions: [...records.sessions, ...found],
    unregistered: records.unregistered.filter((id) => !told.has(id)),
  }
}
