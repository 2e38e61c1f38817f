/** How a session came to its end, in the words of every command that tells it. */
import type { Session } from './records.ts'

/**
 * How a session that is over ended, where it did not end by itself: `taken over by ada`, `given up by human: …`; null for one that did. The
 * record tells it (`ended_how`); without that it was given up because no sign came for long.
 */
export function endingOf({ status, ended_how }: Session): string | null {
  if (status !== 'abandoned') return null
  return typeof ended_how === 'string' && ended_how !== '' ? ended_how : 'given up after a long silence'
}
