/** Moving a claim: read the head, decide, append; again while others were faster. The rules are in protocol/claims.ts. */
import type { Context } from '../context.ts'
import {
  type Decision,
  type Forfeit,
  findLease,
  type Holdings,
  type Meets,
  type Moment,
  type Resource,
} from '../protocol/claims.ts'
import { CoordError } from '../protocol/errors.ts'
import { adopt, isPublished, reconcile } from '../protocol/foreign.ts'
import type { Head } from '../protocol/ledger.ts'
import type { Change, Lease, Slot } from '../protocol/records.ts'
import { endOf } from '../protocol/sessions.ts'
import { nextSlot } from '../protocol/slots.ts'
import { parseInstant } from '../protocol/time.ts'
import { claimFileFinder, type FindClaimFile, holdingsOf, listClaimFiles, publish } from '../store/claims.ts'
import { lookAt } from '../store/disk.ts'
import { append, forgetHead, headToMove, readHead, readPast } from '../store/ledger.ts'
import { processOf } from '../store/processes.ts'
import { loadRecord } from '../store/records.ts'
import { claimFileName, domain, inRoom, type Room } from '../store/room.ts'
import { loadSession } from '../store/sessions.ts'
import { readSlot } from '../store/slots.ts'
import { attempt } from './act.ts'

export type Decide<R> = (holdings: Holdings, now: Moment, past: () => Change[]) => Decision<R>
export type Refusal = Extract<Decision<never>, { kind: 'refuse' }> & { /** How it came. */ said?: string }
/** `told`: who lost it by force is told elsewhere. */
export type Outcome<R> = { ok: true; result: R; told?: boolean } | { ok: false; refusal: Refusal }

const TRIES = 60
const UNKNOWN = 'coord claims tells whether it counts; else try again.'

/** Let `decide` move the ledger of the resources' domain, and the remote's where one is set (`later`: by the next round of sync). */
export const transact: Transact = (ctx, room, ...move) => {
  const isFar = lookAt(inRoom(room, '.state/remote.json'))
  return (isFar ? (ctx.lazy.remote().transactFar as Transact) : transactHere)(ctx, room, ...move)
}

type Transact = <R>(...move: [...Parameters<typeof transactHere<R>>, later?: boolean]) => Outcome<R>

/**
 * Let `decide` move the room's own ledger. Without a lock first; after a lost link under the courtesy guard.
 * A script's claim file that the ledger does not know is adopted on the way, so that refusals can name a token.
 */
export function transactHere<R>(
  ctx: Context,
  room: Room,
  by: string,
  resources: Resource[],
  decide: Decide<R>,
): Outcome<R> {
  const name = domain(resources[0]!.resource_type, resources[0]!.resource_name)
  const attempts = (tries: number) => tryTimes(ctx, room, name, by, resources, decide, tries)
  const outcome = attempts(1) ?? room.lazy.lock().withGuard(room, name, () => attempts(TRIES))
  if (outcome) return outcome
  throw new CoordError('busy', `others moved ${name} ${TRIES} times meanwhile`, 'Try again.')
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
  for (let lost = 0; lost < tries; ) {
    const head = headToMove(room, name, ctx)
    const now = ctx.now()
    const find = claimFileFinder(room, now.wall)
    const known = holdingsOf(room, name, head, resources[0]!, now, find)
    const about = withOverlapped(room, resources, known, now)
    const { holdings, unknown } = withScripts(room, about, known, now, find)
    const decision: Decision<R> = decide(holdings, now, () => readPast(room, name))
    const adoption = decision.kind === 'refuse' && decision.lease && unknown.includes(decision.lease)
    const move = adoption ? adopt(holdings, decision.lease!) : decision
    // Only a move that wins proves that the head which this process made was still the head.
    if (move.kind !== 'append' && forgetHead(room, name)) continue
    if (move.kind !== 'append') attempt(ctx, () => mendFiles(room, name, resources, head))
    if (move.kind === 'refuse') return { ok: false, refusal: move }
    if (move.kind === 'keep') return { ok: true, result: move.result as R }
    const slot = nextSlot(head.slot, move, by, ctx.random(20), now)
    const before = adoption ? null : holdings.claims
    if (!perform(ctx, room, name, resources, { head, known, slot, before })) lost++
    else if (!adoption) return { ok: true, result: move.result as R }
  }
  return null
}

