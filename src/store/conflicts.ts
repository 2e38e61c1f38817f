/** The alerts of conflicts between sessions, kept in line with the room by whoever registers, is refused, looks after it, or tidies. */
import type { Moment } from '../protocol/claims.ts'
import { type AlertChanges, alertChanges, alertsAfter } from '../protocol/live/alerts.ts'
import { CONFLICTS, conflictsOf } from '../protocol/live/conflicts.ts'
import { look, type Picture } from '../protocol/picture.ts'
import type { Alert } from '../protocol/records.ts'
import { type AlertMemory, changeAlert, listAlerts, openAlert } from './alerts.ts'
import { sha256 } from './entropy.ts'
import type { Room } from './room.ts'
import { readForBoard } from './snapshot.ts'

/** All alerts as they should be by a picture, and what is to be written for that. Reads only; `files` is what was read of them before. */
export function conflictsIn(
  room: Room,
  picture: Picture,
  files?: AlertMemory,
): { alerts: Alert[]; changes: AlertChanges } {
  const known = listAlerts({ ...room, problems: [] }, files)
  const changes = alertChanges(known, conflictsOf(picture), picture.now, sha256, CONFLICTS)
  return { alerts: alertsAfter(known, changes), changes }
}

/** Write what is new of conflicts, by a picture that was read just now or is read here. Returns all alerts. Throws `unwritable`. */
export function noteConflicts(room: Room, now: Moment, seen?: Picture): Alert[] {
  const quiet = { ...room, problems: [] }
  const picture = seen ?? look(readForBoard(quiet, now).records, now, room.config)
  const { alerts, changes } = conflictsIn(room, picture)
  writeAlerts(room, changes)
  return alerts
}

/** Write what is new of alerts. Throws `unwritable`. */
export function writeAlerts(room: Room, { opened, reopened, changed, closed }: AlertChanges): void {
  for (const alert of opened) openAlert(room, alert)
  for (const alert of [...reopened, ...changed, ...closed]) changeAlert(room, alert)
}
