/**
 * What crashed processes leave: `.tmp-…` files, locks, tickets of waiting. These are coord's own, so their mtime counts. Locks and
 * tickets are given up at once where their process is dead, after a minute where nobody can tell (it may be of another boot or pid
 * namespace; they are held for seconds, or touched every second), and after an hour where it runs: it may have been stopped. A `.tmp-…`
 * tells its pid alone, which may be one of another machine: an hour, and a day where such a process runs. The quarantine is never looked into.
 */
import fs from 'node:fs'
import type { ProcessState } from '../../protocol/sessions.ts'
import { readText } from '../disk.ts'
import { stateOfHolder } from '../pid-lock.ts'
import { isAlive, stateOf } from '../processes.ts'
import { inRoom, isOwnDirectory, listIn, type Room, RUNTIME_DIRECTORIES } from '../room.ts'
import { type Chore, markerAge, removeEmpty, removeIf } from './chore.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const QUARANTINE = '.state/quarantine'
const LOCKS = '.state/locks'
const WAITING = '.state/waiting'

/** The temporary files of the whole room, and the locks and tickets that nobody gave back. */
export function temporaryChores(room: Room): Chore[] {
  const roots = [...RUNTIME_DIRECTORIES.filter((name) => !name.includes('/')), 'scripts']
  const temporaries = [...temporariesIn(room, ''), ...roots.flatMap((root) => walk(room, root))]
  const guard = `${LOCKS}/${room.lazy.lock().TIDY_GUARD}.lock`
  const locks = visibleIn(room, LOCKS).filter((path) => path !== guard)
  const tickets = visibleIn(room, WAITING).flatMap((queue) => visibleIn(room, queue))
  return [
    ...temporariesGone(room, temporaries),
    ...chores(room, locks, isGivenUp(stateOfHolder), 'a lock that nobody holds any more'),
    ...chores(room, tickets, isGivenUp(waiter), 'a place in a line in which nobody stands any more'),
  ]
}

/** The temporary files in one directory of the room, '' for the room itself, by the same rule. */
export function temporaryChoresIn(room: Room, directory: string): Chore[] {
  return temporariesGone(room, temporariesIn(room, directory))
}

const temporariesGone = (room: Room, paths: string[]) =>
  chores(room, paths, isAbandoned, 'a temporary file of a process that is gone')

type Judge = (room: Room, path: string) => boolean

function chores(room: Room, paths: string[], goes: Judge, why: string): Chore[] {
  return paths
    .filter((path) => goes(room, path))
    .map((path) => ({ kind: 'temporaries', path, why, run: () => remove(room, path, goes) }))
}

/** The line of a ticket goes with its last one. */
function remove(room: Room, path: string, goes: Judge): boolean {
  const removed = removeIf(room, path, () => goes(room, path))
  if (path.startsWith(`${WAITING}/`)) removeEmpty(room, path.slice(0, path.lastIndexOf('/')))
  return removed
}

const PATIENCE: Record<ProcessState, number> = { dead: -1, unknown: MINUTE, alive: HOUR }

/** Whether a lock or a ticket is nobody's any more, by the process that its text names. The library's locks are directories, and say nothing. */
const isGivenUp =
  (stateOf: (text: string) => ProcessState): Judge =>
  (room, path) => {
    const file = inRoom(room, path)
    const reading = readText(file, 4096)
    return markerAge(file) > PATIENCE['text' in reading ? stateOf(reading.text) : 'unknown']
  }

/** Of a ticket (store/queue.ts). */
function waiter(text: string): ProcessState {
  const [, , pid, started, boot, namespace] = text.trim().split('\t')
  return stateOf(Number(pid), started, boot, namespace)
}

const visibleIn = (room: Room, directory: string) =>
  listIn(room, directory)
    .filter((name) => !name.startsWith('.'))
    .map((name) => `${directory}/${name}`)

const temporariesIn = (room: Room, directory: string) =>
  (isOwnDirectory(room, directory) ? [...entriesOf(inRoom(room, directory))] : [])
    .filter(({ name }) => name.startsWith('.tmp-'))
    .map(({ name }) => (directory === '' ? name : `${directory}/${name}`))

function walk(room: Room, directory: string): string[] {
  if (directory === QUARANTINE || !isOwnDirectory(room, directory)) return []
  const found: string[] = []
  const inner: string[] = []
  for (const entry of entriesOf(inRoom(room, directory))) {
    const path = `${directory}/${entry.name}`
    if (entry.name.startsWith('.tmp-')) found.push(path)
    else if (entry.isDirectory() && !entry.name.startsWith('.')) inner.push(path)
  }
  return [...found, ...inner.flatMap((path) => walk(room, path))]
}

const AT_ONCE = 512

/** One by one, as there may be a hundred thousand; none where a directory can't be read. */
function* entriesOf(dir: string): Generator<fs.Dirent> {
  try {
    const opened = fs.opendirSync(dir, { bufferSize: AT_ONCE })
    try {
      for (let entry = opened.readSync(); entry; entry = opened.readSync()) yield entry
    } finally {
      opened.closeSync()
    }
  } catch {
    // Whoever lists it next names what is wrong.
  }
}

function isAbandoned(room: Room, path: string): boolean {
  const age = markerAge(inRoom(room, path))
  const pid = Number(/\.tmp-(\d+)-[^/]*$/.exec(path)?.[1] ?? 0)
  return age > (isAlive(pid, null) === 'dead' ? HOUR : 24 * HOUR)
}