/** A move that was decided on what was read; `before` are the claims until then, null where no claim file is to follow. */
interface Move {
  head: Head
  known: Holdings
  slot: Slot
  before: Lease[] | null
}

/**
 * Append a slot, and let the claim files follow; false where others were faster. Throws `busy` where the ledger was deleted, went on
 * without end or can no longer be read: nobody may count on what was decided.
 */
function perform(ctx: Context, room: Room, name: string, resources: Resource[], move: Move): boolean {
  const { head, known, slot, before } = move
  const unchanged = () => {
    const again = holdingsOf(room, name, head, resources[0]!, ctx.now())
    return JSON.stringify(again) === JSON.stringify(known)
  }
  if (!append(room, name, head, slot, unchanged)) return false
  const appended = { n: head.n + 1, slot }
  const told = before ? attempt(ctx, () => publish(room, name, slot.changes, before, appended)) : true
  if (!(told ?? attempt(ctx, () => readSlot(room, name, appended.n)?.op_id === slot.op_id)))
    throw new CoordError('busy', `the ledger of ${name} was deleted, went on, or can't be read`, UNKNOWN)
  return true
}

/** A move that changes nothing still puts right our claim files that somebody removed or overwrote. */
function mendFiles(room: Room, name: string, resources: Resource[], head: Head): void {
  const drifted = resources.filter((resource) => {
    const lease = findLease(head.slot?.claims ?? [], resource)
    if (!lease || lease.foreign) return false
    const file = `claims/${claimFileName(lease.resource_type, lease.resource_name)}`
    return !isPublished(lease, loadRecord({ ...room, problems: [] }, 'claim', file)?.record)
  })
  if (drifted[0]) publish(room, name, drifted, [], head)
}

/** Whether resources of different names can mean one file, of this room's claims: only globs can. */
export const meetsIn =
  (room: Room): Meets =>
  (one, other) =>
    (one.glob || other.glob) === true && room.lazy.paths().overlap(one, other)

/** With globs among the resources, also the claims that they overlap, as scripts may have made or released these. */
function withOverlapped(room: Room, resources: Resource[], { claims }: Holdings, now: Moment): Resource[] {
  if (!resources.some(({ glob }) => glob)) return resources
  const scripts = listClaimFiles({ ...room, problems: [] }, now.wall).filter(({ foreign }) => foreign)
  return [...resources, ...room.lazy.paths().overlapped([...claims, ...scripts], resources)]
}

/** The claims that tell of some files, as the ledger and the scripts' files have them. Reads only. */
export function fileLeases(room: Room, resources: Resource[], now: Moment): Lease[] {
  const known = holdingsOf(room, 'file', readHead(room, 'file'), resources[0]!, now)
  const find = claimFileFinder(room, now.wall)
  return withScripts(room, withOverlapped(room, resources, known, now), known, now, find).holdings.claims
}

function withScripts(
  room: Room,
  resources: Resource[],
  start: Holdings,
  now: Moment,
  find: FindClaimFile,
): { holdings: Holdings; unknown: Lease[] } {
  let holdings = start
  const unknown: Lease[] = []
  for (const resource of resources) {
    const held = findLease(holdings.claims, resource)
    if (held && !held.foreign && !room.config.compat.rmReleases) continue
    const seen = reconcile(
      holdings,
      resource,
      find(resource),
      room.config.compat.rmReleases && isSettled(held, now),
    )
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
    return session && endOf(session, () => processOf(session), now.wall, room.config.sessions)
  }
}

/** The claim of a resource now, or null. */
export function currentLease(room: Room, resource: Resource, now: Moment): Lease | null {
  const name = domain(resource.resource_type, resource.resource_name)
  const head = readHead(room, name)
  const known = findLease(head.slot?.claims ?? [], resource)
  if (known && !known.foreign && !room.config.compat.rmReleases) return known
  const find = claimFileFinder(room, now.wall)
  const holdings = holdingsOf(room, name, head, resource, now, find)
  return findLease(withScripts(room, [resource], holdings, now, find).holdings.claims, resource) ?? null
}
