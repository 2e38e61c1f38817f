/** What an agent's session is told: a brief at its start, then only what is new; only what it was shown counts as delivered. */

import { briefOf, newsOf } from '../protocol/hooks/brief.ts'
import { changesSince, knownIn } from '../protocol/hooks/changes.ts'
import type { HookEvent } from '../protocol/hooks/event.ts'
import { look, type Picture, type Sent } from '../protocol/picture.ts'
import { formatInstant } from '../protocol/time.ts'
import { dropDraft } from '../store/handoffs.ts'
import { anyChanged } from '../store/hooks.ts'
import { BROADCAST, mailbox } from '../store/messages.ts'
import { readForBoard } from '../store/snapshot.ts'
import { appendReceipts } from '../store/status.ts'
import { attempt } from './act.ts'
import { freedFiles } from './hook-guard.ts'
import { type Attending, remember } from './hook-session.ts'
import { undeliveredTo } from './inbox.ts'

function pictureFor({ ctx, room }: Attending): Picture {
  const now = ctx.now()
  return look(readForBoard({ ...room, problems: [] }, now).records, now, room.config)
}

const undelivered = ({ ctx, room, id }: Attending) => undeliveredTo(room, id, ctx.now().wall)

function noteDelivered({ ctx, room, id }: Attending, told: Sent[]): void {
  const at = formatInstant(ctx.now().wall)
  const receipts = told.map(({ message }) => ({ at, message: message.id!, state: 'delivered' as const }))
  attempt(ctx, () => appendReceipts(room, id, receipts))
}

/** What a session is told when it starts or comes back; null where it is alone and nobody wrote. */
export function briefSession(attending: Attending, { reason }: HookEvent): string | null {
  const now = attending.ctx.now().wall
  const picture = pictureFor(attending)
  const draft = reason === 'compact' ? attending.memory.draft : null
  const unread = undelivered(attending)
  const freed = freedFiles(attending)
  const claims = attending.room.config.hooks.autoClaim
  const { text, told } = briefOf(picture, attending.id, unread, {
    draft,
    claims,
    freed,
    coord: attending.coord(),
  })
  noteDelivered(attending, told)
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
  const hasMail = anyChanged(room, [BROADCAST, mailbox(id)], since)
  const looks = what === 'all' && anyChanged(room, ['sessions', 'claims'], since)
  const freed = freedFiles(attending)
  if (!hasMail && !looks && freed.length === 0) return null
  const unread = hasMail ? undelivered(attending) : []
  if (unread.length === 0 && !looks && freed.length === 0) {
    remember(attending, { looked: now })
    return null
  }
  const picture = pictureFor(attending)
  const known = knownIn(picture, id)
  const changes = what === 'all' ? changesSince(memory.known, known) : []
  const { text, told } = newsOf(picture, id, unread, [...freed, ...changes], attending.coord())
  noteDelivered(attending, told)
  const more = told.length < unread.length
  remember(attending, { ...(what === 'all' ? { known } : {}), looked: more ? since : now })
  return text
}
