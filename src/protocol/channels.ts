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

/** What becomes of a session, as the channel tells it. */
export type Passage = 'started' | 'resumed' | 'ended'

/**
 * When a message is published (epoch ms): after the last one there, so that who goes on from an id misses none of the same
 * millisecond. A last one that lies in the future by more than a second is not followed: its clock was wrong. `last`: null for none.
 */
export function publishedAt(now: number, last: number | null): number {
  return last !== null && last >= now && last - now < 1000 ? last + 1 : now
}
