/** The error for a claim that is to last longer than claims may. */
import { type CoordError, invalid } from './errors.ts'
import { formatSpan } from './time.ts'

/** `invalid` for a term as it was given, where the longest is `most` milliseconds. */
export function tooLong(text: string | undefined, most: number): CoordError {
  return invalid(
    'for',
    `for "${text}" is longer than ${formatSpan(most)}, the longest a claim may last`,
    'Claim for less; heartbeats renew it, e.g. --for 4h.',
  )
}
