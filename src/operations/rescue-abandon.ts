/**
 * `coord rescue SESSION --abandon`: give a session up for others. Its claims are released, with a handoff for the next claimer, then it is marked, and all are
 * told once, by an id that the handoff keeps. A kill at any moment leaves what a repetition goes on with.
 */
import type { Context } from '../context.ts'
import { decideRelease, findLease, type Moment } from '../protocol/claims.ts'
import { handedClaim } from '../protocol/handoffs.ts'
import { labelOf } from '../protocol/labels.ts'
import { namesOf } from '../protocol/names.ts'
import type { Lease, Session } from '../protocol/records.ts'
import { rescueIn } from '../protocol/rescue.ts'
import { isEnded } from '../protocol/sessions.ts'
import { spendReserve } from '../store/reserve.ts'
import type { Room } from '../store/room.ts'
import { recordAct, refresh } from './act.ts'
import { whileHanding } from './finishing.ts'
import { transact } from './leases.ts'
import { composeFor, leaveHandoff } from './leaving.ts'
import { notifyOnce } from './notify.ts'
import { ownClaims } from './own-claims.ts'
import type { RescueRow } from './rescue-look.ts'
import {
  giveUp,
  type Handed,
  noteOf,
  type Rescuer,
  rescueHandoff,
  stillThere,
  wordsOf,
} from './rescue-take.ts'

/** Give a session up and release what it holds. Throws `conflict` where another was faster, `busy`. */
export function abandon(ctx: Context, room: Room, row: RescueRow, by: Rescuer, reason: string, now: Moment) {
  const done = whileHanding(ctx, room, now, () => {
    const from = stillThere(room, row, by.id)
    const own = ownClaims(ctx, room, from.session_id, now)
    const handoff = rescueHandoff(room, from, null) ?? leave(ctx, room, from, row, { by, reason, own }, now)
    for (const lease of own) releaseFor(ctx, room, by.id, lease, row, reason)
    const who = by.session ? labelOf(by.session) : by.id
    const already = isEnded(from) && own.length === 0
    const session = giveUp(ctx, room, row, from, `given up by ${who}: ${reason}`, now)
    tellAll(ctx, room, session, handoff, reason)
    return { session, handoff, message_ids: [], changes: null, ...(already ? { already } : {}) }
  })
  const message = `gave up ${labelOf(done.session)}: ${reason}`
  const metadata = { from: done.session.session_id, handoff: done.handoff.id }
  if (by.session && !done.already)
    recordAct(ctx, room, by.session, now, { event: 'abandon', message, metadata })
  else refresh(ctx, room)
  return done
}

function leave(
  ctx: Context,
  room: Room,
  from: Session,
  row: RescueRow,
  { by, reason, own }: { by: Rescuer; reason: string; own: Lease[] },
  now: Moment,
): Handed {
  const rescue = noteOf(ctx, row, by, reason, null, now)
  const note = wordsOf(row, by.session ? labelOf(by.session) : by.id, rescue, null)
  const composed = composeFor(ctx, room, { from, to: null }, { note }, own.map(handedClaim), now)
  stillThere(room, row, by.id)
  return leaveHandoff(ctx, room, { ...composed, rescue })
}

/** Release a claim of a session that can't do it, and still remembers it: should it come back, it is told. One that somebody has taken meanwhile stays theirs. */
function releaseFor(ctx: Context, room: Room, by: string, lease: Lease, row: RescueRow, force: string): void {
  const ask = { by, resource: lease, token: null, force }
  spendReserve(room, () =>
    transact<object | null>(ctx, room, by, [lease], (holdings, _at, past) => {
      if (findLease(holdings.claims, lease)?.claimed_by !== lease.claimed_by)
        return { kind: 'keep', result: null }
      stillThere(room, row, by)
      return decideRelease(holdings, ask, past())
    }),
  )
}

function tellAll(ctx: Context, room: Room, session: Session, handoff: Handed, reason: string): void {
  const rescue = rescueIn(handoff)
  if (!rescue) return
  const free = handoff.claims.length > 0 ? `; free: ${namesOf(handoff.claims)}` : ''
  notifyOnce(ctx, room, rescue.notice, {
    from: rescue.by,
    to: 'broadcast',
    type: 'session_abandoned',
    subject: `${labelOf(session)} was given up: ${reason}${free}`,
    message: `coord handoff --show ${handoff.id.slice(-4)}`,
    details: { handoff: handoff.path },
    priority: 'normal',
  })
}
