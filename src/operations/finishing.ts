/**
 * Handovers that a crash cut off: what `.state/handing` still remembers, and no process is at. The ledger tells which claims moved under the handoff's id; what
 * is missing then is written, so that no note is lost. Where none moved, nothing has happened. Where the ledger does not
 * reach back far enough to tell, the file is written all the same. Done by the next handoff, end, start or inbox of anybody, the upkeep of
 * heartbeats, gc and doctor --fix.
 */
import type { Context } from '../context.ts'
import { isAbout, type Moment } from '../protocol/claims.ts'
import { CoordError } from '../protocol/errors.ts'
import type { HandedClaim } from '../protocol/handoffs.ts'
import { namesOf } from '../protocol/names.ts'
import type { Change, Handoff, Lease } from '../protocol/records.ts'
import { tellsAllSince } from '../protocol/transfers.ts'
import { closeHandoff, isBegun, letGo, listCutOff } from '../store/handoffs.ts'
import { numbers, readSlots } from '../store/ledger.ts'
import { withPidLock } from '../store/pid-lock.ts'
import { domain, type Room } from '../store/room.ts'
import { attempt } from './act.ts'
import { complete } from './handing.ts'
import { currentLease } from './leases.ts'
import { deliverPathMail } from './path-mail.ts'

const LOCK = 'handing'
const PATIENCE_MS = 7000

/**
 * Run while no other process hands over, after finishing what crashed ones began, and before finishing what an error left. The lock only
 * spares double work: it may be broken, and what another process is at is left to it all the same. Throws `busy`.
 */
export function whileHanding<T>(ctx: Context, room: Room, now: Moment, run: () => T): T {
  const done = withPidLock(room, LOCK, PATIENCE_MS, () => {
    finishAll(ctx, room, now)
    try {
      return { result: run() }
    } catch (error) {
      finishAll(ctx, room, now)
      throw error
    } finally {
      attempt(ctx, () => letGo(room))
    }
  })
  if (done) return done.result
  throw new CoordError('busy', 'another session is handing over right now', 'Try again.')
}

/**
 * Finish the handoffs that crashed processes began; nothing where there are none, or somebody is at it. Never fails its command: what can't
 * be finished, since a ledger can't be read or the room not be written, stays with a warning. Returns the ids that are done. What waits for whoever
 * claims a path is delivered with it, but to `leaving`, who ends.
 */
export function finishBegun(ctx: Context, room: Room, now: Moment, leaving?: string): string[] {
  deliverPathMail(ctx, room, now, leaving)
  if (listCutOff(room, now.wall).length === 0) return []
  return attempt(ctx, () => withPidLock(room, LOCK, 0, () => finishAll(ctx, room, now))) ?? []
}

/** What is said of a handoff that was cut off. */
export function cutOff({ claims, from, from_name, to, to_name }: Handoff): string {
  return `a handoff of ${namesOf(claims)} from ${from_name || from} to ${to_name || to} was cut off`
}

/** One that can't be finished stays; it stops nobody. */
function finishAll(ctx: Context, room: Room, now: Moment): string[] {
  const begun = listCutOff(room, now.wall)
  for (const each of begun) attempt(ctx, () => finish(ctx, room, each, now))
  return begun.flatMap(({ id }) => (isBegun(room, id) ? [] : [id]))
}

function finish(ctx: Context, room: Room, begun: Handoff, now: Moment): void {
  const moved = begun.claims.flatMap((claim) => fateOf(room, begun, claim, now) ?? [])
  if (moved.length === 0) {
    closeHandoff(room, begun.id)
    return
  }
  const { handoff, done } = complete(ctx, room, begun, moved, now)
  ctx.warnings.push(`${cutOff(handoff)}${done ? outcomeOf(handoff) : '; it will be finished later'}`)
}

function outcomeOf({ claims, path }: Handoff & { path: string }): string {
  if (claims.every(({ token }) => token !== null)) return '; it is finished now'
  return `, and whether it took place is not recorded any more; its note is kept in ${path}`
}

/**
 * What became of a claim that was to move: its transfer under the handoff's id, or the claim as the recipient holds it now; null where it
 * certainly did not move; without token where that can't be told any more.
 */
function fateOf(
  room: Room,
  begun: Handoff,
  claim: HandedClaim,
  now: Moment,
): Change | Lease | HandedClaim | null {
  const name = domain(claim.resource_type, claim.resource_name)
  const kept = readSlots(room, name)
  const isWhole = kept.length === numbers(room, name).length
  const moves = kept.flatMap(({ slot }) => slot.changes).reverse()
  const change = moves.find((each) => each.handoff === begun.id && isAbout(each, claim))
  const lease = currentLease(room, claim, now)
  const isTheirs = lease?.claimed_by === begun.to
  if (change) return lease && isTheirs && lease.token === change.token ? lease : change
  if (isWhole && tellsAllSince(kept, begun.at)) return null
  if (isTheirs) return lease!
  if (lease?.claimed_by === begun.from && lease.token === claim.token) return null
  return { ...claim, token: null, expires_at: null }
}
