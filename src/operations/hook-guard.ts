/** The guard before an agent's tool writes: a file that another live session holds is not written; a free one is claimed for a short time. */
import type { Context } from '../context.ts'
import {
  changeOf,
  decideClaim,
  decideRenew,
  type Forfeit,
  findLease,
  type Holdings,
  type Moment,
  type Resource,
  timeLeft,
} from '../protocol/claims.ts'
import { CoordError } from '../protocol/errors.ts'
import { clip, quoted, visible } from '../protocol/escape.ts'
import { isSpent } from '../protocol/guard.ts'
import { wayLine } from '../protocol/hooks/brief.ts'
import { freedLine, refusedLately, withRefused } from '../protocol/hooks/refused.ts'
import { wordsOf } from '../protocol/needs.ts'
import type { Lease } from '../protocol/records.ts'
import { noteConflicts } from '../store/conflicts.ts'
import { lookAt } from '../store/disk.ts'
import { asMetBy, type MetLease } from '../store/foreign/kept.ts'
import { readHead } from '../store/ledger.ts'
import { addRefusal } from '../store/refusals.ts'
import { domain, inRoom, type Room } from '../store/room.ts'
import { attempt } from './act.ts'
import { type Attending, filesMeant, remember } from './hook-session.ts'
import { fileLeases, forfeits, meetsIn, type Refusal, transact } from './leases.ts'
import { deliverPathMail } from './path-mail.ts'
import { refusalError } from './refusal.ts'

/**
 * Why some paths must not be written now, or null. Free ones are claimed for `hooks.leaseFor`, unless the room's config says no: renewed only
 * by further writes, given back by running out. `cwd` is what relative paths start from.
 */
export function guardWrites(attending: Attending, paths: string[], cwd: string | null): string | null {
  const { ctx, room, id } = attending
  const named = paths.flatMap((path) => filesMeant(ctx, room, path, cwd))
  const resources = [...new Map(named.map((each) => [each.resource_name, each])).values()]
  for (const resource of resources) {
    const rival = claimsOf(ctx, room, id, resource).find(
      (lease) => lease.claimed_by !== id && isHeld(ctx, room, lease),
    )
    if (rival) return denied(attending, resource, rival)
  }
  forgetRefused(attending, resources)
  if (!room.config.hooks.autoClaim) return null
  const refusal = claimQuietly(ctx, room, id, resources)
  deliverPathMail(ctx, room, ctx.now())
  return refusal?.lease ? denied(attending, refusal.wanted ?? refusal.lease, refusal.lease) : null
}

/**
 * The denial; a claim of another's guard comes and goes without a word, so that its end is to be told. Any other is as a claim that was
 * refused: both sides are told.
 */
function denied(attending: Attending, resource: Resource, lease: Lease): string {
  const { ctx, room, id, memory } = attending
  const now = ctx.now()
  if (lease.auto === true)
    remember(attending, { refused: withRefused(memory.refused, [resource.resource_name], now.wall) })
  else {
    const { resource_type, resource_name, claimed_by: holder, token } = lease
    const wanted = findLease([lease], resource) ? undefined : resource.resource_name
    const refusal = { at: now.wall, by: id, resource_type, resource_name, wanted, holder, token }
    attempt(ctx, () => addRefusal(room, refusal) && noteConflicts(room, now))
  }
  return [denial(ctx, room, resource, lease), ...wayLine(attending.coord())].join(' ')
}

/** Who may write a file now needs not be told that it is free. */
function forgetRefused(attending: Attending, resources: Resource[]): void {
  const left = refusedLately(attending.memory.refused, attending.ctx.now().wall).filter(
    ([name]) => !resources.some(({ resource_name }) => resource_name === name),
  )
  if (left.length < attending.memory.refused.length) remember(attending, { refused: left })
}

/** A line for each file that was refused and is free now; it is told once. */
export function freedFiles(attending: Attending): string[] {
  const { ctx, room, id, memory } = attending
  if (memory.refused.length === 0) return []
  const isTaken = (resource_name: string) =>
    claimsOf(ctx, room, id, { resource_type: 'file', resource_name }).some(
      (lease) => lease.claimed_by !== id && isHeld(ctx, room, lease),
    )
  const refused = refusedLately(memory.refused, ctx.now().wall)
  const taken = refused.filter(([name]) => isTaken(name))
  if (taken.length < memory.refused.length) remember(attending, { refused: taken })
  return refused.filter((each) => !taken.includes(each)).map(([name]) => freedLine(name))
}

/** The claims that tell of a path, of itself or by a glob, as a session meets them. */
function claimsOf(ctx: Context, room: Room, by: string, resource: Resource): MetLease[] {
  const meets = meetsIn(room)
  const told = fileLeases(room, [resource], ctx.now()).filter(
    (lease) => findLease([lease], resource) !== undefined || meets(lease, resource),
  )
  return asMetBy(room, told, by)
}

