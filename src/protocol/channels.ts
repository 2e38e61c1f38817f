/** Channels: messages for whoever asks, of one subject each, for a time. */
import { invalid } from './errors.ts'

/** The channel that tells which sessions come and go: coord itself publishes there. */
export const LIFECYCLE = 'session_lifecycle'

/** Throws `invalid` for a text that is no name of a channel. */
export function checkChannel(name: string): void {
  if (/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name)) return
  const hint = 'Lower-case letters, digits and . _ -, at most 64, e.g. build or session_lifecycle.'
  throw invalid('channel', `channel ${JSON.stringify(name)} is no name`, hint)
}

/** Throws `invalid` for a channel that only coord itself publishes on: what stands there is what happened. */
export function checkOpen(channel: string): void {
  if (channel !== LIFECYCLE) return
  const hint = `Publish on another, e.g. build; coord poll ${LIFECYCLE} reads this one.`
  throw invalid('channel', `only coord itself publishes on ${LIFECYCLE}`, hint)
}

/** What becomes of a session, as the channel tells it. */
export type Passage = 'started' | 'resumed' | 'ended'

/** Clocks are set by so much at most; a message that is dated further ahead has its time from one that was wrong. */
const STEP_MS = 2 * 3_600_000

/** Whether what is published now (epoch ms) comes behind a message of that time. */
export const isFollowed = (time: number, now: number): boolean => time - now < STEP_MS

/**
 * When a message is published (epoch ms): after the last one that is followed, so that who goes on from an id misses none of the same
 * millisecond, nor of a clock that was set back. `last`: null for none.
 */
export const publishedAt = (now: number, last: number | null): number => Math.max(now, (last ?? 0) + 1)
