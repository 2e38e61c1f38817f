/** Moving a claim: read the head, decide, append; again while others were faster. The rules are in protocol/claims.ts. */
import type { Context } from '../context.ts'
import {
  type Decision,
  type Forfeit,
  findLease,
  type Holdings,
  type Moment,
  nextSlot,
  type Resource,
} from '../protocol/claims.ts'
import { CoordError } from '../protocol/errors.ts'
import { adopt, reconcile } from '../protocol/foreign.ts'
import { resourceKey } from '../protocol/names.ts'
import { quote } from '../protocol/needs.ts'
import type { Change, Lease, Session } from '../protocol/records.ts'
import { isEnded, isProvenDead, lastSign, liveness } from '../protocol/sessions.ts'
import { formatClock, formatSpan, parseInstant } from '../protocol/time.ts'
import {
  findClaimFile,
  type HeldMark,
  holdingsOf,
  listClaimFiles,
  listHeldMarks,
  publish,
  unmarkHeld,
} from '../store/claims.ts'
import { append, type Head, readHead, readPast } from '../store/ledger.ts'
import { loadRecord } from '../store/records.ts'
import { claimFileName, domain, type Room } from '../store/room.ts'
import { loadSession } from '../store/sessions.ts'
import { processOf } from '../store/snapshot.ts'
import { attempt } from './act.ts'

type Decide<R> = (holdings: Holdings, past: () => Change[]) => Decision<R>
export type Refusal = Extract<Decision<never>, { kind: 'refuse' }>
export type Outcome<R> = { ok: true; result: R } | { ok: false; refusal: Refusal }

const FREE_TRIES = 1
const TRIES = 60

/**
 * Let `decide` move the ledger of the resources' domain. Without a lock first; after a lost link under the courtesy guard.
 * A script's claim file that the ledger does not know is adopted on the way, so that refusals can name a token.
 */
export function transact<R>(
  ctx: Context,
  room: Room,
  by: string,
  resources: Resource[],
  decide: Decide<R>,
): Outcome<R> {
  const name = domain(resources[0]!.resource_type, resources[0]!.resource_name)
  const first = tryTimes(ctx, room, name, by, resources, decide, FREE_TRIES)
  if (first) return first
  const guarded = room.lazy
    .lock()
    .withGuard(room, name, () => tryTimes(ctx, room, name, by, resources, decide, TRIES))
  if (guarded) return guarded
  throw new CoordError('busy', `others moved ${name} ${TRIES} times while this command tried`, 'Try again.')
}

function tryTimes<R>(
  ctx: Context,
  room: Room,
  name: string,
  by: string,
  resources: Resource[],
  decide: Decide<R>,
  tries: number,
): Outcome<R> | null {
  for (let left = tries; left > 0; ) {
    const now = ctx.now()
    const head = readHead(room, name)
    const { holdings, unknown } = withScripts(
      room,
      resources,
      holdingsOf(room, name, head, resources[0]!, now),
      now,
    )
    const decision: Decision<R> = decide(holdings, () => readPast(room, name))
    const adoption = decision.kind === 'refuse' && decision.lease && unknown.includes(decision.lease)
    const move = adoption ? adopt(holdings, decision.lease!) : decision
    if (move.kind !== 'append') attempt(ctx, () => mendFiles(room, name, resources, head))
    if (move.kind === 'refuse') return { ok: false, refusal: move }
    if (move.kind === 'keep') return { ok: true, result: move.result as R }
    const slot = nextSlot(head.slot, move, by, ctx.random(20), now)
    if (!append(room, name, head, slot)) left--
    else if (!adoption) {
      publish(room, name, resources, holdings.claims, { n: head.n + 1, slot })
      return { ok: true, result: move.result as R }
    }
  }
  return null
}

/** A move that changes nothing still puts right our claim files that somebody removed or overwrote. */
function mendFiles(room: Room, name: string, resources: Resource[], head: Head): void {
  const drifted = resources.filter((resource) => {
    const lease = findLease(head.slot?.claims ?? [], resource)
    if (!lease || lease.foreign) return false
    const file = `claims/${claimFileName(lease.resource_type, lease.resource_name)}`
    return loadRecord({ ...room, problems: [] }, 'claim', file)?.record.claim_id !== lease.claim_id
  })
  if (drifted.length > 0) publish(room, name, drifted, [], head)
}

function withScripts(
  room: Room,
  resources: Resource[],
  start: Holdings,
  now: Moment,
): { holdings: Holdings; unknown: Lease[] } {
  let holdings = start
  const unknown: Lease[] = []
  for (const resource of resources) {
    const held = findLease(holdings.claims, resource)
    if (held && !held.foreign && !room.config.compat.rmReleases) continue
    const file = findClaimFile(room, resource, now.wall)
    const seen = reconcile(holdings, resource, file, room.config.compat.rmReleases && isSettled(held, now))
    holdings = seen.holdings
    if (seen.unknown) unknown.push(seen.unknown)
  }
  return { holdings, unknown }
}

/** Whether a claim is old enough for its file to be published: only then may a missing file mean a release. */
function isSettled(held: Lease | undefined, now: Moment): boolean {
  const changed = parseInstant(held?.renewed_at) ?? parseInstant(held?.claimed_at)
  return changed !== null && now.wall - changed > 5000
}

