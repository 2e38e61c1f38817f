/** Repeatable randomness: the same seed and number give the same choices. */

export interface Random {
  /** An integer from 0 below `end`. */
  below(end: number): number
  pick<T>(list: readonly T[]): T
}

/** Choices that follow from numbers alone (mulberry32). */
export function randomOf(...seeds: number[]): Random {
  let state = seeds.reduce((hash, seed) => Math.imul(hash ^ seed, 0x9e3779b1) ^ (hash >>> 15), 0x2545f491)
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const below = (end: number) => next() % Math.max(1, end)
  return { below, pick: (list) => list[below(list.length)]! }
}

/** A list in an order that follows from a seed. */
export function shuffled<T>(list: readonly T[], seed: number): T[] {
  const random = randomOf(seed)
  const out = [...list]
  for (let at = out.length - 1; at > 0; at--) {
    const other = random.below(at + 1)
    ;[out[at], out[other]] = [out[other]!, out[at]!]
  }
  return out
}
