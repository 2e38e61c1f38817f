import type { Context } from '../context.ts'
import {
  decideClaim,
  type Grant,
  type Moment,
  type Resource,
  timeLeft,
  type Wish,
} from '../protocol/claims.ts'
import { CoordError, invalid } from '../protocol/errors.ts'
import { checkName, checkType, repositoryPath, resourceKey } from '../protocol/names.ts'
import { formatSpan, parseDuration } from '../protocol/time.ts'
import { markHeld } from '../store/held.ts'
import { checkSize } from '../store/records.ts'
import { addRefusal } from '../store/refusals.ts'
import type { Room } from '../store/room.ts'
import { attempt, recordAct, refresh } from './act.ts'
import { actorOf } from './identify.ts'
import { forfeits, type Refusal, transact } from './leases.ts'
import { notify } from './notify.ts'
import { defineOperation, type InputOf } from './operation.ts'
import { refusalError } from './refusal.ts'
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
    const resources = resourcesOf(ctx, given)
    const room = ctx.room()
    const term_ms = termOf(room, given.for)
    const now = ctx.now()
    const { id, session } = actorOf(ctx, room, now.wall)
    const wish = wishOf(ctx, given, id, resources, term_ms)
    checkSize('claim', { ...wish.fields, ...resources[0] })
    const outcome = transact(ctx, room, id, resources, (holdings, at) =>
      decideClaim(holdings, wish, at, room.config.claims.skewMargin, forfeits(room, at)),
    )
    if (!outcome.ok) throw refused(ctx, room, id, outcome.refusal, now)
    const grants = outcome.result
    for (const grant of grants) attempt(ctx, () => markHeld(room, id, grant.claim))
    for (const grant of grants) if (grant.took_over) tellOldHolder(ctx, room, id, grant)
    const names = resources
      .map((resource) => `${resource.resource_type}/${resource.resource_name}`)
      .join(', ')
    recordAct(ctx, room, session!, now, {
      event: 'claim',
      message: `claimed ${names}`,
      metadata: { token: grants[0]!.claim.token },
    })
    for (const { claim } of grants) refuseLate(claim.resource_name, timeLeft(claim, ctx.now()))
    return resultOf(grants)
  },
})

/** The resources that a type and names mean; several names only for files. Throws `invalid`. */
export function resourcesOf(ctx: Context, given: { type: string; name: string[] }): Resource[] {
  checkType(given.type)
  for (const name of given.name) checkName(name)
  const top = ctx.repository?.top ?? ctx.root?.replace(/[\\/][^\\/]*$/, '') ?? ctx.at.cwd
  const called = (name: string) => (given.type === 'file' ? repositoryPath(name, top, ctx.at.cwd) : name)
  const distinct = new Map(
    given.name
      .map(called)
      .map((name) => [resourceKey(given.type, name), { resource_type: given.type, resource_name: name }]),
  )
  if (distinct.size > 1 && given.type !== 'file') {
    throw invalid(
      'name',
      `a ${given.type} has one name, ${distinct.size} were given`,
      `Quote a name with spaces: coord claim ${given.type} '${given.name.join(' ')}'`,
    )
  }
  return [...distinct.values()]
}

/** The term of `--for` within the room's limits (ms). Throws `invalid`. */
export function termOf(room: Room, text: string | undefined): number {
  const { defaultFor, maxFor } = room.config.claims
  const term = text === undefined ? Math.min(defaultFor, maxFor) : parseDuration(text, 'for')
  if (term <= maxFor) return term
  throw invalid(
    'for',
    `for "${text}" is longer than ${formatSpan(maxFor)}, the longest a claim may last`,
    'Claim for less; heartbeats renew it, e.g. --for 4h.',
  )
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

function refused(ctx: Context, room: Room, by: string, refusal: Refusal, now: Moment): CoordError {
  const { resource_type, resource_name, claimed_by } = refusal.lease!
  attempt(ctx, () => addRefusal(room, { at: now.wall, by, resource_type, resource_name, holder: claimed_by }))
  refresh(ctx, room)
  return refusalError(room, { resource_type, resource_name }, refusal, now)
}

function tellOldHolder(ctx: Context, room: Room, by: string, { claim, took_over }: Grant): void {
  const name = `${claim.resource_type}/${claim.resource_name}`
  const subject = `${name} is mine now: your lease was over`
  const details = {
    resource: name,
    your_token: took_over!.token,
    token: claim.token,
    expired_at: took_over!.expires_at,
  }
  notify(ctx, room, {
    from: by,
    to: took_over!.claimed_by,
    type: 'claim_taken_over',
    subject,
    details,
    priority: 'high',
  })
}

/** A lease that ran out before it could be answered must not be believed. */
function refuseLate(name: string, left_ms: number): void {
  if (left_ms > 0) return
  throw new CoordError(
    'lost',
    `the lease of ${name} ran out before this command could answer`,
    'Claim it again, for longer.',
  )
}

function resultOf(grants: Grant[]) {
  const [first] = grants
  return {
    claim: shownClaim(first!.claim),
    ...(grants.every((grant) => grant.already) ? { already: true } : {}),
    ...(first!.took_over ? { took_over: shownClaim(first!.took_over) } : {}),
    ...(grants.length > 1 ? { claims: grants.map((grant) => shownClaim(grant.claim)) } : {}),
  }
}
