/**
 * Handoffs: `handoffs/<id>.md`, written once, for people and programs. Who may write: the session that hands over. Two kinds of
 * machine state go with them. `.state/handoffs/<type>-<name>` is the last handoff about a resource, for its next claimer: derived,
 * it may be lost. `.state/handing/<id>.json` is a handoff to a session from before the ledger moves until its file stands; what a
 * crash leaves there is finished by others (operations/finishing.ts).
 */
import path from 'node:path'
import { type HandedClaim, handoffOf, readHandoff } from '../protocol/handoffs.ts'
import type { Handoff } from '../protocol/records.ts'
import { parseFileTime } from '../protocol/time.ts'
import { addFile, replaceFile } from './atomic.ts'
import { lookAt, readText } from './disk.ts'
import { lastHandoff, pointerFile } from './last-handoff.ts'
import { loadRecord, recordText } from './records.ts'
import { inRoom, listIn, place, type Room, removeIn } from './room.ts'
import { listRoomFiles } from './room-files.ts'

const DIRECTORY = 'handoffs'
const BEGUN = '.state/handing'
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

/** Remember a handoff that is about to move the ledger; again when more of it is known. */
export function beginHandoff(room: Room, handoff: Handoff): void {
  replaceFile(place(room, BEGUN, `${handoff.id}.json`), recordText(handoff), isDurable(room))
}

/** Forget that a handoff was begun: it is done, or nothing came of it. */
export function closeHandoff(room: Room, id: string): void {
  removeIn(room, BEGUN, `${id}.json`)
}

/** Where a handoff that was begun is remembered. */
export function begunPath(id: string): string {
  return `${BEGUN}/${id}.json`
}

/** The handoffs that were begun and not finished, oldest first. One that is not what its file is named for is left out. */
export function listBegun(room: Room): Handoff[] {
  const names = listIn(room, BEGUN).filter((name) => name.endsWith('.json') && !name.startsWith('.'))
  return names.sort().flatMap((name) => {
    const handoff = loadRecord(room, 'handoff', `${BEGUN}/${name}`)?.record
    return handoff?.to && begunPath(handoff.id) === `${BEGUN}/${name}` ? [handoff] : []
  })
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
}

/** The paths of all handoffs, newest first by the time in their names; those without a time come last. */
export function listHandoffPaths(room: Room): string[] {
  const timed = listRoomFiles(room, [DIRECTORY], []).map((file) => ({
    file,
    time: parseFileTime(path.basename(file))?.time ?? 0,
  }))
  return timed.sort((a, b) => b.time - a.time || (a.file < b.file ? 1 : -1)).map(({ file }) => file)
}

/** Look into a handoff. */
export function loadHandoff(room: Room, file: string): Found {
  const reading = readText(inRoom(room, file), BYTES)
  if (!('text' in reading)) {
    const first = 'trouble' in reading ? reading.trouble : 'is gone'
    return { path: file, handoff: null, first, claims: [], text: '' }
  }
  const { handoff, first } = readHandoff(reading.text)
  return { path: file, handoff, first, claims: handoff?.claims ?? [], text: reading.text }
}
