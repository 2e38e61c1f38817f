import type { Context } from '../context.ts'
import { decideClaim, type Grant, type Resource, timeLeft, type Wish } from '../protocol/claims.ts'
import { CoordError } from '../protocol/errors.ts'
import { namesOf } from '../protocol/names.ts'
import { wordsOf } from '../protocol/needs.ts'
import type { Session } from '../protocol/records.ts'
import { formatSpan, parseDuration } from '../protocol/time.ts'
import { markHeld } from '../store/held.ts'
import { lastHandoff } from '../store/last-handoff.ts'
import { firstWaiter, type Waiter } from '../store/queue.ts'
import { checkSize } from '../store/records.ts'
import { addRefusal } from '../store/refusals.ts'
import type { Room } from '../store/room.ts'
import { loadSession } from '../store/sessions.ts'
import { attempt, recordAct, refresh } from './act.ts'
import { actorOf } from './identify.ts'
import { forfeits, meetsIn, type Outcome, type Refusal, transact } from './leases.ts'
import { notify } from './notify.ts'
import { defineOperation, type InputOf } from './operation.ts'
import { queueError, refusalError } from './refusal.ts'
import { resourcesOf, slipOf } from './resources.ts'
import { shownClaim } from './views.ts'

const input = {
  type: { kind: 'text', help: 'the kind of resource: droplet, file, task, api_key …', required: true },
  name: { kind: 'texts', help: 'its name; of type file several, all or nothing', required: true },
  for: { kind: 'text', help: 'how long, e.g. 90s, 4h, 2 days (default 4h)' },
  'no-renew': { kind: 'flag', help: 'heartbeats do not prolong it' },
  phase: { kind: 'text', help: 'the phase of the work' },
  note: { kind: 'text', help: 'why you need it' },
  'no-coordination': { kind: 'flag', help: 'you do not wish to share the work' },
} as const
type Input = InputOf<typeof input>

/** `coord claim`: take a lease, with a fencing token that only grows. Throws `held`, `lost`, `invalid`. */
export const claim = defineOperation({
  name: 'claim',
  summary: 'Claim a resource, so that nobody else works on it.',
  writes: true,
  input,
  run(ctx, given) {
    const asked = prepareClaim(ctx, given)
    const outcome = tryClaim(ctx, asked, null)
    if (!outcome.ok) throw refuseClaim(ctx, asked, outcome.refusal)
    return settleClaim(ctx, asked, outcome.result)
  },
})

/** A claim that is ready to be tried, once or until it succeeds. */
export interface AskedClaim {
  room: Room
  id: string
  session: Session
  resources: Resource[]
  wish: Wish
  /** The command that waits for it, for whoever is refused; a claim unless told. */
  later?: string
}

/** Check what was asked for, and who asks. Throws `invalid`, `no_session`. */
export function prepareClaim(ctx: Context, given: Input): AskedClaim {
  const resources = resourcesOf(ctx, given)
  const room = ctx.room()
  const term_ms = termOf(room, given.for)
  const { id, session } = actorOf(ctx, room, ctx.now().wall)
  const wish = wishOf(ctx, given, id, resources, term_ms)
  checkSize('claim', { ...wish.fields, ...resources[0] })
  return { room, id, session: session!, resources, wish }
}

/** Try once. `ticket` is the caller's place in line; whoever has none stands behind everybody who waits. */
export function tryClaim(ctx: Context, asked: AskedClaim, ticket: string | null): Outcome<Grant[]> {
  const { room, id, resources, wish } = asked
  return transact(ctx, room, id, resources, (holdings, now) => {
    const { skewMargin } = room.config.claims
    const decision = decideClaim(holdings, wish, now, skewMargin, forfeits(room, now), meetsIn(room))
    if (decision.kind === 'refuse' || decision.kind === 'keep') return decision
    const queued = decision.result.some((grant) => !grant.already) && waiterAhead(asked, ticket) !== null
    return queued ? { kind: 'refuse', code: 'held', lease: null, why: 'queue' } : decision
  })
}

/** Who waits for one of the resources and comes first, or null. */
function waiterAhead({ room, id, resources }: AskedClaim, ticket: string | null): Waiter | null {
  for (const resource of resources) {
    const first = firstWaiter(room, resource)
    const ahead = first && first.session !== id && (ticket === null || first.ticket < ticket)
    // Who waits for the caller itself would keep both for ever.
    if (ahead && loadSession(room, first.session)?.waiting_for?.holder !== id) return first
  }
  return null
}

