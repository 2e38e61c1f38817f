/** Since when leases of other machines are seen as they are: by that, not by their holders' clocks, they are over. Pure. */
import { isExpired, type Moment } from '../claims.ts'
import type { Lease } from '../records.ts'
import { parseInstant } from '../time.ts'
import { sightOf } from './slots.ts'

/** When a lease was first seen as it is, on the clocks of who saw it: the boot clock where there is one. */
export interface Sight {
  boot: string | null
  ms: number
}

/** What a lease is seen as: each renewal makes it another, also where its holder's clock was set back and its end stays what it was. */
export const seenAs = (lease: Lease) =>
  `${sightOf(lease)} ${lease.renewed_at ?? ''} ${lease.clock?.expires_ms ?? ''}`

/** For how long a lease was last given: at least its term, which a longer renewal leaves as it was. By its holder's own clock (ms). */
function spanOf({ term_ms, expires_at, renewed_at, claimed_at }: Lease): number {
  const given = parseInstant(renewed_at ?? claimed_at)
  return Math.max(term_ms, given === null ? 0 : (parseInstant(expires_at) ?? 0) - given)
}

/**
 * Whether a lease of another machine is over. Its clock is not trusted: past its end and the margin by the own wall clock, and seen as it is
 * for as long as it was given by the own clock that nobody sets: a holder that lives has renewed it by then. On one machine the boot clock
 * tells exactly.
 */
export function isOverAbroad(
  lease: Lease,
  now: Moment,
  margin_ms: number,
  sight: Sight | undefined,
): boolean {
  if (!isExpired(lease, now, margin_ms)) return false
  if (lease.clock && now.boot && lease.clock.id === now.boot.id) return true
  if (!sight || sight.boot !== (now.boot?.id ?? null)) return false
  return (now.boot?.ms ?? now.wall) - sight.ms >= spanOf(lease)
}

/** When each lease was first seen as it is: what was known stays known, what is new is seen now. */
export function sightsOf(claims: Lease[], known: Record<string, Sight>, now: Moment): Record<string, Sight> {
  const seen = { boot: now.boot?.id ?? null, ms: now.boot?.ms ?? now.wall }
  return Object.fromEntries(
    claims.map((lease) => {
      const before = Object.hasOwn(known, seenAs(lease)) ? known[seenAs(lease)] : undefined
      return [seenAs(lease), before?.boot === seen.boot ? before : seen]
    }),
  )
}
