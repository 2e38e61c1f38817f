/** Refs of the remote that hold no slot of ours, by the value at which that was found: `.state/remote/unread.json`. May be lost at any time. */
import { replaceFile } from '../atomic.ts'
import { readText } from '../disk.ts'
import { inRoom, place, type Room } from '../room.ts'

const FILE = '.state/remote/unread.json'
const BYTES = 1 << 20

/** The refs that could not be read, with their values. */
export function loadUnread(room: Room): Map<string, string> {
  const reading = readText(inRoom(room, FILE), BYTES)
  try {
    const told: unknown = 'text' in reading ? JSON.parse(reading.text) : {}
    return new Map(Object.entries(told ?? {}).filter(([, oid]) => typeof oid === 'string'))
  } catch {
    return new Map()
  }
}

/** Keep which they are now; writes nothing where these are known. */
export function saveUnread(room: Room, refs: Map<string, string>): void {
  const text = `${JSON.stringify(Object.fromEntries(refs))}\n`
  if (`${JSON.stringify(Object.fromEntries(loadUnread(room)))}\n` !== text)
    replaceFile(place(room, FILE), text)
}
