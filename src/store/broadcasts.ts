/**
 * `.state/broadcasts`: the broadcasts of late as a refresh of the board read them, for rooms that have many. Opening four hundred files
 * costs as much as starting node, and so does listing ten thousand names. A message never changes, so the next refresh opens only those that
 * came since; where their directory has not changed either, it is not even listed. After ten minutes all are read again, for what was
 * damaged meanwhile. Derived: losing it costs one full read. Only the holder of the board's lock writes it.
 */
import type { Sent } from '../protocol/picture.ts'
import { isRecord } from '../protocol/shapes.ts'
import { replaceFile } from './atomic.ts'
import { lookAt, readIfThere } from './disk.ts'
import { keepsMail, keptPath } from './kept-mail.ts'
import { BROADCAST, type Listed, listMessages } from './messages.ts'
import { inRoom, place, type Room } from './room.ts'

const FILE = '.state/broadcasts'
const BYTES = 4 << 20
/** As many names in the directory are worth it. */
const MANY = 200
const TRUSTED_MS = 600_000
/** A directory changed less than this ago may change again with the same time: file systems count in up to two seconds. */
const SETTLED_MS = 3000
/** A longer message is opened each time. */
const SHORT = 2000

interface Kept {
  /** When the oldest of them was read (epoch ms). */
  at: number
  /** Of the directory as it was listed; empty where it may have changed since. */
  stamp: string
  sent: Sent[]
}

/** The broadcasts sent after `since`, oldest first. `keeps`: by who has the board's lock. */
export function recentBroadcasts(room: Room, now: number, since: number, keeps: boolean): Sent[] {
  const stamp = stampOf(room)
  const kept = loadKept(room, now)
  if (stamp && kept?.stamp === stamp) return kept.sent.filter(({ sent }) => sent >= since)
  const listed: Listed = new Map()
  const opened = new Map(kept?.sent.map((each) => [each.message.id!, each]))
  const sent = listMessages(room, BROADCAST, since, listed, opened)
  if (keeps && listed.get(BROADCAST)!.length >= MANY) {
    const short = sent.filter(({ message }) => JSON.stringify(message).length < SHORT)
    const isWhole = short.length === sent.length
    const next: Kept = { at: kept?.at ?? now, stamp: isWhole ? stamp : '', sent: short }
    replaceFile(place(room, FILE), `${JSON.stringify(next)}\n`)
  }
  return sent
}

function stampOf(room: Room): string {
  const places = keepsMail(room) ? [BROADCAST, keptPath(BROADCAST)] : [BROADCAST]
  const times = places.map((each) => lookAt(inRoom(room, each))?.mtimeMs ?? 0)
  return times.every((time) => Date.now() - time > SETTLED_MS) ? times.join() : ''
}

function loadKept(room: Room, now: number): Kept | null {
  const reading = readIfThere(inRoom(room, FILE), BYTES)
  if (!('text' in reading)) return null
  try {
    const kept: Kept = JSON.parse(reading.text)
    const age = now - kept.at
    const isSound = kept.sent.every(
      ({ sent, message }) => sent >= 0 && message.id && isRecord('message', message),
    )
    return isSound && age >= 0 && age < TRUSTED_MS ? kept : null
  } catch {
    return null
  }
}
