/**
 * Handoffs: `handoffs/<id>.md`, written once, for people and programs. Who may write: the session that hands over. Two kinds of
 * machine state go with them. `.state/handoffs/<type>-<name>` is the last handoff about a resource, for its next claimer: derived,
 * it may be lost. `.state/handing/<id>.json` is a handoff to a session from before the ledger moves until its file stands, with the
 * process that is at it; what a crash leaves there is finished by others (operations/finishing.ts).
 */
import path from 'node:path'
import { type HandedClaim, handoffOf, readHandoff } from '../protocol/handoffs.ts'
import { isSessionId } from '../protocol/names.ts'
import type { Handoff, Session } from '../protocol/records.ts'
import { parseFileTime, parseInstant } from '../protocol/time.ts'
import { addFile, replaceFile } from './atomic.ts'
import { lookAt, readText } from './disk.ts'
import { lastHandoff, pointerFile } from './last-handoff.ts'
import { machineId } from './machine.ts'
import { bootId, ownTraces, processOf } from './processes.ts'
import { checkSize, loadRecord, recordText } from './records.ts'
import { inRoom, listIn, place, type Room, removeIn } from './room.ts'
import { listRoomFiles } from './room-files.ts'

const DIRECTORY = 'handoffs'
const BEGUN = '.state/handing'
const DRAFTS = '.state/hooks'
const BYTES = 1 << 20

/** The path of a handoff in the room. */
export function handoffPath(id: string): string {
  return `${DIRECTORY}/${id}.md`
}

/** An id that no handoff has: the one given, or with `-2`, `-3` …. */
export function freeHandoffId(room: Room, id: string): string {
  for (let copy = 1; ; copy++) {
    const free = copy === 1 ? id : `${id}-${copy}`
    if (!hasHandoff(room, free)) return free
  }
}

/** Whether the file of a handoff stands. */
export function hasHandoff(room: Room, id: string): boolean {
  return lookAt(inRoom(room, handoffPath(id))) !== undefined
}

const isDurable = (room: Room) => room.config.claims.durability === 'power'

/** Write a handoff's file; one that is there already stays. */
export function addHandoff(room: Room, id: string, text: string): void {
  addFile(place(room, handoffPath(id)), text, { durable: isDurable(room) })
}

/** Let each of its resources remember a handoff, unless it knows a later one. */
export function pointToHandoff(room: Room, handoff: Handoff): void {
  for (const claim of handoff.claims) {
    const known = lastHandoff(room, claim)
    if (known && known.at > handoff.at) continue
    replaceFile(place(room, pointerFile(claim)), recordText(handoffOf(handoff, claim)))
  }
}

/** Remember a handoff that is about to move the ledger, and the process that is at it. Throws `invalid` for one too long to be read. */
export function beginHandoff(room: Room, handoff: Handoff): void {
  writeBegun(room, handoff, { ...ownTraces(), machine_id: machineId() })
}

function writeBegun(room: Room, handoff: Handoff, process: Traces | null): void {
  const begun = { ...handoff, process }
  checkSize('handoff', begun)
  replaceFile(place(room, BEGUN, `${handoff.id}.json`), recordText(begun), isDurable(room))
}

/** Let others finish what this process began and could not finish, as it may live on. */
export function letGo(room: Room): void {
  for (const { handoff, process } of listBegun(room)) if (isOwn(process)) writeBegun(room, handoff, null)
}

/** Forget that a handoff was begun: it is done, or nothing came of it. */
export function closeHandoff(room: Room, id: string): void {
  removeIn(room, BEGUN, `${id}.json`)
}

/** Where a handoff that was begun is remembered. */
export function begunPath(id: string): string {
  return `${BEGUN}/${id}.json`
}

/** Whether a handoff still is remembered as begun. */
export function isBegun(room: Room, id: string): boolean {
  return lookAt(inRoom(room, begunPath(id))) !== undefined
}

/** A process as the file of a begun handoff tells of it: its own text, so nothing is sure about it. */
type Traces = Partial<Pick<Session, 'pid' | 'pid_started' | 'boot_id' | 'pid_ns' | 'machine_id'>>

