/** Claims of other machines as those who act here meet them: those that are kept for them (protocol/remote/kept.ts) they take over by claiming them. */
import type { Decision, Moment } from '../../protocol/claims.ts'
import { markedId } from '../../protocol/machines/names.ts'
import type { Change, Lease } from '../../protocol/records.ts'
import { isKeptFor, keptFor } from '../../protocol/remote/kept.ts'
import type { FarLease } from '../../protocol/remote/slots.ts'
import { formatInstant } from '../../protocol/time.ts'
import type { Decide } from '../leases.ts'

/** Whether a claim is one of another machine. */
export const isAbroad = (lease: FarLease | null, own: string) =>
  lease?.machine !== undefined && lease.machine !== own

/** Claims in which a holder elsewhere of the same name as who acts is somebody else; so is whom this machine keeps one for. */
export const namedApart = (claims: FarLease[], own: string, by: string): FarLease[] =>
  claims.map((lease) => {
    const machine = isAbroad(lease, own) ? lease.machine! : (keptFor(lease)?.machine ?? own)
    return machine !== own && lease.claimed_by === by
      ? { ...lease, claimed_by: markedId(by, machine) }
      : lease
  })

/**
 * A decision for which leases that are kept for who acts, or for who has ended, are over; nobody is told of one that goes, as it was given.
 */
export function takingKept<R>(
  machine: string,
  by: string,
  isForNobody: (lease: Lease) => boolean,
  decide: Decide<R>,
): Decide<R> {
  return (holdings, now: Moment, past: () => Change[]): Decision<R> => {
    const kept = new Map<Lease, Lease>()
    const claims = holdings.claims.map((lease) => {
      if (!keptFor(lease) || !(isKeptFor(lease, machine, by) || isForNobody(lease))) return lease
      const over = { ...lease, clock: null, expires_at: formatInstant(0) }
      kept.set(over, lease)
      return over
    })
    if (kept.size === 0) return decide(holdings, now, past)
    const decision = decide({ ...holdings, claims }, now, past)
    const asItWas = (lease: Lease) => kept.get(lease) ?? lease
    if (decision.kind === 'keep') return decision
    if (decision.kind === 'refuse') return { ...decision, lease: decision.lease && asItWas(decision.lease) }
    const left = decision.holdings.claims.map(asItWas)
    const result = without(decision.result, new Set<unknown>(kept.keys()))
    return { ...decision, holdings: { ...decision.holdings, claims: left }, result }
  }
}

/** A value without some objects, in whatever lists in it they stand. */
function without<R>(value: R, gone: Set<unknown>): R {
  if (Array.isArray(value))
    return value.filter((each) => !gone.has(each)).map((each: unknown) => without(each, gone)) as R
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, without(each, gone)])) as R
}
