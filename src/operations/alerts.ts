import type { Context } from '../context.ts'
import { invalid } from '../protocol/errors.ts'
import { openAlerts } from '../protocol/live/alerts.ts'
import { isOrdinary } from '../protocol/live/conflicts.ts'
import { alertsNamed, type Delivery, deliveryOf, isFor, recipientsOf } from '../protocol/live/delivery.ts'
import { look } from '../protocol/picture.ts'
import type { Alert } from '../protocol/records.ts'
import { formatInstant } from '../protocol/time.ts'
import { conflictsIn, noteConflicts } from '../store/conflicts.ts'
import { type Room, repositoryOf } from '../store/room.ts'
import { readEverything } from '../store/snapshot.ts'
import { appendReceipts, readReceipts } from '../store/status.ts'
import { attempt, recordAct, refresh } from './act.ts'
import { type Actor, actorOf, callerOf, sessionOrFallback } from './identify.ts'
import { defineOperation } from './operation.ts'
import { limited } from './views.ts'

/** An alert, and how far it got to everybody whom it is for. */
export type ShownAlert = Alert & { recipients: { to: string; state: Delivery }[] }

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
    const open = openAlerts(known).filter((alert) => isFor(alert, reader?.id ?? null))
    const unread = () => {
      const receipts = reader ? readReceipts(room, reader.id) : []
      const news = open.filter((alert) => !isOrdinary(alert, repositoryOf(room)))
      return news.filter(({ id }) => deliveryOf(receipts, id) !== 'read')
    }
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
  const picture = look(readEverything(room, ctx.now()).records, ctx.now(), room.config)
  const open = openAlerts(conflictsIn(room, picture).alerts)
  return open.filter((alert) => !isOrdinary(alert, repositoryOf(room)))
}

/** All alerts, after a look at the conflicts that there are now; with `peek`, and where the room takes none, they are told all the same. */
export function alertsNow(ctx: Context, room: Room, peek = false): Alert[] {
  const now = ctx.now()
  const picture = look(readEverything({ ...room, problems: [] }, now).records, now, room.config)
  ctx.labels = picture.labels
  const noted = peek ? null : attempt(ctx, () => noteConflicts(room, now, picture))
  return noted ?? conflictsIn(room, picture).alerts
}

interface Shown {
  acknowledge?: boolean | undefined
  peek?: boolean | undefined
  limit?: number | undefined
}

/** What is shown of some alerts, marked as delivered to who looks, or as read. */
export function showAlerts(
  ctx: Context,
  room: Room,
  wanted: Alert[],
  reader: Actor | null,
  { acknowledge, peek, limit }: Shown,
): { alerts: ShownAlert[]; omitted?: number } {
  const { kept, omitted } = limited(wanted, acknowledge ? Infinity : limit, 'first')
  if (reader && !(peek && !acknowledge)) note(ctx, room, kept, reader, acknowledge ? 'read' : 'delivered')
  const shown = withRecipients(room, kept)
  return { alerts: shown, ...(omitted > 0 ? { omitted } : {}) }
}

/** Write what a reader was shown, or has read; of what is not for it only what it acknowledged. */
function note(ctx: Context, room: Room, shown: Alert[], reader: Actor, state: 'delivered' | 'read'): void {
  const now = ctx.now()
  const receipts = readReceipts({ ...room, problems: [] }, reader.id)
  const isNews = ({ id }: Alert) => {
    const before = deliveryOf(receipts, id)
    return state === 'read' ? before !== 'read' : before === 'pending'
  }
  const fresh = shown.filter((alert) => isNews(alert) && (state === 'read' || isFor(alert, reader.id)))
  if (fresh.length === 0) return
  const lines = fresh.map(({ id }) => ({ at: formatInstant(now.wall), message: id, state }))
  if (state === 'delivered') return void attempt(ctx, () => appendReceipts(room, reader.id, lines))
  appendReceipts(room, reader.id, lines)
  const message = `acknowledged ${fresh.map(({ text }) => text).join('; ')}`.slice(0, 300)
  if (reader.session) recordAct(ctx, room, reader.session, now, { event: 'alerts', message })
  else refresh(ctx, room)
}

function withRecipients(room: Room, shown: Alert[]): ShownAlert[] {
  const read = new Map<string, ReturnType<typeof readReceipts>>()
  const receiptsOf = (id: string) => {
    const found = read.get(id) ?? readReceipts({ ...room, problems: [] }, id)
    read.set(id, found)
    return found
  }
  return shown.map((alert) => ({
    ...alert,
    recipients: recipientsOf(alert).map((to) => ({ to, state: deliveryOf(receiptsOf(to), alert.id) })),
  }))
}
