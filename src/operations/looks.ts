/** When to look at a room again, and which looks say something new. */
import { factsOf } from '../protocol/live/changes.ts'
import { BOARD_FILE } from '../store/board.ts'
import { lookAt } from '../store/disk.ts'
import { watchDirectories } from '../store/watch.ts'

/** How soon what no act tells of is found, e.g. what scripts write. */
const SOON_MS = 1000
/** Many acts at once are one change. */
const CALM_MS = 100

/**
 * Look at once, and again whenever the room at `root` changes, or may have; `changed` tells whether the result says anything new; the very
 * result of the last look does not. Ends on the signal. Throws what `look` throws.
 */
export async function* looks<T extends { result: object }>(
  root: string,
  look: () => T,
  signal: AbortSignal,
): AsyncGenerator<T & { changed: boolean }, void, undefined> {
  let last = ''
  let told: object | null = null
  for await (const _ of lookTimes(root, SOON_MS, signal)) {
    const seen = look()
    const facts = seen.result === told ? last : factsOf(seen.result)
    told = seen.result
    yield { ...seen, changed: facts !== last }
    last = facts
  }
}

/**
 * Comes at once, then whenever an act replaced the board of the room at `root`, and at the latest after `every_ms`, which is what finds out
 * what others than coord wrote. Ends on the signal. Never throws.
 */
export async function* lookTimes(
  root: string,
  every_ms: number,
  signal: AbortSignal,
): AsyncGenerator<void, void, undefined> {
  const watcher = watchDirectories([root])
  const stop = () => watcher.tell()
  signal.addEventListener('abort', stop)
  try {
    while (!signal.aborted) {
      const before = boardStamp(root)
      yield
      const due = watcher.waited_ms() + every_ms
      while (!signal.aborted && watcher.waited_ms() < due && boardStamp(root) === before)
        await watcher.next(due - watcher.waited_ms())
      if (!signal.aborted && watcher.waited_ms() < due) await new Promise((go) => setTimeout(go, CALM_MS))
    }
  } finally {
    signal.removeEventListener('abort', stop)
    watcher.close()
  }
}

function boardStamp(root: string): string {
  const stat = lookAt(`${root}/${BOARD_FILE}`)
  return stat ? `${stat.ino} ${stat.mtimeMs}` : ''
}
