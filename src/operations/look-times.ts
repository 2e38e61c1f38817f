/** When to look at a room again, for those who have ages to show. */
import { BOARD_FILE } from '../store/board.ts'
import { lookAt } from '../store/disk.ts'
import { watchDirectories } from '../store/watch.ts'

/** Many acts at once are one change. */
const CALM_MS = 100

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
