/**
 * What crashed processes leave: `.tmp-…` files, locks, tickets of waiting. These are coord's own, so their mtime counts: an hour, and for
 * a `.tmp-…` a day where a process of that pid runs, since it may have been stopped in the middle. The quarantine is never looked into.
 */
import fs from 'node:fs'
import { removeFile } from '../disk.ts'
import { isAlive } from '../processes.ts'
import { inRoom, isOwnDirectory, listIn, type Room, RUNTIME_DIRECTORIES } from '../room.ts'
import { type Chore, markerAge, removeEmpty } from './chore.ts'

const HOUR = 3_600_000
const QUARANTINE = '.state/quarantine'
const LOCKS = '.state/locks'
const WAITING = '.state/waiting'

/** The temporary files of the whole room, and the locks and tickets that nobody gave back. */
export function temporaryChores(room: Room): Chore[] {
  const roots = RUNTIME_DIRECTORIES.filter((name) => !name.includes('/'))
  const temporaries = [...temporariesIn(room, ''), ...roots.flatMap((root) => walk(room, root))]
  const abandoned = temporaries.filter((path) => isAbandoned(room, path))
  const queues = visibleIn(room, WAITING)
  const kept = [...visibleIn(room, LOCKS), ...queues.flatMap((queue) => visibleIn(room, queue))]
  const forgotten = kept.filter((path) => markerAge(inRoom(room, path)) > HOUR)
  return [...abandoned, ...forgotten].map((path) => ({
    kind: 'temporaries',
    path,
    run: () => remove(room, path),
  }))
}

const visibleIn = (room: Room, directory: string) =>
  listIn(room, directory)
    .filter((name) => !name.startsWith('.'))
    .map((name) => `${directory}/${name}`)

const temporariesIn = (room: Room, directory: string) =>
  entriesOf(room, directory)
    .filter(({ name }) => name.startsWith('.tmp-'))
    .map(({ name }) => (directory === '' ? name : `${directory}/${name}`))

function walk(room: Room, directory: string): string[] {
  if (directory === QUARANTINE) return []
  const inner = entriesOf(room, directory).filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.'),
  )
  return [
    ...temporariesIn(room, directory),
    ...inner.flatMap(({ name }) => walk(room, `${directory}/${name}`)),
  ]
}

function entriesOf(room: Room, directory: string): fs.Dirent[] {
  if (!isOwnDirectory(room, directory)) return []
  try {
    return fs.readdirSync(inRoom(room, directory), { withFileTypes: true })
  } catch {
    return []
  }
}

function isAbandoned(room: Room, path: string): boolean {
  const age = markerAge(inRoom(room, path))
  const pid = Number(/\.tmp-(\d+)-[^/]*$/.exec(path)?.[1] ?? 0)
  return age > (isAlive(pid, null) === 'dead' ? HOUR : 24 * HOUR)
}

/** A slot on its way where hard links are refused is a directory with one file. */
function remove(room: Room, path: string): boolean {
  const file = inRoom(room, path)
  if (!isOwnDirectory(room, path)) {
    const removed = removeFile(file)
    if (path.startsWith(`${WAITING}/`)) removeEmpty(room, path.slice(0, path.lastIndexOf('/')))
    return removed
  }
  if (path.startsWith(`${LOCKS}/`)) return removeEmpty(room, path)
  fs.rmSync(file, { recursive: true, force: true })
  return true
}
