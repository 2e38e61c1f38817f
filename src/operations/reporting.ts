/** The facts of a report, gathered once from the room, its mail and the machine. Reads only. */
import type { Context } from '../context.ts'
import { LIFECYCLE } from '../protocol/channels.ts'
import type { Moment } from '../protocol/claims.ts'
import { groupBy } from '../protocol/groups.ts'
import type { AlertChanges } from '../protocol/live/alerts.ts'
import { openAlerts } from '../protocol/live/alerts.ts'
import { isConflict } from '../protocol/live/conflicts.ts'
import type { Tails } from '../protocol/live/sessions.ts'
import type { Need } from '../protocol/needs.ts'
import { look, type Picture, type Sent } from '../protocol/picture.ts'
import type { Alert, Session } from '../protocol/records.ts'
import { beside } from '../protocol/report/alerts.ts'
import { type LifecycleEvent, lifecycleOf } from '../protocol/report/lifecycle.ts'
import {
  isFileLock,
  type ReportedSession,
  reportedSession,
  type TimedClaim,
} from '../protocol/report/sessions.ts'
import { countMessages, type Statistics } from '../protocol/report/statistics.ts'
import { listPublished } from '../store/channels.ts'
import { listEveryReceipt, listEverySession } from '../store/history.ts'
import { listEveryMessageId } from '../store/messages.ts'
import type { Room } from '../store/room.ts'
import { sizeOfRoom } from '../store/size.ts'
import { readEverything, type WholeSnapshot } from '../store/snapshot.ts'
import { readTails } from '../store/tails.ts'
import { standingOf } from '../store/uptime.ts'
import { allNeeds } from './conflict-needs.ts'
import { alertsIn, unreadAlerts } from './current-alerts.ts'
import { callerOf } from './identify.ts'
import { unreadOf } from './inbox.ts'
import { withPushers } from './pushers.ts'
import { seenClaim } from './views.ts'

/** What was gathered. `reader` is whose mail counts as unread: the session that asks, the person, or null. */
export interface Gathered {
  me: string | null
  reader: string | null
  picture: Picture
  /** What `coord alerts` shows to the reader, and what is to be written of alerts. */
  alerts: Alert[]
  changes: AlertChanges
  /** All open conflicts of the room. */
  conflicts: Alert[]
  /** What else needs somebody, as it is told to who asks, and as it may be told to whoever reads it later. */
  needs: Need[]
  toAnybody: Need[]
  claims: TimedClaim[]
  /** Every session of which there is a record, archived ones too. */
  everybody: Session[]
  tails: Tails
  unreadOf(id: string): Sent[]
}

/** Look at the room as who asks. Throws `not_initialized`, and as `identify` where `--session` names none. */
export function gather(ctx: Context, room: Room, now: Moment): Gathered {
  const me = callerOf(ctx, room)
  const isAgent = ctx.at.under === 'agent'
  const quiet = { ...room, problems: [] }
  const tails = readTails(quiet)
  const { records, pushing, ...known }: WholeSnapshot = readEverything(room, now, true)
  const picture = look(withPushers(room, { records, pushing }, now.wall, tails), now, room.config)
  ctx.labels = picture.labels
  const reader = me ?? (ctx.at.under === 'person' ? 'human' : null)
  const { alerts: all, changes } = alertsIn(room, picture, { tails })
  const alerts = unreadAlerts(room, all, reader)
  const needsOf = (id: string | null, agent: boolean) =>
    beside(allNeeds(room, picture, { id, agent }), alerts)
  return {
    ...{ me, reader, picture, tails, alerts, changes },
    conflicts: openAlerts(all).filter(isConflict),
    needs: needsOf(me, isAgent),
    toAnybody: needsOf(null, true),
    claims: picture.claims.map(seenClaim),
    everybody: listEverySession(quiet),
    unreadOf: (id) => unreadOf(quiet, id, now.wall, known),
  }
}

/** The registered sessions that have not ended, who asks first, then the newest sign of life. */
export function sessionsOf(room: Room, { picture, claims, me, unreadOf }: Gathered): ReportedSession[] {
  const live = picture.active.filter(({ session }) => session.registered !== false)
  const isMine = ({ session }: (typeof live)[number]) => session.session_id === me
  const ordered = [...live.filter(isMine), ...live.filter((seen) => !isMine(seen))]
  const heldBy = groupBy(claims, ({ claimed_by }) => claimed_by)
  return ordered.map((seen) => {
    const { session_id: id } = seen.session
    const found = { ...standingOf(room, seen.session), unread: unreadOf(id).length }
    return reportedSession(seen, heldBy.get(id) ?? [], found, me)
  })
}

/** The newest events of sessions' lives. */
export function lifecycleSeen(room: Room, { everybody, tails, picture }: Gathered): LifecycleEvent[] {
  const told = listPublished({ ...room, problems: [] }, LIFECYCLE, picture.now).map(({ message }) => message)
  return lifecycleOf(everybody, tails, told)
}

/** The totals of the room. */
export function statisticsOf(room: Room, { picture, alerts, claims, everybody }: Gathered): Statistics {
  const quiet = { ...room, problems: [] }
  const files = claims.filter(isFileLock).length
  return {
    active_sessions: picture.active.filter(({ session }) => session.registered !== false).length,
    total_sessions: everybody.length,
    file_locks: files,
    task_claims: claims.length - files,
    ...countMessages(listEveryMessageId(quiet), listEveryReceipt(quiet)),
    unread_alerts: alerts.length,
    room: { path: room.root, ...sizeOfRoom(room) },
  }
}

/** The names that speak without being registered. */
export function strangersOf({ picture }: Gathered): string[] {
  const pushers = picture.active.flatMap(({ session }) =>
    session.registered === false ? [session.session_id] : [],
  )
  return [...new Set([...pushers, ...picture.records.unregistered])].sort()
}
