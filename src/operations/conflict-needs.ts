/** What of the conflicts between sessions a reader is told with everything else that needs somebody. Reads only. */
import { needsFor, type Reader } from '../protocol/hints.ts'
import { openAlerts } from '../protocol/live/alerts.ts'
import { conflictsOf, isUrgent } from '../protocol/live/conflicts.ts'
import { deliveryOf } from '../protocol/live/delivery.ts'
import { type Need, quote } from '../protocol/needs.ts'
import { called, type Picture } from '../protocol/picture.ts'
import { conflictsIn } from '../store/conflicts.ts'
import { type Room, repositoryOf } from '../store/room.ts'
import { readReceipts } from '../store/status.ts'
import { alertsIn, unreadAlerts } from './current-alerts.ts'
import { remoteNeeds } from './remote-needs.ts'

/** How many open alerts `coord alerts` would show to a reader: a session, or the person. */
export function countAlerts(room: Room, picture: Picture, reader: string): number {
  return unreadAlerts(room, alertsIn(room, picture).alerts, reader).length
}

/** Everything that needs a reader: of those that are told to work on one task as a conflict, nothing else says it. */
export function allNeeds(room: Room, picture: Picture, reader: Reader): Need[] {
  const urgent = conflictNeeds(room, picture, reader)
  const isTold = ({ kind, session_ids }: Need) =>
    kind === 'same-target' &&
    urgent.some(
      (each) => each.kind === 'task_conflict' && session_ids.every((id) => each.session_ids.includes(id)),
    )
  return [...remoteNeeds(room), ...needsFor(reader, picture).filter((need) => !isTold(need)), ...urgent]
}

/** The urgent conflicts that no other need tells, until the reader acknowledges them; `agent`: who is nobody can't act as the person. */
function conflictNeeds(room: Room, picture: Picture, { id, agent }: Reader): Need[] {
  const repository = repositoryOf(room)
  if (!conflictsOf(picture).some((cause) => isUrgent(cause, repository))) return []
  const receipts = readReceipts({ ...room, problems: [] }, id ?? 'human')
  return openAlerts(conflictsIn(room, picture).alerts)
    .filter((alert) => isUrgent(alert, repository) && deliveryOf(receipts, alert.id) !== 'read')
    .map(({ id: alert_id, kind, text, session_ids, since }) => {
      const other = session_ids?.find((each) => each !== id)
      const person = id === null && !agent ? ' --as human' : ''
      const act = other ? `coord send ${quote(called(picture, other))} "…"${person}` : null
      return { kind, text, session_ids: session_ids ?? [], act, since, alert_id }
    })
}
