import type { Context } from '../context.ts'
import type { Moment } from '../protocol/claims.ts'
import { handedClaim } from '../protocol/handoffs.ts'
import { labelOf } from '../protocol/labels.ts'
import type { Lease, Session } from '../protocol/records.ts'
import { formatInstant, formatSpan, parseInstant } from '../protocol/time.ts'
import { unbind } from '../store/bindings.ts'
import { noteConflicts } from '../store/conflicts.ts'
import { readText, removeQuietly } from '../store/disk.ts'
import { dropDraft } from '../store/handoffs.ts'
import { inRoom, type Room } from '../store/room.ts'
import { removeForm } from '../store/status-forms.ts'
import { attempt, recordAct } from './act.ts'
import { finishBegun } from './finishing.ts'
import { actorOf } from './identify.ts'
import { checkWords, composeFor, leaveHandoff, releaseHeld } from './leaving.ts'
import { tellLifecycle } from './lifecycle.ts'
import { notify } from './notify.ts'
import { defineOperation } from './operation.ts'
import { ownClaims } from './own-claims.ts'
import { withdrawAll } from './requests.ts'

/** `coord end`: release the session's claims, close its record, tell the others. */
export const end = defineOperation({
  name: 'end',
  summary: 'End this session: release its claims and tell the others.',
  writes: true,
  input: {
    handoff: { kind: 'text', help: 'what whoever goes on should know' },
    completed: { kind: 'texts', help: 'a work you completed; may be repeated' },
  },
  run(ctx, given) {
    const room = ctx.room()
    const now = ctx.now()
    const { id, session } = actorOf(ctx, room, now.wall)
    if (given.handoff !== undefined) checkWords(room, { handoff: given.handoff })
    finishBegun(ctx, room, now, session!.session_id)
    const own = ownClaims(ctx, room, id, now)
    const left = attempt(ctx, () => leave(ctx, room, session!, own, given, now))
    const released = releaseHeld(ctx, room, id, own, now)
    const started = parseInstant(session!.started_at)
    const change: Partial<Session> = {
      status: 'completed',
      state: 'completed',
      waiting_for: null,
      ended_at: formatInstant(now.wall),
      total_duration: started === null ? null : formatSpan(now.wall - started),
      work_completed: given.completed ?? session!.work_completed ?? [],
      handoff_notes: given.handoff ?? null,
    }
    attempt(ctx, () => withdrawAll(room, id, now.wall))
    const names = released.map((claim) => `${claim.resource_type}/${claim.resource_name}`)
    const details = {
      work_completed: change.work_completed,
      handoff_notes: change.handoff_notes,
      released: names,
    }
    const who = labelOf(session!)
    const subject = given.handoff ? `${who} ended: ${given.handoff}` : `${who} ended`
    notify(ctx, room, {
      from: id,
      to: 'broadcast',
      type: 'session_ended',
      subject,
      details,
      priority: 'normal',
    })
    const written = recordAct(ctx, room, session!, now, {
      event: 'end',
      message: given.handoff ?? 'session ended',
      change,
      decisive: true,
    })
    tellLifecycle(ctx, room, written, 'ended')
    unbind(room, id)
    dropDraft(room, id)
    removeForm(room, id)
    forgetCurrent(room, id)
    attempt(ctx, () => noteConflicts(room, now))
    return { session: written, released, ...(left ? { handoff: left } : {}) }
  },
})

/** The handoff of a session that says something to whoever goes on. Its words stand in its record as well. */
function leave(
  ctx: Context,
  room: Room,
  from: Session,
  own: Lease[],
  given: { handoff?: string; completed?: string[] },
  now: Moment,
) {
  if (given.handoff === undefined) return null
  const words = { note: given.handoff, ...(given.completed ? { completed: given.completed } : {}) }
  const claims = own.map(handedClaim)
  return leaveHandoff(ctx, room, composeFor(ctx, room, { from, to: null }, words, claims, now))
}

/** The seed's scripts must not go on as a session that has ended. */
function forgetCurrent(room: Room, id: string): void {
  const file = inRoom(room, '.current_session')
  const reading = readText(file, 1024)
  if ('text' in reading && reading.text.trim() === id) removeQuietly(file)
}
