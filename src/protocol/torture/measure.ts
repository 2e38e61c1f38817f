/** How fast a history was, and what happened in it. */
import { groupBy } from '../groups.ts'
import { type Act, type Halt, isDone } from './acts.ts'

export interface Speed {
  count: number
  p50_ms: number
  p99_ms: number
}

/** Medians and 99th percentiles by kind, of acts that were answered and not stopped meanwhile; milliseconds. */
export function speedOf(acts: Act[], halts: Halt[]): Record<string, Speed> {
  const byLane = groupBy(halts, ({ lane }) => lane)
  const calm = acts.filter(
    ({ lane, at, answer }) =>
      answer && !byLane.get(lane)?.some(({ from, to }) => from <= answer.done && to >= at),
  )
  const kinds = [...groupBy(calm, ({ op }) => op)].map(([op, all]): [string, Speed] => {
    const times = all.map(({ at, answer }) => answer!.done - at).sort((a, b) => a - b)
    return [op, { count: all.length, p50_ms: at(times, 0.5), p99_ms: at(times, 0.99) }]
  })
  return Object.fromEntries(kinds)
}

/** The value below which a share of ascending values lies, to a tenth. */
const at = (values: number[], share: number) =>
  Math.round(values[Math.min(values.length - 1, Math.floor(values.length * share))]! * 10) / 10

/** How many claims were taken over from a holder whose lease had run out. */
export const countTakeovers = (acts: Act[]) =>
  acts.filter((act) => isDone(act) && act.answer.took_over).length
