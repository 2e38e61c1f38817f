/** Directories that go as a whole. */
import fs from 'node:fs'
import { ownDirectories } from './disk.ts'
import { inRoom, type Room } from './room.ts'

/** Remove a directory of the room with all in it; nothing happens where there is none. Throws what the disk refuses. */
export function removeTree(room: Room, ...parts: string[]): void {
  const directory = inRoom(room, ...parts)
  fs.rmSync(directory, { recursive: true, force: true })
  // A long-lived process would take it for there, as it has seen it.
  for (const known of ownDirectories)
    if (`${known}/`.startsWith(`${directory}/`)) ownDirectories.delete(known)
}
