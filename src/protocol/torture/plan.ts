/** What a tortured process does next. Chance comes in as a function, so that this is pure. */

/** A number from 0 up to 1. */
export type Chance = () => number

/** A sequence of chances from a seed (mulberry32). */
export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One of several. */
export const pick = <T>(chance: Chance, all: T[]): T => all[Math.floor(chance() * all.length)]!

/** Few, so that they are fought for; two of one ledger. */
export const RESOURCES = ['droplet/one', 'file/src/a.ts', 'file/src/b.ts']
export const LONGEST_TERM_MS = 900
const TERMS = [150, 400, LONGEST_TERM_MS]

export interface Planned {
  op: 'claim' | 'renew' | 'release' | 'heartbeat' | 'send' | 'inbox' | 'look' | 'sync'
  resource?: string
  term_ms?: number
  token?: number
  to?: string
}

/** The next act of a process that believes to hold some tokens. Messages go to `others`. */
export function nextAct(chance: Chance, held: Map<string, number>, others: string[]): Planned {
  const die = chance()
  const term_ms = pick(chance, TERMS)
  if (held.size > 0 && die < 0.6) {
    const [resource, token] = pick(chance, [...held])
    return die < 0.35 ? { op: 'release', resource, token } : { op: 'renew', resource, token, term_ms }
  }
  if (die < 0.8) return { op: 'claim', resource: pick(chance, RESOURCES), term_ms }
  if (die < 0.87) return { op: 'heartbeat' }
  if (die < 0.93) return { op: 'send', to: chance() < 0.2 ? 'broadcast' : pick(chance, others) }
  return { op: 'inbox' }
}

/** How long to think after an act: mostly little; now and then a holder sleeps through the end of its lease. Milliseconds. */
export function nextPause(chance: Chance): number {
  return chance() < 0.006 ? LONGEST_TERM_MS * 1.3 : chance() * 4
}
