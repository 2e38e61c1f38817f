/**
 * All that was kept of the past: status histories and sessions as they are now, the parts set aside when a status file grew long
 * (status.ts), what was archived as `archive/<yyyy-mm>/sessions|status|receipts/`, and the directory that `compat.statusDir` names. Reads only.
 */
import path from 'node:path'
import type { Receipt, Session, StatusLine } from '../protocol/records.ts'
import { formatInstant } from '../protocol/time.ts'
import { givenUp } from './archived.ts'
import { readLinesSince } from './recent-lines.ts'
import { loadRecord } from './records.ts'
import { listIn, type Room } from './room.ts'
import { listSessions } from './sessions.ts'
import { readAllReceipts, readJsonLines } from './status.ts'
import { statusDirectories } from './tails.ts'

const SUFFIX = '_status.json'
/** `<name>_status.json`, and the part of it that was set aside: `<name>_status.<anything>.json`. */
const PART = /^(.+)_status\.[^/]+\.json$/

/** The archive's parts that hold a kind of files, oldest month first. */
function archived(room: Room, kind: string): string[] {
  const months = listIn(room, 'archive').filter((name) => /^\d{4}-\d\d$/.test(name))
  return months.sort().map((month) => `archive/${month}/${kind}`)
}

/** The files of every name that has a status history, oldest part first. */
function statusFiles(room: Room): Map<string, string[]> {
  const files = new Map<string, string[]>()
  const others = statusDirectories(room).map((dir) => path.relative(room.root, dir))
  for (const directory of [...archived(room, 'status'), ...others]) {
    const names = listIn(room, directory).filter((name) => name.endsWith('.json') && !name.startsWith('.'))
    const parts = names.filter((name) => !name.endsWith(SUFFIX) && PART.test(name)).sort()
    for (const name of [...parts, ...names.filter((name) => name.endsWith(SUFFIX))]) {
      const id = name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : PART.exec(name)![1]!
      files.set(id, [...(files.get(id) ?? []), `${directory}/${name}`])
    }
  }
  return files
}

/** The names that have a status history, live or archived, sessions or not. */
export function listHistories(room: Room): string[] {
  return [...statusFiles(room).keys()].sort()
}

const TRIES = 5
/** A part is set aside at 10 MB, but what scripts append alone may be longer. */
const PART_BYTES = 256 << 20

/**
 * The readable lines of the wanted names (all by default), as they were written. Read again where a file was set aside or archived
 * meanwhile: it would be missed, or read twice.
 */
export function readHistories(room: Room, only?: string): Map<string, StatusLine[]> {
  return readSettled(room, (files) => {
    const wanted = only === undefined ? [...files.keys()] : [only]
    return new Map(wanted.map((id) => [id, linesOf(room, files.get(id) ?? [])]))
  })
}

/** More than this of the newest lines of a span is not read. */
const SPAN_BYTES = 64 << 20

/**
 * The same from before an instant (epoch ms) on, newest first until it is too much: `unread` tells how many bytes that left out. Months of
 * the archive that were over a day before the instant are not looked at: all in them had ended.
 */
export function readHistoriesSince(room: Room, since: number, most = SPAN_BYTES) {
  const month = formatInstant(since - DAY).slice(0, 7)
  const isWanted = (file: string) => !file.startsWith('archive/') || file.slice(8, 15) >= month
  return readSettled(room, (files) => {
    const budget = { left: most, unread: 0 }
    const lines = new Map<string, StatusLine[]>()
    for (const [id, all] of files) {
      const parts = inDirectories(all.filter(isWanted)).map((own) => readLinesSince(room, own, since, budget))
      if (parts.length > 0) lines.set(id, withoutDoubles(parts))
    }
    return { lines, unread: budget.unread }
  })
}

const DAY = 86_400_000

/** Files by directory, each oldest first: times go on from one to the next only there. */
function inDirectories(files: string[]): string[][] {
  const groups = new Map<string, string[]>()
  for (const file of files) {
    const directory = path.dirname(file)
    groups.set(directory, [...(groups.get(directory) ?? []), file])
  }
  return [...groups.values()]
}

/** What `read` makes of the files of every name, once they were the same before and after it. */
function readSettled<T>(room: Room, read: (files: Map<string, string[]>) => T): T {
  for (let tries = 1; ; tries++) {
    const problems = room.problems.length
    const files = statusFiles(room)
    const made = read(files)
    if (tries === TRIES || String([...statusFiles(room)]) === String([...files])) return made
    room.problems.length = problems
  }
}

/** The lines of a name's files. */
const linesOf = (room: Room, files: string[]) =>
  withoutDoubles(files.map((file) => readJsonLines(room, 'status', file, PART_BYTES)))

/** All lines; what a move that was cut short left at two places is told once. */
function withoutDoubles(parts: StatusLine[][]): StatusLine[] {
  if (parts.length < 2) return parts.flat()
  const told = new Set<string>()
  return parts.flatMap((lines) => {
    const texts = lines.map((line) => JSON.stringify(line))
    const fresh = lines.filter((_, index) => !told.has(texts[index]!))
    for (const text of texts) told.add(text)
    return fresh
  })
}

/** Every session of which there is a record: the live ones, and the archived that did not come back. */
export function listEverySession(room: Room): Session[] {
  const sessions = new Map<string, Session>()
  for (const directory of archived(room, 'sessions')) {
    for (const name of listIn(room, directory).filter((name) => name.endsWith('.json'))) {
      const session = loadRecord(room, 'session', `${directory}/${name}`)?.record
      if (session) sessions.set(session.session_id, givenUp(session))
    }
  }
  for (const { record } of listSessions(room)) sessions.set(record.session_id, record)
  return [...sessions.values()]
}

/** The receipts of everybody, of archived readers too. */
export function listEveryReceipt(room: Room): Receipt[] {
  const files = archived(room, 'receipts').flatMap((directory) =>
    listIn(room, directory)
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => `${directory}/${name}`),
  )
  return [...files.flatMap((file) => readJsonLines(room, 'receipt', file)), ...readAllReceipts(room)]
}