function isHeld(ctx: Context, room: Room, lease: Lease): boolean {
  const now = ctx.now()
  return timeLeft(lease, now) > 0 && forfeits(room, now)(lease.claimed_by) === null
}

/** The refusal as the model is told it: who holds it, until when, why, and what to do. */
function denial(ctx: Context, room: Room, resource: Resource, lease: Lease): string {
  const later = `coord wait ${wordsOf(resource)} --timeout 10m waits for it`
  const wanted = findLease([lease], resource) ? {} : { wanted: resource }
  const refusal: Refusal = { kind: 'refuse', code: 'held', lease, why: 'held', ...wanted }
  const { message, hint } = refusalError(room, lease, refusal, ctx.now(), later)
  const why = lease.note ? ` It says: ${quoted(lease.note)}.` : ''
  const [first] = (hint ?? '').split('\n')
  return `coord: not written: ${clip(visible(message), 400)}.${why} Do not write it another way. Work on something else, or: ${first}.`
}

/** Claim without a word: no announcement, no line in the history; power loss may lose it where no remote is set. Claims of one's own are prolonged at half their time. */
function claimQuietly(ctx: Context, room: Room, by: string, resources: Resource[]): Refusal | null {
  // What a remote has taken in the room's name must be known here after a power failure, or it is taken for a stranger's.
  const quick = lookAt(inRoom(room, '.state/remote.json')) ? room : withoutWait(room)
  const term_ms = room.config.hooks.leaseFor
  for (const resource of resources) {
    const now = ctx.now()
    const own = claimsOf(ctx, room, by, resource).find(
      (lease) => lease.claimed_by === by && timeLeft(lease, now) > 0,
    )
    const kept = own?.kept ? own : null
    if (own && !kept && (own.auto !== true || timeLeft(own, now) * 2 > term_ms)) continue
    const refusal =
      own && !kept ? prolong(ctx, quick, own) : take(ctx, quick, by, kept ? wholeOf(kept) : resource, term_ms)
    if (refusal) return refusal
  }
  return null
}

function withoutWait(room: Room): Room {
  const claims = { ...room.config.claims, durability: 'process' as const }
  return { ...room, config: { ...room.config, claims } }
}

/** What is kept for a session is taken as it was given, a glob as a whole. */
const wholeOf = ({ resource_type, resource_name, glob }: Lease): Resource => ({
  ...{ resource_type, resource_name },
  ...(glob ? { glob } : {}),
})

function prolong(ctx: Context, room: Room, lease: Lease): Refusal | null {
  const ask = {
    by: lease.claimed_by,
    resource: lease,
    token: lease.token,
    term_ms: room.config.hooks.leaseFor,
  }
  const outcome = transact(ctx, room, lease.claimed_by, [lease], (holdings, now) =>
    decideRenew(holdings, ask, now, []),
  )
  return outcome.ok ? null : outcome.refusal
}

/** Claims of guards that are over go with the next one: nobody else would remove them. */
const AT_ONCE = 20

function take(ctx: Context, room: Room, by: string, resource: Resource, term_ms: number): Refusal | null {
  const fields = { auto: true, allow_coordination: true, host: ctx.at.host() }
  const wish = { by, resources: [resource], term_ms, claim_ids: [ctx.random(16)], renew: false, fields }
  const over = spentLeases(ctx, room)
  try {
    const outcome = transact(ctx, room, by, [resource, ...over], (holdings, now) => {
      const forfeit = forfeits(room, now)
      const { kept, dropped } = withoutSpent(room, holdings, over, now, forfeit)
      const decision = decideClaim(kept, wish, now, room.config.claims.skewMargin, forfeit, meetsIn(room))
      if (decision.kind !== 'append') return decision
      return {
        ...decision,
        changes: [...dropped.map((each) => changeOf('release', each)), ...decision.changes],
      }
    })
    return outcome.ok ? null : outcome.refusal
  } catch (error) {
    // A busy ledger or a full disk must not stop the agent: only a real holder does.
    if (error instanceof CoordError) return null
    throw error
  }
}

function spentLeases(ctx: Context, room: Room): Lease[] {
  const now = ctx.now()
  const leases = readHead({ ...room, problems: [] }, domain('file', '')).slot?.claims ?? []
  return leases
    .filter((lease) => isSpent(lease, now, forfeits(room, now), room.config.claims.skewMargin))
    .slice(0, AT_ONCE)
}

/** Holdings without those of some leases that are spent still. */
function withoutSpent(room: Room, holdings: Holdings, over: Lease[], now: Moment, forfeit: Forfeit) {
  const ids = new Set(over.map(({ claim_id }) => claim_id))
  const goes = (lease: Lease) =>
    ids.has(lease.claim_id) && isSpent(lease, now, forfeit, room.config.claims.skewMargin)
  const claims = holdings.claims.filter((lease) => !goes(lease))
  return { kept: { ...holdings, claims }, dropped: holdings.claims.filter(goes) }
}
