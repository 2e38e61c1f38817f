/** The rules of leases. Pure: a head of the ledger and a wish go in, a decision comes out; the ledger acts on it. Grants carry a fencing token that only grows per resource; a lease ends by release, expiry, force or proven death. */
import { resourceKey } from './names.ts'
import type { Change, Claim, Lease } from './records.ts'
import { keptFor } from './remote/kept.ts'
import { formatInstant, parseInstant } from './time.ts'

/** Now, on both clocks: wall time, and the boot clock where there is one (immune to clock steps). Milliseconds. */
export interface Moment {
  wall: number
  boot: { id: string; ms: number } | null
}

export interface Resource {
  resource_type: string
  resource_name: string
  /** The name is a glob, and means every path that it covers. */
  glob?: boolean | null | undefined
}

/** Whether two resources of different names can mean one file. */
export type Meets = (one: Resource, other: Resource) => boolean

/** What a domain holds: the live and the expired claims, and the counter that tokens come from. */
export interface Holdings {
  claims: Lease[]
  counter: number
}

/** What is known about the holders: those whose claims may be taken although their lease still runs. */
export type Forfeit = (holder: string) => 'ended' | 'dead' | null

export interface Wish {
  by: string
  resources: Resource[]
  term_ms: number
  claim_ids: string[]
  renew: boolean
  fields: Partial<Claim>
}

export interface Grant {
  claim: Lease
  already: boolean
  /** The claims that were over, and that had to go for it. */
  took_over: Lease[]
}

export type Decision<Result> =
  | {
      kind: 'refuse'
      code: 'held' | 'lost' | 'not_owner' | 'not_found'
      lease: Lease | null
      why: string
      /** What was asked for, where the claim in the way has another name. */
      wanted?: Resource
    }
  | { kind: 'keep'; result: Result }
  | { kind: 'append'; op: string; holdings: Holdings; changes: Change[]; result: Result }

/** Whether others may take a claim: by the boot clock within one boot, else by wall time plus the margin for skew. */
export function isExpired(lease: Lease, now: Moment, margin_ms: number): boolean {
  if (lease.clock && now.boot && lease.clock.id === now.boot.id) return lease.clock.expires_ms <= now.boot.ms
  return (parseInstant(lease.expires_at) ?? 0) + margin_ms <= now.wall
}

/** The time that a lease has left, negative when it is over. Its holder allows itself no margin. */
export function timeLeft(lease: Lease, now: Moment): number {
  if (lease.clock && now.boot && lease.clock.id === now.boot.id) return lease.clock.expires_ms - now.boot.ms
  return (parseInstant(lease.expires_at) ?? 0) - now.wall
}

/** The claim of a resource among a domain's holdings. */
export function findLease(claims: Lease[], resource: Resource): Lease | undefined {
  const key = resourceKey(resource.resource_type, resource.resource_name)
  return claims.find((claim) => resourceKey(claim.resource_type, claim.resource_name) === key)
}

/**
 * Claim all wished resources, or refuse for the first of which somebody else rightfully holds a part. A claim of one's own renews. What is
 * taken over goes as a whole: an expired claim that overlaps is gone, not cut.
 */
export function decideClaim(
  head: Holdings,
  wish: Wish,
  now: Moment,
  margin_ms: number,
  forfeit: Forfeit,
  meets: Meets = () => false,
): Decision<Grant[]> {
  const grants: Grant[] = []
  const changes: Change[] = []
  let { claims, counter } = head
  for (const [index, resource] of wish.resources.entries()) {
    const held = findLease(claims, resource)
    const own = isLiveOwn(held, resource, wish.by, now) ? held : null
    const rivals = own ? [] : claims.filter((claim) => isRival(claim, held, resource, wish.by, meets))
    const lease = rivals.find(
      // One that is kept bears the id of a session elsewhere: what became of a namesake here says nothing of it.
      (claim) =>
        !isExpired(claim, now, margin_ms) && (keptFor(claim) !== null || forfeit(claim.claimed_by) === null),
    )
    const wanted = lease === held ? {} : { wanted: resource }
    if (lease) return { kind: 'refuse', code: 'held', lease, why: 'held', ...wanted }
    const claim = own ? again(own, wish, now) : grant(wish, resource, index, ++counter, now)
    grants.push({ claim, already: own !== null, took_over: rivals })
    changes.push(changeOf(own ? 'renew' : held && rivals.includes(held) ? 'takeover' : 'claim', claim))
    for (const gone of rivals) if (gone !== held) changes.push(changeOf('displace', gone))
    claims = [...claims.filter((other) => other !== held && !rivals.includes(other)), claim]
  }
  const op = grants.every((grant) => grant.already) ? 'renew' : 'claim'
  return { kind: 'append', op, holdings: { claims, counter }, changes, result: grants }
}

/** A claim of one's own, claimed once more. One that a guard made without being asked becomes what is asked for. */
function again(held: Lease, wish: Wish, now: Moment): Lease {
  const lease = prolong(held, wish.term_ms, now)
  if (!held.auto || wish.fields.auto) return lease
  return {
    ...lease,
    ...(wish.fields as Partial<Lease>),
    auto: false,
    renew: wish.renew,
    term_ms: wish.term_ms,
  }
}

/** Whether a claim can just be renewed: not a script's, and meaning the same as before. */
const isLiveOwn = (held: Lease | undefined, wanted: Resource, by: string, now: Moment): held is Lease =>
  held?.claimed_by === by && !held.foreign && !isExpired(held, now, 0) && !held.glob === !wanted.glob

