/**
 * STATUS_BOARD.md and index.json, coalesced: whoever changes something writes a line to the journal and tries the lock; who does
 * not get it may leave, since the holder looks at the journal again after each render and starts over when it grew. So fifty
 * acts at once cost a few renders, and none is missing. All of it is derived: losing it loses nothing.
 */
import fs from 'node:fs'
import { appendLine, replaceFile } from './atomic.ts'
import { dropCache } from './board-cache.ts'
import { lookAt, readText } from './disk.ts'
import { holdsPidLock, releasePidLock, takePidLock } from './pid-lock.ts'
import { inRoom, place, type Room } from './room.ts'

const JOURNAL = '.state/board-journal'
/** Some four hundred acts: it is read at each of them. */
const JOURNAL_BYTES = 16 * 1024
export const BOARD_FILE = 'STATUS_BOARD.md'
const INDEX_FILE = 'index.json'
const ROUNDS = 500

/**
 * Refresh both files from `render`, or leave it to the process that is at it. `changed` are the files that changed, a line each
 * (or any text). `render` gets the journal as it stood before.
 */
export function refreshBoard(
  room: Room,
  changed: string,
  render: (journal: string) => { board: string; index: string },
): void {
  appendLine(place(room, JOURNAL), `${changed}\n`)
  for (let round = 0; round < ROUNDS; round++) {
    const lock = takePidLock(room, 'board', 0)
    if (!lock) return
    const journal = readJournal(room)
    try {
      const { board, index } = render(journal)
      if (!holdsPidLock(lock)) return
      replaceFile(place(room, BOARD_FILE), board)
      replaceFile(place(room, INDEX_FILE), index)
    } finally {
      releasePidLock(lock)
    }
    if (journalSize(room) === Buffer.byteLength(journal)) return
  }
}

/** Tell the next refresh of changes that are worth none of their own. */
export function noteChanges(room: Room): void {
  if (room.changed.size === 0) return
  appendLine(place(room, JOURNAL), `${[...room.changed].join('\n')}\n`)
  room.changed.clear()
}

/** The journal; a long one is emptied first, and the cache with it: all that it named is on disk and will be read whole. */
function readJournal(room: Room): string {
  const file = inRoom(room, JOURNAL)
  const reading = readText(file, JOURNAL_BYTES)
  if ('text' in reading) return reading.text
  if ('kind' in reading && reading.kind === 'too-big') {
    dropCache(room)
    fs.truncateSync(file, 0)
  }
  return ''
}

/** The bytes of the journal; it is ASCII, so they are its characters. */
function journalSize(room: Room): number {
  return lookAt(inRoom(room, JOURNAL))?.size ?? 0
}
