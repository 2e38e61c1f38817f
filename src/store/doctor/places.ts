/** Things in the way: links, FIFOs, directories where files belong and files where directories do; and what can't be written or read. */
import fs from 'node:fs'
import type { Finding } from '../../protocol/faults.ts'
import { quote } from '../../protocol/needs.ts'
import { belongs, isForeign } from '../../protocol/places.ts'
import { forgetDirectories } from '../atomic.ts'
import { lookAt } from '../disk.ts'
import { moveAside, QUARANTINE, type Quarantine } from '../quarantine.ts'
import { inRoom, type Room } from '../room.ts'
import type { Entry } from './walk.ts'

/** What stands in the way of records, and what does not belong among them. */
export function findInTheWay(entries: Entry[]): Finding[] {
  return entries.flatMap(({ path, stat }): Finding[] => {
    const expected = belongs(path)
    if (expected === 'directory' && !stat.isDirectory())
      return [{ path, kind: 'not-a-directory', detail: `is ${nameOf(stat)} where a directory belongs` }]
    if (expected === 'file' && !stat.isFile())
      return [{ path, kind: 'not-a-file', detail: `is ${nameOf(stat)} where a file belongs` }]
    if (!stat.isFile() && !stat.isDirectory())
      return [{ path, kind: 'not-a-file', detail: `is ${nameOf(stat)}, which is not followed` }]
    if (isForeign(path))
      return [{ path, kind: 'foreign', detail: 'is no record; it does no harm, but nobody reads it' }]
    return []
  })
}

function nameOf(stat: fs.Stats): string {
  if (stat.isSymbolicLink()) return 'a symbolic link'
  if (stat.isDirectory()) return 'a directory'
  if (stat.isFIFO()) return 'a FIFO'
  return stat.isFile() ? 'a file' : 'a device or socket'
}

/** What this user can't read or write, each with the command that changes it. */
export function findForbidden(room: Room, entries: Entry[]): Finding[] {
  const { R_OK, W_OK, X_OK } = fs.constants
  return entries.flatMap(({ path, stat }): Finding[] => {
    const wanted = stat.isDirectory() ? R_OK | W_OK | X_OK : R_OK
    if ((!stat.isDirectory() && !stat.isFile()) || isOwnReadable(stat)) return []
    if (mayDo(inRoom(room, path), wanted)) return []
    const [what, mode] = stat.isDirectory() ? ['written', 'u+rwx'] : ['read', 'u+r']
    const fix = `chmod ${mode} ${quote(inRoom(room, path))}`
    return [{ path, kind: 'unwritable', detail: `can't be ${what} by this user`, fix }]
  })
}

/** A file of this user's that its mode lets it read, as nearly all are: they need not be asked for one by one. */
const isOwnReadable = (stat: fs.Stats) =>
  stat.isFile() && stat.uid === process.getuid?.() && (stat.mode & fs.constants.S_IRUSR) !== 0

function mayDo(file: string, wanted: number): boolean {
  try {
    fs.accessSync(file, wanted)
    return true
  } catch {
    return false
  }
}

/** Take a thing out of the way; what was done, or null where it is gone or was replaced meanwhile. */
export function takeAway(room: Room, quarantine: Quarantine, path: string): string | null {
  const seen = lookAt(inRoom(room, path))
  if (!seen) return null
  if (path === '.state' || path === QUARANTINE) return takeFromAbove(room, quarantine, path)
  const isThing = belongs(path) === 'directory' ? !seen.isDirectory() : !seen.isFile()
  return isThing && moveAside(quarantine, path, seen) ? 'moved aside' : null
}

/** What lies in place of the quarantine, or of what holds it, goes by a name beside it first; a crash leaves it there. */
function takeFromAbove(room: Room, quarantine: Quarantine, path: string): string | null {
  const aside = `${path}-aside-${quarantine.path.slice(QUARANTINE.length + 1)}`
  fs.renameSync(inRoom(room, path), inRoom(room, aside))
  forgetDirectories()
  const seen = lookAt(inRoom(room, aside))
  if (seen?.isDirectory()) {
    fs.renameSync(inRoom(room, aside), inRoom(room, path))
    return null
  }
  return seen && moveAside(quarantine, aside, seen) ? 'moved aside' : null
}
