/** Locks on our own refs in a clone, left by a git that was killed while it brought them here: git would take them for its own for ever. */
import fs from 'node:fs'
import path from 'node:path'
import { lookAt } from '../disk.ts'
import type { Far } from './far.ts'

/** What git says of a lock that is there. */
const THERE = /\.lock': File exists/
const OWN = /\/\.state\/remote\/git-\d+$/

/**
 * Remove such locks where `err` tells of one: those below `refs/coord-remote/` that are older than a question to the remote may take, which
 * nobody holds any more, and in the room's own repository that of packed refs. Whether there were any, so that it is worth asking again. Throws nothing.
 */
export function removeLeftLocks(
  { common, timeout_ms }: Pick<Far, 'common' | 'timeout_ms'>,
  err: string,
): boolean {
  if (!THERE.test(err)) return false
  const top = path.join(common, 'refs/coord-remote')
  try {
    const entries = fs.readdirSync(top, { recursive: true, withFileTypes: true })
    const locks = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.lock'))
    const packed = path.join(common, 'packed-refs.lock')
    const isOurs = OWN.test(common) && lookAt(packed)?.isFile()
    const left = [
      ...locks.map(({ parentPath, name }) => path.join(parentPath, name)),
      ...(isOurs ? [packed] : []),
    ].filter((lock) => Date.now() - fs.lstatSync(lock).mtimeMs > timeout_ms)
    for (const lock of left) fs.unlinkSync(lock)
    return left.length > 0
  } catch {
    // Somebody else was faster, or the disk refuses: then git's own word stands.
    return false
  }
}
