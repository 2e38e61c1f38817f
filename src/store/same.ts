/**
 * Taking away the very thing that was looked at. Between a look and an act another process may have put a new thing under the same
 * name; so a thing is renamed first, looked at under its new name, and put back if it is not the one that was meant. A crash between
 * leaves it under the new name, and so does another process that takes the name before it is put back.
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

/** Of another thing, moved by mistake: `twice` when it is under both names, `left` when it is back, or a newer one has its name. */
type Move = 'moved' | 'not moved' | 'twice' | 'left'

function move(from: string, to: string, seen: fs.Stats): Move {
  if (!isSame(lookAt(from), seen)) return 'not moved'
  try {
    fs.renameSync(from, to)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'not moved'
    throw asCoordError(error, from)
  }
  if (isSame(lookAt(to), seen)) return 'moved'
  return putBack(from, to) ? 'twice' : 'left'
}

/** Rename a thing, if it still is the one that was looked at (`seen`). False when it is gone or another; that one stays, or is put back. */
export function moveSame(from: string, to: string, seen: fs.Stats): boolean {
  return move(from, to, seen) === 'moved'
}

/** Remove a thing, with all in it, if it still is the one that was looked at (`seen`). What can't be put back stays under its new name. */
export function removeSame(file: string, seen: fs.Stats): boolean {
  const away = `${path.dirname(file)}/${temporaryName()}`
  const found = move(file, away, seen)
  if (found === 'moved' || found === 'twice') fs.rmSync(away, { recursive: true, force: true })
  return found === 'moved'
}

/** Put a thing back under its name, unless a newer one has it. True where it could be linked, and so stays where it is as well. */
export function putBack(name: string, kept: string): boolean {
  try {
    fs.linkSync(kept, name)
    return true
  } catch {
    if (!lookAt(name)) fs.renameSync(kept, name)
    return false
  }
}
