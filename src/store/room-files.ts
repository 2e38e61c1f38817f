import { lookAt } from './disk.ts'
import { inRoom, listIn, type Room } from './room.ts'

/** The files below some directories of the room, and those of some names at its top, as sorted paths in the room. */
export function listRoomFiles(room: Room, directories: string[], names: string[]): string[] {
  const found = names.filter((name) => kindOf(room, name)?.isFile())
  const walk = (path: string) => {
    for (const name of listIn(room, path)) {
      if (name.startsWith('.') || name.includes('\n')) continue
      const inner = `${path}/${name}`
      const kind = kindOf(room, inner)
      if (kind?.isFile()) found.push(inner)
      else if (kind?.isDirectory()) walk(inner)
    }
  }
  for (const directory of directories) if (kindOf(room, directory)?.isDirectory()) walk(directory)
  return found.sort()
}

const kindOf = (room: Room, path: string) => lookAt(inRoom(room, path))
