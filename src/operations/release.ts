import type { Context } from '../context.ts'
import { decideRelease, type Moment, type Resource } from '../protocol/claims.ts'
import { invalid } from '../protocol/errors.ts'
import { namesOf } from '../protocol/names.ts'
import type { Change, Claim, Lease } from '../protocol/records.ts'
import { unmarkHeld } from '../store/held.ts'
import { spendReserve } from '../store/reserve.ts'
import type { Room } from '../store/room.ts'
import { recordAct, refresh } from './act.ts'
import { actorOf } from './identify.ts'
import { type Outcome, transact } from './leases.ts'
import { notify } from './notify.ts'
import { defineOperation, type InputOf } from './operation.ts'
import { ownClaims, rememberedChanges } from './own-claims.ts'
import { refusalError, refusalOfPart } from './refusal.ts'
import { resourcesOf } from './resources.ts'

const input = {
  type: { kind: 'text', help: 'the kind of resource (without: the only claim you hold)' },
  name: { kind: 'text', help: 'its name' },
  all: { kind: 'flag', help: 'release all you hold' },
  token: { kind: 'number', help: 'only if the claim still has this fencing token' },
  subject: { kind: 'text', help: 'the subject of the announcement' },
  'phase-completed': { kind: 'text', help: 'for the announcement' },
  'next-phase': { kind: 'text', help: 'for the announcement' },
  files: { kind: 'texts', help: 'a modified file, for the announcement; may be repeated' },
  'tests-passing': { kind: 'text', help: 'yes or no, for the announcement' },
  'no-announce': { kind: 'flag', help: 'tell nobody' },
  force: { kind: 'flag', help: "release another session's claim; needs --reason" },
  reason: { kind: 'text', help: 'why, with --force; the holder is told' },
  as: { kind: 'text', help: 'human: release as the person, with --force' },
} as const
type Input = InputOf<typeof input>

/** `coord release`: give back a claim and announce the completed work once. Throws `lost`, `not_owner`, `not_found`, `ambiguous`. */
export const release = defineOperation({
  name: 'release',
  summary: 'Release a claim and announce the completed work.',
  writes: true,
  input,
  run(ctx, given) {
    check(ctx, given)
    const room = ctx.room()
    const now = ctx.now()
    const actor = actorOf(ctx, room, now.wall, given.as)
    const resources =
      given.type === undefined
        ? chooseOwn(ctx, room, actor.id, given.all ?? false, 'release', now)
        : resourcesOf(ctx, { type: given.type, name: [given.name!] })
    const released = resources.map((resource) => releaseOne(ctx, room, actor.id, resource, given, now))
    const fresh = released.filter(({ already }) => !already)
    const message =
      fresh.length > 0 && !given.force && !given['no-announce']
        ? announce(ctx, room, actor.id, fresh, given)
        : null
    const claims = released.map(({ claim }) => claim)
    if (actor.session)
      recordAct(ctx, room, actor.session, now, { event: 'release', message: `released ${namesOf(claims)}` })
    else refresh(ctx, room)
    return {
      claim: released[0]!.claim,
      ...(fresh.length === 0 ? { already: true } : {}),
      ...(claims.length > 1 ? { claims } : {}),
      ...(message ? { message } : {}),
    }
  },
})

function check(ctx: Context, given: Input): void {
  if (given.type !== undefined && given.name === undefined)
    throw invalid(
      'name',
      'name is missing',
      `coord release ${given.type.includes('/') ? given.type.replace('/', ' ') : `${given.type} NAME`}`,
    )
  const isExplained = Boolean(given.reason?.trim())
  if (given.force && !(isExplained && given.type !== undefined))
    throw ctx.lazy.words().forceWants(isExplained ? 'type' : 'reason')
  const tests = given['tests-passing']
  if (tests !== undefined && !/^(yes|no|true|false)$/i.test(tests))
    throw invalid('tests-passing', `tests-passing "${tests}" is neither yes nor no`)
}

/** The claims that a verb without a name means: the only one that a session holds, or all. Throws `not_found`, `ambiguous`. */
export function chooseOwn(
  ctx: Context,
  room: Room,
  id: string,
  all: boolean,
  verb: string,
  now: Moment,
): Lease[] {
  const own = ownClaims(ctx, room, id, now)
  if (own.length === 1 || (all && own.length > 0)) return own
  throw ctx.lazy.words().whichClaim(own, verb)
}

type Ask = Parameters<typeof decideRelease>[1]
type Released = Outcome<{ claim: Lease | Change; already: boolean }>
/** What releases a claim that is kept for who asks (remote/kept.ts). */
export type GiveBack = (ctx: Context, room: Room, ask: Ask, refused: Released) => Released

/** Release one claim; on a full disk the room's reserve is given up first, since a release must get through. */
export function releaseOne(
  ctx: Context,
  room: Room,
  by: string,
  resource: Resource,
  given: { token?: number; force?: boolean; reason?: string },
  now: Moment,
) {
  const ask: Ask = { by, resource, token: given.token ?? null, force: given.force ? given.reason! : null }
  const move = () =>
    transact(ctx, room, by, [resource], (holdings, _now, past) =>
      decideRelease(holdings, ask, [...past(), ...rememberedChanges(room, by)]),
    )
  let outcome = spendReserve(room, move)
  if (!outcome.ok && (outcome.refusal.lease as { kept_for?: unknown } | undefined)?.kept_for)
    outcome = (ctx.lazy.remote().giveBackKept as GiveBack)(ctx, room, ask, outcome)
  if (!outcome.ok) {
    if (outcome.refusal.code === 'lost' && ask.token === null) unmarkHeld(room, by, resource)
    throw (
      refusalOfPart(ctx, room, by, 'release', resource, outcome.refusal) ??
      refusalError(room, resource, outcome.refusal, now)
    )
  }
  const { claim, already } = outcome.result
  // Who is forced away still remembers it, and so learns of it by its next heartbeat.
  if (!given.force || claim.claimed_by === by) unmarkHeld(room, claim.claimed_by, resource)
  else if (!outcome.told) notify(ctx, room, room.lazy.upkeep().forcedAway(by, claim, given.reason!))
  return { claim: publicClaim(claim), already }
}

function publicClaim(claim: Lease | Change): Claim {
  const { token, claimed_by, resource_type, resource_name, claim_id } = claim
  return { token, claimed_by, resource_type, resource_name, claim_id }
}

function announce(ctx: Context, room: Room, by: string, released: { claim: Claim }[], given: Input) {
  const names = released.map(({ claim }) => claim.resource_name)
  const phase = given['phase-completed']
  const subject =
    given.subject ??
    (phase
      ? `${names.join(', ')} ${phase} phase complete`
      : `${namesOf(released.map(({ claim }) => claim))} released`)
  const tests = given['tests-passing']
  const details = {
    resource: names.length === 1 ? names[0] : names,
    ...(phase === undefined ? {} : { phase_completed: phase }),
    ...(given['next-phase'] === undefined ? {} : { next_phase: given['next-phase'] }),
    ...(given.files === undefined ? {} : { files_modified: given.files }),
    ...(tests === undefined ? {} : { tests_passing: /^(yes|true)$/i.test(tests) }),
  }
  return notify(ctx, room, {
    from: by,
    to: 'broadcast',
    type: 'work_completed',
    subject,
    details,
    priority: 'normal',
  })
}
