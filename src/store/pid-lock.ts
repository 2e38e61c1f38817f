/**
 * A small lock for what may be skipped: a file with the holder's pid, start time, boot and pid namespace. A dead holder's lock is
 * broken at once, any lock after five seconds, so also that of a holder of whom nobody here can tell (in another container). Nothing relies on it for safety: two holders cost a refresh, never a record.
 */
import fs from 'node:fs'
import type { ProcessState } from '../protocol/sessions.ts'
import { openAt, type Place } from './atomic.ts'
import { asCoordError, codeOf, lookAt, readText, removeQuietly } from './disk.ts'
import { bootId, ownStart, pidNamespace, stateOf } from './processes.ts'
import { place, type Room } from './room.ts'

const STALE_MS = 5000
const PAUSE_MS = 5
const YOUNG_MS = 1000

export interface PidLock {
  file: string
  /** What stands in the file while it is ours. */
  mark: string
  /** When it was taken, on `monotonic`'s clock. */
  taken: number
}

/** Take the lock, or null when somebody holds it (after trying for `patience_ms`). */
export function takePidLock(room: Room, name: string, patience_ms: number): PidLock | null {
  const at = place(room, '.state/locks', name)
  const { file } = at
  const where = `${bootId() ?? ''} ${pidNamespace() ?? ''}`
  const mark = `${process.pid} ${ownStart()} ${where} ${Math.random().toString(36).slice(2)}`
  const from = monotonic()
  for (;;) {
    if (create(at, mark)) return { file, mark, taken: monotonic() }
    if (isBreakable(file) && removed(file)) continue
    if (monotonic() - from >= patience_ms) return null
    pause(PAUSE_MS)
  }
}

function create(at: Place, mark: string): boolean {
  try {
    const fd = openAt(at, 'wx')
    try {
      fs.writeSync(fd, mark)
    } catch (error) {
      removeQuietly(at.file)
      throw error
    } finally {
      fs.closeSync(fd)
    }
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw asCoordError(error, at.file)
  }
}

/** A lock that can't be removed (a directory, a read-only room) is not tried for ever. */
function removed(file: string): boolean {
  removeQuietly(file)
  return lookAt(file) === undefined
}

function isBreakable(file: string): boolean {
  const reading = readText(file, 4096)
  if ('missing' in reading) return false
  const stat = lookAt(file)
  if (stat && Math.abs(Date.now() - stat.mtimeMs) > STALE_MS) return true
  if (!('text' in reading) || reading.text === '') return false
  return stateOfHolder(reading.text) === 'dead'
}

/** What this machine knows of the process that a lock's text names; nothing of one in another boot or pid namespace. */
export function stateOfHolder(text: string): ProcessState {
  const [pid, started, boot, namespace] = text.split(' ')
  return stateOf(Number(pid), started, boot, namespace)
}

/** Whether the lock still is ours; a young one is, as nobody breaks those of live processes. */
export function holdsPidLock(lock: PidLock): boolean {
  if (monotonic() - lock.taken < YOUNG_MS) return true
  const reading = readText(lock.file, 4096)
  return 'text' in reading && reading.text === lock.mark
}

/** Give the lock back, if it still is ours. */
export function releasePidLock(lock: PidLock): void {
  if (holdsPidLock(lock)) removeQuietly(lock.file)
}

/** Run with the lock, or return null without running when it is not to be had. */
export function withPidLock<T>(room: Room, name: string, patience_ms: number, run: () => T): T | null {
  const lock = takePidLock(room, name, patience_ms)
  if (!lock) return null
  try {
    return run()
  } finally {
    releasePidLock(lock)
  }
}

/** Milliseconds on a clock that never steps back; `performance.now()` would load perf_hooks (1 ms). */
export function monotonic(): number {
  return Number(process.hrtime.bigint() / 1_000_000n)
}

/** Wait without a timer, as synchronous code must. */
export function pause(millis: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, millis)
}
