/**
 * When a ref that holds no claim any more may go, and why no token comes twice: a counter begins at the seconds of its day and grows by one
 * with each claim, so one whose last move is `IDLE_S` past, and that lies so far behind the clock, is below what a new ref begins at
 * (`firstFar`). The day between the two is for clocks that differ. A counter that ran ahead of the clock is kept.
 */
import { parseInstant } from '../time.ts'
import type { FarSlot } from './slots.ts'

const DAY_S = 86_400
const IDLE_S = 7 * DAY_S
const BEGINS_S = 6 * DAY_S

/** Whether a slot is of no use to anybody. `now`: epoch ms. */
export function isTombstone(
  { claims, counter, at }: Pick<FarSlot, 'claims' | 'counter' | 'at'>,
  now: number,
): boolean {
  const then = now / 1000 - IDLE_S
  const moved = parseInstant(at)
  return claims.length === 0 && counter <= then && moved !== null && moved / 1000 <= then
}

/** What tokens at a ref that is not there are above: whatever was given out there before it went. `now`: epoch ms. */
export const firstFar = (now: number): number => Math.floor(now / 1000) - BEGINS_S

/** Whether a slot that is gone may have been thrown away, rather than forgotten by a remote that was set back. */
export function mayBeGone({ at }: Pick<FarSlot, 'at'>, now: number): boolean {
  const moved = parseInstant(at)
  return moved !== null && moved / 1000 <= now / 1000 - BEGINS_S
}
