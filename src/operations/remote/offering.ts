/** What a decision of the room's own ledger asks of the remote: its claims are provisional until that has taken them. */
import type { Decision, Moment } from '../../protocol/claims.ts'
import type { Change, Lease } from '../../protocol/records.ts'
import type { SettledChange } from '../../protocol/remote/endings.ts'
import { isPlaceHere } from '../../protocol/remote/places.ts'
import { type FarLease, isWaiting } from '../../protocol/remote/slots.ts'
import type { Decide } from '../leases.ts'
import { isAbroad, namedApart } from './kept.ts'

/** What the room's own decision did. */
export interface Noted {
  appended: boolean
  /** Claims of other machines that went by force, or, without a reason, were given back by whom they were kept for. */
  drop: Set<string>
  /** Why, by their ids. */
  reasons: Map<string, string>
  /** Claims that were not there before. */
  fresh: Set<string>
  /** The room's claims that the remote has not taken yet, before this process asked it. */
  offered: Set<string>
  /** The room's claims that are given back now, and that the remote had taken. */
  given: FarLease[]
}

/** What there is to note before anything was decided. */
export const nothingDone = (): Noted => ({
  ...{ appended: false, drop: new Set(), reasons: new Map(), fresh: new Set(), offered: new Set() },
  given: [],
})

/**
 * A decision whose claims are provisional until the remote took them. Their tokens are above the seconds of the clock as well, so that they
 * grow where the remote has lost what others were given and nobody here has seen.
 */
export function offering<R>(machine: string, by: string, decide: Decide<R>, noted: Noted): Decide<R> {
  return (holdings, now: Moment, past: () => Change[]): Decision<R> => {
    const claims = namedApart(holdings.claims, machine, by)
    const counter = Math.max(holdings.counter, Math.floor(now.wall / 1000))
    const decision = decide({ counter, claims }, now, () => withoutRefused(past()))
    Object.assign(noted, nothingDone(), { appended: decision.kind === 'append' })
    const wait = (leases: FarLease[]) => {
      for (const lease of leases) if (isWaiting(lease) && !lease.foreign) noted.offered.add(lease.claim_id)
    }
    if (decision.kind !== 'append') {
      wait(claims)
      return decision
    }
    const before = new Map(claims.map((lease) => [lease.claim_id, lease]))
    for (const { act, claim_id, reason } of decision.changes) {
      const lease = before.get(claim_id)
      const isGiven = act === 'release' || act === 'force'
      if (isGiven && lease?.machine === machine && !lease.provisional) noted.given.push(lease)
      if (!isGiven || !isAbroad(before.get(claim_id) ?? null, machine)) continue
      noted.drop.add(claim_id)
      if (reason) noted.reasons.set(claim_id, reason)
    }
    for (const { claim_id } of decision.holdings.claims) if (!before.has(claim_id)) noted.fresh.add(claim_id)
    const known = new Set<Lease>(claims)
    const renewed = new Set(
      decision.changes.flatMap(({ act, claim_id }) => (act === 'renew' ? claim_id : [])),
    )
    const offered = decision.holdings.claims.map((lease) => {
      if (known.has(lease) || lease.foreign || isPlaceHere(lease)) return lease
      return marked(lease, renewed.has(lease.claim_id) ? (before.get(lease.claim_id) ?? null) : null)
    })
    wait(offered)
    return { ...decision, holdings: { ...decision.holdings, claims: offered } }
  }
}

/** A lease that is to be offered; of one that the remote took, and that was only prolonged (`before`), it knows the earlier end meanwhile. */
function marked(lease: FarLease, before: FarLease | null): FarLease {
  if (!before?.machine || before.provisional) return { ...lease, provisional: true }
  return { ...lease, taken_until: before.taken_until ?? before.expires_at }
}

/** What a session was refused it never had, though the room's ledger held it until the remote had spoken. */
function withoutRefused(past: SettledChange[]): Change[] {
  const refused = new Set(past.flatMap(({ how, claim_id }) => (how === 'refused' ? claim_id : [])))
  return refused.size === 0 ? past : past.filter(({ claim_id }) => !refused.has(claim_id))
}
