/** A file kept only to be given up: with it freed, a release still gets through on a full disk. */
import { CoordError } from '../protocol/errors.ts'
import { addFile } from './atomic.ts'
import { removeQuietly } from './disk.ts'
import { inRoom, place, type Room } from './room.ts'

const FILE = '.state/reserve'
const BYTES = 64 * 1024

/** Keep the reserve in place; quietly without it where there is no room for it. */
export function keepReserve(room: Room): void {
  try {
    addFile(place(room, FILE), '0'.repeat(BYTES))
  } catch (error) {
    if (!(error instanceof CoordError)) throw error
  }
}

/** Run; when the disk is full, free the reserve and run once more. */
export function spendReserve<T>(room: Room, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof CoordError) || error.code !== 'disk_full') throw error
    removeQuietly(inRoom(room, FILE))
    return run()
  }
}
