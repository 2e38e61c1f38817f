/** Heartbeats: immutable files named by time and session, pruned after their retention by the time in name and body. */
import fs from 'node:fs'
import type { Heartbeat } from '../protocol/records.ts'
import { fileTime, parseFileTime, parseInstant } from '../protocol/time.ts'
import { addFile, listNames, removeQuietly, replaceFile } from './disk.ts'
import { loadRecord, recordText } from './records.ts'
import { inRoom, place, type Room } from './room.ts'
import { trimLines } from './status.ts'

const DIRECTORY = 'heartbeats'

/** Add a heartbeat; a name already taken gets `-2`, `-3` …. Returns the file's name. */
export function addHeartbeat(room: Room, beat: Heartbeat, now: number): string {
  for (let copy = 1; ; copy++) {
    const name = `${fileTime(now)}-${beat.session_id}${copy === 1 ? '' : `-${copy}`}.json`
    if (addFile(place(room, DIRECTORY, name), recordText(beat))) return name
  }
}

const MARKER = '.state/pruned'
const PAUSE_MS = 10 * 60_000
const BACKLOG_PAUSE_MS = 60_000
const AT_ONCE = 1000

/**
 * Prune what is past its retention, at most every ten minutes and at most 1,000 files at a time, so that no heartbeat
 * pays for a backlog; a room without the marker prunes at once. Returns how many files went.
 */
export function pruneIfDue(room: Room, now: number): number {
  const marker = inRoom(room, MARKER)
  const last = changedAt(marker)
  if (Date.now() - last < PAUSE_MS && last <= Date.now()) return 0
  replaceFile(place(room, MARKER), '')
  const gone = prune(room, now)
  if (gone === AT_ONCE) {
    const due = (Date.now() - PAUSE_MS + BACKLOG_PAUSE_MS) / 1000
    fs.utimesSync(marker, due, due)
  }
  trimMachineLines(room, now)
  return gone
}

function changedAt(file: string): number {
  try {
    return fs.lstatSync(file).mtimeMs
  } catch {
    return 0
  }
}

function prune(room: Room, now: number): number {
  const cutoff = now - room.config.heartbeats.retention
  let gone = 0
  for (const name of listNames(inRoom(room, DIRECTORY))) {
    const named = name.endsWith('.json') ? parseFileTime(name) : null
    if (!named || named.time >= cutoff || !isOld(room, name, cutoff)) continue
    removeQuietly(inRoom(room, DIRECTORY, name))
    if (++gone === AT_ONCE) break
  }
  return gone
}

/** The body confirms: scripts name their files in local time. Junk under an old name goes by its name, a day later. */
function isOld(room: Room, name: string, cutoff: number): boolean {
  const silent = { ...room, problems: [] }
  const time = parseInstant(loadRecord(silent, 'heartbeat', `${DIRECTORY}/${name}`)?.record.timestamp)
  return time === null ? parseFileTime(name)!.time < cutoff - 86_400_000 : time < cutoff
}

/** The newest heartbeat file of every id that speaks in heartbeats, by file names alone. */
export function newestHeartbeats(room: Room): Map<string, { file: string; time: number; exact: boolean }> {
  const newest = new Map<string, { file: string; time: number; exact: boolean }>()
  for (const name of listNames(inRoom(room, DIRECTORY))) {
    const named = name.endsWith('.json') ? parseFileTime(name) : null
    if (!named) continue
    const id = named.rest.slice(0, -5)
    const known = newest.get(id)
    if (!known || named.time > known.time)
      newest.set(id, { file: `${DIRECTORY}/${name}`, time: named.time, exact: named.exact })
  }
  return newest
}

const HOUR = 3_600_000

function trimMachineLines(room: Room, now: number): void {
  trimLines(room, '.state/recent.jsonl', (line) => (parseInstant(line.timestamp) ?? 0) > now - 24 * HOUR)
  trimLines(room, '.state/refusals.jsonl', (line) => Number(line.at) > now - HOUR)
}
