/** `coord status --watch`: the status again whenever the room changes. */
import { status } from '../../operations/status.ts'
import { watchDirectories } from '../../store/watch.ts'
import { answer, contextOf } from './execute.ts'
import type { Lasting } from './lasting.ts'
import { isTerminal, write } from './output.ts'

/** Ages go on although nothing changes. */
const AGES_MS = 10_000
/** Many acts at once are one change. */
const CALM_MS = 100

/**
 * On a terminal the page is drawn over the last one; elsewhere each change adds a page, with `--json` an object on a line.
 * Every act replaces the board at the top of the room, so that is what is watched.
 */
export const watchStatus: Lasting = async (host, { command, input, globals }, signal) => {
  const { watch: _watch, ...given } = input
  const room = contextOf(host, globals).room()
  const watcher = watchDirectories([room.root])
  signal.addEventListener('abort', () => watcher.tell())
  const screen = isTerminal(1) && !globals.json
  let last = ''
  try {
    while (!signal.aborted) {
      const ctx = contextOf(host, globals)
      const result = status.run(ctx, given as never)
      const facts = JSON.stringify({ ...result, now: null }, withoutAges)
      if (screen) write(1, '\x1b[H\x1b[2J')
      if (screen || facts !== last) answer(host, command, result, input, globals, ctx)
      last = facts
      await calm(watcher)
    }
    return null
  } finally {
    watcher.close()
  }

  async function calm(watching: typeof watcher): Promise<void> {
    const until = watching.waited_ms() + AGES_MS
    await watching.next(AGES_MS)
    if (!signal.aborted && watching.waited_ms() < until) await new Promise((go) => setTimeout(go, CALM_MS))
  }
}

/** What grows by itself is no change. */
const withoutAges = (key: string, value: unknown) =>
  key === 'age_ms' || key === 'expires_in_ms' || key === 'reason' || key === 'text' ? undefined : value
