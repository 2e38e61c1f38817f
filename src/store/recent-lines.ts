/** The end of a status history, read backwards: what a span of time needs of it, whatever lies before. Reads only. */
import fs from 'node:fs'
import { readLines } from '../protocol/lines.ts'
import type { StatusLine } from '../protocol/records.ts'
import { isRecord } from '../protocol/shapes.ts'
import { parseInstant } from '../protocol/time.ts'
import { openForReading } from './disk.ts'
import { inRoom, type Room } from './room.ts'

const BLOCK = 256 * 1024
const NEWLINE = 10

/** How many bytes may still be read, and how many were not for that. */
export interface Budget {
  left: number
  unread: number
}

/**
 * The readable lines of some files of one name (oldest first) from before an instant (epoch ms) on: whole blocks, up to one that begins
 * before it. By the lines' own times, since nothing else tells of age. What `budget` does not reach to is
 * counted in it, but a block of each file is read in any case.
 */
export function readLinesSince(room: Room, files: string[], since: number, budget: Budget): StatusLine[] {
  const parts: StatusLine[][] = []
  for (const file of [...files].reverse()) {
    const end = readEnd(inRoom(room, file), since, budget)
    parts.push(recordsIn(room, end.text))
    if (end.isBefore) break
  }
  return parts.reverse().flat()
}

function readEnd(file: string, since: number, budget: Budget): { text: string; isBefore: boolean } {
  const fd = openForReading(file)
  if (fd === null) return { text: '', isBefore: false }
  try {
    const stat = fs.fstatSync(fd)
    return stat.isFile() ? blocksOf(fd, stat.size, since, budget) : { text: '', isBefore: false }
  } finally {
    fs.closeSync(fd)
  }
}

function blocksOf(fd: number, size: number, since: number, budget: Budget) {
  const blocks: Buffer[] = []
  let from = size
  let isBefore = false
  while (from > 0 && !isBefore && (budget.left > 0 || blocks.length === 0)) {
    const block = Buffer.alloc(Math.min(BLOCK, from))
    from -= block.length
    budget.left -= block.length
    blocks.unshift(block.subarray(0, fs.readSync(fd, block, 0, block.length, from)))
    isBefore = beginsBefore(block, from, since)
  }
  if (!isBefore) budget.unread += from
  const bytes = Buffer.concat(blocks)
  const begin = from === 0 ? 0 : bytes.indexOf(NEWLINE) + 1
  return { text: bytes.toString('utf8', begin), isBefore }
}

/** Whether the first line of a block that tells its time was written before an instant. */
function beginsBefore(block: Buffer, at: number, since: number): boolean {
  let begin = at === 0 ? 0 : block.indexOf(NEWLINE) + 1
  for (let end = block.indexOf(NEWLINE, begin); end !== -1; end = block.indexOf(NEWLINE, begin)) {
    const [value] = readLines(block.toString('utf8', begin, end)).values
    const time = parseInstant((value as { timestamp?: unknown } | undefined)?.timestamp as string)
    if (time !== null) return time < since
    begin = end + 1
  }
  return false
}

function recordsIn(room: Room, text: string): StatusLine[] {
  return readLines(text).values.flatMap((value) => {
    if (isRecord('status', value)) return [value]
    const conformed = room.lazy.repair().conform('status', value)
    return conformed ? [conformed.record] : []
  })
}
