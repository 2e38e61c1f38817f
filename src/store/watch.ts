/** Waiting for files to change: the system tells where it can; where it can't (no such directory, no more watches, network mounts), the caller looks again soon. */
import fs from 'node:fs'
import { lookAt } from './disk.ts'
import { monotonic } from './pid-lock.ts'

/** How soon to look again where nothing tells of changes. */
const POLL_MS = 100
/** How soon to look again although nothing was told: network mounts tell only of what this machine does. */
const SURE_MS = 1000

/** How long to rest after a change. */
const CALM_MS = 10

export interface Watcher {
  /** Resolves when something changed since the last call, or it is time to look again; after `at_most_ms` in any case. */
  next(at_most_ms: number): Promise<void>
  /** Milliseconds since the watch began, on a clock that never steps. */
  waited_ms(): number
  /** Wake whoever waits, e.g. for a signal. */
  tell(): void
  close(): void
}

/** Watch directories for changes of the entries in them. Never throws. */
export function watchDirectories(given: string[]): Watcher {
  const dirs = [...new Set(given)]
  let changed = false
  let wake: (() => void) | null = null
  const tell = () => {
    changed = true
    wake?.()
  }
  const watching = new Map<string, fs.FSWatcher>()
  const watchAll = () => {
    for (const dir of dirs) if (!watching.has(dir)) tryWatch(dir, watching, tell)
  }
  watchAll()
  const began = monotonic()
  return {
    tell,
    waited_ms: () => monotonic() - began,
    async next(at_most_ms) {
      watchAll()
      const pause = watching.size === dirs.length ? SURE_MS : POLL_MS
      if (!changed) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, Math.max(0, Math.min(pause, at_most_ms)))
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      wake = null
      // So that not even a change that each look makes anew can keep a processor busy.
      await new Promise((go) => setTimeout(go, CALM_MS))
      changed = false
    },
    close() {
      for (const watcher of watching.values()) watcher.close()
      wake?.()
    },
  }
}

function tryWatch(dir: string, watching: Map<string, fs.FSWatcher>, tell: () => void): void {
  if (!lookAt(dir)?.isDirectory()) return
  try {
    // Files appear and go by `rename`; touching a ticket is a `change`, of which fifty waiters would wake each other.
    const watcher = fs.watch(dir, (event, name) => event === 'rename' && !name?.startsWith('.tmp-') && tell())
    const drop = () => {
      watcher.close()
      watching.delete(dir)
      tell()
    }
    watcher.on('error', drop)
    watching.set(dir, watcher)
    // What changed between the caller's last look and this moment was not told.
    tell()
  } catch {
    // The caller looks again soon.
  }
}
