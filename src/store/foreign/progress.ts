/** How the sync of this clone stands: `.state/sync/state.json`, replaced as a whole by who has the lease, `.state/locks/sync`. */
import fs from 'node:fs'
import type { ReaderReceipt } from '../../protocol/machines/bundle.ts'
import type { Published } from '../../protocol/machines/rounds.ts'
import { addFile, replaceFile } from '../atomic.ts'
import { lookAt, type Reading, readText, removeQuietly } from '../disk.ts'
import { pause, stateOfHolder } from '../pid-lock.ts'
import { bootId, ownStart, pidNamespace } from '../processes.ts'
import { inRoom, place, type Room } from '../room.ts'

const FILE = '.state/sync/state.json'
const NEXT = '.state/sync/next'
const LEASE = '.state/locks/sync'
const BYTES = 64 << 20
/** A round ends long before: every question to git has its time. Whoever holds the lease for longer is stopped, or can't be looked up. */
const LONGEST_MS = 10 * 60_000
const KEPT_OIDS = 32

export interface Progress {
  machine: string
  seq: number
  /** The commits that were to be published, newest last: what the remote has is one of them, unless somebody else wrote it. */
  pushed: string[]
  published: Published | null
  /** Ids of the mail, and the receipts, that were published last. */
  mail: string[]
  receipts: ReaderReceipt[]
  /** When a round was tried and when it succeeded last (epoch ms), how many failed since, and why. */
  tried_at: number
  ok_at: number
  failures: number
  trouble: string | null
  /** Commits since the objects were thrown away. */
  commits: number
  /** When refs without claims were looked for last (epoch ms). */
  pruned_at: number
}

/** How it stands; from the beginning where nothing is known, or where the clone has another name at the remote now. */
export function loadProgress(room: Room, machine: string): Progress {
  const fresh: Progress = {
    ...{ machine, seq: 0, pushed: [], published: null, mail: [], receipts: [] },
    ...{ tried_at: 0, ok_at: 0, failures: 0, trouble: null, commits: 0, pruned_at: 0 },
  }
  const reading = readText(inRoom(room, FILE), BYTES)
  try {
    const known = 'text' in reading ? (JSON.parse(reading.text) as Progress) : fresh
    return known.machine === machine ? { ...fresh, ...known, pushed: known.pushed.slice(-KEPT_OIDS) } : fresh
  } catch {
    return fresh
  }
}

/** Replace what is remembered. The caller has the lease. */
export function saveProgress(room: Room, progress: Progress): void {
  replaceFile(place(room, FILE), `${JSON.stringify(progress)}\n`)
}

/** Say when the next round is due (epoch ms): the time of a marker, so that asking costs one look. */
export function setNext(room: Room, at: number): void {
  if (!lookAt(inRoom(room, NEXT))) replaceFile(place(room, NEXT), '')
  fs.utimesSync(inRoom(room, NEXT), at / 1000, at / 1000)
}

/** Whether a round is due; one that is said to be due far ahead was so by a clock that has been set back. */
export function isDue(room: Room, now: number): boolean {
  const next = lookAt(inRoom(room, NEXT))?.mtimeMs ?? 0
  return now >= next || next - now > LONGEST_MS * 2
}

/**
 * Take the lease of this clone's sync, or null while a live process has it. That there is one spares work; two rounds at once do no harm,
 * as all that they write is whole, created once, or moved from a known value. Call the result to give it back.
 */
function takeLease(room: Room): (() => void) | null {
  const { file } = place(room, LEASE)
  const mark = `${process.pid} ${ownStart()} ${bootId() ?? ''} ${pidNamespace() ?? ''} ${process.hrtime.bigint()}`
  for (let turn = 0; turn < 3; turn++) {
    if (addFile(place(room, LEASE), mark)) return () => giveBack(file, mark)
    const reading = readText(file, 4096)
    if ('missing' in reading) continue
    if (!isOver(file, reading)) return null
    removeQuietly(file)
  }
  return null
}

const TURNS = 50
const TURN_MS = 100

/** Take the lease once who has it gives it back, which a round does soon; null where it does not within five seconds. */
export function waitForLease(room: Room): (() => void) | null {
  for (let turn = 0; turn < TURNS; turn++) {
    const lease = takeLease(room)
    if (lease) return lease
    pause(TURN_MS)
  }
  return null
}

function isOver(file: string, reading: Reading): boolean {
  const age = Date.now() - (lookAt(file)?.mtimeMs ?? 0)
  return Math.abs(age) > LONGEST_MS || ('text' in reading && stateOfHolder(reading.text) === 'dead')
}

function giveBack(file: string, mark: string): void {
  const reading = readText(file, 4096)
  if ('text' in reading && reading.text === mark) removeQuietly(file)
}
