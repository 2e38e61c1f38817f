import type { Context } from '../context.ts'
import { findLease, type Moment, type Resource, refuseStranger, timeLeft } from '../protocol/claims.ts'
import { invalid } from '../protocol/errors.ts'
import { handedClaim } from '../protocol/handoffs.ts'
import { labelOf } from '../protocol/labels.ts'
import { resolveSession } from '../protocol/messages.ts'
import { isReserved, namesOf } from '../protocol/names.ts'
import type { Handoff, Lease, Session } from '../protocol/records.ts'
import type { Room } from '../store/room.ts'
import { listSessions } from '../store/sessions.ts'
import { recordAct } from './act.ts'
import { whileHanding } from './finishing.ts'
import { handOver } from './handing.ts'
import { listHandoffs, showHandoff } from './handoffs.ts'
import { actorOf, checkNamed } from './identify.ts'
import { currentLease, forfeits, transact } from './leases.ts'
import { checkWords, composeFor, leaveHandoff, releaseHeld } from './leaving.ts'
import { notify } from './notify.ts'
import { defineOperation, type InputOf } from './operation.ts'
import { rememberedChanges } from './own-claims.ts'
import { refusalError } from './refusal.ts'
import { chooseOwn } from './release.ts'
import { resourcesOf } from './resources.ts'

const input = {
  type: { kind: 'text', help: 'the kind of resource (without: the only claim you hold)' },
  name: { kind: 'text', help: 'its name' },
  all: { kind: 'flag', help: 'hand over all you hold' },
  to: { kind: 'text', help: 'the session that goes on, by id or name (without: the next claimer)' },
  note: { kind: 'text', help: 'what it should know; - reads it from standard input' },
  completed: { kind: 'texts', help: 'a work you completed; may be repeated' },
  next: {
    kind: 'texts',
    help: 'what is to be done next; may be repeated (default: as your last heartbeat said)',
  },
  list: { kind: 'flag', help: 'list the handoffs, newest first' },
  show: { kind: 'text', help: 'show the handoff of this id; a unique end of it is enough' },
  limit: { kind: 'count', help: 'with --list: at most so many (default 50)' },
} as const
type Input = InputOf<typeof input>

/**
 * `coord handoff`: give claims to another session with new tokens and a handoff file; without recipient, release them with one.
 * Throws `lost`, `not_owner`, `not_found`, `ambiguous`, `invalid` with suggestions for a recipient that is none.
 */
export const handoff = defineOperation({
  name: 'handoff',
  summary: 'Hand claims over to another session, with a handoff file; list handoffs.',
  writes: true,
  input,
  run(ctx, given) {
    check(given)
    const room = ctx.room()
    if (given.list || given.show !== undefined) checkNamed(ctx, room)
    if (given.list) return listHandoffs(room, given.limit)
    if (given.show !== undefined) return showHandoff(room, given.show)
    checkWords(room, { note: given.note, completed: given.completed, next: given.next })
    const now = ctx.now()
    const session = actorOf(ctx, room, now.wall).session!
    const to = given.to === undefined ? null : recipientOf(room, session, given.to, now)
    const done = whileHanding(ctx, room, now, () =>
      to ? give(ctx, room, session, to, given, now) : leave(ctx, room, session, given, now),
    )
    const names = namesOf(done.handoff.claims)
    const message = to ? `handed ${names} to ${labelOf(to)}` : `released ${names} for the next claimer`
    const metadata = { to: done.handoff.to, handoff: done.handoff.id }
    recordAct(ctx, room, session, now, { event: 'handoff', message, metadata })
    return done
  },
})

function check(given: Input): void {
  if (given.type !== undefined && given.name === undefined)
    throw invalid('name', 'name is missing', `coord handoff ${given.type} NAME --to SESSION`)
  if (given.type !== undefined && given.all)
    throw invalid('all', 'both a claim and --all are given', 'Give one of them.')
  const words = ['type', 'all', 'to', 'note', 'completed', 'next'] as const
  const reading = given.list ? 'list' : given.show !== undefined ? 'show' : null
  const extra = words.find((name) => given[name] !== undefined)
  if (reading && extra) {
    const what = extra === 'type' ? 'TYPE NAME' : `--${extra}`
    throw invalid(extra, `--${reading} hands nothing over, so it takes no ${what}`, `coord handoff --help`)
  }
  if (given.list && given.show !== undefined)
    throw invalid('show', 'both --list and --show are given', 'Give one of them.')
  if (given.limit !== undefined && !given.list)
    throw invalid('limit', '--limit goes with --list', `coord handoff --list --limit ${given.limit}`)
}

