/** Ages in the texts of needs, which are written when the room is read, and go on. */
import { formatSpan, parseInstant } from '../../../protocol/time.ts'
import type { Overview } from './overview.ts'

const told = new WeakMap<object, number>()

/** When the needs were written (epoch ms): as of the overview that first had them. */
export function toldAt({ needs, now }: Pick<Overview, 'needs' | 'now'>): number {
  const known = told.get(needs) ?? parseInstant(now) ?? Date.now()
  told.set(needs, known)
  return known
}

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
/** Where protocol/needs.ts writes an age: after words of its own, before any text that somebody said. */
const AGE =
  /^([^"]*?(?: is blocked| reports an error| waits for its person| expired|\(last sign| was refused \S+)) (\d+[smhd](?: \d+[mh])?)(?= |$|:|,)/

/** The text as it is so many milliseconds after it was written. */
export function aged(text: string, since: number): string {
  return text.replace(
    AGE,
    (_, before: string, span: string) => `${before} ${formatSpan(millisOf(span) + since)}`,
  )
}

const millisOf = (span: string) =>
  span.split(' ').reduce((sum, part) => sum + Number.parseInt(part, 10) * UNITS[part.at(-1)!]!, 0)