/** The handoffs that were begun and not finished, oldest first. One that is not what its file is named for, or not between sessions, is left out. */
function listBegun(room: Room): { handoff: Handoff; process: Traces | null }[] {
  const names = listIn(room, BEGUN).filter((name) => name.endsWith('.json') && !name.startsWith('.'))
  return names.sort().flatMap((name) => {
    const record = loadRecord(room, 'handoff', `${BEGUN}/${name}`)?.record
    if (!record || !isBetweenSessions(record) || begunPath(record.id) !== `${BEGUN}/${name}`) return []
    const { process, ...handoff } = record
    return [{ handoff: handoff as Handoff, process: (process ?? null) as Traces | null }]
  })
}

const isBetweenSessions = ({ from, to }: Handoff) => isSessionId(from) && isSessionId(to ?? '')

/** Whoever is at a handover for longer is stopped, or can't be looked up from here. */
const AT_IT_MS = 3_600_000

/** The begun handoffs that nobody is at any more, oldest first: their process is dead, is this one, or began an hour before `now`. */
export function listCutOff(room: Room, now: number): Handoff[] {
  return listBegun(room).flatMap(({ handoff, process }) => {
    const isLate = Math.abs(now - (parseInstant(handoff.at) ?? 0)) >= AT_IT_MS
    return isLate || isOwn(process) || isGone(process) ? [handoff] : []
  })
}

function isOwn(process: Traces | null): boolean {
  const own = ownTraces()
  return process?.pid === own.pid && process.pid_started === own.pid_started && process.pid_ns === own.pid_ns
}

/** A boot that is over took its processes along; that of another machine tells nothing. */
function isGone(process: Traces | null): boolean {
  if (typeof process?.pid !== 'number') return true
  const isHere = typeof process.machine_id === 'string' && process.machine_id === machineId()
  return (isHere && process.boot_id !== bootId()) || processOf(process) === 'dead'
}

/** A file of `handoffs/`, ours or of any other form. */
export interface Found {
  path: string
  handoff: Handoff | null
  /** Its first words, on one line. */
  first: string
  claims: HandedClaim[]
  /** The whole text; empty where it can't be read. */
  text: string
  /** Why it is not what its writer wrote; null where it may be. */
  trouble: string | null
}

/** The paths of all handoffs, newest first by the time in their names; those without a time come last. */
export function listHandoffPaths(room: Room): string[] {
  const timed = listRoomFiles(room, [DIRECTORY], []).map((file) => ({
    file,
    time: parseFileTime(path.basename(file))?.time ?? 0,
  }))
  return timed.sort((a, b) => b.time - a.time || (a.file < b.file ? 1 : -1)).map(({ file }) => file)
}

/** Where the draft of a session lies: what it was at when its agent's memory was compacted. */
const draftPath = (session: string) => `${DRAFTS}/${session}.md`

/** Write a session's draft in the place of the one before. */
export function putDraft(room: Room, session: string, text: string): void {
  replaceFile(place(room, draftPath(session)), text)
}

/** Remove a session's draft, if there is one. */
export function dropDraft(room: Room, session: string): void {
  removeIn(room, DRAFTS, `${session}.md`)
}

/** The paths of all drafts, by session. */
export function listDraftPaths(room: Room): string[] {
  const names = listIn(room, DRAFTS).filter((name) => name.endsWith('.md') && !name.startsWith('.'))
  return names.sort().map((name) => `${DRAFTS}/${name}`)
}

/** Look into a handoff. */
export function loadHandoff(room: Room, file: string): Found {
  const reading = readText(inRoom(room, file), BYTES)
  if (!('text' in reading)) {
    const first = 'trouble' in reading ? reading.trouble : 'is gone'
    return { path: file, handoff: null, first, claims: [], text: '', trouble: first }
  }
  const { handoff, first, trouble } = readHandoff(reading.text)
  const claims = handoff?.claims ?? []
  return { path: file, handoff, first, claims, text: reading.text, trouble }
}
