/** Messages: one immutable file each, in `messages/broadcast/` or `messages/direct/<to>/`; the file name is the id. */
import { CoordError } from '../protocol/errors.ts'
import { sentAt } from '../protocol/messages.ts'
import { encodeName } from '../protocol/names.ts'
import type { Sent } from '../protocol/picture.ts'
import type { Message } from '../protocol/records.ts'
import { fileTime, LOCAL_TIME_SLACK, parseFileTime, parseInstant, tellsMillis } from '../protocol/time.ts'
import { addFile, appendLine } from './atomic.ts'
import { sha256 } from './entropy.ts'
import { keepMail, keepMessage, keepsMail, keptPath, listMail } from './kept-mail.ts'
import { checkSize, loadRecord, recordText } from './records.ts'
import { listDirectoriesIn, place, type Room } from './room.ts'
import { readJsonLines } from './status.ts'

export const BROADCAST = 'messages/broadcast'
export const DIRECT = 'messages/direct'
/** The direct messages of late, for the board. */
export const RECENT = '.state/recent.jsonl'

/** The directory of a recipient's messages. */
export function mailbox(to: string): string {
  if (to === 'broadcast') return BROADCAST
  const name = encodeName(to, sha256)
  return `${DIRECT}/${/^\.+$/.test(name) ? name.replaceAll('.', '%2E') : name}`
}

/** Add a message under its id; a name already taken gets `-2`, `-3` …. Returns it as written. */
export function addMessage(room: Room, message: Message, id: string): Message {
  for (let copy = 1; ; copy++) {
    const added = addMessageOnce(room, message, copy === 1 ? id : `${id}-${copy}`)
    if (added) return added
  }
}

/** Add a message under its id; null where one of that id is there already. Returns it as written. */
export function addMessageOnce(room: Room, message: Message, id: string): Message | null {
  const named = { ...message, id }
  checkSize('message', named)
  const at = place(room, mailbox(message.to), `${id}.json`)
  if (!addFile(at, recordText(named), { durable: isDurable(room) })) return null
  afterwards(room, named)
  return named
}

const isDurable = (room: Room) => room.config.claims.durability === 'power'

/** The message is sent already: that the board can't show it, or that no copy can be kept, must not fail it. */
function afterwards(room: Room, message: Message): void {
  try {
    if (message.to !== 'broadcast') appendLine(place(room, RECENT), `${JSON.stringify(message)}\n`)
    keepMessage(room, `${mailbox(message.to)}/${message.id}.json`, recordText(message))
  } catch (error) {
    if (!(error instanceof CoordError)) throw error
    room.problems.push({ path: RECENT, kind: 'unwritable', detail: error.message })
  }
}

/** In a room that git tracks, keep copies of all mail, or of these boxes. */
export function keepAllMail(room: Room, now: number, boxes?: string[]): void {
  if (keepsMail(room)) keepMail(room, boxes ?? allBoxes(room), now)
}

/** Messages that were opened, by box and id (`messages/broadcast/<id>`); null where one could not be read. */
export type Opened = Map<string, Sent | null>

/** Messages of a box that are at hand, as opened. */
export const openedIn = (box: string, messages: Sent[]): Opened =>
  new Map(messages.map((sent) => [`${box}/${sent.message.id}`, sent]))

/** The names in each box, as they were listed once: what asks several questions at one look lists no box twice. */
export type Listed = Map<string, string[]>

function namesOf(room: Room, box: string, listed?: Listed): string[] {
  const known = listed?.get(box)
  if (known) return known
  const names = listMail(room, box)
  listed?.set(box, names)
  return names
}

/**
 * The ids of the messages in a box sent after `since` (epoch ms) by their names, as far as names tell. Ascending. Names begin with their
 * time, so that most are told by comparing text: those before `since` that tell the millisecond are old, of others the time is read.
 */
