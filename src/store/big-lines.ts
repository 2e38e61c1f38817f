/**
 * Files of lines that are too long to be read at once: read in pieces that end where a line ends, so that a hundred megabytes of junk cost
 * no more memory than a piece. Loaded by readers of histories alone.
 */
import fs from 'node:fs'
import { readLines } from '../protocol/lines.ts'
import { openForReading } from './disk.ts'

const PIECE = 4 << 20

/**
 * The values of a file of lines of at most `cap` bytes, and how many lines are none; null where it is longer, or no file. A line longer than a
 * piece is no record; an object over several lines that a piece ends in counts as two that are none.
 */
export function readBigLines(file: string, cap: number): ReturnType<typeof readLines> | null {
  const fd = openForReading(file)
  if (fd === null) return null
  try {
    const stat = fs.fstatSync(fd)
    return stat.isFile() && stat.size <= cap ? readPieces(fd) : null
  } finally {
    fs.closeSync(fd)
  }
}

function readPieces(fd: number): ReturnType<typeof readLines> {
  const values: unknown[] = []
  let skipped = 0
  const take = (text: string) => {
    const read = readLines(text)
    for (const value of read.values) values.push(value)
    skipped += read.skipped
  }
  const buffer = Buffer.allocUnsafe(PIECE)
  let kept = 0
  let overlong = false
  for (let at = 0; ; ) {
    const got = fs.readSync(fd, buffer, kept, PIECE - kept, at)
    at += got
    const end = got === 0 ? kept : buffer.lastIndexOf(10, kept + got - 1) + 1
    const begin = overlong ? buffer.subarray(0, end).indexOf(10) + 1 : 0
    if (end > 0) {
      take(buffer.toString('utf8', begin, end))
      overlong = false
    }
    if (got === 0) return { values, skipped }
    kept = kept + got - end
    buffer.copyWithin(0, end, end + kept)
    if (kept < PIECE) continue
    if (!overlong) skipped++
    overlong = true
    kept = 0
  }
}
