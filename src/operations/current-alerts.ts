/** The alerts of a room as they hold now, for whoever shows or counts them: every command tells the same ones. */
import { type AlertChanges, alertChanges, alertsAfter, openAlerts } from '../protocol/live/alerts.ts'
import { conditionsOf, SEVERITIES } from '../protocol/live/conditions.ts'
import { isOrdinary } from '../protocol/live/conflicts.ts'
import { deliveryOf, isFor } from '../protocol/live/delivery.ts'
import { liveSessions, type Tails } from '../protocol/live/sessions.ts'
import type { Picture } from '../protocol/picture.ts'
import type { Alert } from '../protocol/records.ts'
import type { AlertMemory } from '../store/alerts.ts'
import { conflictsIn } from '../store/conflicts.ts'
import { sha256 } from '../store/entropy.ts'
import { type Room, repositoryOf } from '../store/room.ts'
import { readReceipts } from '../store/status.ts'
import { readTails } from '../store/tails.ts'

/**
 * All alerts by a picture that has the names which only push, and what is to be written for that. What a monitor told of sessions is over
 * here as soon as it holds no more, whether or not one still looks. `tails` and `files`: what was read before. Reads only.
 */
export function alertsIn(
  room: Room,
  picture: Picture,
  { tails, files }: { tails?: Tails; files?: AlertMemory } = {},
): { alerts: Alert[]; changes: AlertChanges } {
  const { alerts, changes } = conflictsIn(room, picture, files)
  const watched = openAlerts(alerts).filter(({ kind }) => Object.hasOwn(SEVERITIES, kind))
  if (watched.length === 0) return { alerts, changes }
  const read = tails ?? readTails({ ...room, problems: [] })
  const rows = liveSessions(picture, read)
  const holds = conditionsOf(rows, read, picture.now, room.config.sessions.goneAfter)
  const { closed } = alertChanges(watched, holds, picture.now, sha256)
  const over = { opened: [], reopened: [], changed: [], closed }
  return {
    alerts: alertsAfter(alerts, over),
    changes: { ...changes, closed: [...changes.closed, ...closed] },
  }
}

/** The open ones that a reader (a session, `human`, or null for nobody, who sees all) has not acknowledged; that several work here is none. */
export function unreadAlerts(room: Room, alerts: Alert[], reader: string | null): Alert[] {
  const repository = repositoryOf(room)
  const theirs = openAlerts(alerts).filter((alert) => isFor(alert, reader) && !isOrdinary(alert, repository))
  if (reader === null || theirs.length === 0) return theirs
  const receipts = readReceipts({ ...room, problems: [] }, reader)
  return theirs.filter(({ id }) => deliveryOf(receipts, id) !== 'read')
}
