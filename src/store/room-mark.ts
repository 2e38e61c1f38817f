/** Whether a room may have changed since the last look, for those who look every second: told without opening a file. */
import { listNames, lookAt } from './disk.ts'
import { inRoom, type Room } from './room.ts'
import { statusDirectories } from './tails.ts'

/** Every act of coord replaces the board; scripts add files to these. */
const PLACES = ['', 'sessions', 'claims', 'messages/broadcast', 'messages/direct', 'heartbeats'] as const

/**
 * A text that is another one after each act of coord, after a file was added, replaced or removed, and after a line was appended to a
 * status file. What a script writes into a file in place is not told: look without asking now and then. Reads only.
 */
export function roomMark(room: Room): string {
  const places = PLACES.map((name) => markOf(name === '' ? room.root : inRoom(room, name)))
  const files = statusDirectories(room).flatMap((dir) =>
    listNames(dir).map((name) => `${name} ${markOf(`${dir}/${name}`)}`),
  )
  return [...places, ...files].join('\n')
}

function markOf(file: string): string {
  const stat = lookAt(file)
  return stat ? `${stat.ino} ${stat.size} ${stat.mtimeMs}` : ''
}
