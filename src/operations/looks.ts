/** Looking at a room again whenever it changes, and what counts as a change. */
import { factsOf } from '../protocol/live/changes.ts'
import { type Watcher, watchDirectories } from '../store/watch.ts'

/** Ages go on although nothing changes. */
const AGES_MS = 10_000
/** Many acts at once are one change. */
const CALM_MS = 100

/**
 * Look at once, and again whenever the room at `root` changes or ages have gone on; `changed` tells whether the result says anything new;
 * the very result of the last look does not.
 * Every act replaces the board at the top of the room, so that is what is watched. Ends on the signal. Throws what `look` throws.
 */
export async function* looks<T extends { result: object }>(
  root: string,
  look: () => T,
  signal: AbortSignal,
): AsyncGenerator<T & { changed: boolean }, void, undefined> {
  const watcher = watchDirectories([root])
  const stop = () => watcher.tell()
  signal.addEventListener('abort', stop)
  let last = ''
  let told: object | null = null
  try {
    while (!signal.aborted) {
      const seen = look()
      const facts = seen.result === told ? last : factsOf(seen.result)
      told = seen.result
      yield { ...seen, changed: facts !== last }
      last = facts
      await untilChange(watcher, signal)
    }
  } finally {
    signal.removeEventListener('abort', stop)
    watcher.close()
  }
}

async function untilChange(watcher: Watcher, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  const until = watcher.waited_ms() + AGES_MS
  await watcher.next(AGES_MS)
  if (!signal.aborted && watcher.waited_ms() < until) await new Promise((go) => setTimeout(go, CALM_MS))
}
