/**
 * What a refresh of a large room read, so that the next one opens only what changed since. Opening a thousand files costs as
 * much as starting node; one file with their texts a fifth of it. Whoever changes a session or claim names it in the journal
 * (board.ts); new and vanished files are seen in the directories; what scripts change in place is read again after ten seconds.
 * Derived: losing it costs one full read. Only the holder of the board's lock writes it.
 */
import { unpackDigests } from '../protocol/digest.ts'
import type { Lease, Session } from '../protocol/records.ts'
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
  sessions: Session[]
  /** The stored texts of their records by id; of digests only those at hand. */
  texts: Map<string, string>
  leases: Lease[]
  /** Whether records of sessions may be only digests; whose text is not given is in its file. */
  digested: boolean
}

interface Cache {
  /** Digests, those seen last first, and the texts of the first of them. */
  sessions: Session[]
  whole: string[]
  claims: FoundLease[]
  /** What the directories held, as `listed` puts it; null where something in them is not in the cache. */
  listed: (string | null)[]
  /** The files named in the journal since. */
  changed: Set<string>
}

/** The names in a directory as one text: that nothing came or went is seen without looking at each. */
export const listed = (names: string[]) => names.join('/')

/** Every session of the room, each once, and every claim file. `journal` is the text of the board's journal as it stood before, given by who has the board's lock: others read everything, whole. */
export function readSources(room: Room, now: number, journal?: string): Sources {
  const names = [listIn(room, 'sessions'), listIn(room, 'claims')] as const
  const large = names[0].length + names[1].length >= LARGE
  const cache = large && journal !== undefined ? loadCache(room, now, journal) : null
  if (cache) return fromCache(room, now, names, cache)
  const sessions = readSessions(room, names[0])
  const claims = readClaimFiles(room, names[1], now)
  const distinct = distinctSessions(room, sessions)
  if (large && journal !== undefined)
    room.lazy.upkeep().saveCache(room, now, journal, { sessions: distinct, claims, names })
  return {
    sessions: distinct.map(({ record }) => record),
    texts: textsOf(distinct),
    leases: distinctLeases(room, claims),
    digested: false,
  }
}

/** What is known from the cache, and what had to be read. */
function fromCache(
  room: Room,
  now: number,
  names: readonly [sessions: string[], claims: string[]],
  { sessions, whole, claims, listed: before, changed }: Cache,
): Sources {
  const texts = new Map<string, string>()
  for (let i = 0; i < whole.length; i++) texts.set(sessions[i]!.session_id, whole[i]!)
  const news = newsOf(
    ['sessions/', '.json'],
    names[0],
    before[0],
    changed,
    sessions,
    ({ session_id }) => session_id,
  )
  for (const id of news.gone) texts.delete(id)
  const read = distinctSessions(room, readSessions(room, news.read), news.left)
  for (const { record, text } of read) texts.set(record.session_id, text)
  const held = newsOf(['claims/', '.claim'], names[1], before[1], changed, claims, ({ name }) =>
    name.slice(0, -6),
  )
  const leases = distinctLeases(room, readClaimFiles(room, held.read, now), held.left)
  return { sessions: read.map(({ record }) => record).concat(news.left), texts, leases, digested: true }
}

/** The names in a directory that have to be read, what else is known still counts, and of which files (without suffix) nothing known does. */
function newsOf<T>(
  [directory, suffix]: [string, string],
  names: string[],
  before: string | null | undefined,
  changed: Set<string>,
  known: T[],
  stemOf: (each: T) => string,
): { read: string[]; left: T[]; gone: Set<string> } {
  const stem = (name: string) => name.slice(0, -suffix.length)
  const gone = new Set<string>()
  for (const file of changed) if (file.startsWith(directory)) gone.add(stem(file.slice(directory.length)))
  let read = [...gone]
  if (listed(names) !== before) {
    const there = new Set(recordsIn(names, suffix).map(stem))
    for (const each of known) if (!there.delete(stemOf(each))) gone.add(stemOf(each))
    read = read.concat([...there].filter((name) => !gone.has(name)))
  }
  return {
    read: read.map((name) => name + suffix),
    left: gone.size === 0 ? known : known.filter((each) => !gone.has(stemOf(each))),
    gone,
  }
}

function readSessions(room: Room, names: string[]): Named<'session'>[] {
  return recordsIn(names, '.json').flatMap((name) => {
    const loaded = loadRecord(room, 'session', `sessions/${name}`)
    return loaded ? [{ ...loaded, name }] : []
  })
}

function readClaimFiles(room: Room, names: string[], now: number): FoundLease[] {
  return recordsIn(names, '.claim').flatMap((name) => {
    const lease = loadClaimFile(room, name, now)
    return lease ? [{ name, lease }] : []
  })
}

/** The names of records among those in a directory. */
export const recordsIn = (names: string[], suffix: string) =>
  names.filter((name) => name.endsWith(suffix) && !name.startsWith('.'))

const textsOf = (sessions: Named<'session'>[]) =>
  new Map(sessions.map(({ record, text }) => [record.session_id, text]))

/** Forget what was read: the next refresh reads everything. */
export function dropCache(room: Room): void {
  removeQuietly(inRoom(room, CACHE_FILE))
}

/** The cache, or null where it is absent, damaged, older than ten seconds, or too much changed since. */
function loadCache(room: Room, now: number, journal: string): Cache | null {
  const reading = readIfThere(inRoom(room, CACHE_FILE), BYTES)
  if (!('text' in reading)) return null
  const lines = reading.text.split('\n')
  const [at, offset, count] = (lines[0] ?? '').split(' ').map(Number)
  const age = now - (at ?? 0)
  if (!(age >= 0 && age < FRESH_MS) || lines.length !== 5 + count! || journal.length < offset!) return null
  const changed = new Set(journal.slice(offset).split('\n'))
  if (changed.size > MANY) return null
  try {
    const [listed, sessions, claims] = [1, 2, 3].map((line) => JSON.parse(lines[line]!))
    return {
      listed,
      sessions: unpackDigests(sessions),
      claims,
      whole: lines.slice(4, -1),
      changed,
    }
  } catch {
    return null
  }
}
