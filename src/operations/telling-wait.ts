/** What others see of a wait: for what a session waits, and whether it waits in a circle. */
import type { Context } from '../context.ts'
import type { Resource } from '../protocol/claims.ts'
import { labelOf } from '../protocol/labels.ts'
import { namesOf } from '../protocol/names.ts'
import type { Session } from '../protocol/records.ts'
import { isEnded } from '../protocol/sessions.ts'
import { formatInstant } from '../protocol/time.ts'
import { ownTraces, stillWaits } from '../store/processes.ts'
import type { Room } from '../store/room.ts'
import { loadSession, updateSession } from '../store/sessions.ts'
import { attempt, recordAct, refresh } from './act.ts'
import { currentLease } from './leases.ts'

/**
 * What tells the others for what a session waits: said for each new holder, and put back when another process of the session, which waited
 * for something else meanwhile, has taken it out of the session's record.
 */
export function tellingWait(ctx: Context, room: Room, session: Session, resources: Resource[]) {
  const { resource_type: type, resource_name: name } = resources[0]!
  const since = formatInstant(ctx.now().wall)
  let told: string | null = null
  return (holder: string) => {
    const change = { waiting_for: { type, name, since, holder, ...ownTraces() } }
    const metadata = { waiting_for: { type, name, holder } }
    const message = `waits for ${namesOf(resources)}, held by ${calledHere(room, holder)}`
    if (told !== holder)
      recordAct(ctx, room, session, ctx.now(), { event: 'wait', message, change, metadata })
    else if (isForgotten(room, session)) {
      attempt(ctx, () => updateSession(room, session, (current) => ({ ...current, ...change })))
      refresh(ctx, room)
    }
    told = holder
  }
}

/** Whether the record of a session that goes on tells of no wait, or of one whose process is gone. */
function isForgotten(room: Room, { session_id }: Session): boolean {
  const session = loadSession(room, session_id)
  return session !== null && !isEnded(session) && !stillWaits(session)
}

/** What one session is called, as far as its own record tells. */
function calledHere(room: Room, id: string): string {
  const session = loadSession(room, id)
  return session ? labelOf(session) : id
}

/** The sessions that wait for each other, from `id` round to it again: none of them will get on. */
export function circleOf(ctx: Context, room: Room, id: string, holder: string): string[] | null {
  const path = [id]
  let at: string | undefined = holder
  while (at && !path.includes(at)) {
    path.push(at)
    const { type, name }: Record<string, unknown> = loadSession(room, at)?.waiting_for ?? {}
    if (typeof type !== 'string' || typeof name !== 'string') return null
    const resource: Resource = { resource_type: type, resource_name: name }
    at = attempt(ctx, () => currentLease(room, resource, ctx.now()))?.claimed_by
  }
  return at === id ? path : null
}
