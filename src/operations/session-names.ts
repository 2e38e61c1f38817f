/** Session names, which may stand for a session as recipient, in --session and in status. */
import { CoordError, invalid } from '../protocol/errors.ts'
import { isReserved } from '../protocol/names.ts'
import type { Session } from '../protocol/records.ts'
import { isEnded } from '../protocol/sessions.ts'
import type { Room } from '../store/room.ts'
import { listSessions } from '../store/sessions.ts'

/** A name may serve as a recipient, so it must mean one session. Throws `invalid` or `conflict`. */
export function checkSessionName(room: Room, name: string, own: string | null): void {
  if (name.trim() === '' || isReserved(name))
    throw invalid('name', `name "${name}" is reserved or empty`, 'Choose another, e.g. --name builder.')
  const other = liveSessions(room).find(
    ({ session_id, name: named }) => session_id !== own && (named === name || session_id === name),
  )
  if (!other) return
  throw new CoordError(
    'conflict',
    `name "${name}" is taken by session ${other.session_id}`,
    'Choose another, or end that session first.',
  )
}

/** The sessions that have a file and have not ended. */
export const liveSessions = (room: Room): Session[] =>
  listSessions(room)
    .map(({ record }) => record)
    .filter((session) => !isEnded(session))
