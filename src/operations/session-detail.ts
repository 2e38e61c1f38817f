/** What is known of one session beyond its record: `coord status SESSION`. Reads only. */

import type { Moment } from '../protocol/claims.ts'
import { actsOf, shownAct } from '../protocol/history.ts'
import type { Session } from '../protocol/records.ts'
import { isEnded } from '../protocol/sessions.ts'
import { readHistories } from '../store/history.ts'
import { processOf } from '../store/processes.ts'
import { isStopped } from '../store/rescue-look.ts'
import type { Room } from '../store/room.ts'
import { unreadOf } from './inbox.ts'

/** How many of its last acts are shown. */
const ACTS = 5

/** Its unread mail, its process (`alive`, `dead`, `unknown`) and whether it is stopped, and its last acts, oldest first. */
export function detailOf(room: Room, session: Session, now: Moment) {
  const id = session.session_id
  const process = processOf(session)
  const lines = readHistories(room, id).get(id) ?? []
  return {
    unread: isEnded(session) ? 0 : unreadOf(room, id, now.wall).length,
    process,
    stopped: process === 'alive' && isStopped(session.pid!),
    acts: actsOf(id, lines)
      .slice(-ACTS)
      .map((act) => shownAct(act)),
  }
}
