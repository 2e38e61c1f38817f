import type { Heartbeat } from '../protocol/records.ts'
import { fileTime, isPast, parseFileTime, parseInstant, tellsMillis } from '../protocol/time.ts'
import { addFile } from './atomic.ts'
import { removeQuietly, walkNames } from './disk.ts'
import { monotonic } from './pid-lock.ts'
import { loadRecord, recordText } from './records.ts'
import { inRoom, isOwnDirectory, listIn, place, type Room } from './room.ts'

const DIRECTORY = 'heartbeats'

/** Add a heartbeat; a name already taken gets `-2`, `-3` …. Returns the file's name. */
export function addHeartbeat(room: Room, beat: Heartbeat, now: number): string {
  for (let copy = 1; ; copy++) {
    const name = `${fileTime(now)}-${beat.session_id}${copy === 1 ? '' : `-${copy}`}.json`
    if (addFile(place(room, DIRECTORY, name), recordText(beat))) return name
  }
}

const BUDGET_MS = 20

/**
 * Remove heartbeats past their retention for 20 ms; how many went, and whether time ran out. Never by mtime: git and copies reset it.
 * The names are read as they are needed: a list of a hundred thousand takes longer.
 */
export function pruneHeartbeats(room: Room, now: number): { gone: number; more: boolean } {
  const cutoff = now - room.config.heartbeats.retention
  const until = monotonic() + BUDGET_MS
  let gone = 0
  if (!isOwnDirectory(room, DIRECTORY)) return { gone, more: false }
  for (const name of walkNames(inRoom(room, DIRECTORY))) {
    if (!isOldHeartbeat(room, name, cutoff)) continue
    removeQuietly(inRoom(room, DIRECTORY, name))
    gone++
    if (monotonic() >= until) return { gone, more: true }
  }
  return { gone, more: false }
}

/** Whether a file of `heartbeats/` is older than `cutoff` by name and body; what has no time in its name never is. */
export function isOldHeartbeat(room: Room, name: string, cutoff: number): boolean {
  const named = name.endsWith('.json') ? parseFileTime(name) : null
  if (!named || named.time >= cutoff) return false
  const silent = { ...room, problems: [] }
  const body = loadRecord(silent, 'heartbeat', `${DIRECTORY}/${name}`)?.record.timestamp
  return isPast(named.time, parseInstant(body), cutoff)
}

interface Newest {
  file: string
  time: number
  exact: boolean
}

/**
 * The newest heartbeat file of every id that speaks in heartbeats (up to `until`, epoch ms), by file names alone. Nearly all have coord's
 * own form, which sorts as text: a time is read of the last of each id only, as a room may hold a hundred thousand.
 */
export function newestHeartbeats(room: Room, until = Infinity): Map<string, Newest> {
  const end = until === Infinity ? '\uffff' : `${fileTime(until)}.`
  const last = new Map<string, string>()
  const others: string[] = []
  const names = listIn(room, DIRECTORY)
  for (const name of names) {
    if (!name.endsWith('.json')) continue
    if (!tellsMillis(name)) others.push(name)
    else if (name < end) {
      const id = name.slice(24, -5)
      const known = last.get(id)
      if (known === undefined || name > known) last.set(id, name)
    }
  }
  const newest = newestOf([...last.values(), ...others], until)
  if ([...last.keys()].every((id) => newest.has(id))) return newest
  // A name that tells an impossible time, and sorts behind all others of its id.
  return newestOf(names, until)
}

function newestOf(names: string[], until: number): Map<string, Newest> {
  const newest = new Map<string, Newest>()
  for (const name of names) {
    const named = name.endsWith('.json') ? parseFileTime(name) : null
    if (!named || named.time > until) continue
    const id = named.rest.slice(0, -5)
    const known = newest.get(id)
    if (!known || named.time > known.time)
      newest.set(id, { file: `${DIRECTORY}/${name}`, time: named.time, exact: named.exact })
  }
  return newest
}
