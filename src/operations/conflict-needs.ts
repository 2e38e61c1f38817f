/** What of the conflicts between sessions a reader is told with everything else that needs somebody. Reads only. */
import { openAlerts } from '../protocol/live/alerts.ts'
import { conflictsOf, isOrdinary, isUrgent } from '../protocol/live/conflicts.ts'
import { deliveryOf, isFor } from '../protocol/live/delivery.ts'
import { type Need, quote } from '../protocol/needs.ts'
import { called, type Picture } from '../protocol/picture.ts'
import { conflictsIn } from '../store/conflicts.ts'
import { type Room, repositoryOf } from '../store/room.ts'
import { readReceipts } from '../store/status.ts'

/** How many open alerts `coord alerts` would show to a reader: a session, or the person. */
export function countAlerts(room: Room, picture: Picture, reader: string): number {
  const repository = repositoryOf(room)
  const theirs = openAlerts(conflictsIn(room, picture).alerts).filter(
    (alert) => isFor(alert, reader) && !isOrdinary(alert, repository),
  )
  const receipts = theirs.length === 0 ? [] : readReceipts({ ...room, problems: [] }, reader)
  return theirs.filter(({ id }) => deliveryOf(receipts, id) !== 'read').length
}

/** The urgent conflicts that no other need tells, until the reader acknowledges them; `agent`: who is nobody can't act as the person. */
export function conflictNeeds(
  room: Room,
  picture: Picture,
  { id, agent }: { id: string | null; agent: boolean },
): Need[] {
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
