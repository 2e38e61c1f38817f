/**
 * The newest lines of every status file, for those who look again and again: a file is opened only when it has changed, and then only
 * what was appended is read. Reads only; nothing is followed out of its directory.
 */
import fs from 'node:fs'
import path from 'node:path'
import { readLines } from '../protocol/lines.ts'
import type { StatusLine } from '../protocol/records.ts'
import { isRecord } from '../protocol/shapes.ts'
import { listNames, lookAt, openForReading } from './disk.ts'
import { inRoom, isOwnDirectory, type Room } from './room.ts'

const SUFFIX = '_status.json'
/** How much of a file is read at first, from its end. */
const TAIL_BYTES = 32 * 1024
/** More than this at once is read anew, from the end. */
const AT_ONCE = 1 << 20
/** How many lines of a name are kept: enough to tell its pace. */
const MOST = 64

/** What was read of one file, so that the next look reads only what came after. */
interface Known {
  ino: number
  size: number
  mtime: number
  /** Up to where whole lines were read. */
  read: number
  lines: StatusLine[]
  /** A last line that has no newline yet. */
  open: StatusLine[]
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
      if (!name.endsWith(SUFFIX) || name.startsWith('.')) continue
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

/** The directories that hold status files: the room's own first. */
export function statusDirectories(room: Room): string[] {
  const own = isOwnDirectory(room, 'status') ? [inRoom(room, 'status')] : []
  const { statusDir } = room.config.compat
  if (statusDir === null) return own
  const other = path.resolve(path.dirname(room.root), statusDir)
  return other !== own[0] && lookAt(other)?.isDirectory() ? [...own, other] : own
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
  if (same && same.size === stat.size && same.mtime === stat.mtimeMs) return told(same)
  const before = same && stat.size >= same.size && stat.size - same.read <= AT_ONCE ? same : undefined
  const from = before?.read ?? Math.max(0, stat.size - TAIL_BYTES)
  const bytes = readPart(file, from, stat.size)
  if (bytes === null) return []
  const begin = before || from === 0 ? 0 : bytes.indexOf(NEWLINE) + 1
  const end = Math.max(begin, bytes.lastIndexOf(NEWLINE) + 1)
  const next = {
    ...{ ino: stat.ino, size: stat.size, mtime: stat.mtimeMs, read: from + end },
    lines: [...(before?.lines ?? []), ...statusLines(room, bytes.subarray(begin, end))].slice(-MOST),
    open: statusLines(room, bytes.subarray(end)),
  }
  memory.set(file, next)
  return told(next)
}

const NEWLINE = 10
const told = ({ lines, open }: Known) => (open.length === 0 ? lines : [...lines, ...open])

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
