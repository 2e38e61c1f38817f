/** Messages: one immutable file each, in `messages/broadcast/` or `messages/direct/<to>/`; the file name is the id. */
import { CoordError } from '../protocol/errors.ts'
import { sentAt } from '../protocol/messages.ts'
import { encodeName } from '../protocol/names.ts'
import type { Sent } from '../protocol/picture.ts'
import type { Message } from '../protocol/records.ts'
import { fileTime, LOCAL_TIME_SLACK, parseFileTime } from '../protocol/time.ts'
import { addFile, appendLine } from './atomic.ts'
import { sha256 } from './entropy.ts'
import { keepMail, keepMessage, keepsMail, keptPath, listMail } from './kept-mail.ts'
import { checkSize, loadRecord, recordText } from './records.ts'
import { place, type Room } from './room.ts'
import { readJsonLines } from './status.ts'

export const BROADCAST = 'messages/broadcast'
export const DIRECT = 'messages/direct'
const RECENT = '.state/recent.jsonl'

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

/** The ids of the messages in a box sent after `since` (epoch ms) by their names, as far as names tell. Ascending. */
export function listMessageIds(room: Room, box: string, since = 0): string[] {
  const earliest = since <= 0 ? '' : fileTime(since - LOCAL_TIME_SLACK)
  const exactly = since <= 0 ? '' : fileTime(since)
  const names = listMail(room, box).filter(
    (name) => name >= earliest && name.endsWith('.json') && !name.startsWith('.'),
  )
  const recent = since <= 0 ? names : names.filter((name) => isAfter(name, since, exactly))
  return recent.map((name) => name.slice(0, -5)).sort()
}

/** Names begin with their time, so that most old ones are told by comparing text; the rest by the time they name. */
function isAfter(name: string, since: number, exactly: string): boolean {
  if (tellsMillis(name)) return name >= exactly
  const named = parseFileTime(name)
  return named === null || named.time >= since - (named.exact ? 0 : LOCAL_TIME_SLACK)
}

/** By position, as an expression would cost its compilation at each start. */
function tellsMillis(name: string): boolean {
  if (name[19] !== '-' || name[23] !== '-') return false
  for (let i = 20; i < 23; i++) if (name[i]! < '0' || name[i]! > '9') return false
  return true
}

/** The message of an id in a box, or null. A copy under another name (`x 2.json`) is named and left out. */
export function loadMessage(room: Room, box: string, id: string): Sent | null {
  const file = `${box}/${id}.json`
  const loaded =
    loadRecord(room, 'message', file) ??
    (keepsMail(room) ? loadRecord(room, 'message', keptPath(file)) : null)
  const message = loaded?.record
  if (!message) return null
  if (message.id && message.id !== id) {
    room.problems.push({ path: file, kind: 'copy', detail: `repeats message ${message.id}` })
    return null
  }
  return { message: { ...message, id }, sent: sentAt(message, parseFileTime(`${id}.json`)?.time ?? null) }
}

/** The readable messages of a box sent after `since`, oldest first. */
export function listMessages(room: Room, box: string, since = 0): Sent[] {
  const found = listMessageIds(room, box, since).flatMap((id) => loadMessage(room, box, id) ?? [])
  return found
    .filter(({ sent }) => sent >= since)
    .sort((a, b) => a.sent - b.sent || (a.message.id! < b.message.id! ? -1 : 1))
}

/** The recipients that have a mailbox. */
export function listMailboxes(room: Room): string[] {
  return listMail(room, DIRECT).filter((name) => !name.startsWith('.'))
}

const allBoxes = (room: Room) => [BROADCAST, ...listMailboxes(room).map((name) => `${DIRECT}/${name}`)]

/** Every message of the room, oldest first. */
export function listAllMessages(room: Room): Sent[] {
  return allBoxes(room)
    .flatMap((box) => listMessages(room, box))
    .sort((a, b) => a.sent - b.sent)
}

/** The ids of every message of the room, by their file names; none is opened. */
export function listEveryMessageId(room: Room): string[] {
  return allBoxes(room).flatMap((box) => listMessageIds(room, box))
}

/** The direct messages that `send` wrote since a time, from one short file: opening every mailbox would cost too much. */
export function listRecentDirect(room: Room, since: number): Sent[] {
  const lines = readJsonLines(room, 'message', RECENT)
  return lines
    .map((message) => ({ message, sent: sentAt(message, null) }))
    .filter(({ sent }) => sent >= since)
}
