/** What of a session can be had on its own machine alone, said plainly to who asks for it here. */
import { CoordError } from '../protocol/errors.ts'
import { labelOf, namedBy } from '../protocol/labels.ts'
import { atMachine } from '../protocol/machines/names.ts'
import { quote } from '../protocol/needs.ts'
import type { Session } from '../protocol/records.ts'
import { listForeignSessions } from '../store/foreign/machines.ts'
import type { Room } from '../store/room.ts'

/** The session of another machine that a text means, by id, name or as it is shown; null where it means none, or several. `now`: epoch ms. */
function sessionAbroad(room: Room, text: string, now: number): Session | null {
  const sessions = listForeignSessions(room, now)
  const named = sessions.filter(({ session_id }) => session_id === text)
  const [found, other] = named.length > 0 ? named : namedBy(text, sessions)
  return found && !other ? found : null
}

/**
 * What `find` finds of a session that a text means; what it does not find, and is a session of another machine, is a `conflict` that tells
 * where it is. `what` of it stays there, as in "its history"; `way` is what else helps.
 */
export function findHere<T>(room: Room, text: string, now: number, what: string, find: () => T, way = ''): T {
  try {
    return find()
  } catch (error) {
    const session =
      error instanceof CoordError && error.code === 'not_found' ? sessionAbroad(room, text, now) : null
    throw session ? abroadError(session, what, way) : error
  }
}

function abroadError(session: Session, what: string, way: string): CoordError {
  const { session_id, machine } = session
  const called = quote(`${labelOf(session)}${atMachine(session)}`)
  return new CoordError(
    'conflict',
    `${labelOf(session)} is a session of another machine,${atMachine(session)}: ${what} is to be had there alone`,
    `What is known of it: coord status ${called}; to write to it: coord send ${called} "…"${way}`,
    { session_id, machine },
  )
}
