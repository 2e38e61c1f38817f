/**
 * Lines that nobody can read in append-only files. Others append at any time, so such a file is never replaced: what can't be read
 * is blanked in its place, byte for byte, once it has stood unchanged for a moment (a line may just be arriving). The whole file as it
 * was is kept and synced first. A crash between leaves a bad line half blanked, which is as bad as before.
 */
import fs from 'node:fs'
import { badPieces } from '../../protocol/lines.ts'
import type { Kind } from '../../protocol/records.ts'
import { isRecord } from '../../protocol/shapes.ts'
import { asCoordError, lookAt } from '../disk.ts'
import { pause } from '../pid-lock.ts'
import { keepCopy, type Quarantine } from '../quarantine.ts'
import { inRoom, type Room } from '../room.ts'

const SETTLED_MS = 100
const { O_RDWR, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants

const kindOf = (path: string): Kind =>
  path.startsWith('receipts/') ? 'receipt' : path.startsWith('status/') ? 'status' : 'message'

/** Blank the unreadable lines of a file; what was done, or null where there are none any more, or it is being written. */
export function blankBadLines(room: Room, quarantine: Quarantine, path: string): string | null {
  const file = inRoom(room, path)
  const before = lookAt(file)
  pause(SETTLED_MS)
  const after = lookAt(file)
  if (!before?.isFile() || before.size !== after?.size || before.mtimeMs !== after.mtimeMs) return null
  try {
    const fd = fs.openSync(file, O_RDWR | O_NOFOLLOW | O_NONBLOCK)
    try {
      return blank(room, quarantine, path, fd)
    } finally {
      fs.closeSync(fd)
    }
  } catch (error) {
    throw asCoordError(error, file)
  }
}

/** As latin1 each byte is one character, so places in the text are places in the file. */
function blank(room: Room, quarantine: Quarantine, path: string, fd: number): string | null {
  const bytes = fs.readFileSync(fd)
  const kind = kindOf(path)
  const isGood = (value: unknown) => isRecord(kind, value) || room.lazy.repair().conform(kind, value) !== null
  const bad = badPieces(bytes.toString('latin1'), isGood)
  if (bad.length === 0) return null
  keepCopy(quarantine, path, bytes)
  for (const [from, to] of bad) {
    const spaces = bytes.subarray(from, to).map((byte) => (byte === 10 ? 10 : 32))
    fs.writeSync(fd, spaces, 0, spaces.length, from)
  }
  return `${bad.length} unreadable line${bad.length === 1 ? '' : 's'} blanked`
}
