/**
 * The ids of the claims that this room has sent to its remote: `.state/remote/sent`, one a line, and of the time before in `sent-before`. A
 * push of which nobody heard, as its process was killed, is found there when the ledger has long forgotten it. May be lost at any time.
 */
import fs from 'node:fs'
import { appendLine } from '../atomic.ts'
import { lookAt, readText } from '../disk.ts'
import { inRoom, place, type Room } from '../room.ts'

const FILE = '.state/remote/sent'
const BEFORE = '.state/remote/sent-before'
/** Some six thousand claims: those of days. */
const BYTES = 100_000

/** Note claims before they are pushed. Throws nothing: one that is not noted is known by the ledger for a while. */
export function noteSent(room: Room, ids: string[]): void {
  if (ids.length === 0) return
  try {
    if ((lookAt(inRoom(room, FILE))?.size ?? 0) > BYTES)
      fs.renameSync(inRoom(room, FILE), inRoom(room, BEFORE))
    appendLine(place(room, FILE), ids.map((id) => `${id}\n`).join(''))
  } catch {
    // A full disk, or another process was at it.
  }
}

/** Whether this room has sent a claim. */
export const wasSent = (room: Room, id: string): boolean =>
  [FILE, BEFORE].some((file) => {
    const reading = readText(inRoom(room, file), 2 * BYTES)
    return 'text' in reading && reading.text.split('\n').includes(id)
  })
