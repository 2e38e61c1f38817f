/** The files that a session wrote lately. */

/** Files with when they were written last (epoch ms), newest first. */
export type Touched = [path: string, at: number][]

const FILES = 20
const OLD_MS = 4 * 3_600_000

/**
 * What was written lately, at most twenty files of the last four hours. `told`: what the session's record names; of those whose time is not
 * known it counts from now.
 */
export function touchedLately(before: unknown, told: string[], wrote: string[], now: number): Touched {
  const known = new Map(pairsIn(before))
  const all: Touched = [
    ...wrote.map((path): [string, number] => [path, now]),
    ...told.map((path): [string, number] => [path, known.get(path) ?? now]),
  ]
  const paths = all.map(([path]) => path)
  return all
    .filter(([path, at], place) => Math.abs(now - at) < OLD_MS && paths.indexOf(path) === place)
    .slice(0, FILES)
}

const pairsIn = (value: unknown): Touched =>
  Array.isArray(value)
    ? value.filter(
        (each) => Array.isArray(each) && typeof each[0] === 'string' && typeof each[1] === 'number',
      )
    : []
