/**
 * `archive/<yyyy-mm>/sessions|status|receipts/`: sessions that are over, under the names they had. Who may write: upkeep and gc, under
 * the session's lock, and the session that comes back. The record goes first and comes back last, so whatever a crash leaves, a
 * record in the archive finds its history at either place; a live record always counts before an archived one. The lock spares
 * work: two cleaners, or a cleaner and a returning session, that meet without it lose nothing: no file
 * is ever replaced, but for a record by a newer state of it.
 */
import fs from 'node:fs'
import { isExpired, type Moment } from '../protocol/claims.ts'
import { CoordError } from '../protocol/errors.ts'
import { isSessionId } from '../protocol/names.ts'
import type { Lease, Session } from '../protocol/records.ts'
import { isEnded, lastSign, tellsLastSeen } from '../protocol/sessions.ts'
import { type Departure, departureOf } from '../protocol/tidy.ts'
import { archivedIn, archiveMonths, givenUp } from './archived.ts'
import { addFile, ensureDirectory, replaceFile } from './atomic.ts'
import { listClaimFiles } from './claims.ts'
import { asCoordError, codeOf, lookAt, readText, removeFile } from './disk.ts'
import { listHeldMarks } from './held.ts'
import { listDomains, readHead } from './ledger.ts'
import { moveLines } from './lines.ts'
import { withPidLock } from './pid-lock.ts'
import { processOf } from './processes.ts'
import { CAPS, loadRecord, recordText } from './records.ts'
import { domain, inRoom, listIn, place, type Room } from './room.ts'
import { listSessions, loadSession, writeSession } from './sessions.ts'

const PATIENCE_MS = 50
const LONG_MS = 7000

/** The status files (with the parts set aside) and receipts of a session below `base`, '' or a month with its slash. */
export function historyFiles(room: Room, base: string, id: string): string[] {
  const status = listIn(room, `${base}status`).filter((name) => ownerOf(name) === id)
  const files = [...status.map((name) => `status/${name}`), `receipts/${id}.jsonl`]
  return files.filter((file) => lookAt(inRoom(room, base + file))?.isFile())
}

/** Whose status file or receipts a name is: `<id>_status.json`, `<id>_status.<time>-<random>.json`, `<id>.jsonl`; or null. */
export function ownerOf(name: string): string | null {
  for (const suffix of ['_status.json', '.jsonl'])
    if (name.endsWith(suffix)) return name.slice(0, -suffix.length)
  return /^(.+)_status\.[^/]+\.json$/.exec(name)?.[1] ?? null
}

/** The sessions that leave the live files now, with where to. `signs`: later signs of life than their files tell, if gathered. */
export function departures(
  room: Room,
  now: Moment,
  signs?: Map<string, number>,
): (Departure & { id: string })[] {
  const quiet = { ...room, problems: [] }
  const found = listSessions(quiet).flatMap(({ record, name }) => {
    const departure = departureIn(room, record, now, signs)
    return departure && name === `${record.session_id}.json` ? [{ ...departure, id: record.session_id }] : []
  })
  const holds = found.length > 0 ? holders(quiet, now) : () => false
  return found.filter(({ id }) => !holds(id))
}

function departureIn(room: Room, session: Session, now: Moment, signs?: Map<string, number>) {
  const own = lastSign(session)
  const other = signs?.get(session.session_id)
  if (!signs && !tellsLastSeen(session)) return null
  const sign = other === undefined ? own : Math.max(own ?? other, other)
  return departureOf(session, sign, () => processOf(session), now.wall, room.config)
}

/** Who holds a claim, by the ledgers and the claim files; of a ledger that can't be read, whoever remembers one of its claims. */
export function holders(room: Room, now: Moment): (id: string) => boolean {
  return holdersIn(room, now).holds
}

function holdersIn(room: Room, now: Moment): { ids: Set<string>; holds(id: string): boolean } {
  const damaged = new Set<string>()
  const leases = listDomains(room).flatMap((name) => {
    try {
      return readHead(room, name).slot?.claims ?? []
    } catch (error) {
      if (!(error instanceof CoordError)) throw error
      damaged.add(name)
      return []
    }
  })
  const ids = claimants(room, [...leases, ...listClaimFiles(room, now.wall)], now)
  const remembers = (id: string) =>
    listHeldMarks(room, id).some((mark) => damaged.has(domain(mark.resource_type, mark.resource_name)))
  return { ids, holds: (id) => ids.has(id) || (damaged.size > 0 && remembers(id)) }
}

function claimants(room: Room, leases: Lease[], now: Moment): Set<string> {
  const live = leases.filter((lease) => !isExpired(lease, now, room.config.claims.skewMargin))
  return new Set(live.map((lease) => lease.claimed_by))
}

/**
 * Archive at most `limit` sessions that are due; whether more are, and it is worth going on soon, as some went. For upkeep, which reads no
 * signs but the sessions' own.
 */
export function archiveDue(room: Room, now: Moment, limit: number): { more: boolean } {
  const due = departures(room, now)
  const gone = due.slice(0, limit).filter(({ id }) => archiveSession(room, id, now))
  if (gone.length > 0) recallHolders(room, now, gone)
  return { more: gone.length > 0 && due.length > limit }
}

/**
 * Bring back whoever holds a claim, to be asked after sessions have `gone`: somebody may have handed one a claim since it was decided that
 * it may go. Whoever hands over looks in turn, after its claims have moved, whether the recipient still is live; so one of the two
 * sees the other. Returns the ids of those that are back.
 */
