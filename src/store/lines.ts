/**
 * Moving and shortening append-only files while others append to them. No lock is needed to lose no line: what was written before
 * the old file went is looked for in it once more, and who writes into a file that is no more writes again (`appendLine`).
 */
import fs from 'node:fs'
import { appendLine, ensureDirectory, type Place, replaceFile } from './atomic.ts'
import { codeOf, lookAt, openForReading, removeFile } from './disk.ts'

const BYTES = 256 << 20

/**
 * Give an append-only file another place. Where the place is taken, or hard links are refused, its lines are appended there. A crash
 * leaves both, and the next try finishes it. False when there is nothing to move.
 */
export function moveLines(from: string, to: Place): boolean {
  if (!lookAt(from)?.isFile()) return false
  ensureDirectory(to.root, to.file.slice(0, to.file.lastIndexOf('/')))
  try {
    fs.linkSync(from, to.file)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    if (!isSameFile(from, to.file)) return spill(from, (text) => appendText(to, text))
  }
  return removeName(from, to)
}

/** Remove one of the two names of a file; if somebody removed the other at the same time, to move it back, its lines are written anew. */
function removeName(from: string, to: Place): boolean {
  const fd = openForReading(from)
  if (fd === null) return false
  try {
    const removed = removeFile(from)
    if (fs.fstatSync(fd).nlink === 0) appendText(to, readFrom(fd, 0).toString('utf8'))
    return removed
  } finally {
    fs.closeSync(fd)
  }
}

/** Replace an append-only file by what `keep` leaves of it. */
export function rewriteLines(place: Place, keep: (text: string) => string): boolean {
  return spill(place.file, (text, late) => {
    if (late) appendText(place, text)
    else replaceFile(place, keep(text))
  })
}

const appendText = (place: Place, text: string) => text !== '' && appendLine(place, text)

const isSameFile = (one: string, other: string) => {
  const [a, b] = [lookAt(one), lookAt(other)]
  return a !== undefined && a.ino !== 0 && a.ino === b?.ino && a.dev === b.dev
}

/** Hand on what a file holds, take it away, and hand on what came meanwhile. A file too long to be read stays. */
function spill(file: string, hand: (text: string, late: boolean) => void): boolean {
  const fd = openForReading(file)
  if (fd === null) return false
  try {
    const stat = fs.fstatSync(fd)
    if (!stat.isFile() || stat.size > BYTES) return false
    const first = readFrom(fd, 0)
    hand(first.toString('utf8'), false)
    if (isOpenAt(fd, file)) removeFile(file)
    hand(readFrom(fd, first.length).toString('utf8'), true)
    return true
  } finally {
    fs.closeSync(fd)
  }
}

const isOpenAt = (fd: number, file: string) => fs.fstatSync(fd).ino === lookAt(file)?.ino

function readFrom(fd: number, start: number): Buffer {
  const chunks: Buffer[] = []
  for (let at = start; ; ) {
    const chunk = Buffer.alloc(64 * 1024)
    const got = fs.readSync(fd, chunk, 0, chunk.length, at)
    if (got === 0) return Buffer.concat(chunks)
    chunks.push(chunk.subarray(0, got))
    at += got
  }
}
