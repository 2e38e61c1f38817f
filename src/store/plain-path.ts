/** Paths that mean just what they say: for these nothing need be resolved. */
import type { Stats } from 'node:fs'
import { lookAt } from './disk.ts'

/** What is at a path; undefined also for a name that no file can have. */
export function lookQuietly(file: string): Stats | undefined {
  try {
    return lookAt(file)
  } catch {
    return undefined
  }
}

/**
 * Whether an absolute path is a file of the working tree at `top`, or none yet, with nothing about it that needs a closer
 * look: no link, no `.` or `..`, no other working tree on the way.
 */
export function isPlainFile(top: string, file: string): boolean {
  if (!file.startsWith(`${top}/`) || /\/\.{0,2}(\/|$)/.test(file)) return false
  for (let at = top.length; at !== -1; at = file.indexOf('/', at + 1)) {
    const stat = lookQuietly(at === top.length ? top : file.slice(0, at))
    if (stat === undefined) return true
    if (!stat.isDirectory() || (at > top.length && lookQuietly(`${file.slice(0, at)}/.git`))) return false
  }
  const stat = lookQuietly(file)
  return stat === undefined || stat.isFile()
}
