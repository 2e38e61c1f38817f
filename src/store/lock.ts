/**
 * The courtesy guard around a contended ledger domain: proper-lockfile keeps losers from trying all at once. It decides
 * nothing: two processes may hold it together (github.com/moxystudio/node-proper-lockfile/issues/121), and the ledger
 * still admits one. So any failure to lock is ignored.
 */
import lockfile from 'proper-lockfile'
import { ensureDirectory } from './atomic.ts'
import { monotonic, pause } from './pid-lock.ts'
import { inRoom, type Room } from './room.ts'

const STALE_MS = 5000
const PATIENCE_MS = 150

/** The guard of those who tidy and mend the whole room. */
export const TIDY_GUARD = 'gc'

/** Run with the guard of a domain, or without it when it can't be had in `patience_ms`. */
export function withGuard<T>(room: Room, domain: string, run: () => T, patience_ms = PATIENCE_MS): T {
  const release = take(room, domain, patience_ms)
  try {
    return run()
  } finally {
    try {
      release?.()
    } catch {
      // Somebody took it as stale meanwhile; nothing depends on it.
    }
  }
}

function take(room: Room, domain: string, patience_ms: number): (() => void) | null {
  try {
    ensureDirectory(room.root, inRoom(room, '.state/locks'))
  } catch {
    return null
  }
  const target = inRoom(room, '.state/locks', domain)
  const until = monotonic() + patience_ms
  for (;;) {
    try {
      return lockfile.lockSync(target, { realpath: false, stale: STALE_MS, onCompromised: () => {} })
    } catch {
      if (monotonic() >= until) return null
      pause(5 + Math.random() * 15)
    }
  }
}
