/**
 * Writing files: one appears whole or not at all. A temporary file in the same directory, then `link` (must not exist) or `rename`
 * (may replace); lines are appended with one write. Directories are made on the way, never through a symlink. A crash leaves
 * at most a `.tmp-…` file, which nobody reads.
 */
import fs from 'node:fs'
import path from 'node:path'
import { CoordError } from '../protocol/errors.ts'
import { asCoordError, codeOf, ownDirectories, removeQuietly, syncDirectory } from './disk.ts'

const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants

/** Make a directory below `root`, never through a symlink; checked once per process. Throws `unwritable`. */
export function ensureDirectory(root: string, dir: string): void {
  if (ownDirectories.has(dir)) return
  if (dir !== root && dir.startsWith(root)) ensureDirectory(root, path.dirname(dir))
  let stat = statOf(root, dir)
  if (stat === undefined) {
    makeDirectory(root, dir)
    stat = statOf(root, dir)
  }
  if (!stat?.isDirectory()) {
    throw new CoordError(
      'unwritable',
      `${dir} is not a directory of the room`,
      'Move it away; coord writes only inside the room.',
      { path: dir },
    )
  }
  ownDirectories.add(dir)
}

/** Directories may have been moved away: look at each again. */
export function forgetDirectories(): void {
  ownDirectories.clear()
}

/** The room itself may be reached through a link; nothing below it may. */
function statOf(root: string, dir: string): fs.Stats | undefined {
  return dir === root
    ? fs.statSync(dir, { throwIfNoEntry: false })
    : fs.lstatSync(dir, { throwIfNoEntry: false })
}

function makeDirectory(root: string, dir: string): void {
  try {
    fs.mkdirSync(dir, { mode: 0o755, recursive: dir === root })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw asCoordError(error, dir)
  }
}

const directoryOf = (file: string) => file.slice(0, file.lastIndexOf('/'))

/** A place below `root` to write one file. */
export interface Place {
  root: string
  file: string
}

/** Open a file at a place, making its directory; also one that was deleted since this process made it. */
export function openAt(place: Place, flags: string | number): number {
  const dir = directoryOf(place.file)
  ensureDirectory(place.root, dir)
  try {
    return fs.openSync(place.file, flags, 0o644)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR') throw error
    ownDirectories.clear()
    ensureDirectory(place.root, dir)
    return fs.openSync(place.file, flags, 0o644)
  }
}

let stem: string | undefined
let serial = 0

/** A name, hidden from readers, that no process has used: process ids and clocks repeat, but not both at once. */
export function temporaryName(): string {
  stem ??= `.tmp-${process.pid}-${process.hrtime.bigint().toString(36)}`
  return `${stem}-${serial++}`
}

function writeTemporary(place: Place, text: string, durable: boolean): string {
  const temporary = `${directoryOf(place.file)}/${temporaryName()}`
  try {
    const fd = openAt({ root: place.root, file: temporary }, 'wx')
    try {
      writeWhole(fd, text)
      if (durable) fs.fsyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
  } catch (error) {
    removeQuietly(temporary)
    throw asCoordError(error, place.file)
  }
  return temporary
}

/** Write all of a text; one system call, unless the disk takes less. */
function writeWhole(fd: number, text: string): void {
  const written = fs.writeSync(fd, text)
  if (written < text.length || written < Buffer.byteLength(text)) {
    const bytes = Buffer.from(text)
    for (let at = written; at < bytes.length; ) at += fs.writeSync(fd, bytes, at)
  }
}

const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'ENOSYS', 'EISDIR', 'EMLINK'])

/** A text in a temporary file beside the place where it is to appear. */
export interface Staged extends Place {
  temporary: string
}

/** Write a text beside its place, where nobody reads it yet; `durable` lets it survive a power loss. To be linked, then dropped. */
export function stageFile(place: Place, text: string, durable = false): Staged {
  return { ...place, temporary: writeTemporary(place, text, durable) }
}

/** Let go of a staged text, linked or not. */
export const dropStaged = ({ temporary }: Staged) => removeQuietly(temporary)

/**
 * Let a staged text appear under `file`, which must not exist yet; false when it does, or when the directory was deleted together
 * with the staged text. `otherwise` does it where hard links are refused (FAT, some network mounts); without, the file is renamed. `above`
 * are directories whose entries must survive a power loss before the file can be seen: after the file it costs least, as all are in
 * one journal.
 */
export function linkStaged(
  staged: Staged,
  options: { otherwise?: (staged: Staged) => boolean; above?: string[] } = {},
): boolean {
  try {
    options.above?.forEach(syncDirectory)
    fs.linkSync(staged.temporary, staged.file)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST' || (codeOf(error) === 'ENOENT' && options.otherwise)) return false
    if (!NO_LINKS.has(codeOf(error))) throw asCoordError(error, staged.file)
    return (options.otherwise ?? renameNew)(staged)
  }
}

/** Write a file that must not exist yet, durably if asked; false when it does. */
export function addFile(place: Place, text: string, options: { durable?: boolean } = {}): boolean {
  const staged = stageFile(place, text, options.durable)
  try {
    return linkStaged(staged)
  } finally {
    dropStaged(staged)
  }
}

function renameNew({ file, temporary }: Staged): boolean {
  if (fs.existsSync(file)) return false
  fs.renameSync(temporary, file)
  return true
}

/** Write a file, replacing what is there. Readers see the old text or the new, never half. */
export function replaceFile(place: Place, text: string, durable = false): void {
  const temporary = writeTemporary(place, text, durable)
  try {
    fs.renameSync(temporary, place.file)
  } catch (error) {
    removeQuietly(temporary)
    throw asCoordError(error, place.file)
  }
}

const last = Buffer.alloc(1)

/**
 * Append one line with one write; a file that does not end in a newline gets one first. A file longer than `limit` bytes is left
 * as it is: false. Who replaces such a file (store/lines.ts) looks for late lines afterwards, and who wrote into a file that is no more
 * writes again: none is lost.
 */
export function appendLine(place: Place, line: string, limit = Infinity): boolean {
  try {
    const fd = openAt(place, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK)
    try {
      const stat = fs.fstatSync(fd)
      if (!stat.isFile())
        throw new CoordError('damaged', `${place.file} is not a regular file`, 'Move it away.', {
          path: place.file,
        })
      if (stat.size > limit) return false
      const torn = stat.size > 0 && fs.readSync(fd, last, 0, 1, stat.size - 1) === 1 && last[0] !== 10
      const bytes = Buffer.from(torn ? `\n${line}` : line)
      if (fs.writeSync(fd, bytes) < bytes.length) throw noSpace()
      if (fs.fstatSync(fd).nlink > 0) return true
    } finally {
      fs.closeSync(fd)
    }
  } catch (error) {
    throw asCoordError(error, place.file)
  }
  return appendLine(place, line, limit)
}

/** A disk that fills up takes the beginning of a line and tells nothing; the next writer closes what it took. */
const noSpace = () => Object.assign(new Error('the line was cut'), { code: 'ENOSPC' })
