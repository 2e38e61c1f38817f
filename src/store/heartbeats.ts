import type { Heartbeat } from '../protocol/records.ts'
import { fileTime, isPast, parseFileTime, parseInstant } from '../protocol/time.ts'
import { addFile } from './atomic.ts'
import { removeQuietly } from './disk.ts'
import { loadRecord, recordText } from './records.ts'
import { inRoom, listIn, place, type Room } from './room.ts'

const DIRECTORY = 'heartbeats'

/** Add a heartbeat; a name already taken gets `-2`, `-3` …. Returns the file's name. */
export function addHeartbeat(room: Room, beat: Heartbeat, now: number): string {
  for (let copy = 1; ; copy++) {
    const name = `${fileTime(now)}-${beat.session_id}${copy === 1 ? '' : `-${copy}`}.json`
    if (addFile(place(room, DIRECTORY, name), recordText(beat))) return name
  }
}

const AT_ONCE = 1000

/** Remove heartbeats past their retention, at most 1,000 at a time; how many went. Never by mtime: git and copies reset it. */
export function pruneHeartbeats(room: Room, now: number): number {
  const cutoff = now - room.config.heartbeats.retention
  let gone = 0
  for (const name of listIn(room, DIRECTORY)) {
    if (!isOldHeartbeat(room, name, cutoff)) continue
    removeQuietly(inRoom(room, DIRECTORY, name))
    if (++gone === AT_ONCE) break
  }
  return gone
}

/** Whether a file of `heartbeats/` is older than `cutoff` by name and body; what has no time in its name never is. */
export function isOldHeartbeat(room: Room, name: string, cutoff: number): boolean {
  const named = name.endsWith('.json') ? parseFileTime(name) : null
  if (!named || named.time >= cutoff) return false
  const silent = { ...room, problems: [] }
  const body = loadRecord(silent, 'heartbeat', `${DIRECTORY}/${name}`)?.record.timestamp
  return isPast(named.time, parseInstant(body), cutoff)
}

/** The newest heartbeat file of every id that speaks in heartbeats (up to `until`, epoch ms), by file names alone. */
export function newestHeartbeats(
  room: Room,
  until = Infinity,
): Map<string, { file: string; time: number; exact: boolean }> {
  const newest = new Map<string, { file: string; time: number; exact: boolean }>()
  for (const name of listIn(room, DIRECTORY)) {
    const named = name.endsWith('.json') ? parseFileTime(name) : null
    if (!named || named.time > until) continue
    const id = named.rest.slice(0, -5)
    const known = newest.get(id)
    if (!known || named.time > known.time)
      newest.set(id, { file: `${DIRECTORY}/${name}`, time: named.time, exact: named.exact })
  }
  return newest
}
