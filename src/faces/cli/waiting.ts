/** `coord claim --wait D` and `coord wait`: wait in line, with a line on the terminal that tells for whom. */
import type { Context } from '../../context.ts'
import type { Obstacle, Patience } from '../../operations/patience.ts'
import { peopleIn } from '../../operations/people.ts'
import { claimWhenFree, waitUntilFree } from '../../operations/wait.ts'
import { visible } from '../../protocol/escape.ts'
import { formatSpan, parseDuration } from '../../protocol/time.ts'
import { cutTo } from './columns.ts'
import type { Globals } from './command.ts'
import { answer, contextOf, type Host } from './execute.ts'
import type { Lasting, ParsedCommand } from './lasting.ts'
import { isTerminal, write } from './output.ts'

type Awaited = Parameters<typeof answer>[2]

/** `coord claim … --wait D`. */
export const claimWaiting: Lasting = (host, parsed, signal) => {
  const { wait, ...given } = parsed.input
  const at_most_ms = parseDuration(String(wait), 'wait')
  return awaited(host, parsed, signal, at_most_ms, (ctx, patience) =>
    claimWhenFree(ctx, given as never, patience),
  )
}

/** `coord wait TYPE NAME [--timeout D]`. */
export const waitForFree: Lasting = (host, parsed, signal) => {
  const { timeout, ...given } = parsed.input
  const at_most_ms = timeout === undefined ? null : parseDuration(String(timeout), 'timeout')
  return awaited(host, parsed, signal, at_most_ms, (ctx, patience) =>
    waitUntilFree(ctx, given as never, patience),
  )
}

async function awaited(
  host: Host,
  { command, input, globals }: ParsedCommand,
  signal: AbortSignal,
  at_most_ms: number | null,
  run: (ctx: ReturnType<typeof contextOf>, patience: Patience) => Promise<Awaited | null>,
): Promise<number | null> {
  const ctx = contextOf(host, globals)
  const progress = tellProgress(globals, ctx)
  try {
    const result = await run(ctx, { at_most_ms, signal, onLook: progress.look })
    progress.clear()
    if (result === null) return null
    answer(host, command, result, input, globals, ctx)
    return 0
  } finally {
    progress.clear()
  }
}

/** One line on a terminal, written again at each look; a circle is told everywhere, once. */
export function tellProgress(
  globals: Globals,
  ctx: Context,
): { look(obstacle: Obstacle): void; clear(): void } {
  const live = isTerminal(2) && !globals.json && !globals.quiet
  let shown = false
  let warned = false
  const clear = () => {
    if (shown) write(2, '\r\x1b[K')
    shown = false
  }
  return {
    clear,
    look({ error, waited_ms, circle }) {
      if (circle && !warned) {
        clear()
        warned = true
        write(
          2,
          `coord: waiting in a circle: ${visible([...circle, circle[0]!].map(peopleIn(ctx).called).join(' → '))}; one of them must give way\n`,
        )
      }
      if (!live || waited_ms < 1000) return
      const width = Math.max(20, (process.stderr.columns || 80) - 1)
      write(2, `\r\x1b[K${cutTo(visible(`waiting ${formatSpan(waited_ms)}: ${error.message}`), width)}`)
      shown = true
    },
  }
}