/** Which holders forfeit their claims: those that ended, and those whose process is proven dead. */
export function forfeits(room: Room, now: Moment): Forfeit {
  return (holder) => {
    const session = loadSession(room, holder)
    if (!session) return null
    if (isEnded(session)) return 'ended'
    return isProvenDead(lastSign(session), processOf(session), now.wall, room.config.sessions) ? 'dead' : null
  }
}

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

/** The claim of a resource now, or null. */
export function currentLease(room: Room, resource: Resource, now: Moment): Lease | null {
  const name = domain(resource.resource_type, resource.resource_name)
  const head = readHead(room, name)
  const known = findLease(head.slot?.claims ?? [], resource)
  if (known && !known.foreign && !room.config.compat.rmReleases) return known
  const holdings = holdingsOf(room, name, head, resource, now)
  return findLease(withScripts(room, [resource], holdings, now).holdings.claims, resource) ?? null
}

/** The remembered claims that a session does not hold any more; each is told once, then forgotten. */
export function takeLosses(
  ctx: Context,
  room: Room,
  session: string,
  now: Moment,
): (HeldMark & { holder: string | null })[] {
  const lossOf = (mark: HeldMark) => {
    const lease = currentLease(room, mark, now)
    if (lease?.claimed_by === session && lease.token === mark.token) return []
    unmarkHeld(room, session, mark)
    return [{ ...mark, holder: lease?.claimed_by ?? null }]
  }
  return listHeldMarks(room, session).flatMap((mark) => attempt(ctx, () => lossOf(mark)) ?? [])
}

/** What a refusal tells of a holder: who, with which token, until when, and how alive. */
export function describeHolder(room: Room, lease: Lease, now: Moment) {
  const session = loadSession(room, lease.claimed_by)
  const alive =
    session && liveness(session, lastSign(session), processOf(session), now.wall, room.config.sessions)
  return {
    claimed_by: lease.claimed_by,
    token: lease.token,
    expires_at: lease.expires_at,
    liveness: alive,
    session,
  }
}

/** The error for a refused move, with the holder and the next step. */
export function refusalError(room: Room, resource: Resource, refusal: Refusal, now: Moment): CoordError {
  const name = `${resource.resource_type}/${resource.resource_name}`
  const words = `${resource.resource_type} ${quote(resource.resource_name)}`
  if (!refusal.lease) {
    const [message, hint] = ABSENT[refusal.code === 'lost' ? 'lost' : 'not_found'](name, words)
    return new CoordError(refusal.code, message, hint, { resource: name })
  }
  const { session, ...holder } = describeHolder(room, refusal.lease, now)
  const until = parseInstant(refusal.lease.expires_at) ?? now.wall
  const term =
    until > now.wall
      ? `until ${formatClock(until, now.wall)}, in ${formatSpan(until - now.wall)}`
      : `lease over since ${formatSpan(now.wall - until)}`
  const who = `${holder.claimed_by} (${doing(session)}${holder.liveness ? `, seen ${formatSpan(holder.liveness.age_ms)} ago` : ''})`
  const send = `coord send ${holder.claimed_by} "…"`
  const { message, hint } = PRESENT[refusal.code](name, words, who, term, send, refusal.why)
  return new CoordError(refusal.code, message, hint, { resource: name, holder })
}

const doing = (session: Session | null) =>
  session?.last?.action ?? (session ? (session.state ?? 'idle') : 'not registered')

const ABSENT = {
  lost: (name: string, words: string): [string, string] => [
    `you hold ${name} no more: it was released or its ledger is gone`,
    `coord claim ${words}`,
  ],
  not_found: (name: string): [string, string] => [
    `there is no claim of ${name}`,
    'coord claims lists what is claimed.',
  ],
} satisfies Record<string, (name: string, words: string) => string[]>

type Say = (
  name: string,
  words: string,
  who: string,
  term: string,
  send: string,
  why: string,
) => { message: string; hint: string }

const PRESENT = {
  held: (name, words, who, term, send) => ({
    message: `${name} is held by ${who} ${term}`,
    hint: `${send}, or do other work\ncoord release ${words} --force --reason "…" if the holder is gone for good`,
  }),
  not_owner: (name, words, who, term, send, why) =>
    why === 'token'
      ? {
          message: `${name} is yours, but not with that token`,
          hint: 'coord claims --mine --json shows the token.',
        }
      : {
          message: `${name} belongs to ${who} ${term}`,
          hint: `Ask: ${send}; or coord release ${words} --force --reason "…"`,
        },
  lost: (name, words, who, term, _send, why) =>
    why === 'expired'
      ? {
          message: `your lease of ${name} ran out (${term})`,
          hint: `Nobody has taken it yet: coord claim ${words}`,
        }
      : {
          message: `you lost ${name}: it is held by ${who} ${term}`,
          hint: `Stop work on it, then: coord claim ${words}`,
        },
  not_found: (name) => ({
    message: `there is no claim of ${name}`,
    hint: 'coord claims lists what is claimed.',
  }),
} as Record<Refusal['code'], Say>
