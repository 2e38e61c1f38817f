/** The claims of one session: what it remembers, what it holds, and what is prolonged or was lost. */
import type { Context } from '../context.ts'
import { decideRenew, type Moment, type Resource, timeLeft } from '../protocol/claims.ts'
import { resourceKey } from '../protocol/names.ts'
import type { Change, Lease } from '../protocol/records.ts'
import { parseInstant } from '../protocol/time.ts'
import { listClaimFiles } from '../store/claims.ts'
import { type HeldMark, listHeldMarks } from '../store/held.ts'
import type { Room } from '../store/room.ts'
import { attempt } from './act.ts'
import { currentLease, transact } from './leases.ts'

/** What a session once held according to its own memory, for rules that ask the past. */
export function rememberedChanges(room: Room, session: string): Change[] {
  return listHeldMarks(room, session).map((mark) => ({ act: 'held', claimed_by: session, ...mark }))
}

/**
 * The claims that a session holds now, by the ledgers: its memory and the claim files say where to look. A damaged ledger
 * hides only its own.
 */
export function ownClaims(ctx: Context, room: Room, session: string, now: Moment): Lease[] {
  const files = listClaimFiles({ ...room, problems: [] }, now.wall).filter(
    (lease) => lease.claimed_by === session,
  )
  const places = new Map<string, Resource>(
    [...listHeldMarks(room, session), ...files].map((at) => [
      resourceKey(at.resource_type, at.resource_name),
      at,
    ]),
  )
  return [...places.values()].flatMap((resource) => {
    const lease = attempt(ctx, () => currentLease(room, resource, now))
    return lease?.claimed_by === session ? [lease] : []
  })
}

/** A remembered claim that the session does not hold any more, and who does. */
export type Loss = HeldMark & { holder: string | null }

/**
 * Look once at each claim that the session remembers: prolong those of its own that have less than half their time left, never
 * past the longest term a claim may have, and return those that it has lost. A damaged ledger hides only its own.
 */
export function reviewClaims(ctx: Context, room: Room, session: string, now: Moment, renew: boolean): Loss[] {
  const review = (mark: HeldMark): Loss[] => {
    const lease = currentLease(room, mark, now)
    if (lease?.claimed_by !== session || lease.token !== mark.token)
      return [{ ...mark, holder: lease?.claimed_by ?? null }]
    if (renew && lease.renew && timeLeft(lease, now) * 2 < lease.term_ms)
      prolongOwn(ctx, room, session, lease, now)
    return []
  }
  return listHeldMarks(room, session).flatMap((mark) => attempt(ctx, () => review(mark)) ?? [])
}

function prolongOwn(ctx: Context, room: Room, by: string, lease: Lease, now: Moment): void {
  const until = (parseInstant(lease.claimed_at) ?? now.wall) + room.config.claims.maxFor
  const ask = { by, resource: lease, token: lease.token, term_ms: lease.term_ms, until }
  transact(ctx, room, by, [lease], (holdings, at) => decideRenew(holdings, ask, at, []), true)
}
