/** Reading a room again and again for those who show it all the time. */
import type { Context } from '../context.ts'
import { markOf } from '../store/mark.ts'
import type { TailMemory } from '../store/tails.ts'
import { type Overview, overviewOf } from './overview.ts'

/** How long a look is good where nothing has changed: ages go on, and not every change can be told without reading. */
const GOOD_MS = 9_000

/**
 * Gives the overview: the very object of the last look as long as nothing can have changed. `count` is how often the room was read;
 * after `forget` it is read in any case. Throws what a look throws, also where the room went while it was read.
 */
export function createReader(contextOf: () => Context) {
  const memory: TailMemory = new Map()
  let last: { overview: Overview; mark: string | null; at: number } | null = null
  let count = 0
  return {
    count: () => count,
    forget() {
      last = null
    },
    look(): Overview {
      const ctx = contextOf()
      const known = last
      last = null
      const at = ctx.now().wall
      const mark = markOf(ctx.room())
      const isGood = known !== null && Math.abs(at - known.at) < GOOD_MS
      if (isGood && mark !== null && mark === known.mark) last = known
      else {
        const overview = overviewOf(ctx, memory)
        count++
        // One that went while it was read looks empty.
        contextOf().room()
        last = { overview, mark, at }
      }
      return last.overview
    },
  }
}
