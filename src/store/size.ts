/** How large a room is. Reads names and sizes only, follows no link. */
import { entriesIn, lookAt } from './disk.ts'
import type { Room } from './room.ts'

/** The bytes and the number of all files of a room; what goes meanwhile, or can't be listed, does not count. */
export function sizeOfRoom({ root }: Room): { bytes: number; files: number } {
  const total = { bytes: 0, files: 0 }
  const directories = [root]
  for (let dir = directories.pop(); dir !== undefined; dir = directories.pop())
    for (const entry of entriesIn(dir)) {
      const path = `${dir}/${entry.name}`
      if (entry.isDirectory()) directories.push(path)
      else if (entry.isFile()) {
        total.files++
        total.bytes += lookAt(path)?.size ?? 0
      }
    }
  return total
}
