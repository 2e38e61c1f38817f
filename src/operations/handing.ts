/**
 * Handing claims to a session. The order, and what a crash leaves: the handoff is remembered in `.state/handing`; then the ledger moves,
 * one slot for each domain, and from then on the recipient holds the claims; then marks, message and file are written; then
 * the memory goes. Killed before the ledger moved, nothing has happened. Killed later, the ledger tells which claims moved under the
 * handoff's id, and the next `handoff` or `end` of anybody writes what is missing, so that no note is lost.
 * Killed between message and file, the recipient is told twice.
 */
import type { Context } from '../context.ts'
import { isAbout, type Moment, type Resource } from '../protocol/claims.ts'
import { CoordError } from '../protocol/errors.ts'
import { clip } from '../protocol/escape.ts'
import { handedClaim } from '../protocol/handoffs.ts'
import type { Change, Handoff, Lease, Message } from '../protocol/records.ts'
import { decideTransfer } from '../protocol/transfers.ts'
import { renderHandoff } from '../render.ts'
import {
  addHandoff,
  beginHandoff,
  closeHandoff,
  handoffPath,
  hasHandoff,
  listBegun,
  pointToHandoff,
} from '../store/handoffs.ts'
import { markHeld, unmarkHeld } from '../store/held.ts'
import { readPast } from '../store/ledger.ts'
import { withPidLock } from '../store/pid-lock.ts'
import { domain, type Room } from '../store/room.ts'
import { attempt } from './act.ts'
import { namesOf } from './claim.ts'
import { currentLease, forfeits, rememberedChanges, transact } from './leases.ts'
import { notify } from './notify.ts'
import { refusalError } from './refusal.ts'

const LOCK = 'handing'
const PATIENCE_MS = 7000

/** Run while no other process hands over, after finishing what crashed ones began. Throws `busy`. */
export function whileHanding<T>(ctx: Context, room: Room, now: Moment, run: () => T): T {
  const done = withPidLock(room, LOCK, PATIENCE_MS, () => {
    finishAll(ctx, room, now)
    return { result: run() }
  })
  if (done) return done.result
  throw new CoordError('busy', 'another session is handing over right now', 'Try again.')
}

/** Finish the handoffs that crashed processes began; nothing where there are none, or somebody is at it. */
export function finishBegun(ctx: Context, room: Room, now: Moment): void {
  if (listBegun(room).length > 0) withPidLock(room, LOCK, 0, () => finishAll(ctx, room, now))
}

/** One that can't be finished, since a ledger can't be read, stays; it stops nobody. */
function finishAll(ctx: Context, room: Room, now: Moment): void {
  for (const begun of listBegun(room)) attempt(ctx, () => finish(ctx, room, begun, now))
}

function finish(ctx: Context, room: Room, begun: Handoff, now: Moment): void {
  const moved = begun.claims.flatMap((claim) => movedBy(room, begun, claim, now) ?? [])
  if (moved.length === 0) {
    closeHandoff(room, begun.id)
    return
  }
  const { handoff } = complete(ctx, room, begun, moved, now)
  ctx.warnings.push(
    `a handoff of ${namesOf(handoff.claims)} from ${handoff.from} to ${handoff.to} was cut off; it is finished now`,
  )
}

/** The transfer of a claim under a handoff's id; where the ledger has forgotten it, the claim if the recipient holds it. */
function movedBy(room: Room, begun: Handoff, claim: Resource, now: Moment): Change | Lease | null {
  const past = readPast(room, domain(claim.resource_type, claim.resource_name))
  const change = past.find((each) => each.handoff === begun.id && isAbout(each, claim))
  const lease = currentLease(room, claim, now)
  if (lease && lease.claimed_by === begun.to && (!change || lease.token === change.token)) return lease
  return change ?? null
}

export interface Handed {
  handoff: Handoff & { path: string }
  already: boolean
  message: Message | null
}