export function listMessageIds(room: Room, box: string, since = 0, listed?: Listed): string[] {
  if (since !== bounds.since) bounds = boundsOf(since)
  const { earliest, exactly } = bounds
  const ids: string[] = []
  for (const name of namesOf(room, box, listed)) {
    if (name < earliest || (name < exactly && (tellsMillis(name) || !isAfter(name, since)))) continue
    if (isMessageFile(name)) ids.push(name.slice(0, -5))
  }
  return ids.sort()
}

/** The last ones asked for: a thousand boxes are asked for the same. */
let bounds = { since: 0, earliest: '', exactly: '' }
const boundsOf = (since: number): typeof bounds =>
  since <= 0
    ? { since, earliest: '', exactly: '' }
    : { since, earliest: fileTime(since - LOCAL_TIME_SLACK), exactly: fileTime(since) }

const isMessageFile = (name: string) => name.endsWith('.json') && name[0] !== '.'

function isAfter(name: string, since: number): boolean {
  const named = parseFileTime(name)
  return named === null || named.time >= since - (named.exact ? 0 : LOCAL_TIME_SLACK)
}

/** The message of an id in a box, or null. A copy under another name (`x 2.json`) is named and left out. `listed`: the box has just been. */
export function loadMessage(room: Room, box: string, id: string, listed = false): Sent | null {
  const file = `${box}/${id}.json`
  const loaded =
    loadRecord(room, 'message', file, listed) ??
    (keepsMail(room) ? loadRecord(room, 'message', keptPath(file)) : null)
  const message = loaded?.record
  if (!message) return null
  if (message.id && message.id !== id) {
    room.problems.push({ path: file, kind: 'copy', detail: `repeats message ${message.id}` })
    return null
  }
  const sent = parseInstant(message.timestamp) ?? parseFileTime(`${id}.json`)?.time ?? 0
  message.id = id
  return { message, sent }
}

/** The readable messages of a box sent after `since`, oldest first; those `opened` by id need no second look. */
export function listMessages(
  room: Room,
  box: string,
  since = 0,
  listed?: Listed,
  opened?: Map<string, Sent>,
): Sent[] {
  const ids = listMessageIds(room, box, since, listed)
  if (ids.length === 0) return []
  // The names of copies say nothing of the box itself.
  const isListed = !keepsMail(room)
  const found: Sent[] = []
  for (const id of ids) {
    const message = opened?.get(id) ?? loadMessage(room, box, id, isListed)
    if (message && message.sent >= since) found.push(message)
  }
  return found.sort(olderFirst)
}

const olderFirst = (a: Sent, b: Sent) => a.sent - b.sent || (a.message.id! < b.message.id! ? -1 : 1)

/** The recipients that have a mailbox. */
export function listMailboxes(room: Room): string[] {
  return listMail(room, DIRECT, listDirectoriesIn).filter((name) => !name.startsWith('.'))
}

const allBoxes = (room: Room) => [BROADCAST, ...listMailboxes(room).map((name) => `${DIRECT}/${name}`)]

/** Every message of the room, oldest first. */
export function listAllMessages(room: Room): Sent[] {
  return allBoxes(room)
    .flatMap((box) => listMessages(room, box))
    .sort((a, b) => a.sent - b.sent)
}

/** The ids of every message of the room, by their file names, in no order; none is opened. */
export function listEveryMessageId(room: Room, listed?: Listed): string[] {
  const ids: string[] = []
  for (const box of allBoxes(room))
    for (const name of namesOf(room, box, listed)) if (isMessageFile(name)) ids.push(name.slice(0, -5))
  return ids
}

/**
 * The direct messages that `send` wrote since a time, and older ones that want an answer, from one short file: opening every mailbox would
 * cost too much.
 */
export function listRecentDirect(room: Room, since: number): Sent[] {
  const lines = readJsonLines(room, 'message', RECENT)
  return lines
    .map((message) => ({ message, sent: sentAt(message, null) }))
    .filter(({ message, sent }) => sent >= since || message.ack)
}
