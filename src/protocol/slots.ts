/** The slots of the ledger: what follows a head, and whether a slot that was linked really follows it. */
import type { Holdings, Moment } from './claims.ts'
import type { Change, Lease, Slot } from './records.ts'
import { formatInstant } from './time.ts'

/** Tokens begin at unix seconds; one that leaves no room to grow was not given by coord. */
const isSaneToken = (token: number) => Number.isSafeInteger(token) && token < 1e14

/** The counter of a domain without a ledger: unix seconds, so that tokens grow even when the ledger was lost. */
export function firstCounter(claims: Lease[], now: Moment): number {
  return Math.max(Math.floor(now.wall / 1000), ...claims.map((claim) => claim.token).filter(isSaneToken))
}

/** The slot that follows `head` (null: the domain's first). */
export function nextSlot(
  head: Slot | null,
  decision: { op: string; holdings: Holdings; changes: Change[] },
  by: string,
  op_id: string,
  now: Moment,
): Slot {
  return {
    version: 1,
    op: decision.op,
    at: formatInstant(now.wall),
    by,
    op_id,
    prev_op: head?.op_id ?? null,
    counter: decision.holdings.counter,
    changes: decision.changes,
    claims: decision.holdings.claims,
  }
}

/** After a link to slot n+1, what the look at the directory showed. */
export interface Look {
  /** The op_id now in slot n; null if the slot is gone. */
  before: string | null
  /** Whether any slot above n+1 exists. */
  above: boolean
  /** The prev_op of slot n+2; null if there is none. */
  follower: string | null
}

/**
 * Whether a linked slot n+1 really follows the head that was read: slot n is still there with the op read and nothing
 * stands above, or the next slot already builds on mine. Otherwise the link went into collected history.
 */
export function isWon(n: number, readOp: string | null, ownOp: string, look: Look): boolean {
  const rooted = n === 0 || look.before === readOp
  return (rooted && !look.above) || look.follower === ownOp
}
