/** What an agent's session is told: a brief at its start, then only what is new; only what it was shown counts as delivered. */

import { briefOf, newsOf } from '../protocol/hooks/brief.ts'
import { changesSince, knownIn } from '../protocol/hooks/changes.ts'
import type { HookEvent } from '../protocol/hooks/event.ts'
import { openAlerts } from '../protocol/live/alerts.ts'
import { isOrdinary } from '../protocol/live/conflicts.ts'
import { untoldTo } from '../protocol/live/delivery.ts'
import { look, type Picture, type Sent } from '../protocol/picture.ts'
import type { Alert } from '../protocol/records.ts'
import { formatInstant } from '../protocol/time.ts'
import { ALERTS, listAlerts } from '../store/alerts.ts'
import { conflictsIn } from '../store/conflicts.ts'
import { dropDraft } from '../store/handoffs.ts'
import { anyChanged } from '../store/hooks.ts'
import { BROADCAST, type Listed, mailbox, openedIn } from '../store/messages.ts'
import { repositoryOf } from '../store/room.ts'
import { readForBoard } from '../store/snapshot.ts'
import { appendReceipts, readReceipts } from '../store/status.ts'
import { attempt } from './act.ts'
import { freedFiles } from './hook-guard.ts'
import { type Attending, remember } from './hook-session.ts'
import { undeliveredTo } from './inbox.ts'
import { deliverPathMail } from './path-mail.ts'

function pictureFor({ ctx, room }: Pick<Attending, 'ctx' | 'room'>, listed?: Listed): Picture {
  const now = ctx.now()
  const { records } = readForBoard({ ...room, problems: [] }, now, undefined, listed)
  return look(records, now, room.config)
}

/** What it was not shown yet. Broadcasts of a picture at hand are not listed and opened again. */
function undelivered({ ctx, room, id }: Attending, seen?: Picture, listed?: Listed): Sent[] {
  const said = seen?.records.messages.filter(({ message }) => message.to === 'broadcast') ?? []
  return undeliveredTo(room, id, ctx.now().wall, { opened: openedIn(BROADCAST, said), listed })
}

/** The conflicts that it was not told of and that hold still; that others work in this repository it is told anyway. */
function untold({ ctx, room, id }: Attending, seen?: Picture): Alert[] {
  const quiet = { ...room, problems: [] }
  const alerts = openAlerts(listAlerts(quiet)).filter((alert) => !isOrdinary(alert, repositoryOf(room)))
  const told = alerts.length === 0 ? [] : untoldTo(alerts, id, readReceipts(quiet, id))
  if (told.length === 0) return []
  const now = conflictsIn(room, seen ?? pictureFor({ ctx, room }))
  const holds = new Set(openAlerts(now.alerts).map((alert) => alert.id))
  return told.filter((alert) => holds.has(alert.id))
}

function noteDelivered({ ctx, room, id }: Attending, told: Sent[], alerts: Alert[]): void {
  const at = formatInstant(ctx.now().wall)
  const ids = [...told.map(({ message }) => message.id!), ...alerts.map((alert) => alert.id)]
  const receipts = ids.map((message) => ({ at, message, state: 'delivered' as const }))
  attempt(ctx, () => appendReceipts(room, id, receipts))
}

/** What a session is told when it starts or comes back; null where it is alone and nobody wrote. */
export function briefSession(attending: Attending, { reason }: HookEvent): string | null {
  const now = attending.ctx.now().wall
  const listed: Listed = new Map()
  const picture = pictureFor(attending, listed)
  const draft = reason === 'compact' ? attending.memory.draft : null
  const unread = undelivered(attending, picture, listed)
  const freed = freedFiles(attending)
  const claims = attending.room.config.hooks.autoClaim
  const { text, told, alerts } = briefOf(picture, attending.id, unread, {
    draft,
    claims,
    freed,
    alerts: untold(attending, picture),
    coord: attending.coord(),
  })
  noteDelivered(attending, told, alerts)
  const looked = told.length < unread.length ? 0 : now
  remember(attending, { known: knownIn(picture, attending.id), draft: null, looked })
  if (draft !== null) attempt(attending.ctx, () => dropDraft(attending.room, attending.id))
  return text
}

/**
 * What is new since the session was last told, or null. `mail`: messages alone, while it works; `all`: also who came and went and what was
 * claimed. Directories that did not change since are not read.
 */
export function tellNews(attending: Attending, what: 'all' | 'mail'): string | null {
  const { ctx, room, id, memory } = attending
  const now = ctx.now().wall
  // A clock that was set back tells nothing of what came since.
  const since = memory.looked <= now ? memory.looked : 0
  deliverPathMail(ctx, room, ctx.now())
  const hasMail = anyChanged(room, [BROADCAST, mailbox(id)], since)
  const alerts = anyChanged(room, [ALERTS], since) ? untold(attending) : []
  const looks = what === 'all' && anyChanged(room, ['sessions', 'claims'], since)
  const freed = freedFiles(attending)
  if (!hasMail && !looks && freed.length + alerts.length === 0) return null
  const unread = hasMail ? undelivered(attending) : []
  if (unread.length === 0 && !looks && freed.length + alerts.length === 0) {
    remember(attending, { looked: now })
    return null
  }
  const picture = pictureFor(attending)
  const known = knownIn(picture, id)
  const changes = what === 'all' ? changesSince(memory.known, known) : []
  const lines = [...freed, ...changes]
  const { text, told, alerts: shown } = newsOf(picture, id, unread, lines, attending.coord(), alerts)
  noteDelivered(attending, told, shown)
  const more = told.length < unread.length || shown.length < alerts.length
  remember(attending, { ...(what === 'all' ? { known } : {}), looked: more ? since : now })
  return text
}
