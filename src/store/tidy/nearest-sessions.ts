/** What a mistyped session id may have meant; rare, so it is not in the first bundle. */
import { nearest } from '../../protocol/names.ts'
import { isEnded } from '../../protocol/sessions.ts'
import type { Room } from '../room.ts'
import { listSessions } from '../sessions.ts'

/** The ids of live sessions nearest to a text, best first, at most three. */
export function nearestSessions(room: Room, text: string): string[] {
  const live = listSessions(room).filter(({ record }) => !isEnded(record))
  return nearest(
    text,
    live.map(({ record }) => record.session_id),
  )
}
