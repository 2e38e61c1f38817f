/** What a session of a tortured clone does next. Claims ask git and its remote, so all is some hundred times slower than within a room. */
import { type Chance, type Planned, pick } from '../plan.ts'

/** Few, so that they are fought for; of two of them one contains the other, and stands in all refs of the remote that hold files. */
export const SHARED = ['droplet/one', 'file/src/a.ts', 'file/src/*']
/** The longest lease (ms). */
const LONGEST_MS = 2500
const TERMS = [800, 1500, LONGEST_MS]

/** The next act of a session that believes to hold some tokens. Messages go to `others`, which are sessions of other clones. */
export function nextAbroad(chance: Chance, held: Map<string, number>, others: string[]): Planned {
  const die = chance()
  const term_ms = pick(chance, TERMS)
  if (held.size > 0 && die < 0.55) {
    const [resource, token] = pick(chance, [...held])
    if (die < 0.2) return { op: 'release', resource, token }
    return { op: 'renew', resource, token, term_ms: chance() < 0.5 ? LONGEST_MS : term_ms }
  }
  if (die < 0.75) return { op: 'claim', resource: pick(chance, SHARED), term_ms }
  if (die < 0.78) return { op: 'heartbeat' }
  if (die < 0.92) return { op: 'send', to: chance() < 0.4 ? 'broadcast' : pick(chance, others) }
  return { op: 'inbox' }
}

/**
 * How long a session thinks after an act (ms). Now and then it sleeps through the end of its lease, and after a renewal for longer than the first
 * term of many: nobody may take that for the end.
 */
export function thinking(chance: Chance, op: string): number {
  const die = chance()
  if (die < 0.03) return LONGEST_MS * 1.2
  return op === 'renew' && die < 0.4 ? LONGEST_MS * 0.8 : chance() * 40
}

/** How long a clone waits after a round with its remote (ms). */
export const untilNextRound = (chance: Chance) => 100 + chance() * 500

/** By how much the wall clock of a machine may be off (ms): far ahead or behind, or about right. */
export const skewOf = (chance: Chance, isFar = chance() < 0.5) =>
  Math.round((chance() * 2 - 1) * (isFar ? 55 * 60_000 : 300))

/** Sessions are called after their clone, `m1`; a clone's other processes `m1-sync`. */
export const machineOf = (lane: string) => lane.split('-')[0]!
