/**
 * What a refresh of a large room read, so that the next one opens only what changed since. Opening a thousand files costs as
 * much as starting node; one file with their texts a fifth of it. Whoever changes a session or claim names it in the journal
 * (board.ts); new and vanished files are seen in the directories; what scripts change in place is read again after ten seconds.
 * Derived: losing it costs one full read. Only the holder of the board's lock writes it.
 */
import { digestOf } from '../protocol/digest.ts'
import type { Lease, Session } from '../protocol/records.ts'
import { replaceFile } from './atomic.ts'
import { type FoundLease, loadClaimFile } from './claims.ts'
import { readIfThere, removeQuietly } from './disk.ts'
import { loadRecord, type Named } from './records.ts'
import { inRoom, listIn, place, type Room } from './room.ts'
import { distinctSessions, isOwnFile } from './sessions.ts'

const FILE = '.state/board-cache'
const LARGE = 60
const FRESH_MS = 10_000
const MANY = 200
const BYTES = 64 << 20

export interface Sources {
  sessions: Named<'session'>[]
  claims: FoundLease[]
  /** Whether records of sessions may be only digests of their texts. */
  digested: boolean
}

interface Cache {
  /** By the names of their files. */
  sessions: Map<string, Named<'session'>>
  claims: Map<string, FoundLease>
  /** The files named in the journal since. */
  changed: Set<string>
}

/** Every session of the room, each once, and every claim file. `journal` is the text of the board's journal as it stood before. */
export function readSources(room: Room, now: number, journal: string): Sources {
  const names = { sessions: namesIn(room, 'sessions', '.json'), claims: namesIn(room, 'claims', '.claim') }
  const large = names.sessions.length + names.claims.length >= LARGE
  const cache = large ? loadCache(room, now, journal) : null
  const changed = cache?.changed ?? new Set<string>()
  const sessions = gather('sessions', names.sessions, cache?.sessions, changed, (name, file) => {
    const loaded = loadRecord(room, 'session', file)
    return loaded && { ...loaded, name }
  })
  const claims = gather('claims', names.claims, cache?.claims, changed, (name) => {
    const lease = loadClaimFile(room, name, now)
    return lease && { name, lease }
  })
  const found = {
    sessions: distinctSessions(room, sessions.loaded, sessions.known),
    claims: [...claims.known, ...claims.loaded],
  }
  if (large && !cache) saveCache(room, now, journal, found)
  return { ...found, digested: cache !== null }
}

/** What is known of the files of a directory from the cache, and what had to be read. */
function gather<T>(
  directory: string,
  names: string[],
  cache: Map<string, T> | undefined,
  changed: Set<string>,
  read: (name: string, file: string) => T | null,
): { known: T[]; loaded: T[] } {
  const known: T[] = []
  const loaded: T[] = []
  for (const name of names) {
    const file = `${directory}/${name}`
    const cached = changed.has(file) ? undefined : cache?.get(name)
    const one = cached ?? read(name, file)
    if (one) (cached ? known : loaded).push(one)
  }
  return { known, loaded }
}

/** Forget what was read: the next refresh reads everything. */
export function dropCache(room: Room): void {
  removeQuietly(inRoom(room, FILE))
}

function namesIn(room: Room, directory: string, suffix: string): string[] {
  return listIn(room, directory).filter((name) => name.endsWith(suffix) && !name.startsWith('.'))
}

/** The cache, or null where it is absent, damaged, older than ten seconds, or too much changed since. */
function loadCache(room: Room, now: number, journal: string): Cache | null {
  const reading = readIfThere(inRoom(room, FILE), BYTES)
  if (!('text' in reading)) return null
  const lines = reading.text.split('\n')
  const [at, offset, count] = (lines[0] ?? '').split(' ').map(Number)
  const age = now - (at ?? 0)
  if (!(age >= 0 && age < FRESH_MS) || lines.length !== 4 + count! || journal.length < offset!) return null
  const changed = new Set(journal.slice(offset).split('\n'))
  if (changed.size > MANY) return null
  try {
    const sessions = JSON.parse(lines[1]!) as Parsed<Session>
    const claims = JSON.parse(lines[2]!) as Parsed<Lease>
    const named = (name: string, i: number) => ({ name, record: sessions.all[i]!, text: lines[3 + i]! })
    return {
      sessions: new Map(sessions.names.map((name, i) => [name, named(name, i)])),
      claims: new Map(claims.names.map((name, i) => [name, { name, lease: claims.all[i]! }])),
      changed,
    }
  } catch {
    return null
  }
}

/** What is parsed at one go: a thousand calls of JSON.parse cost twice as much. */
interface Parsed<T> {
  names: string[]
  all: T[]
}

/**
 * A line that tells of when it is; the digests of the sessions, the leases, and the text of each session on a line. Files that had to be
 * repaired stay out, and copies.
 */
function saveCache(
  room: Room,
  now: number,
  journal: string,
  { sessions, claims }: Pick<Sources, 'sessions' | 'claims'>,
): void {
  const repaired = new Set(room.problems.map(({ path }) => path))
  const clean = sessions.filter((each) => isOwnFile(each) && !repaired.has(`sessions/${each.name}`))
  const held = claims.filter(({ name }) => !repaired.has(`claims/${name}`))
  const parts = [
    { names: clean.map(({ name }) => name), all: clean.map(({ record }) => digestOf(record)) },
    { names: held.map(({ name }) => name), all: held.map(({ lease }) => lease) },
  ]
  const lines = [...parts, ...clean.map(({ record }) => record)].map((each) => JSON.stringify(each))
  const head = `${now} ${journal.length} ${clean.length}`
  replaceFile(place(room, FILE), `${head}\n${lines.join('\n')}\n`)
}
