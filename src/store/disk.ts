/**
 * Reading files, and what failed system calls mean. Nothing is followed out of the room: a symlink, a FIFO or a device in the
 * place of a record is trouble to be named, never opened through.
 */
import fs from 'node:fs'
import { CoordError } from '../protocol/errors.ts'

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants

/** What reading a file gives: its text, nothing there, or the reason why it is no readable record. */
export type Reading =
  | { text: string }
  | { missing: true }
  | { trouble: string; kind: 'not-a-file' | 'too-big' | 'unreadable' }

/** The directories of rooms that are no links, nor below one, by path: looked at once per process. */
export const ownDirectories = new Set<string>()

const buffer = Buffer.allocUnsafe(64 * 1024)

/** The text of a regular file of at most `cap` bytes. Symlinks, FIFOs, devices and directories are trouble, never opened through. */
export function readText(file: string, cap: number): Reading {
  let fd: number
  try {
    fd = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (error) {
    return readingOf(error)
  }
  try {
    const got = fs.readSync(fd, buffer, 0, buffer.length, 0)
    if (got > 0 && got < buffer.length && got <= cap) return { text: buffer.toString('utf8', 0, got) }
    return readRest(fd, cap)
  } catch (error) {
    return readingOf(error)
  } finally {
    fs.closeSync(fd)
  }
}

/** A file opened for reading, never through a link and never waiting; null where it can't be. */
export function openForReading(file: string): number | null {
  try {
    return fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch {
    return null
  }
}

/** Like readText, for files that are often absent: a failed open costs 0.2 ms in a fresh process, a question does not. */
export function readIfThere(file: string, cap: number): Reading {
  return lookAt(file) ? readText(file, cap) : { missing: true }
}

/** The rarer cases: empty files, things that are no files, and files longer than the buffer. */
function readRest(fd: number, cap: number): Reading {
  const stat = fs.fstatSync(fd)
  if (!stat.isFile()) return { trouble: 'is not a regular file', kind: 'not-a-file' }
  if (stat.size > cap) return { trouble: `has ${stat.size} bytes, at most ${cap} are read`, kind: 'too-big' }
  const whole = Buffer.alloc(stat.size)
  let at = 0
  while (at < whole.length) {
    const got = fs.readSync(fd, whole, at, whole.length - at, at)
    if (got === 0) break
    at += got
  }
  return { text: whole.toString('utf8', 0, at) }
}

function readingOf(error: unknown): Reading {
  const code = codeOf(error)
  if (code === 'ENOENT' || code === 'ENOTDIR') return { missing: true }
  if (code === 'ELOOP' || code === 'EMLINK')
    return { trouble: 'is a symbolic link, which is not followed', kind: 'not-a-file' }
  if (['EISDIR', 'ENXIO', 'EAGAIN', 'ESPIPE'].includes(code))
    return { trouble: 'is not a regular file', kind: 'not-a-file' }
  return { trouble: `can't be read (${code})`, kind: 'unreadable' }
}

/** The error code of a failed system call, or the error's text. */
export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException)?.code ?? String(error)
}

/** The names in a directory; an absent one has none. Unsorted. */
export function listNames(dir: string): string[] {
  return fs.existsSync(dir) ? namesIn(dir) : []
}

/** The same of a directory that has just been seen. */
export function namesIn(dir: string): string[] {
  return listing(() => fs.readdirSync(dir))
}

/** The same with the kind of each. */
export function entriesIn(dir: string): fs.Dirent[] {
  return listing(() => fs.readdirSync(dir, { withFileTypes: true }))
}

function listing<T>(read: () => T[]): T[] {
  try {
    return read()
  } catch (error) {
    if (UNLISTED.includes(codeOf(error))) return []
    throw error
  }
}

const UNLISTED = ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM']

/** The names in a directory one by one, for who may stop early; none where it can't be read. */
export function* walkNames(dir: string): Generator<string> {
  try {
    const opened = fs.opendirSync(dir)
    try {
      for (let entry = opened.readSync(); entry; entry = opened.readSync()) yield entry.name
    } finally {
      opened.closeSync()
    }
  } catch (error) {
    if (!UNLISTED.includes(codeOf(error))) throw error
  }
}

/** The last two: names that no file can have, being too long or with a NUL. */
const NOTHING_THERE = ['ENOTDIR', 'EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE']

/** What lies at a path, not through a link; undefined where nothing can be there. */
export function lookAt(file: string): fs.Stats | undefined {
  try {
    return fs.lstatSync(file, { throwIfNoEntry: false })
  } catch (error) {
    if (NOTHING_THERE.includes(codeOf(error))) return undefined
    throw error
  }
}

/** Remove a file; true when it was there. */
export function removeFile(file: string): boolean {
  try {
    fs.unlinkSync(file)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw asCoordError(error, file)
  }
}

/** Remove a file whose absence nobody relies on. */
export function removeQuietly(file: string): void {
  try {
    fs.unlinkSync(file)
  } catch {
    // Left-overs are swept by age.
  }
}

/** Make a directory's entries survive a power loss. Where directories can't be opened, the file system answers for itself. */
export function syncDirectory(dir: string): void {
  try {
    const fd = fs.openSync(dir, O_RDONLY)
    try {
      fs.fsyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
  } catch (error) {
    if (codeOf(error) === 'ENOSPC' || codeOf(error) === 'EIO') throw asCoordError(error, dir)
  }
}

/** A failed system call as an error of the table, told of the file that was meant; what is no failed system call passes through. */
export function asCoordError(
  error: unknown,
  file = (error as NodeJS.ErrnoException)?.path ?? 'the room',
): unknown {
  const code = codeOf(error)
  const details = { path: file, errno: code }
  if (['EACCES', 'EPERM', 'EROFS'].includes(code)) {
    const hint = `Give this user write access to it, or add it to the writable roots of your agent's sandbox.`
    return new CoordError('unwritable', `${file} can't be written (${code})`, hint, details)
  }
  if (['ENOSPC', 'EDQUOT'].includes(code)) {
    return new CoordError(
      'disk_full',
      `no space left to write ${file}`,
      'Free some space, then repeat the command; nothing was changed.',
      details,
    )
  }
  if (['EMFILE', 'ENFILE'].includes(code)) {
    return new CoordError('busy', `too many open files to write ${file}`, 'Try again.', details)
  }
  if (['EISDIR', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(code)) {
    return new CoordError(
      'damaged',
      `${file} is not a file that can be written (${code})`,
      'Move what lies there away; coord doctor tells more.',
      details,
    )
  }
  if ((error as NodeJS.ErrnoException)?.syscall && !(error instanceof CoordError))
    return new CoordError('unwritable', `${file} can't be reached (${code})`, DISK_FAILED, details)
  return error
}

const DISK_FAILED =
  "The disk failed, or what it is mounted from: see the system's log. Then repeat the command."