/** What a grant leaves behind: the session's memory, word to the old holder, a line in the history. */
export function settleClaim(ctx: Context, { room, id, session, resources }: AskedClaim, grants: Grant[]) {
  for (const grant of grants) attempt(ctx, () => markHeld(room, id, grant.claim))
  for (const { claim, took_over } of grants)
    for (const lease of took_over) notify(ctx, room, room.lazy.upkeep().takenOver(id, claim, lease))
  recordAct(ctx, room, session, ctx.now(), {
    event: 'claim',
    message: `claimed ${namesOf(resources)}`,
    metadata: { token: grants[0]!.claim.token },
  })
  const { resource_type } = resources[0]!
  const slip = slipOf(resource_type)
  if (slip && !grants[0]!.already)
    ctx.warnings.push(`did you mean ${slip}? "${resource_type}" is a type of its own, apart from it`)
  for (const { claim } of grants) refuseLate(claim.resource_name, timeLeft(claim, ctx.now()))
  const handoffs = attempt(ctx, () => handoffsFor(room, grants)) ?? []
  return resultOf(grants, handoffs)
}

/** The term of `--for` within the room's limits (ms). Throws `invalid`. */
export function termOf(room: Room, text: string | undefined): number {
  const { defaultFor, maxFor } = room.config.claims
  const term = text === undefined ? Math.min(defaultFor, maxFor) : parseDuration(text, 'for')
  if (term <= maxFor) return term
  throw room.lazy.upkeep().tooLong(text, maxFor)
}

function wishOf(ctx: Context, given: Input, by: string, resources: Resource[], term_ms: number): Wish {
  const fields = {
    phase: given.phase ?? null,
    estimated_duration: formatSpan(term_ms),
    allow_coordination: !given['no-coordination'],
    ...(given.note === undefined ? {} : { note: given.note }),
    host: ctx.at.host(),
  }
  return {
    by,
    resources,
    term_ms,
    claim_ids: resources.map(() => ctx.random(16)),
    renew: !given['no-renew'],
    fields,
  }
}

/** The error for a claim that is refused, to be told. */
export function claimError(ctx: Context, asked: AskedClaim, refusal: Refusal): CoordError {
  const { room } = asked
  const now = ctx.now()
  const resource = refusal.lease ?? asked.resources[0]!
  const later = asked.later ?? `coord claim ${wordsOf(refusal.wanted ?? resource)} --wait 10m`
  return refusal.lease || refusal.said
    ? refusalError(room, resource, refusal, now, later)
    : queueError(room, resource, waiterAhead(asked, null), now, later)
}

/** The same for a claim that is given up: the board shows the refusal, and both sides are told. */
export function refuseClaim(ctx: Context, asked: AskedClaim, refusal: Refusal): CoordError {
  const { room, id } = asked
  if (refusal.lease) {
    const { resource_type, resource_name, claimed_by: holder, token } = refusal.lease
    const now = ctx.now()
    const wanted = refusal.wanted?.resource_name
    const told = { at: now.wall, by: id, resource_type, resource_name, wanted, holder, token }
    attempt(ctx, () => addRefusal(room, told) && room.lazy.upkeep().noteConflicts(room, now))
  }
  refresh(ctx, room)
  return claimError(ctx, asked, refusal)
}

/** A lease that ran out before it could be answered must not be believed. Throws `lost`. */
export function refuseLate(name: string, left_ms: number): void {
  if (left_ms > 0) return
  throw new CoordError(
    'lost',
    `the lease of ${name} ran out before this command could answer`,
    'Claim it again, for longer.',
  )
}

/** The last handoffs about what was newly granted, each once. */
function handoffsFor(room: Room, grants: Grant[]) {
  const found = grants.flatMap(({ already, claim }) => (already ? [] : (lastHandoff(room, claim) ?? [])))
  return found.filter(({ id }, at) => found.findIndex((other) => other.id === id) === at)
}

function resultOf(grants: Grant[], handoffs: ReturnType<typeof handoffsFor>) {
  const [first] = grants
  const gone = grants.flatMap(({ took_over }) => took_over.map(shownClaim))
  return {
    claim: shownClaim(first!.claim),
    ...(grants.every((grant) => grant.already) ? { already: true } : {}),
    ...(gone[0] ? { took_over: gone[0] } : {}),
    ...(gone.length > 1 ? { taken_over: gone } : {}),
    ...(grants.length > 1 ? { claims: grants.map((grant) => shownClaim(grant.claim)) } : {}),
    ...(handoffs[0] ? { handoff: handoffs[0] } : {}),
    ...(handoffs.length > 1 ? { handoffs } : {}),
  }
}
