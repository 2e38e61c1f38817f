/**
 * Files of people that coord writes a part of: agents' settings, instructions, git hooks. A file is replaced whole or not at all, with
 * its mode, and only if it is still as it was read. Links are followed for the user's own settings alone (dotfiles); in a
 * repository they could lead anywhere.
 */
import fs from 'node:fs'
import path from 'node:path'
import { CoordError } from '../../protocol/errors.ts'
import { temporaryName } from '../atomic.ts'
import { asCoordError, codeOf, lookAt, removeQuietly } from '../disk.ts'

/** A file below a directory that stays. */
export interface Spot {
  /** What is never removed, and below which no link is followed. */
  root: string
  file: string
  /** Whether links are followed. */
  follow: boolean
}

/** What lies there: its text without the mark of the byte order, or null; where it really is. */
export interface Found {
  text: string | null
  mark: string
  mode: number
  target: string
}

const MOST = 4 << 20
const MARK = '\ufeff'

/** Read a file as text. Throws `damaged` for what is no regular file of UTF-8, or lies behind a link that is not followed. */
export function readSpot(spot: Spot): Found {
  if (!spot.follow) refuseLinks(spot)
  const target = spot.follow ? followed(spot.file) : spot.file
  const stat = lookAt(target)
  if (!stat) return { text: null, mark: '', mode: 0o644, target }
  if (!stat.isFile()) throw odd(spot.file, 'is not a regular file')
  if (stat.size > MOST) throw odd(spot.file, `has ${stat.size} bytes, at most ${MOST} are read`)
  const bytes = read(target)
  const all = bytes.toString('utf8')
  if (!Buffer.from(all).equals(bytes)) throw odd(spot.file, 'is not UTF-8')
  const mark = all.startsWith(MARK) ? MARK : ''
  return { text: all.slice(mark.length), mark, mode: stat.mode & 0o7777, target }
}

function read(file: string): Buffer {
  try {
    return fs.readFileSync(file)
  } catch (error) {
    throw asCoordError(error, file)
  }
}

const odd = (file: string, why: string, hint = 'Nothing was written. Move it away, or mend it.') =>
  new CoordError('damaged', `${file} ${why}`, hint, { path: file })

/** Where a path leads, also if its last part is not there yet. */
function followed(file: string): string {
  try {
    return fs.realpathSync(file)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw asCoordError(error, file)
  }
  if (lookAt(file)) throw odd(file, 'is a link to nothing')
  const above = path.dirname(file)
  return above === file ? file : path.join(followed(above), path.basename(file))
}

/** Throws `damaged` where a path, or a directory above it below the root, is a symbolic link. */
export function refuseLinks({ root, file }: Spot): void {
  for (let at = file; at !== root && at.startsWith(root); at = path.dirname(at))
    if (lookAt(at)?.isSymbolicLink())
      throw odd(
        at,
        'is a symbolic link, which is not followed in a repository',
        'Nothing was written. Use --user, or write it by hand.',
      )
}

/** Write a text (null: remove the file) where `found` was read. Throws `busy` if somebody else changed it meanwhile. */
export function writeSpot(spot: Spot, found: Found, text: string | null, mode = found.mode): void {
  const now = readSpot(spot)
  if (now.text !== found.text || now.target !== found.target)
    throw new CoordError('busy', `${spot.file} was changed meanwhile`, 'Repeat the command.', {
      path: spot.file,
    })
  try {
    if (text === null) fs.rmSync(found.target)
    else replace(found.target, found.mark + text, mode)
  } catch (error) {
    throw asCoordError(error, spot.file)
  }
  if (text === null) removeEmpty(spot)
}

function replace(file: string, text: string, mode: number): void {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  const temporary = path.join(path.dirname(file), temporaryName())
  try {
    const fd = fs.openSync(temporary, 'wx', mode)
    try {
      fs.writeFileSync(fd, text)
      fs.fchmodSync(fd, mode)
      fs.fsyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
    fs.renameSync(temporary, file)
  } catch (error) {
    removeQuietly(temporary)
    throw error
  }
}

/** Remove the directories above a removed file that are empty now, up to the one that stays. */
export function removeEmpty({ root, file }: Pick<Spot, 'root' | 'file'>): void {
  for (let dir = path.dirname(file); dir !== root && dir.startsWith(root); dir = path.dirname(dir))
    try {
      fs.rmdirSync(dir)
    } catch {
      return
    }
}

/** Move a file of any kind, never onto another. */
export function moveFile(from: string, to: string): void {
  if (lookAt(to)) throw odd(to, 'is in the way')
  try {
    fs.mkdirSync(path.dirname(to), { recursive: true })
    const link = lookAt(from)?.isSymbolicLink() ? fs.readlinkSync(from) : null
    if (link === null || path.isAbsolute(link)) fs.renameSync(from, to)
    else {
      const there = path.relative(path.dirname(to), path.resolve(path.dirname(from), link))
      fs.symlinkSync(there, to)
      fs.unlinkSync(from)
    }
  } catch (error) {
    throw asCoordError(error, from)
  }
}

/** Whether one path is a link that leads to another file. */
export function leadsTo(link: string, file: string): boolean {
  try {
    return lookAt(link)?.isSymbolicLink() === true && fs.realpathSync(link) === fs.realpathSync(file)
  } catch {
    return false
  }
}
