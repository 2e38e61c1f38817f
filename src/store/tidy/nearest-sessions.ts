/** What a session id that is none may have meant; rare, so it is not in the first bundle. */
import { CoordError } from '../../protocol/errors.ts'
import { namedBy } from '../../protocol/labels.ts'
import { atMachine } from '../../protocol/machines/names.ts'
import { nearest } from '../../protocol/names.ts'
import type { Session } from '../../protocol/records.ts'
import { isEnded } from '../../protocol/sessions.ts'
import { formatClock, parseInstant } from '../../protocol/time.ts'
import { listForeignSessions } from '../foreign/machines.ts'
import type { Room } from '../room.ts'
import { listSessions } from '../sessions.ts'

/**
 * The error about a session that `--session` or COORD_SESSION names: of one that is over, by its id or name, with what became of it and its
 * id; else with the nearest live ones, at most three. `now`: epoch ms.
 */
export function withWayBack(error: unknown, room: Room, text: string, now: number): unknown {
  if (!(error instanceof CoordError)) return error
  const sessions = listSessions(room).map(({ record }) => record)
  const over = lastOver(sessions, text)
  const { code, message, hint } = error
  if (over) {
    const told = `${message.slice(0, message.lastIndexOf('which '))}which ${endOf(over, now)}`
    const way = `${hint?.replace(`--id ${text}`, `--id ${over.session_id}`)} brings it back`
    return new CoordError(code, told, way, { candidates: [over.session_id] })
  }
  const others = listForeignSessions(room, now)
  const abroad = others.find(({ session_id }) => session_id === text) ?? namedBy(text, others)[0]
  if (abroad) {
    const told = `${message.slice(0, message.lastIndexOf('which '))}which is of another machine,${atMachine(abroad)}`
    return new CoordError(code, told, 'Nobody acts as it here; coord start registers you.', {
      candidates: [],
    })
  }
  const live = sessions.filter((session) => !isEnded(session))
  const candidates = nearest(
    text,
    live.map(({ session_id }) => session_id),
  )
  const near = candidates.length > 0 ? `. Known: ${candidates.join(', ')}` : ''
  return new CoordError(code, message, `${hint}${near}`, { candidates })
}

/** The session of an id, or the last one of a name, that is over. */
function lastOver(sessions: Session[], text: string): Session | undefined {
  const over = sessions.filter(isEnded)
  const named = over.filter(({ name }) => name === text)
  const ended = ({ ended_at }: Session) => parseInstant(ended_at) ?? 0
  return over.find(({ session_id }) => session_id === text) ?? named.sort((a, b) => ended(b) - ended(a))[0]
}

function endOf({ status, ended_at }: Session, now: number): string {
  const at = parseInstant(ended_at)
  return `${status === 'abandoned' ? 'was given up' : 'has ended'}${at === null ? '' : ` (${formatClock(at, now)})`}`
}
