/**
 * `.state/quarantine/<time>-<random>/<path in the room>`: every original that `doctor --fix` replaces or takes out of the way. Who
 * may write: `doctor --fix`, each run in a directory of its own; readers never look here. An original that stays in use is linked in
 * and then replaced, so that its record is at no moment absent; one that is in the way is renamed. Nothing is copied and then
 * deleted: a crash anywhere leaves each original in its place or here, and the next `doctor --fix` goes on. Only where hard
 * links are refused is an original copied, and synced, before it is replaced.
 */
import fs from 'node:fs'
import path from 'node:path'
import { fileTime } from '../protocol/time.ts'
import { ensureDirectory } from './atomic.ts'
import { asCoordError, codeOf, lookAt } from './disk.ts'
import { inRoom, type Room } from './room.ts'
import { moveSame, putBack } from './same.ts'

export const QUARANTINE = '.state/quarantine'

export interface Quarantine {
  room: Room
  /** The directory of this run, as a path in the room; it is made with the first original. */
  path: string
  /** What was kept: the path in the room, and where it is kept. */
  kept: { path: string; at: string }[]
}

/** The quarantine of one run. `random`: a few letters, since two runs may begin in one millisecond. */
export function openQuarantine(room: Room, now: number, random: string): Quarantine {
  return { room, path: `${QUARANTINE}/${fileTime(now)}-${random}`, kept: [] }
}

/** A free place in the quarantine for a path; its directories are made. */
function placeFor({ room, path: base }: Quarantine, original: string): string {
  for (let copy = 1; ; copy++) {
    const at = `${base}/${original}${copy === 1 ? '' : `~${copy}`}`
    if (lookAt(inRoom(room, at))) continue
    ensureDirectory(room.root, path.dirname(inRoom(room, at)))
    return at
  }
}

/** Keep an original that stays where it is, to be replaced next. False when it is gone. */
export function keepOriginal(quarantine: Quarantine, original: string): boolean {
  const from = inRoom(quarantine.room, original)
  if (!lookAt(from)) return false
  const at = placeFor(quarantine, original)
  try {
    keepOne(from, inRoom(quarantine.room, at))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw asCoordError(error, from)
  }
  quarantine.kept.push({ path: original, at })
  return true
}

function keepOne(from: string, to: string): void {
  try {
    fs.linkSync(from, to)
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || !lookAt(from)?.isFile()) throw error
    fs.copyFileSync(from, to, fs.constants.COPYFILE_EXCL)
    const fd = fs.openSync(to, 'r+')
    fs.fsyncSync(fd)
    fs.closeSync(fd)
  }
}

/** Keep a copy of a file that is about to be changed in place. */
export function keepCopy(quarantine: Quarantine, original: string, bytes: Buffer): void {
  const at = placeFor(quarantine, original)
  const file = inRoom(quarantine.room, at)
  try {
    fs.writeFileSync(file, bytes, { flag: 'wx', flush: true })
  } catch (error) {
    throw asCoordError(error, file)
  }
  quarantine.kept.push({ path: original, at })
}

/**
 * Take what lies at a path out of the way, if it still is the thing that was looked at (`seen`): another process may have mended it
 * meanwhile, and then it is put back. False when there was nothing to take.
 */
export function moveAside(quarantine: Quarantine, original: string, seen: fs.Stats): boolean {
  const at = placeFor(quarantine, original)
  const moved = moveSame(inRoom(quarantine.room, original), inRoom(quarantine.room, at), seen)
  if (moved) quarantine.kept.push({ path: original, at })
  return moved
}

/**
 * The files taken aside that their writers finished afterwards (a script writes its file in steps): `isWhole` judges what is in the
 * quarantine now. They are put back; returns their paths.
 */
export function restoreFinished(
  quarantine: Quarantine,
  isWhole: (path: string, at: string) => boolean,
): string[] {
  const { room } = quarantine
  const finished = quarantine.kept.filter(({ path, at }) => !lookAt(inRoom(room, path)) && isWhole(path, at))
  for (const { path, at } of finished) putBack(inRoom(room, path), inRoom(room, at))
  return finished.map(({ path }) => path)
}
