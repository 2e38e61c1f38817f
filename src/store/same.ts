/**
 * Taking away the very thing that was looked at. Between a look and an act another process may have put a new thing under the same
 * name; so a thing is renamed first, looked at under its new name, and put back if it is not the one that was meant. A crash between
 * leaves it under the new name.
 */
import fs from 'node:fs'
import path from 'node:path'
import { temporaryName } from './atomic.ts'
import { asCoordError, codeOf, lookAt } from './disk.ts'

/** Whether two looks saw one thing, unchanged: inode, size and mtime, which a rename leaves as they are. */
function isSame(one: fs.Stats | undefined, other: fs.Stats): boolean {
  return (
    one?.ino === other.ino &&
    one.dev === other.dev &&
    one.mtimeMs === other.mtimeMs &&
    one.size === other.size
  )
}

/** Rename a thing, if it still is the one that was looked at (`seen`). False when it is gone or another; that one stays, or is put back. */
export function moveSame(from: string, to: string, seen: fs.Stats): boolean {
  if (!isSame(lookAt(from), seen)) return false
  try {
    fs.renameSync(from, to)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw asCoordError(error, from)
  }
  if (isSame(lookAt(to), seen)) return true
  putBack(from, to)
  return false
}

/** Remove a thing, with all in it, if it still is the one that was looked at (`seen`). */
export function removeSame(file: string, seen: fs.Stats): boolean {
  const away = `${path.dirname(file)}/${temporaryName()}`
  const moved = moveSame(file, away, seen)
  fs.rmSync(away, { recursive: true, force: true })
  return moved
}

/** Put a thing back under its name, unless a newer one has it. Where it can be linked it stays where it is as well. */
export function putBack(name: string, kept: string): void {
  try {
    fs.linkSync(kept, name)
  } catch {
    if (!lookAt(name)) fs.renameSync(kept, name)
  }
}
