import { invalid } from '../protocol/errors.ts'
import { namedBy } from '../protocol/labels.ts'
import { isUnread, seenIds } from '../protocol/messages.ts'
import { nearest } from '../protocol/names.ts'
import type { Sent } from '../protocol/picture.ts'
import type { Receipt } from '../protocol/records.ts'
import { formatInstant, parseInstant } from '../protocol/time.ts'
import { withForeign } from '../store/foreign/machines.ts'
import {
  BROADCAST,
  keepAllMail,
  type Listed,
  listEveryMessageId,
  listMessageIds,
  listMessages,
  loadMessage,
  mailbox,
  type Opened,
} from '../store/messages.ts'
import { pathMailFor } from '../store/path-mail.ts'
import type { Room } from '../store/room.ts'
import { listSessions, loadSession } from '../store/sessions.ts'
import { appendReceipts, readReceipts } from '../store/status.ts'
import { attempt, recordAct } from './act.ts'
import { finishBegun } from './finishing.ts'
import { actorOf } from './identify.ts'
import { defineOperation } from './operation.ts'
import { withoutMoot } from './requests.ts'
import { limited, shownMessage } from './views.ts'

/** `coord inbox`: unread messages, oldest first; reading marks them read unless `peek`. */
export const inbox = defineOperation({
  name: 'inbox',
  summary: 'Read your unread messages.',
  writes: true,
  input: {
    all: { kind: 'flag', help: 'also those you have read' },
    peek: { kind: 'flag', help: 'leave them unread' },
    from: { kind: 'text', help: 'only from this sender, by id or name' },
    limit: { kind: 'count', help: 'at most so many (default 50)' },
    as: { kind: 'text', help: 'human: the mailbox of the person' },
  },
  looks: ({ peek }) => peek === true,
  look: { peek: true },
  run(ctx, given) {
    const room = ctx.room()
    const now = ctx.now()
    const { id, session } = actorOf(ctx, room, now.wall, given.as)
    if (!given.peek) {
      finishBegun(ctx, room, now)
      attempt(ctx, () => keepAllMail(room, now.wall, [mailbox(id), BROADCAST]))
    }
    const listed: Listed = new Map()
    ctx.messageIds = () => listEveryMessageId(room, listed)
    const found = given.all ? addressedTo(room, id) : unreadOf(room, id, now.wall, { listed })
    const senders = given.from === undefined ? null : sendersOf(room, given.from, found, now.wall)
    const wanted = found.filter(({ message }) => senders === null || senders.includes(message.from))
    const { kept, omitted } = limited(wanted, given.limit, 'first')
    if (!given.peek && kept.length > 0) {
      const seen = seenIds(readReceipts(room, id))
      const fresh = kept.filter(({ message }) => !seen.has(message.id!))
      const at = formatInstant(now.wall)
      appendReceipts(
        room,
        id,
        fresh.map(({ message }) => ({ at, message: message.id!, state: 'read' as const })),
      )
      if (session && fresh.length > 0)
        recordAct(ctx, room, session, now, {
          event: 'inbox',
          message: `read ${fresh.length} message${fresh.length === 1 ? '' : 's'}`,
        })
    }
    return { messages: kept.map(shownMessage), ...(omitted > 0 ? { omitted } : {}) }
  },
})

/** The ids that a sender may be meant by: of whoever wrote, or of sessions of that name. Throws `invalid` for what is neither. */
function sendersOf(room: Room, text: string, found: Sent[], now: number): string[] {
  const own = listSessions(room).map(({ record }) => record)
  const sessions = withForeign(room, own, now)
  const named = namedBy(text, sessions).map(({ session_id }) => session_id)
  const isKnown = text === 'human' || sessions.some(({ session_id }) => session_id === text)
  if (isKnown || found.some(({ message }) => message.from === text)) return [text]
  if (named.length > 0) return named
  const known = sessions.flatMap(({ session_id, name }) => [session_id, name ?? '']).filter(Boolean)
  const suggestions = nearest(text, known)
  const near = suggestions.length > 0 ? `Did you mean ${suggestions.join(' or ')}? ` : ''
  throw invalid('from', `there is no session "${text}"`, `${near}coord sessions lists them.`, { suggestions })
}

/** When a reader began (epoch ms), and since when broadcasts concern it: since one board window before; the person all. */
function beginOf(room: Room, id: string, now: number): { started: number; since: number } {
  if (id === 'human') return { started: 0, since: 0 }
  const started = parseInstant(loadSession(room, id)?.started_at) ?? now
  return { started, since: started - room.config.messages.boardWindow }
}

/** What the command has read and listed already, which need not be read again. */
export interface Known {
  /** By box and id; who asks for many readers has each opened once. */
  opened?: Opened
  listed?: Listed
  receipts?: Receipt[]
}

/** What a reader has not read, oldest first. Bodies are opened only of messages without a receipt. */
export function unreadOf(room: Room, id: string, now: number, known: Known = {}): Sent[] {
  const { opened = new Map(), listed, receipts = readReceipts(room, id) } = known
  const seen = seenIds(receipts)
  const { started, since } = beginOf(room, id, now)
  const reader = { id, since, started, seen }
  const boxes: [string, number][] = [
    [mailbox(id), 0],
    [BROADCAST, since],
  ]
  const found = boxes.flatMap(([box, from]) =>
    listMessageIds(room, box, from, listed)
      .filter((name) => !seen.has(name))
      .flatMap((name) => openOnce(room, box, name, opened) ?? []),
  )
  const here = new Set(found.map(({ message }) => message.id))
  const waiting = pathMailFor(room, id, now).filter(
    ({ message }) => !here.has(message.id) && !seen.has(message.id!),
  )
  const unread = [...found, ...waiting].filter(({ message, sent }) => isUnread(message, sent, reader, now))
  return withoutMoot(room, unread, now).sort((a, b) => a.sent - b.sent)
}

function openOnce(room: Room, box: string, id: string, opened: Opened): Sent | null {
  const path = `${box}/${id}`
  const known = opened.get(path)
  if (known !== undefined) return known
  const found = loadMessage(room, box, id)
  opened.set(path, found)
  return found
}

/** How many messages wait for a reader. */
export function countUnread(room: Room, id: string, now: number): number {
  return unreadOf(room, id, now).length
}

/** Unread messages that no hook has put before the reader's model yet, oldest first. */
export function undeliveredTo(room: Room, id: string, now: number, known: Known = {}): Sent[] {
  const receipts = readReceipts(room, id)
  const delivered = new Set(receipts.map(({ message }) => message))
  return unreadOf(room, id, now, { ...known, receipts }).filter(({ message }) => !delivered.has(message.id!))
}

function addressedTo(room: Room, id: string): Sent[] {
  const all = [...listMessages(room, mailbox(id)), ...listMessages(room, BROADCAST)]
  return all.filter(({ message }) => message.from !== id).sort((a, b) => a.sent - b.sent)
}
