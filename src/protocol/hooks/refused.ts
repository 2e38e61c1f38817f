/** Files that a guard refused because another's guard had claimed them for a while: whoever was refused is told when they are free. */
import { clip, visible } from '../escape.ts'

/** A refused file by its name in the ledger, and when (epoch ms). */
export type Refused = [name: string, at: number][]

const MOST = 10
const OLD_MS = 4 * 3_600_000

/** With files that were refused just now; the oldest go. */
export function withRefused(before: unknown, names: string[], now: number): Refused {
  const known = refusedLately(before, now).filter(([name]) => !names.includes(name))
  return [...known, ...names.map((name): [string, number] => [name, now])].slice(-MOST)
}

/** What was refused within the last four hours, from what was remembered, which may be anything. */
export function refusedLately(before: unknown, now: number): Refused {
  return Array.isArray(before)
    ? before.filter(
        (each) =>
          Array.isArray(each) &&
          typeof each[0] === 'string' &&
          typeof each[1] === 'number' &&
          Math.abs(now - each[1]) < OLD_MS,
      )
    : []
}

/** The line that tells of a file that is free again. */
export const freedLine = (name: string) =>
  `- file/${clip(visible(name), 120)}, which you were refused, is free again`
