/**
 * The newest lines of every status file, for those who look again and again: a file is opened only when it has changed, and then only
 * what was appended is read. Reads only; nothing is followed out of its directory.
 */
import fs from 'node:fs'
import path from 'node:path'
import { endOfWhole, readLines } from '../protocol/lines.ts'
import type { StatusLine } from '../protocol/records.ts'
import { isRecord } from '../protocol/shapes.ts'
import { listNames, lookAt, openForReading } from './disk.ts'
import { inRoom, isOwnDirectory, type Room } from './room.ts'

const SUFFIX = '_status.json'
/** How much of a file is read at first, from its end: more, up to AT_ONCE, where not one line is in it. */
const TAIL_BYTES = 32 * 1024
/** More than this at once is read anew, from the end. */
const AT_ONCE = 1 << 20
const EDGE_BYTES = 64
/** How many lines of a name are kept: enough to tell its pace. */
const MOST = 64

/** What was read of one file, so that the next look reads only what came after. */
interface Known {
  ino: number
  size: number
  mtime: number
  /** Up to where whole objects were read. */
  read: number
  /** The last bytes before that: where they are others, the file was written anew in its place. */
  edge: Uint8Array
  lines: StatusLine[]
}

/** What a reader of tails remembers between two looks, by file. */
export type TailMemory = Map<string, Known>

/**
 * The newest lines (at most 64) by name, oldest first, of the room's `status/` and of the directory that `compat.statusDir` names,
 * which is told from the directory that the room lies in. A name in both has the lines of both, by their times. `wanted` tells which
 * names are read.
 */
export function readTails(
  room: Room,
  memory: TailMemory = new Map(),
  wanted: (name: string) => boolean = () => true,
): Map<string, StatusLine[]> {
  const tails = new Map<string, StatusLine[]>()
  const seen = new Set<string>()
  for (const dir of statusDirectories(room)) {
    for (const name of listNames(dir)) {
      if (!isTail(name)) continue
      const id = name.slice(0, -SUFFIX.length)
      if (!wanted(id)) continue
      const file = `${dir}/${name}`
      seen.add(file)
      const lines = tailOf(room, file, memory)
      if (lines.length === 0) continue
      tails.set(id, merged(tails.get(id), lines))
    }
  }
  for (const file of memory.keys()) if (!seen.has(file)) memory.delete(file)
  return tails
}

/** Whether a file of these directories is one of a name's status lines. */
export const isTail = (name: string) => name.endsWith(SUFFIX) && !name.startsWith('.')

/**
 * The directories that hold status files: the room's own first, then that of `compat.statusDir` where it really lies in the repository:
 * config comes with the repository, and must not show what lies elsewhere.
 */
export function statusDirectories(room: Room): string[] {
  const own = isOwnDirectory(room, 'status') ? [inRoom(room, 'status')] : []
  const { statusDir } = room.config.compat
  if (statusDir === null) return own
  const repository = path.dirname(room.root)
  const other = path.resolve(repository, statusDir)
  const isOther = other !== own[0] && lookAt(other)?.isDirectory() && isReallyIn(repository, other)
  return isOther ? [...own, other] : own
}

/** Whether a directory lies in another once every link is followed. */
function isReallyIn(outer: string, dir: string): boolean {
  try {
    return fs.realpathSync(dir).startsWith(`${fs.realpathSync(outer)}/`)
  } catch {
    return false
  }
}

function merged(known: StatusLine[] | undefined, lines: StatusLine[]): StatusLine[] {
  if (!known) return lines
  const all = [...known, ...lines].sort((a, b) =>
    a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0,
  )
  return all.slice(-MOST)
}

function tailOf(room: Room, file: string, memory: TailMemory): StatusLine[] {
  const stat = lookAt(file)
  if (!stat?.isFile()) return []
  const known = memory.get(file)
  const same = known?.ino === stat.ino ? known : undefined
  if (same && same.size === stat.size && same.mtime === stat.mtimeMs) return same.lines
  const part = (same && appended(room, file, same, stat.size)) ?? lastOf(room, file, stat.size)
  if (!part) return []
  memory.set(file, { ino: stat.ino, size: stat.size, mtime: stat.mtimeMs, ...part })
  return part.lines
}

type Part = Pick<Known, 'read' | 'edge' | 'lines'>

/** What a file has more than was read; null where it is too much, or the file is not the one that was read. */
function appended(room: Room, file: string, { read, edge, lines }: Known, size: number): Part | null {
  if (size < read || size - read > AT_ONCE) return null
  const from = read - edge.length
  const bytes = readPart(file, from, size)
  if (bytes === null || !bytes.subarray(0, edge.length).equals(edge)) return null
  const part = partOf(room, bytes, edge.length, from)
  return { ...part, lines: [...lines, ...part.lines].slice(-MOST) }
}

/** The end of a file, from a whole line on. */
function lastOf(room: Room, file: string, size: number): Part | null {
  for (let wanted = TAIL_BYTES; ; wanted *= 4) {
    const from = Math.max(0, size - Math.min(wanted, AT_ONCE))
    const bytes = readPart(file, from, size)
    if (bytes === null) return null
    const begin = from === 0 ? 0 : bytes.indexOf(NEWLINE) + 1
    const part = partOf(room, bytes, begin, from)
    if (part.lines.length > 0 || from === 0 || wanted >= AT_ONCE)
      return { ...part, lines: part.lines.slice(-MOST) }
  }
}

const NEWLINE = 10

/** What stands in bytes from `begin` on up to the end of the last whole object; `from` is where they stand in the file. */
function partOf(room: Room, bytes: Buffer, begin: number, from: number): Part {
  // In this encoding a character is a byte; what JSON is made of is the same in both.
  const end = begin + endOfWhole(bytes.toString('latin1', begin))
  return {
    read: from + end,
    edge: Buffer.from(bytes.subarray(Math.max(0, end - EDGE_BYTES), end)),
    lines: statusLines(room, bytes.subarray(begin, end)),
  }
}

/** The readable lines; a time as a number and the like are put right, what is no status line is skipped. */
function statusLines(room: Room, bytes: Buffer): StatusLine[] {
  return readLines(bytes.toString('utf8')).values.flatMap((value) => {
    if (isRecord('status', value)) return [value]
    const conformed = room.lazy.repair().conform('status', value)
    return conformed ? [conformed.record] : []
  })
}

function readPart(file: string, from: number, to: number): Buffer | null {
  const fd = openForReading(file)
  if (fd === null) return null
  try {
    if (!fs.fstatSync(fd).isFile()) return null
    const buffer = Buffer.alloc(to - from)
    const got = fs.readSync(fd, buffer, 0, buffer.length, from)
    return buffer.subarray(0, got)
  } catch {
    return null
  } finally {
    fs.closeSync(fd)
  }
}
