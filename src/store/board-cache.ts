/**
 * What a refresh of a large room read, so that the next one opens only what changed since. Opening a thousand files costs as
 * much as starting node; one file with their texts a fifth of it. Whoever changes a session or claim names it in the journal
 * (board.ts); new and vanished files are seen in the directories; what scripts change in place is read again after ten seconds.
 * Derived: losing it costs one full read. Only the holder of the board's lock writes it.
 */
import type { Lease } from '../protocol/records.ts'
import { distinctLeases, type FoundLease, loadClaimFile } from './claims.ts'
import { readIfThere, removeQuietly } from './disk.ts'
import { loadRecord, type Named } from './records.ts'
import { inRoom, listIn, type Room } from './room.ts'
import { distinctSessions } from './sessions.ts'

export const CACHE_FILE = '.state/board-cache'
const LARGE = 60
const FRESH_MS = 10_000
const MANY = 200
const BYTES = 64 << 20

export interface Sources {
  sessions: Named<'session'>[]
  leases: Lease[]
  /** Whether records of sessions may be only digests; whose text is empty is in its file. */
  digested: boolean
}

interface Cache {
  sessions: Named<'session'>[]
  claims: FoundLease[]
  /** The files named in the journal since. */
  changed: string[]
}

/** Every session of the room, each once, and every claim file. `journal` is the text of the board's journal as it stood before, given by who has the board's lock: others read everything, whole. */
export function readSources(room: Room, now: number, journal?: string): Sources {
  const names = { sessions: namesIn(room, 'sessions', '.json'), claims: namesIn(room, 'claims', '.claim') }
  const large = names.sessions.length + names.claims.length >= LARGE
  const cache = large && journal !== undefined ? loadCache(room, now, journal) : null
  const { changed = [] } = cache ?? {}
  const sessions = gather('sessions', names.sessions, cache?.sessions ?? [], changed, (name, file) => {
    const loaded = loadRecord(room, 'session', file)
    return loaded && { ...loaded, name }
  })
  const claims = gather('claims', names.claims, cache?.claims ?? [], changed, (name) => {
    const lease = loadClaimFile(room, name, now)
    return lease && { name, lease }
  })
  const found = {
    sessions: distinctSessions(room, sessions.loaded, sessions.known),
    leases: distinctLeases(room, claims.loaded, claims.known),
  }
  if (large && !cache && journal !== undefined)
    room.lazy.upkeep().saveCache(room, now, journal, { ...found, claims: claims.loaded })
  return { ...found, digested: cache !== null }
}

/** What is known of the files of a directory from the cache, and what had to be read. */
function gather<T extends { name: string }>(
  directory: string,
  names: string[],
  cached: T[],
  changed: string[],
  read: (name: string, file: string) => T | null,
): { known: T[]; loaded: T[] } {
  const there = new Set(names)
  for (const file of changed) if (file.startsWith(directory)) there.delete(file.slice(directory.length + 1))
  const known = cached.filter(({ name }) => there.has(name))
  for (const { name } of known) there.delete(name)
  const others =
    cached.length === 0
      ? names
      : names.filter((name) => there.has(name) || changed.includes(`${directory}/${name}`))
  return { known, loaded: others.flatMap((name) => read(name, `${directory}/${name}`) ?? []) }
}

/** Forget what was read: the next refresh reads everything. */
export function dropCache(room: Room): void {
  removeQuietly(inRoom(room, CACHE_FILE))
}

function namesIn(room: Room, directory: string, suffix: string): string[] {
  return listIn(room, directory).filter((name) => name.endsWith(suffix) && !name.startsWith('.'))
}

/** The cache, or null where it is absent, damaged, older than ten seconds, or too much changed since. */
function loadCache(room: Room, now: number, journal: string): Cache | null {
  const reading = readIfThere(inRoom(room, CACHE_FILE), BYTES)
  if (!('text' in reading)) return null
  const lines = reading.text.split('\n')
  const [at, offset, count] = (lines[0] ?? '').split(' ').map(Number)
  const age = now - (at ?? 0)
  if (!(age >= 0 && age < FRESH_MS) || lines.length !== 4 + count! || journal.length < offset!) return null
  const changed = [...new Set(journal.slice(offset).split('\n'))]
  if (changed.length > MANY) return null
  try {
    const sessions = JSON.parse(lines[1]!) as Named<'session'>[]
    const claims = JSON.parse(lines[2]!) as FoundLease[]
    for (let i = 0; i < sessions.length; i++) sessions[i]!.text = lines[3 + i] ?? ''
    return { sessions, claims, changed }
  } catch {
    return null
  }
}
