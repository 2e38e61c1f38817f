/**
 * What a refresh of a large room read, so that the next one opens only what changed since. Opening a thousand files costs as
 * much as starting node; one file with their texts a fifth of it. Whoever changes a session or claim names it in the journal
 * (board.ts); new and vanished files are seen in the directories; what scripts change in place is read again after ten seconds.
 * Derived: losing it costs one full read. Only the holder of the board's lock writes it.
 */
import type { Kind, RecordOf } from '../protocol/records.ts'
import { replaceFile } from './atomic.ts'
import { readText, removeQuietly } from './disk.ts'
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

interface Cache {
  /** The texts of the records by file. */
  texts: Map<string, string>
  /** The files named in the journal since. */
  changed: Set<string>
}

/** Every session and claim file of the room. `journal` is the text of the board's journal as it stood before. */
export function readSources(room: Room, now: number, journal: string): Sources {
  const sessions = namesIn(room, 'sessions', '.json')
  const claims = namesIn(room, 'claims', '.claim')
  const cache = sessions.length + claims.length < LARGE ? null : loadCache(room, now, journal)
  const read = {
    sessions: load(room, 'session', 'sessions', sessions, cache),
    claims: load(room, 'claim', 'claims', claims, cache),
  }
  if (!cache && sessions.length + claims.length >= LARGE) saveCache(room, now, journal, read)
  return read
}

function namesIn(room: Room, directory: string, suffix: string): string[] {
  return listIn(room, directory).filter((name) => name.endsWith(suffix) && !name.startsWith('.'))
}

function load<K extends Kind>(
  room: Room,
  kind: K,
  directory: string,
  names: string[],
  cache: Cache | null,
): Named<K>[] {
  const found: Named<K>[] = []
  for (const name of names) {
    const file = `${directory}/${name}`
    const text = cache?.changed.has(file) ? undefined : cache?.texts.get(file)
    if (text !== undefined) found.push({ name, text, record: JSON.parse(text) as RecordOf<K> })
    else {
      const loaded = loadRecord(room, kind, file)
      if (loaded) found.push({ name, ...loaded })
    }
  }
  return found
}

/** The cache, or null where it is absent, older than ten seconds, or too much changed since. */
function loadCache(room: Room, now: number, journal: string): Cache | null {
  const reading = readText(inRoom(room, FILE), BYTES)
  if (!('text' in reading)) return null
  const lines = reading.text.split('\n')
  const [at, offset, end] = (lines[0] ?? '').split(' ').map(Number)
  const age = now - (at ?? 0)
  if (!(age >= 0 && age < FRESH_MS) || end !== lines.length || journal.length < offset!) return null
  const changed = new Set(journal.slice(offset).split('\n'))
  if (changed.size > MANY) return null
  const texts = new Map<string, string>()
  for (let i = 1; i < lines.length - 1; i++) {
    const cut = lines[i]!.indexOf('\t')
    texts.set(lines[i]!.slice(0, cut), lines[i]!.slice(cut + 1))
  }
  return { texts, changed }
}

/** Forget what was read: the next refresh reads everything. */
export function dropCache(room: Room): void {
  removeQuietly(inRoom(room, FILE))
}

/** One line a file: its name, a tab, its record on one line. Files that had to be repaired stay out: they are named at each look. */
function saveCache(room: Room, now: number, journal: string, { sessions, claims }: Sources): void {
  const lines: string[] = []
  const repaired = new Set(room.problems.map(({ path }) => path))
  const add = (directory: string, { name, record }: Named<Kind>) => {
    if (!repaired.has(`${directory}/${name}`) && !/[\t\n]/.test(name))
      lines.push(`${directory}/${name}\t${JSON.stringify(record)}`)
  }
  for (const session of sessions) add('sessions', session)
  for (const claim of claims) add('claims', claim)
  const head = `${now} ${journal.length} ${lines.length + 2}`
  replaceFile(place(room, FILE), `${head}\n${lines.join('\n')}\n`)
}
