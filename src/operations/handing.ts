/**
 * Handing claims to a session. The order, and what a crash leaves: the handoff is remembered in `.state/handing`; then the ledger moves,
 * one slot for each domain, and from then on the recipient holds the claims; then marks, message and file are written; then
 * the memory goes. Killed before the ledger moved, nothing has happened; killed later, finishing.ts writes what is missing. The message
 * has the handoff's id, so the recipient is told once, however often that is tried.
 */

import type { Context } from '../context.ts'
import { isAbout, type Moment, type Resource } from '../protocol/claims.ts'
import { CoordError } from '../protocol/errors.ts'
import { clip } from '../protocol/escape.ts'
import { type HandedClaim, handedClaim, partOf } from '../protocol/handoffs.ts'
import { labelOf } from '../protocol/labels.ts'
import { nameOf, namesOf } from '../protocol/names.ts'
import { quote, wordsOf } from '../protocol/needs.ts'
import type { Change, Handoff, Lease, Message, Session } from '../protocol/records.ts'
import type { KeptFor } from '../protocol/remote/kept.ts'
import { cameBack, rescueIn } from '../protocol/rescue.ts'
import { parseInstant } from '../protocol/time.ts'
import { decideTransfer } from '../protocol/transfers.ts'
import { renderHandoff } from '../render.ts'
import { archivedIn } from '../store/archived.ts'
import { asCoordError } from '../store/disk.ts'
import {
  addHandoff,
  beginHandoff,
  closeHandoff,
  handoffPath,
  hasHandoff,
  loadHandoff,
  pointToHandoff,
} from '../store/handoffs.ts'
import { markHeld, unmarkHeld } from '../store/held.ts'
import { domain, type Room } from '../store/room.ts'
import { loadSession } from '../store/sessions.ts'
import { attempt } from './act.ts'
import { checkTravels, keptForOf, takingLines } from './keeping.ts'
import { currentLease, forfeits, meetsIn, type Refusal, transact } from './leases.ts'
import { notifyOnce } from './notify.ts'
import { rememberedChanges } from './own-claims.ts'
import { refusalError } from './refusal.ts'
import { passRequests } from './requests.ts'

export interface Handed {
  handoff: Handoff & { path: string }
  already: boolean
  message: Message | null
  /** Who the claims are kept for, where the recipient is a session of another machine. */
  kept_for?: KeptFor
}

/**
 * Hand the claims of a composed handoff over to its recipient. Names those that could not be. Throws the refusal when none could; after an
 * error that leaves open whether one did (a full disk), the handoff stays remembered, for `whileHanding` to look.
 */
export function handOver(
  ctx: Context,
  room: Room,
  handoff: Handoff,
  host: string | null,
  now: Moment,
): Handed {
  const kept_for = keptForOf(room, handoff.to!, now.wall)
  const kept = kept_for ? { kept_for } : {}
  if (kept_for) checkTravels(handoff.claims)
  beginHandoff(room, handoff)
  const moves = byDomain(handoff.claims).map((resources) =>
    move(ctx, room, handoff, resources, host, kept_for),
  )
  const refused = moves.flatMap((each) => ('error' in each ? [each] : []))
  const done = moves.flatMap((each) => ('error' in each ? [] : [each]))
  const moved = done.flatMap(({ claims, already }) => (already ? [] : claims))
  if (moved.length > 0) {
    for (const { error } of refused) ctx.warnings.push(`not handed over: ${error.message}`)
    const { handoff: handed, message } = complete(ctx, room, handoff, moved, now, kept_for)
    return { handoff: handed, message, already: false, ...kept }
  }
  if (refused.every(({ certain }) => certain)) closeHandoff(room, handoff.id)
  if (refused[0]) throw refused[0].error
  const before = done.flatMap(({ claims }) => claims)
  const known = { id: String(before[0]!.handoff), from: handoff.from, to: handoff.to }
  const path = handoffPath(known.id)
  const written = loadHandoff(room, path).handoff ?? { ...handoff, claims: before.map(handedClaim) }
  return { handoff: { ...written, ...known, path }, already: true, message: null, ...kept }
}

type Move = { claims: (Lease | Change)[]; already: boolean } | { error: CoordError; certain: boolean }

/** Move the ledger of one domain. Both are looked at when the ledger is: the recipient may have left, who is rescued may have come back. */
function move(
  ctx: Context,
  room: Room,
  handoff: Handoff,
  resources: Resource[],
  host: string | null,
  kept_for: KeptFor | null,
): Move {
  const { id, from, to } = handoff
  const now = ctx.now()
  const rescue = rescueIn(handoff)
  const ask = { by: from, to: to!, resources, handoff: id, host, rescue: rescue !== null, kept_for }
  const gone: { error?: CoordError } = {}
  try {
    const outcome = transact(ctx, room, rescue?.by ?? from, resources, (holdings, at, past) => {
      gone.error = leftMeanwhile(room, to!, at) ?? backMeanwhile(room, handoff)
      if (gone.error) throw gone.error
      return decideTransfer(holdings, ask, at, [...past(), ...rememberedChanges(room, from)], meetsIn(room))
    })
    if (outcome.ok) return outcome.result
    if (outcome.refusal.why === 'overlap') return { error: overlapError(outcome.refusal), certain: true }
    const error = refusalError(room, outcome.refusal.lease ?? resources[0]!, outcome.refusal, now)
    return { error, certain: true }
  } catch (thrown) {
    const error = asCoordError(thrown)
    if (!(error instanceof CoordError)) throw error
    return { error, certain: error === gone.error }
  }
}

