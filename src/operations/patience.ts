/** How whoever waits wants to wait, and what it is told meanwhile. */
import type { CoordError } from '../protocol/errors.ts'

/** How to wait. */
export interface Patience {
  /** At most so long in milliseconds; null: until it succeeds. */
  at_most_ms: number | null
  /** Ends the wait without a result. */
  signal: AbortSignal
  /** Told after each look that found the resource taken. */
  onLook?(obstacle: Obstacle): void
}

/** What a waiting process sees. */
export interface Obstacle {
  error: CoordError
  waited_ms: number
  /** The sessions that wait for each other in a circle, this one first; null where there is none. */
  circle: string[] | null
}
