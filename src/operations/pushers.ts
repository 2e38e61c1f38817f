/** What status lines say that no act of coord wrote: of the names that only push, and of sessions. */
import { pushersOf } from '../protocol/live/pushers.ts'
import { withSaid } from '../protocol/live/said.ts'
import type { Tails } from '../protocol/live/sessions.ts'
import { isSessionId } from '../protocol/names.ts'
import type { Records } from '../protocol/picture.ts'
import type { Session } from '../protocol/records.ts'
import { isEnded, lastSign } from '../protocol/sessions.ts'
import { lookAt } from '../store/disk.ts'
import { inRoom, type Room } from '../store/room.ts'
import type { WholeSnapshot } from '../store/snapshot.ts'
import { listStatusNames } from '../store/status.ts'

/**
 * The records with these names as sessions (protocol/live/pushers.ts), and with the last words of sessions (protocol/live/said.ts);
 * `unregistered` is left with those that speak otherwise. Status files of names are opened only where somebody speaks without being
 * registered, or a second directory of them is named; those of sessions where they are newer than the session's own sign. `tails`: all
 * that were read already.
 */
export function withPushers(
  room: Room,
  { records, pushing }: Pick<WholeSnapshot, 'records' | 'pushing'>,
  now: number,
  tails?: Tails,
): Records {
  const ids = new Set(records.sessions.map(({ session_id }) => session_id))
  const isSession = (name: string) => ids.has(name)
  const read = tails ?? readSome(room, records, isSession)
  if (read === null) return records
  const found = pushersOf(read, isSession, now, room.config.sessions)
  const told = new Set([
    ...found.map(({ session_id }) => session_id),
    ...pushing.filter((id) => isSessionId(id) && read.has(id)),
  ])
  const said = withSaid(records, read)
  return {
    ...said,
    sessions: [...said.sessions, ...found],
    unregistered: records.unregistered.filter((id) => !told.has(id)),
  }
}

function readSome(room: Room, records: Records, isSession: (name: string) => boolean): Tails | null {
  const isThere = records.unregistered.length > 0 || room.config.compat.statusDir !== null
  // Asking for each file of a thousand sessions that have none costs 3 ms, this list less than one.
  const named = new Set(listStatusNames(room))
  const mayHave = records.sessions.filter(({ session_id }) => named.has(session_id))
  const spoke = new Set(mayHave.filter((session) => maySay(room, session)).map((s) => s.session_id))
  if (!isThere && spoke.size === 0) return null
  const wanted = (name: string) => spoke.has(name) || (isThere && !isSession(name))
  return room.lazy.upkeep().readTails(room, new Map(), wanted)
}

/** An act appends its line at about the time that it stamps the session with. */
const SLACK_MS = 50

function maySay(room: Room, session: Session): boolean {
  if (isEnded(session)) return false
  const appended = lookAt(inRoom(room, 'status', `${session.session_id}_status.json`))?.mtimeMs
  return appended !== undefined && appended > (lastSign(session) ?? 0) + SLACK_MS
}

/**
 * The records with the pushing names that are alive among the sessions, for those who have not looked for who speaks: one directory is
 * listed, and nothing opened where all names in it are sessions.
 */
export function withThosePushing(room: Room, records: Records, now: number): Records {
  const ids = new Set(records.sessions.map(({ session_id }) => session_id))
  const unregistered = listStatusNames(room).filter((name) => !ids.has(name))
  return {
    ...withPushers(room, { records: { ...records, unregistered }, pushing: [] }, now),
    unregistered: [],
  }
}

/**
 * The records without the names that only push, which need no session; who claims, or has acted as a session that is lost (its lines
 * tell the acts that coord recorded), stays in `unregistered`.
 */
export function withoutPushers(
  room: Room,
  { records, pushing }: Pick<WholeSnapshot, 'records' | 'pushing'>,
): Records {
  const claimants = new Set(records.leases.map(({ claimed_by }) => claimed_by))
  const names = new Set(pushing.filter((id) => !claimants.has(id)))
  if (names.size === 0) return records
  const tails = room.lazy.upkeep().readTails(room, new Map(), (name) => names.has(name))
  const onlyPushes = (id: string) => tails.get(id)?.every(({ metadata }) => metadata?.event === undefined)
  return { ...records, unregistered: records.unregistered.filter((id) => !onlyPushes(id)) }
}