/** Two sessions may not hold what overlaps: neither by a handover. */
function overlapError({ wanted, lease }: Refusal): CoordError {
  const [one, other] = [nameOf(wanted!), nameOf(lease!)]
  const hint = `Hand both over (coord handoff --all --to …), or first coord release ${wordsOf(lease!)}`
  return new CoordError('conflict', `${one} overlaps ${other}, which would stay`, hint)
}

function leftMeanwhile(room: Room, to: string, at: Moment): CoordError | undefined {
  const ended = forfeits(room, at)(to) === 'ended'
  if (!ended && (loadSession(room, to) || !archivedIn(room, to))) return undefined
  const what = ended ? 'has ended' : 'was archived'
  return new CoordError('conflict', `session ${to} ${what} meanwhile`, 'coord sessions lists who is here.')
}

/** Nothing is taken from who gave a sign since it was looked at, which the handoff's time is older than. */
function backMeanwhile(room: Room, handoff: Handoff): CoordError | undefined {
  const rescue = rescueIn(handoff)
  const session = rescue && loadSession(room, handoff.from)
  return session && cameBack(rescue.state, parseInstant(handoff.at), session) ? backError(session) : undefined
}

/** The error for a rescue of a session that is at work again. */
export function backError(session: Session): CoordError {
  const what = `session ${labelOf(session)} gave a sign of life meanwhile`
  const id = quote(session.session_id)
  return new CoordError('conflict', what, `It may be at work again: coord rescue ${id}`)
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
 * Everything that follows from claims that have moved, or may have (those without a token), the file last. None of it may fail the move;
 * what can't be written stays remembered (`done` is false). Who took this process for dead may have finished it with fewer claims: the
 * others get a file and a message of their own, as a file that stands is nobody's to change.
 */
export function complete(
  ctx: Context,
  room: Room,
  begun: Handoff,
  moved: (Change | Lease | HandedClaim)[],
  now: Moment,
  kept_for = keptForOf(room, begun.to!, now.wall),
) {
  const handoff: Handoff = { ...begun, claims: moved.map(handedClaim) }
  const kept = kept_for !== null
  attempt(ctx, () => keepLive(room, handoff.to!))
  for (const claim of moved) attempt(ctx, () => moveMark(room, handoff, claim, kept, now))
  attempt(ctx, () => passRequests(ctx, room, begun, moved, kept, now.wall))
  const { part, told } = untold(room, handoff)
  const message = told ? null : tellRecipient(ctx, room, part, kept)
  const done = attempt(ctx, () => {
    if (!told) addHandoff(room, part.id, renderHandoff(room, part))
    pointToHandoff(room, part)
    return true
  })
  if (done) closeHandoff(room, handoff.id)
  return { handoff: { path: handoffPath(handoff.id), ...handoff }, message, done: done ?? false }
}

/** The part of a handoff that no file tells of yet; the whole one where its files tell all. A file that is not ours any more tells all. */
function untold(room: Room, handoff: Handoff): { part: Handoff; told: boolean } {
  let left = handoff.claims
  for (let number = 1; ; number++) {
    const part = partOf(handoff, number, left)
    if (!hasHandoff(room, part.id)) return { part, told: false }
    const named = loadHandoff(room, handoffPath(part.id)).handoff?.claims ?? left
    left = left.filter((claim) => !named.some((each) => isAbout(each, claim)))
    if (left.length === 0) return { part: handoff, told: true }
  }
}

/** A cleaner may have archived the recipient between the look at it and the move; it looks for claims before we look for it, or sees ours. */
function keepLive(room: Room, to: string): void {
  if (!loadSession(room, to)) room.lazy.upkeep().recallHolder(room, to)
}

/** The recipient's heartbeats renew what it remembers; who gave a claim away need not remember it, whom it was taken from learns of it so. */
function moveMark(
  room: Room,
  handoff: Handoff,
  claim: Change | Lease | HandedClaim,
  kept: boolean,
  now: Moment,
): void {
  if (!claim.token) return
  if (!rescueIn(handoff)) unmarkHeld(room, handoff.from, claim)
  if (kept) return
  const lease = currentLease(room, claim, now)
  if (lease && lease.claimed_by === handoff.to && lease.token === claim.token)
    markHeld(room, handoff.to!, lease)
}

const TOLD = 2000

function tellRecipient(ctx: Context, room: Room, handoff: Handoff, kept: boolean): Message | null {
  const { id, from, to, note, claims } = handoff
  const resources = claims.map(({ resource_type, resource_name, token, expires_at }) => ({
    resource_type,
    resource_name,
    token,
    expires_at,
  }))
  const names = clip(namesOf(handoff.claims), 200)
  const yours = claims.every(({ token }) => token !== null)
  return notifyOnce(ctx, room, id, {
    from,
    to: to!,
    type: 'handoff',
    subject: yours
      ? `${names} ${claims.length === 1 ? 'is' : 'are'} ${kept ? 'kept for you: claim it' : 'yours now'}`
      : `handoff of ${names}, cut off`,
    message: `${note ? `${clip(note, TOLD)}\n` : ''}${kept ? `${takingLines(claims)}\n` : ''}coord handoff --show ${id.slice(-4)}`,
    details: { handoff: handoffPath(id), claims: resources },
    priority: 'high',
  })
}
