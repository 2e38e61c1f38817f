import type { Context } from '../context.ts'
import { invalid } from '../protocol/errors.ts'
import { openAlerts } from '../protocol/live/alerts.ts'
import { isOrdinary } from '../protocol/live/conflicts.ts'
import { alertsNamed, deliveryOf, isFor, recipientsOf, type ShownAlert } from '../protocol/live/delivery.ts'
import { look, type Picture } from '../protocol/picture.ts'
import type { Alert } from '../protocol/records.ts'
import { formatInstant } from '../protocol/time.ts'
import { writeAlerts } from '../store/conflicts.ts'
import { type Room, repositoryOf } from '../store/room.ts'
import { readEverything } from '../store/snapshot.ts'
import { appendReceipts, readReceipts } from '../store/status.ts'
import { attempt, recordAct, refresh } from './act.ts'
import { alertsIn, unreadAlerts } from './current-alerts.ts'
import { type Actor, actorOf, callerOf, sessionOrFallback } from './identify.ts'
import { defineOperation } from './operation.ts'
import { withPushers } from './pushers.ts'
import { limited } from './views.ts'

/** `coord alerts`: what somebody should know; showing it to its reader delivers it, acknowledging marks it read. */
export const alerts = defineOperation({
  name: 'alerts',
  summary: 'Show what somebody should know, and acknowledge it.',
  writes: true,
  input: {
    id: { kind: 'texts', help: 'these alone: ids, their unique ends, or kinds' },
    acknowledge: { kind: 'flag', help: 'mark those named read; with --all every open one' },
    all: { kind: 'flag', help: "also what is read, over, ordinary, or others'" },
    peek: { kind: 'flag', help: 'write nothing: what is shown does not count as delivered' },
    limit: { kind: 'count', help: 'at most so many (default 50)' },
    as: { kind: 'text', help: 'human: as the person, who sees all of the room' },
  },
  looks: onlyPeeks,
  look: { peek: true },
  run(ctx, given) {
    const room = ctx.room()
    const reader = readerOf(ctx, room, given.as, given.acknowledge)
    const known = alertsNow(ctx, room, given.peek)
    const named = given.id?.length ? alertsNamed(given.id, known) : null
    if (given.acknowledge && !named && !given.all)
      throw invalid('id', 'no alert is named', 'coord alerts --acknowledge ID, or --acknowledge --all.')
    const unread = () => unreadAlerts(room, known, reader?.id ?? null)
    const wanted = named ?? (given.all && !given.acknowledge ? everyAlert(known) : unread())
    return showAlerts(ctx, room, wanted, reader, given)
  },
})

/** Whether with some input of `alerts` or `conflicts` nothing is written. */
export function onlyPeeks({ peek, acknowledge }: Record<string, unknown>): boolean {
  return peek === true && !acknowledge
}

/** Open ones first, then those that are over, newest first. */
function everyAlert(known: Alert[]): Alert[] {
  const over = known.filter(({ closed_at }) => closed_at)
  return [...openAlerts(known), ...over.sort((a, b) => (a.since < b.since ? 1 : -1))]
}

/**
 * Who looks at alerts: a session, or the person; null for an agent without a session, and whoever else nobody knows. Throws `no_session`
 * where such a one acknowledges.
 */
export function readerOf(
  ctx: Context,
  room: Room,
  as: string | undefined,
  acknowledges = false,
): Actor | null {
  if (as !== undefined) return actorOf(ctx, room, ctx.now().wall, as)
  const id = callerOf(ctx, room)
  if (id !== null) return { id, session: sessionOrFallback(room, id), identity: null }
  if (ctx.at.under === 'person') return { id: 'human', session: null, identity: null }
  return acknowledges ? actorOf(ctx, room, ctx.now().wall) : null
}

/** The open alerts of the room as of now that tell of more than that several work in it, worst first; reads only. */
export function openAlertsIn(ctx: Context): Alert[] {
  const room = { ...ctx.room(), problems: [] }
  return unreadAlerts(room, alertsIn(room, pictureOf(ctx, room)).alerts, null)
}

function pictureOf(ctx: Context, room: Room): Picture {
  const now = ctx.now()
  return look(withPushers(room, readEverything(room, now), now.wall), now, room.config)
}

/** All alerts, after a look at the conflicts that there are now; with `peek`, and where the room takes none, they are told all the same. */
export function alertsNow(ctx: Context, room: Room, peek = false): Alert[] {
  const picture = pictureOf(ctx, { ...room, problems: [] })
  ctx.labels = picture.labels
  const { alerts, changes } = alertsIn(room, picture)
  if (!peek) attempt(ctx, () => writeAlerts(room, changes))
  return alerts
}

interface Shown {
  acknowledge?: boolean | undefined
  peek?: boolean | undefined
  limit?: number | undefined
}

/** What is shown of some alerts, marked as delivered to who looks, or as read; `acknowledged`: how many were not yet. */
export function showAlerts(
  ctx: Context,
  room: Room,
  wanted: Alert[],
  reader: Actor | null,
  { acknowledge, peek, limit }: Shown,
): { alerts: ShownAlert[]; omitted?: number; acknowledged?: number } {
  const { kept, omitted } = limited(wanted, acknowledge ? Infinity : limit, 'first')
  const isNoted = reader && !(peek && !acknowledge)
  const noted = isNoted ? noteShown(ctx, room, kept, reader, acknowledge ? 'read' : 'delivered') : 0
  const shown = withRecipients(room, kept)
  return {
    alerts: shown,
    ...(omitted > 0 ? { omitted } : {}),
    ...(acknowledge ? { acknowledged: noted } : {}),
  }
}

/** Write what a reader was shown, or has read; of what is not for it only what it acknowledged. Returns how many that was new of. */
export function noteShown(
  ctx: Context,
  room: Room,
  shown: Alert[],
  reader: Actor,
  state: 'delivered' | 'read',
): number {
  const now = ctx.now()
  const receipts = readReceipts({ ...room, problems: [] }, reader.id)
  const isNews = ({ id }: Alert) => {
    const before = deliveryOf(receipts, id)
    return state === 'read' ? before !== 'read' : before === 'pending'
  }
  const fresh = shown.filter((alert) => isNews(alert) && (state === 'read' || isFor(alert, reader.id)))
  if (fresh.length === 0) return 0
  const lines = fresh.map(({ id }) => ({ at: formatInstant(now.wall), message: id, state }))
  if (state === 'delivered') {
    attempt(ctx, () => appendReceipts(room, reader.id, lines))
    return fresh.length
  }
  appendReceipts(room, reader.id, lines)
  const message = `acknowledged ${fresh.map(({ text }) => text).join('; ')}`.slice(0, 300)
  if (reader.session) recordAct(ctx, room, reader.session, now, { event: 'alerts', message })
  else refresh(ctx, room)
  return fresh.length
}

/** Alerts with how far each got to everybody whom it is for. Reads only. */
export function withRecipients(room: Room, shown: Alert[]): ShownAlert[] {
  const read = new Map<string, ReturnType<typeof readReceipts>>()
  const receiptsOf = (id: string) => {
    const found = read.get(id) ?? readReceipts({ ...room, problems: [] }, id)
    read.set(id, found)
    return found
  }
  return shown.map((alert) => ({
    ...alert,
    recipients: recipientsOf(alert).map((to) => ({ to, state: deliveryOf(receiptsOf(to), alert.id) })),
    ...(isOrdinary(alert, repositoryOf(room)) ? { ordinary: true as const } : {}),
  }))
}