const isRival = (claim: Lease, held: Lease | undefined, wanted: Resource, by: string, meets: Meets) =>
  claim.claimed_by !== by && (claim === held || meets(claim, wanted))

function grant(wish: Wish, resource: Resource, index: number, token: number, now: Moment): Lease {
  return {
    ...wish.fields,
    claimed_by: wish.by,
    claimed_at: formatInstant(now.wall),
    ...resource,
    ...term(wish.term_ms, now),
    claim_id: wish.claim_ids[index]!,
    token,
    renew: wish.renew,
    term_ms: wish.term_ms,
  }
}

/** The boot clock of Linux is read in steps of 10 ms; a lease must not end before the time its holder was told. */
const CLOCK_STEP = 10

function term(term_ms: number, now: Moment): Pick<Lease, 'expires_at' | 'clock'> {
  const clock = now.boot && { id: now.boot.id, expires_ms: now.boot.ms + term_ms + CLOCK_STEP }
  return { expires_at: formatInstant(now.wall + term_ms), clock }
}

/** The lease with at least `term_ms` from now; never shorter than it was, on either clock, never with another token. */
export function prolong(lease: Lease, term_ms: number, now: Moment): Lease {
  const next = term(term_ms, now)
  if (timeLeft(lease, now) >= timeLeft({ ...lease, ...next }, now)) return lease
  const expires_at = formatInstant(Math.max(parseInstant(lease.expires_at) ?? 0, now.wall + term_ms))
  return { ...lease, ...next, expires_at, renewed_at: formatInstant(now.wall) }
}

/** Renew a claim of one's own. `until` caps what automatic renewal may reach (epoch ms). */
export function decideRenew(
  head: Holdings,
  ask: { by: string; resource: Resource; token: number | null; term_ms: number; until?: number },
  now: Moment,
  past: Change[],
): Decision<Lease> {
  const held = findLease(head.claims, ask.resource)
  const refusal = refuseStranger(held, ask, past)
  if (refusal) return refusal
  if (isExpired(held!, now, 0)) return { kind: 'refuse', code: 'lost', lease: held!, why: 'expired' }
  const term_ms = ask.until === undefined ? ask.term_ms : Math.min(ask.term_ms, ask.until - now.wall)
  const claim = prolong(held!, term_ms, now)
  if (claim === held) return { kind: 'keep', result: held! }
  return append('renew', head, held!, claim, claim)
}

/** Release a claim: by its holder, or by anybody with `force` and a reason. */
export function decideRelease(
  head: Holdings,
  ask: { by: string; resource: Resource; token: number | null; force: string | null },
  past: Change[],
): Decision<{ claim: Lease | Change; already: boolean }> {
  const held = findLease(head.claims, ask.resource)
  if (ask.force !== null && held && held.claimed_by !== ask.by) {
    return append('force', head, held, null, { claim: held, already: false }, ask.force)
  }
  const mine = past.find((change) => isAbout(change, ask.resource) && change.claimed_by === ask.by)
  const released =
    mine?.act === 'release' && held?.claimed_by !== ask.by && (ask.token ?? mine.token) === mine.token
  if (released) return { kind: 'keep', result: { claim: mine, already: true } }
  return (
    refuseStranger(held, ask, past) ?? append('release', head, held!, null, { claim: held!, already: false })
  )
}

/** The refusal of a move by somebody who does not hold the claim with that token; null for its holder. `past`: newest first. */
export function refuseStranger(
  held: Lease | undefined,
  ask: { by: string; resource: Resource; token: number | null },
  past: Change[],
): Extract<Decision<never>, { kind: 'refuse' }> | null {
  const had = past.some((change) => isAbout(change, ask.resource) && change.claimed_by === ask.by)
  if (held && held.claimed_by === ask.by) {
    if (ask.token === null || ask.token === held.token) return null
    const mineOnce = past.some(
      (change) => isAbout(change, ask.resource) && change.token === ask.token && change.claimed_by === ask.by,
    )
    return { kind: 'refuse', code: mineOnce ? 'lost' : 'not_owner', lease: held, why: 'token' }
  }
  if (had) return { kind: 'refuse', code: 'lost', lease: held ?? null, why: held ? 'taken' : 'gone' }
  if (held) return { kind: 'refuse', code: 'not_owner', lease: held, why: 'never' }
  return { kind: 'refuse', code: 'not_found', lease: null, why: 'nothing' }
}

/** Whether a past change was about a resource. */
export const isAbout = (change: Resource, resource: Resource) =>
  resourceKey(change.resource_type, change.resource_name) ===
  resourceKey(resource.resource_type, resource.resource_name)

/** The decision that replaces one claim of a domain by another (or by none). */
export function append<Result>(
  op: string,
  head: Holdings,
  before: Lease | null,
  after: Lease | null,
  result: Result,
  reason?: string,
): Decision<Result> {
  const claims = [...head.claims.filter((other) => other !== before), ...(after ? [after] : [])]
  const changes = [changeOf(op, (after ?? before)!, reason)]
  return { kind: 'append', op, holdings: { claims, counter: head.counter }, changes, result }
}

/** A claim as the change that an act made to it. */
export function changeOf(act: string, lease: Lease, reason?: string): Change {
  const { resource_type, resource_name, claimed_by, claim_id, token } = lease
  return {
    act,
    resource_type,
    resource_name,
    claimed_by,
    claim_id,
    token,
    ...(reason === undefined ? {} : { reason }),
  }
}