export function recallHolders(room: Room, now: Moment, gone: { id: string }[]): string[] {
  const quiet = { ...room, problems: [] }
  const { ids, holds } = holdersIn(quiet, now)
  const all = new Set([...ids, ...gone.map(({ id }) => id).filter(holds)])
  return [...all].filter((id) => recallHolder(room, id))
}

/** The same by the claim files alone, which is cheap: for what a crash between the two looks has left. */
export function recallClaimants(room: Room, now: Moment): void {
  for (const id of claimants(room, listClaimFiles(room, now.wall), now)) recallHolder(room, id)
}

/**
 * Bring back a session that holds a claim, if it lies in the archive: given up or not, it is active, since silence never releases. Whoever
 * a file names need not be a session.
 */
export function recallHolder(room: Room, id: string): boolean {
  if (!isSessionId(id)) return false
  if (lookAt(inRoom(room, 'sessions', `${id}.json`)) || !archivedIn(room, id)) return false
  const run = () => {
    const session = restore(room, id)
    if (session?.status === 'abandoned') writeSession(room, { ...session, status: 'active' })
    return session !== null
  }
  return withPidLock(room, `session-${id}`, LONG_MS, run) ?? run()
}

/** Move a session into the archive, if it still is due. False when it came back, went already, or is locked. */
export function archiveSession(room: Room, id: string, now: Moment, signs?: Map<string, number>): boolean {
  return withPidLock(room, `session-${id}`, PATIENCE_MS, () => putAway(room, id, now, signs)) ?? false
}

function putAway(room: Room, id: string, now: Moment, signs?: Map<string, number>): boolean {
  const quiet = { ...room, problems: [] }
  const isDue = (session?: Session | null) => (session ? departureIn(room, session, now, signs) : null)
  const departure = isDue(loadSession(quiet, id))
  if (!departure) return false
  const live = inRoom(room, 'sessions', `${id}.json`)
  const base = `archive/${departure.month}/`
  const record = place(room, `${base}sessions/${id}.json`)
  ensureDirectory(room.root, inRoom(room, `${base}sessions`))
  if (!rename(live, record.file)) return false
  room.changed.add(`sessions/${id}.json`)
  const moved = loadRecord(quiet, 'session', `${base}sessions/${id}.json`)?.record
  if (!isDue(moved)) return restore(quiet, id) === null
  if (moved!.status !== departure.status)
    replaceFile(record, recordText({ ...moved, status: departure.status }))
  moveHistory(room, id, base)
  return lookAt(live) === undefined || restore(quiet, id) === null
}

/** Move what an interrupted move left behind of an archived session. False when it is live, or locked. */
export function storeHistory(room: Room, id: string): boolean {
  return (
    withPidLock(room, `session-${id}`, PATIENCE_MS, () => {
      const month = archivedIn(room, id)
      if (!month || lookAt(inRoom(room, 'sessions', `${id}.json`))) return false
      tellGivenUp(room, `${month}/sessions/${id}.json`)
      moveHistory(room, id, `${month}/`)
      return true
    }) ?? false
  )
}

/** A crash right after the record was moved left it as it was when it was live. */
function tellGivenUp(room: Room, file: string): void {
  const session = loadRecord({ ...room, problems: [] }, 'session', file)?.record
  if (session && !isEnded(session)) replaceFile(place(room, file), recordText(givenUp(session)))
}

const moveHistory = (room: Room, id: string, base: string) =>
  historyFiles(room, '', id).forEach((file) => {
    moveLines(inRoom(room, file), place(room, base + file))
  })

function rename(from: string, to: string): boolean {
  try {
    fs.renameSync(from, to)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw asCoordError(error, to)
  }
}

/** Bring a session back from the archive: its history and receipts, then its record. Null when there is no record of it. */
export function restoreSession(room: Room, id: string, held: boolean): Session | null {
  const run = () => restore(room, id)
  return held ? run() : (withPidLock(room, `session-${id}`, LONG_MS, run) ?? run())
}

function restore(room: Room, id: string): Session | null {
  for (const month of archiveMonths(room)) {
    for (const file of historyFiles(room, `${month}/`, id))
      moveLines(inRoom(room, month, file), place(room, file))
    bringBack(room, inRoom(room, month, 'sessions', `${id}.json`), id)
  }
  return loadSession(room, id)
}

/**
 * A live record, or one of a newer month, is there before: then the archived one is an older state of it. Should a cleaner put a newer
 * one in its place at this very moment, that one is written back.
 */
function bringBack(room: Room, archived: string, id: string): void {
  if (!lookAt(archived)?.isFile()) return
  const live = place(room, `sessions/${id}.json`)
  ensureDirectory(room.root, inRoom(room, 'sessions'))
  try {
    fs.linkSync(archived, live.file)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    if (codeOf(error) !== 'EEXIST' && !lookAt(live.file)) rename(archived, live.file)
  }
  const last = readText(archived, CAPS.session)
  removeFile(archived)
  if ('text' in last && !lookAt(live.file)) addFile(live, last.text)
  room.changed.add(`sessions/${id}.json`)
}

/** The sessions that lie in the archive although they are live: an interrupted return, or one that met a cleaner. */
export function halfReturned(room: Room): { id: string; path: string }[] {
  return archiveMonths(room).flatMap((month) =>
    ['sessions', 'status', 'receipts'].flatMap((kind) =>
      listIn(room, `${month}/${kind}`).flatMap((name) => {
        const id = kind === 'sessions' ? name.replace(/\.json$/, '') : ownerOf(name)
        const live = id !== null && lookAt(inRoom(room, 'sessions', `${id}.json`))?.isFile()
        return live ? [{ id, path: `${month}/${kind}/${name}` }] : []
      }),
    ),
  )
}
