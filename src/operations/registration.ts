/** The record of a session that starts: a new one, one of its own that goes on, or one that had ended and is opened again. */
import type { Context } from '../context.ts'
import type { Passage } from '../protocol/channels.ts'
import { CoordError } from '../protocol/errors.ts'
import type { Session } from '../protocol/records.ts'
import { isEnded, newSessionId } from '../protocol/sessions.ts'
import { formatInstant } from '../protocol/time.ts'
import { recall } from '../store/archived.ts'
import { addFile } from '../store/atomic.ts'
import { noteBinding, sessionOfAgent } from '../store/bindings.ts'
import { lookAt } from '../store/disk.ts'
import { withPidLock } from '../store/pid-lock.ts'
import { recordText } from '../store/records.ts'
import { place, type Room } from '../store/room.ts'
import { loadSession, writeSession } from '../store/sessions.ts'
import { attempt } from './act.ts'
import { ownClaims } from './own-claims.ts'
import { releaseOne } from './release.ts'
import { bindingAtStart, described, type Given, isBegunHere, type Starter } from './starter.ts'

const PATIENCE_MS = 7000

/**
 * Register the session: `known` is its id where it is given, or is that of an older session of the one who starts here. Its binding
 * is written before its record, so that a session is never nobody's. `created`: also where one that had ended is opened again. Throws `conflict` for the id of a live session of somebody else.
 */
export function register(
  ctx: Context,
  room: Room,
  given: Given,
  known: string | null,
  starter: Starter,
): { session: Session; created: boolean; passage: Passage } {
  const existing = known === null ? null : (loadSession(room, known) ?? recall(room, known))
  if (existing && isEnded(existing))
    return { session: reopen(ctx, room, existing, starter), created: true, passage: 'resumed' }
  if (existing) {
    if (isOwn(ctx, room, existing, given, starter))
      return { session: existing, created: false, passage: 'resumed' }
    const { session_id: id } = existing
    throw new CoordError(
      'conflict',
      `session ${id} is live and not yours`,
      `Choose another id, or act as it: coord … --session ${id}`,
    )
  }
  const now = ctx.now().wall
  for (;;) {
    const id = known ?? newSessionId(now, ctx.random(4))
    const session = newSession(ctx, id, given, starter.agent)
    if (enter(ctx, room, session, starter)) return { session, created: true, passage: 'started' }
    if (known !== null) throw startedMeanwhile(id)
  }
}

function isOwn(ctx: Context, room: Room, session: Session, given: Given, starter: Starter): boolean {
  const { session_id: id } = session
  const { previous, agent } = starter
  return (
    id !== given.id ||
    previous === id ||
    ctx.at.envSession === id ||
    (agent !== undefined && sessionOfAgent(room, agent) === id) ||
    isBegunHere(ctx, room, session, starter, given)
  )
}

const startedMeanwhile = (id: string) =>
  new CoordError('conflict', `session ${id} was started by somebody else just now`, 'Choose another id.')

/**
 * Write a session's binding and then its record, unless a live one has the id. Under the session's lock, as the binding of who is
 * first must not be replaced by that of who comes too late.
 */
function enter(ctx: Context, room: Room, session: Session, starter: Starter): boolean {
  const { session_id: id } = session
  const entered = withPidLock(room, `session-${id}`, PATIENCE_MS, () => {
    const there = loadSession(room, id)
    if (there && !isEnded(there)) return false
    const at = place(room, `sessions/${id}.json`)
    if (!there && lookAt(at.file)) return false
    noteBinding(room, bindingAtStart(ctx, id, starter))
    if (!there) return addFile(at, recordText(session))
    writeSession(room, session)
    return true
  })
  if (entered !== null) return entered
  throw new CoordError('busy', `session ${id} is being started by another process`, 'Try again.')
}

/** An ended session that comes back: active again, without the claims that it may have left. */
function reopen(ctx: Context, room: Room, session: Session, starter: Starter): Session {
  const { ended_at: _ended, total_duration: _duration, ...rest } = session
  const now = ctx.now()
  for (const lease of ownClaims(ctx, room, session.session_id, now)) {
    attempt(ctx, () => releaseOne(ctx, room, session.session_id, lease, {}, now))
  }
  const again = { ...rest, status: 'active', state: 'idle', last_seen: formatInstant(now.wall) }
  if (!enter(ctx, room, again, starter)) throw startedMeanwhile(session.session_id)
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