/**
 * The live session to hand over to, here or on another machine. Throws `invalid` for oneself, for what is no session, and for one that is over.
 */
export function recipientOf(room: Room, from: Session, to: string, now: Moment): Session {
  const way = 'without --to the claims are released for the next claimer'
  if (isReserved(to)) throw invalid('to', `claims go to one session, not to "${to}"`, `Name it; ${way}.`)
  const own = listSessions(room).map(({ record }) => record)
  const sessions = room.lazy.upkeep().withForeign(room, own, now.wall)
  const found = resolveSession(to, sessions, way, { id: from.session_id, now: now.wall })
  if (found.session_id === from.session_id)
    throw invalid('to', `you are ${to} yourself`, `Name another session; ${way}.`)
  if (forfeits(room, now)(found.session_id) === null) return found
  throw invalid(
    'to',
    `the process of session "${to}" is no more`,
    `coord sessions lists who is there; ${way}.`,
  )
}

function wanted(ctx: Context, room: Room, id: string, given: Input, now: Moment): (Resource | Lease)[] {
  if (given.type !== undefined)
    return resourcesOf(ctx, { type: given.type, name: [given.name!] }).map((resource) => {
      const lease = currentLease(room, resource, now)
      return lease?.claimed_by === id ? lease : resource
    })
  return chooseOwn(ctx, room, id, given.all ?? false, 'handoff', now)
}

/** Transfer to a session. Of all claims, those whose lease ran out stay behind and are named. */
function give(ctx: Context, room: Room, from: Session, to: Session, given: Input, now: Moment) {
  const own = wanted(ctx, room, from.session_id, given, now)
  const isOver = (claim: Resource | Lease) => 'clock' in claim && timeLeft(claim as Lease, now) <= 0
  const live = given.all && own.some((claim) => !isOver(claim)) ? own.filter((claim) => !isOver(claim)) : own
  for (const { resource_type, resource_name } of own.filter((claim) => !live.includes(claim)))
    ctx.warnings.push(`not handed over: your lease of ${resource_type}/${resource_name} ran out`)
  const composed = composeFor(ctx, room, { from, to }, given, live.map(handedClaim), now)
  const { handoff, already, message, kept_for } = handOver(ctx, room, composed, to.host ?? null, now)
  return {
    handoff,
    ...(kept_for ? { kept_for } : {}),
    ...(already ? { already } : {}),
    ...(message ? { message } : {}),
  }
}

/** Release with a handoff for the next claimer. A claim lost in this very moment is left out. */
function leave(ctx: Context, room: Room, from: Session, given: Input, now: Moment) {
  const id = from.session_id
  const own = wanted(ctx, room, id, given, now).map((resource) => ownLease(ctx, room, id, resource, now))
  const composed = composeFor(ctx, room, { from, to: null }, given, own.map(handedClaim), now)
  const handoff = leaveHandoff(ctx, room, composed)
  releaseHeld(ctx, room, id, own, now)
  const message = announce(ctx, room, handoff)
  return { handoff, ...(message ? { message } : {}) }
}

/** The lease of one's own on a resource. Throws the refusal of who does not hold it. */
function ownLease(ctx: Context, room: Room, by: string, resource: Resource, now: Moment): Lease {
  const outcome = transact(ctx, room, by, [resource], (holdings, _at, past) => {
    const held = findLease(holdings.claims, resource)
    const known = [...past(), ...rememberedChanges(room, by)]
    return refuseStranger(held, { by, resource, token: null }, known) ?? { kind: 'keep', result: held! }
  })
  if (outcome.ok) return outcome.result
  throw refusalError(room, resource, outcome.refusal, now)
}

function announce(ctx: Context, room: Room, handoff: Handoff & { path: string }) {
  const { from, id, note, path } = handoff
  return notify(ctx, room, {
    from,
    to: 'broadcast',
    type: 'handoff',
    subject: `${namesOf(handoff.claims)} free for the next claimer`,
    message: `${note ?? ''}\ncoord handoff --show ${id.slice(-4)}`.trim(),
    details: { handoff: path },
    priority: 'normal',
  })
}
