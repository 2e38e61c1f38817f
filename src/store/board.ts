/**
 * STATUS_BOARD.md and index.json, coalesced: whoever changes something marks the board dirty and tries the lock; who does not
 * get it may leave, since the holder reads the mark again after each render and starts over when it changed. So fifty acts
 * at once cost a few renders, and none is missing. Both files are derived: losing them loses nothing.
 */
import { markFile, readText, replaceFile } from './disk.ts'
import { holdsPidLock, releasePidLock, takePidLock } from './pid-lock.ts'
import { inRoom, place, type Room } from './room.ts'

const DIRTY = '.state/board-dirty'
export const BOARD_FILE = 'STATUS_BOARD.md'
export const INDEX_FILE = 'index.json'
const ROUNDS = 20

/** Refresh both files from `render`, or leave it to the process that is at it. `mark` must be new at each call. */
export function refreshBoard(room: Room, mark: string, render: () => { board: string; index: string }): void {
  markFile(place(room, DIRTY), mark)
  for (let round = 0; round < ROUNDS; round++) {
    const lock = takePidLock(room, 'board', 0)
    if (!lock) return
    const seen = readMark(room)
    try {
      const { board, index } = render()
      if (!holdsPidLock(lock)) return
      replaceFile(place(room, BOARD_FILE), board)
      replaceFile(place(room, INDEX_FILE), index)
    } finally {
      releasePidLock(lock)
    }
    if (readMark(room) === seen) return
  }
}

function readMark(room: Room): string {
  const reading = readText(inRoom(room, DIRTY), 4096)
  return 'text' in reading ? reading.text : ''
}
