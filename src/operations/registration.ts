/** The record of a session that starts: a new one, one of its own that goes on, or one that had ended and is opened again. */
import type { Context } from '../context.ts'
import { CoordError } from '../protocol/errors.ts'
import type { Session } from '../protocol/records.ts'
import { isEnded, newSessionId } from '../protocol/sessions.ts'
import { formatInstant } from '../protocol/time.ts'
import { recall } from '../store/archived.ts'
import { addFile } from '../store/atomic.ts'
import { sessionOfAgent } from '../store/bindings.ts'
import { recordText } from '../store/records.ts'
import { place, type Room } from '../store/room.ts'
import { loadSession, writeSession } from '../store/sessions.ts'
import { attempt } from './act.ts'
import { ownClaims } from './leases.ts'
import { releaseOne } from './release.ts'
import { described, type Given } from './starter.ts'

/** Register the session. `previous`: who acted here before. Throws `conflict` for the id of a live session of somebody else. */
export function register(
  ctx: Context,
  room: Room,
  given: Given,
  previous: string | null,
  agent: string | undefined,
): { session: Session; created: boolean } {
  const known = given.id ?? (agent && sessionOfAgent(room, agent))
  const existing = known ? (loadSession(room, known) ?? recall(room, known)) : null
  if (existing && isEnded(existing)) return { session: reopen(ctx, room, existing), created: true }
  if (existing) {
    const mine =
      known !== given.id ||
      previous === known ||
      ctx.at.envSession === known ||
      (agent && sessionOfAgent(room, agent) === known)
    if (mine) return { session: existing, created: false }
    throw new CoordError(
      'conflict',
      `session ${known} is live and not yours`,
      `Choose another id, or act as it: coord … --session ${known}`,
    )
  }
  const now = ctx.now().wall
  for (;;) {
    const id = known ?? newSessionId(now, ctx.random(4))
    const session = newSession(ctx, id, given, agent)
    if (addFile(place(room, `sessions/${id}.json`), recordText(session))) return { session, created: true }
    if (known)
      throw new CoordError(
        'conflict',
        `session ${id} was started by somebody else just now`,
        'Choose another id.',
      )
  }
}

/** An ended session that comes back: active again, without the claims that it may have left. */
function reopen(ctx: Context, room: Room, session: Session): Session {
  const { ended_at: _ended, total_duration: _duration, ...rest } = session
  const now = ctx.now()
  for (const lease of ownClaims(ctx, room, session.session_id, now)) {
    attempt(ctx, () => releaseOne(ctx, room, session.session_id, lease, {}, now))
  }
  const again = { ...rest, status: 'active', state: 'idle', last_seen: formatInstant(now.wall) }
  writeSession(room, again)
  return again
}

function newSession(ctx: Context, id: string, given: Given, agent: string | undefined): Session {
  const at = formatInstant(ctx.now().wall)
  return {
    session_id: id,
    started_at: at,
    status: 'active',
    current_work: given.work ?? null,
    capabilities: given.capability ?? [],
    last_heartbeat: at,
    last_seen: at,
    session_uuid: ctx.uuid(),
    state: 'idle',
    pid: null,
    ...described(ctx, given, agent),
  }
}
