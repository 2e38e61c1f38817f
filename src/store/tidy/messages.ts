/** Messages past their retention that nobody waits for, receipts of messages that are gone, mailboxes that nobody needs. */

import { seenIds } from '../../protocol/messages.ts'
import { type Audience, isForgettable } from '../../protocol/tidy.ts'
import { isPast, parseFileTime, parseInstant } from '../../protocol/time.ts'
import { archiveMonths } from '../archived.ts'
import { lookAt, readText, removeFile } from '../disk.ts'
import { keepsMail, keptPath, listMail } from '../kept-mail.ts'
import { rewriteLines } from '../lines.ts'
import { BROADCAST, DIRECT, listAllMessages, listMailboxes, loadMessage, mailbox } from '../messages.ts'
import { withPidLock } from '../pid-lock.ts'
import { inRoom, listIn, place, type Room } from '../room.ts'
import { readAllReceipts, readJsonLines, readReceipts } from '../status.ts'
import { type Chore, removeEmpty } from './chore.ts'

/**
 * The messages that go, with their copies. `isThere` tells whether somebody may still come to read. In a tracked room only the copies go:
 * the messages are part of what people commit, and the next checkout would bring them back.
 */
export function messageChores(room: Room, now: number, isThere: (id: string) => boolean): Chore[] {
  const quiet = { ...room, problems: [] }
  const cutoff = now - room.config.messages.retention
  const audience = audienceOf(quiet, isThere)
  const goes = (box: string, name: string) => {
    const named = name.endsWith('.json') ? parseFileTime(name) : null
    if (!named || named.time >= cutoff) return false
    const message = loadMessage(quiet, box, name.slice(0, -5))?.message
    if (!message || !isPast(named.time, parseInstant(message.timestamp), cutoff)) return false
    return isForgettable(message, audience, now)
  }
  const boxes = [BROADCAST, ...listMailboxes(quiet).map((name) => `${DIRECT}/${name}`)]
  const files = boxes.flatMap((box) =>
    listMail(quiet, box).flatMap((name) => (goes(box, name) ? `${box}/${name}` : [])),
  )
  const places = files.flatMap((file) => [...(room.config.git.track ? [] : [file]), keptPath(file)])
  return places
    .filter((path) => lookAt(inRoom(room, path)))
    .map((path) => ({ kind: 'messages', path, run: () => removeFile(inRoom(room, path)) }))
}

/** Receipts and answers are read when they are first asked for. */
function audienceOf(room: Room, isThere: (id: string) => boolean): Audience {
  const seen = new Map<string, Set<string>>()
  let answered: Set<string> | undefined
  return {
    isThere,
    hasSeen(reader, message) {
      if (!seen.has(reader)) seen.set(reader, seenIds(readReceipts(room, reader)))
      return seen.get(reader)!.has(message)
    },
    isAnswered(message) {
      answered ??= answeredIn(room)
      return answered.has(message)
    },
  }
}

function answeredIn(room: Room): Set<string> {
  const archived = archiveMonths(room).flatMap((month) =>
    listIn(room, `${month}/receipts`)
      .filter((name) => name.endsWith('.jsonl'))
      .flatMap((name) => readJsonLines(room, 'receipt', `${month}/receipts/${name}`)),
  )
  const acked = [...readAllReceipts(room), ...archived].filter(({ state }) => state === 'acked')
  const replies = listAllMessages(room).flatMap(({ message }) => message.reply_to ?? [])
  return new Set([...acked.map(({ message }) => message), ...replies])
}

const BYTES = 64 << 20

/**
 * The receipts files to shorten: by the lines of messages and alerts that are gone, given longer than the retention ago. A message that is only
 * away must not come back as unread; so in a tracked room, where any checkout may bring it back, nothing goes. `going`: the messages that
 * go first.
 */
export function receiptChores(room: Room, now: number, going: Set<string>): Chore[] {
  const cutoff = now - room.config.messages.retention
  if (keepsMail(room)) return []
  return listIn(room, 'receipts').flatMap((name): Chore[] => {
    const path = `receipts/${name}`
    const reading = name.endsWith('.jsonl') ? readText(inRoom(room, path), BYTES) : { missing: true as const }
    if (!('text' in reading)) return []
    const reader = name.slice(0, -'.jsonl'.length)
    const isKept = (line: string) => !isStale(room, reader, line, cutoff, going)
    const lines = staleLines(reading.text, isKept)
    const shorten = (text: string) =>
      staleLines(text, isKept) > 0 ? text.split('\n').filter(isKept).join('\n') : text
    const run = () =>
      withPidLock(room, `session-${reader}`, 500, () => rewriteLines(place(room, path), shorten)) ?? false
    return lines > 0 ? [{ kind: 'receipts', path, lines, run }] : []
  })
}

/** How many lines go; none of a file with bytes that are no text, since these could not be written again as they are. */
function staleLines(text: string, isKept: (line: string) => boolean): number {
  return text.includes('\ufffd') ? 0 : text.split('\n').filter((line) => !isKept(line)).length
}

function isStale(room: Room, reader: string, line: string, cutoff: number, going: Set<string>): boolean {
  const receipt = parseReceipt(line)
  if (!receipt) return false
  const at = parseInstant(receipt.at)
  const named = parseFileTime(`${receipt.message}.json`)?.time ?? at
  if (named === null || !isPast(named, at, cutoff)) return false
  const files = [BROADCAST, mailbox(reader), 'alerts'].map((box) => `${box}/${receipt.message}.json`)
  return files.every((file) => going.has(file) || lookAt(inRoom(room, file)) === undefined)
}

function parseReceipt(line: string): { at: unknown; message: string } | null {
  try {
    const { at, message } = JSON.parse(line) as { at: unknown; message: unknown }
    return typeof message === 'string' && !/[/\0]/.test(message) ? { at, message } : null
  } catch {
    return null
  }
}

/** The mailboxes with nothing in them of recipients that are not there. `going`: the messages that go first. */
export function mailboxChores(room: Room, going: Set<string>, isThere: (id: string) => boolean): Chore[] {
  return listMailboxes(room).flatMap((name): Chore[] => {
    const path = `${DIRECT}/${name}`
    if (isThere(name) || !lookAt(inRoom(room, path))?.isDirectory()) return []
    if (!listIn(room, path).every((file) => going.has(`${path}/${file}`))) return []
    return [{ kind: 'mailboxes', path, run: () => removeEmpty(room, path) }]
  })
}
