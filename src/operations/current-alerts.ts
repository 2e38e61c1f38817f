/** The alerts of a room as they hold now, for whoever shows them. */
import type { Reader } from '../protocol/hints.ts'
import { needsFor } from '../protocol/hints.ts'
import { openAlerts } from '../protocol/live/alerts.ts'
import { conditionsOf } from '../protocol/live/conditions.ts'
import { liveSessions, type Tails } from '../protocol/live/sessions.ts'
import type { Picture } from '../protocol/picture.ts'
import { type ReportedAlert, reportedAlerts } from '../protocol/report/alerts.ts'
import { listAlerts } from '../store/alerts.ts'
import type { Room } from '../store/room.ts'

/**
 * Everything that somebody should know, most urgent first, with commands that `reader` can run: needs and conditions computed from the
 * picture, and what stands open in `alerts/` of kinds that others watch. Reads only.
 */
export function currentAlerts(room: Room, picture: Picture, tails: Tails, reader: Reader): ReportedAlert[] {
  const { goneAfter } = room.config.sessions
  const conditions = conditionsOf(liveSessions(picture, tails), tails, picture.now, goneAfter)
  return reportedAlerts(needsFor(reader, picture), conditions, openAlerts(listAlerts(room)))
}
