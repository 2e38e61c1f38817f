/**
 * What a refresh of a large room read, so that the next one opens only what changed since. Opening a thousand files costs as
 * much as starting node; one file with their texts a fifth of it. Whoever changes a session or claim names it in the journal
 * (board.ts); new and vanished files are seen in the directories; what scripts change in place is read again after ten seconds.
 * Derived: losing it costs one full read. Only the holder of the board's lock writes it.
 */
import type { Kind, RecordOf } from '../protocol/records.ts'
import { replaceFile } from './atomic.ts'
import { readIfThere, removeQuietly } from './disk.ts'
import { loadRecord, type Named } from './records.ts'
import { inRoom, listIn, place, type Room } from './room.ts'

const FILE = '.state/board-cache'
const LARGE = 60
const FRESH_MS = 10_000
const MANY = 200
const BYTES = 64 << 20

export interface Sources {
  sessions: Named<'session'>[]
  claims: Named<'claim'>[]
}

/** The files of one directory as they were read: their names, and their records on a line each. */
interface Part {
  names: string[]
  lines: string[]
}

interface Cache {
  sessions: Part
  claims: Part
  /** The files named in the journal since. */
  changed: Set<string>
}

/** Every session and claim file of the room. `journal` is the text of the board's journal as it stood before. */
export function readSources(room: Room, now: number, journal: string): Sources {
  const names = { sessions: namesIn(room, 'sessions', '.json'), claims: namesIn(room, 'claims', '.claim') }
  const large = names.sessions.length + names.claims.length >= LARGE
  const cache = large ? loadCache(room, now, journal) : null
  const read = {
    sessions: load(room, 'session', 'sessions', names.sessions, cache?.sessions, cache?.changed),
    claims: load(room, 'claim', 'claims', names.claims, cache?.claims, cache?.changed),
  }
  if (large && !cache) saveCache(room, now, journal, read)
  return read
}

/** Forget what was read: the next refresh reads everything. */
export function dropCache(room: Room): void {
  removeQuietly(inRoom(room, FILE))
}

function namesIn(room: Room, directory: string, suffix: string): string[] {
  return listIn(room, directory).filter((name) => name.endsWith(suffix) && !name.startsWith('.'))
}

function load<K extends Kind>(
  room: Room,
  kind: K,
  directory: string,
  names: string[],
  part: Part | undefined,
  changed: Set<string> | undefined,
): Named<K>[] {
  const known = part ? cachedRecords<K>(part) : new Map<string, Named<K>>()
  const found: Named<K>[] = []
  for (const name of names) {
    const cached = changed?.has(`${directory}/${name}`) ? undefined : known.get(name)
    const loaded = cached ?? loadRecord(room, kind, `${directory}/${name}`)
    if (loaded) found.push(cached ?? { ...loaded, name })
  }
  return found
}

/** All lines are parsed at one go, as one array: a thousand calls of JSON.parse cost twice as much. */
function cachedRecords<K extends Kind>({ names, lines }: Part): Map<string, Named<K>> {
  const records = JSON.parse(`[${lines.join(',')}]`) as RecordOf<K>[]
  return new Map(names.map((name, index) => [name, { name, text: lines[index]!, record: records[index]! }]))
}

/** The cache, or null where it is absent, damaged, older than ten seconds, or too much changed since. */
function loadCache(room: Room, now: number, journal: string): Cache | null {
  const reading = readIfThere(inRoom(room, FILE), BYTES)
  if (!('text' in reading)) return null
  const lines = reading.text.split('\n')
  const [at, offset, sessions, claims] = (lines[0] ?? '').split(' ').map(Number)
  const age = now - (at ?? 0)
  const whole = lines.length === 4 + sessions! + claims!
  if (!(age >= 0 && age < FRESH_MS) || !whole || journal.length < offset!) return null
  const changed = new Set(journal.slice(offset).split('\n'))
  if (changed.size > MANY) return null
  const cut = 2 + sessions!
  return {
    sessions: { names: lines[1]!.split('/'), lines: lines.slice(2, cut) },
    claims: { names: lines[cut]!.split('/'), lines: lines.slice(cut + 1, -1) },
    changed,
  }
}

/** Head, names of the sessions, a line each, names of the claims, a line each. Files that had to be repaired stay out. */
function saveCache(room: Room, now: number, journal: string, { sessions, claims }: Sources): void {
  const repaired = new Set(room.problems.map(({ path }) => path))
  const isClean = (directory: string) => (each: Named<Kind>) =>
    !repaired.has(`${directory}/${each.name}`) && !each.name.includes('\n')
  const parts = [sessions.filter(isClean('sessions')), claims.filter(isClean('claims'))] as Named<Kind>[][]
  const texts = parts.flatMap((part) => [
    part.map(({ name }) => name).join('/'),
    ...part.map(({ record }) => JSON.stringify(record)),
  ])
  const head = `${now} ${journal.length} ${parts[0]!.length} ${parts[1]!.length}`
  replaceFile(place(room, FILE), `${head}\n${texts.join('\n')}\n`)
}
