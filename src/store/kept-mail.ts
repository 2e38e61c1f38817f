/**
 * A second copy of each message, in `.state/mail/`, for rooms whose messages git tracks: a checkout of another branch, a revert,
 * a stash, a reset or a clean takes the files of `messages/` away, and must not take unread mail from a session that goes on working.
 * The copies are never put back, as a file in git's way would stop the next checkout; readers take both places for one.
 */
import { parseFileTime } from '../protocol/time.ts'
import { addFile } from './atomic.ts'
import { lookAt, readText } from './disk.ts'
import { CAPS } from './records.ts'
import { inRoom, listIn, place, type Room } from './room.ts'

const KEPT = '.state/mail'
const MESSAGES = 'messages'

/** The place of the copies of a box, or of any path below `messages/`. */
export const keptPath = (path: string) => KEPT + path.slice(MESSAGES.length)

const known = new WeakMap<Room, boolean>()

/** Whether the room keeps copies: it is tracked, or was on another branch. */
export function keepsMail(room: Room): boolean {
  const keeps =
    known.get(room) ?? (room.config.git.track || (lookAt(inRoom(room, KEPT))?.isDirectory() ?? false))
  known.set(room, keeps)
  return keeps
}

/** The names of a directory below `messages/`, together with those of which only a copy is there. Unsorted. */
export function listMail(room: Room, directory: string, list = listIn): string[] {
  const names = list(room, directory)
  if (!keepsMail(room)) return names
  return [...new Set([...names, ...list(room, keptPath(directory))])]
}

/** Keep a copy of a message that has just been written. */
export function keepMessage(room: Room, file: string, text: string): void {
  if (keepsMail(room)) addFile(place(room, keptPath(file)), text)
}

/** Keep what some boxes hold, is not older than `messages.retention` and has no copy yet; gc removes copies. `now` is epoch milliseconds. */
export function keepMail(room: Room, boxes: string[], now: number): void {
  if (!keepsMail(room)) return
  const isOld = (name: string) => (parseFileTime(name)?.time ?? now) < now - room.config.messages.retention
  for (const box of boxes) {
    const kept = new Set(listIn(room, keptPath(box)))
    for (const name of listIn(room, box)) {
      if (kept.has(name) || name.startsWith('.') || !name.endsWith('.json') || isOld(name)) continue
      const reading = readText(inRoom(room, box, name), CAPS.message)
      if ('text' in reading) keepMessage(room, `${box}/${name}`, reading.text)
    }
  }
}
