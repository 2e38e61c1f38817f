/** `session-log/SESSION-LOG-<UTC day>.md`: entries, appended with one write each; nothing in it is ever changed. */
import { logFileName } from '../protocol/report/log.ts'
import { appendLine } from './atomic.ts'
import { readIfThere } from './disk.ts'
import { inRoom, isOwnDirectory, place, type Room } from './room.ts'

const DIRECTORY = 'session-log'
const BYTES = 256 << 20

/** The path of a day's file (`2026-11-20`). */
export const logPath = (room: Room, day: string) => inRoom(room, DIRECTORY, logFileName(day))

/** Append an entry to a day's file; its path. Throws `unwritable`, `disk_full`, `damaged` where something else lies there. */
export function appendEntry(room: Room, day: string, entry: string): string {
  const at = place(room, DIRECTORY, logFileName(day))
  appendLine(at, entry)
  return at.file
}

/** The text of a day's file; null where there is none. What can't be read is named in `room.problems`. */
export function readLog(room: Room, day: string): string | null {
  if (!isOwnDirectory(room, DIRECTORY)) return null
  const reading = readIfThere(logPath(room, day), BYTES)
  if ('trouble' in reading)
    room.problems.push({
      ...{ path: `${DIRECTORY}/${logFileName(day)}`, kind: reading.kind, detail: reading.trouble },
    })
  return 'text' in reading ? reading.text : null
}