/** Hand the claims of a composed handoff over to its recipient. Throws the refusal when none could be; names those that could not. */
export function handOver(
  ctx: Context,
  room: Room,
  handoff: Handoff,
  host: string | null,
  now: Moment,
): Handed {
  beginHandoff(room, handoff)
  const moves = byDomain(handoff.claims).map((resources) => {
    const ask = { by: handoff.from, to: handoff.to!, resources, handoff: handoff.id, host }
    const outcome = transact(ctx, room, handoff.from, resources, (holdings, at, past) => {
      if (handoff.to && forfeits(room, at)(handoff.to) === 'ended') throw endedMeanwhile(handoff.to)
      return decideTransfer(holdings, ask, at, [...past(), ...rememberedChanges(room, handoff.from)])
    })
    if (outcome.ok) return outcome.result
    return refusalError(room, outcome.refusal.lease ?? resources[0]!, outcome.refusal, now)
  })
  const refused = moves.filter((move) => move instanceof CoordError)
  const moved = moves.flatMap((move) => (move instanceof CoordError || move.already ? [] : move.claims))
  if (moved.length > 0) {
    for (const { message } of refused) ctx.warnings.push(`not handed over: ${message}`)
    return { ...complete(ctx, room, handoff, moved, now), already: false }
  }
  closeHandoff(room, handoff.id)
  if (refused[0]) throw refused[0]
  const before = moves.flatMap((move) => (move instanceof CoordError ? [] : move.claims))
  const id = String(before[0]!.handoff)
  const known = { ...handoff, id, claims: before.map(handedClaim) }
  return { handoff: { path: handoffPath(id), ...known }, already: true, message: null }
}

/** The resources of one domain move in one slot: all or none of them. */
function byDomain(claims: Resource[]): Resource[][] {
  const groups = new Map<string, Resource[]>()
  for (const { resource_type, resource_name } of claims) {
    const name = domain(resource_type, resource_name)
    groups.set(name, [...(groups.get(name) ?? []), { resource_type, resource_name }])
  }
  return [...groups.values()]
}

/**
 * Everything that follows from claims that have moved, the file last: where it stands, the recipient was told. None of it may fail the move; what
 * can't be written stays remembered.
 */
function complete(ctx: Context, room: Room, begun: Handoff, moved: (Change | Lease)[], now: Moment) {
  const handoff: Handoff = { ...begun, claims: moved.map(handedClaim) }
  for (const claim of moved) attempt(ctx, () => moveMark(room, handoff, claim, now))
  const stands = hasHandoff(room, handoff.id)
  const message = stands ? null : tellRecipient(ctx, room, handoff)
  const done = attempt(ctx, () => {
    if (!stands) addHandoff(room, handoff.id, renderHandoff(room, handoff))
    pointToHandoff(room, handoff)
    return true
  })
  if (done) closeHandoff(room, handoff.id)
  return { handoff: { path: handoffPath(handoff.id), ...handoff }, message }
}

/** The recipient's heartbeats renew what it remembers; a claim that it gave away meanwhile it need not remember. */
function moveMark(room: Room, handoff: Handoff, claim: Change | Lease, now: Moment): void {
  unmarkHeld(room, handoff.from, claim)
  const lease = currentLease(room, claim, now)
  if (lease && lease.claimed_by === handoff.to && lease.token === claim.token)
    markHeld(room, handoff.to!, lease)
}

const TOLD = 2000

function tellRecipient(ctx: Context, room: Room, handoff: Handoff): Message | null {
  const { id, from, to, note, claims } = handoff
  const resources = claims.map(({ resource_type, resource_name, token, expires_at }) => ({
    resource: `${resource_type}/${resource_name}`,
    token,
    expires_at,
  }))
  return notify(ctx, room, {
    from,
    to: to!,
    type: 'handoff',
    subject: `${clip(namesOf(handoff.claims), 200)} ${claims.length === 1 ? 'is' : 'are'} yours now`,
    message: `${note ? `${clip(note, TOLD)}\n` : ''}coord handoff --show ${id.slice(-4)}`,
    details: { handoff: handoffPath(id), claims: resources },
    priority: 'high',
  })
}

const endedMeanwhile = (to: string) =>
  new CoordError('conflict', `session ${to} has ended meanwhile`, 'coord sessions lists who is here.')
