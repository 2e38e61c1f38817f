import type { Context } from '../context.ts'
import { CoordError, invalid } from '../protocol/errors.ts'
import { deliveryOf, type ShownAlert } from '../protocol/live/delivery.ts'
import { checkSessionId } from '../protocol/names.ts'
import { quote } from '../protocol/needs.ts'
import { look, type Picture } from '../protocol/picture.ts'
import type { Session } from '../protocol/records.ts'
import { listAlerts } from '../store/alerts.ts'
import { replaceFile } from '../store/atomic.ts'
import { bind, bindAgent, isCutOff, noteBinding, sessionOfAgent, unbind } from '../store/bindings.ts'
import { noteConflicts } from '../store/conflicts.ts'
import { keepReserve } from '../store/reserve.ts'
import { openRoom, place, type Room } from '../store/room.ts'
import { readForBoard } from '../store/snapshot.ts'
import { readReceipts } from '../store/status.ts'
import { attempt, recordAct } from './act.ts'
import { noteShown, withRecipients } from './alerts.ts'
import { unreadAlerts } from './current-alerts.ts'
import { finishBegun } from './finishing.ts'
import { countUnread } from './inbox.ts'
import { tellLifecycle } from './lifecycle.ts'
import { makeRoom } from './make-room.ts'
import { defineOperation } from './operation.ts'
import { withThosePushing } from './pushers.ts'
import { register } from './registration.ts'
import { checkSessionName, liveSessions } from './session-names.ts'
import {
  bindingAtStart,
  bindingHere,
  described,
  type Given,
  isAgents,
  isBegunHere,
  type Owner,
  ownAgent,
  previousHere,
  type Starter,
  startInput,
} from './starter.ts'
import { seenClaim, seenSession } from './views.ts'

/** `coord start`: register this session, making the room where the repository has none. */
export const start = defineOperation({
  name: 'start',
  summary: 'Register this session and show what is going on.',
  writes: true,
  input: startInput,
  run: (ctx, given) => {
    const { flagSession: named } = ctx.at
    if (named === null || given.id !== undefined) return beginAndTell(ctx, given)
    throw invalid(
      'session',
      'coord start registers a session, so it takes no --session',
      `coord start --id ${quote(named)}`,
    )
  },
})

/** As `begin` for the shell that called; with the alerts that the session was not told of, which are told by this. */
export function beginAndTell(ctx: Context, given: Given) {
  const begun = withAlerts(ctx, enter(ctx, given, 'shell'))
  noteStarted(ctx, begun.session, 'shell')
  return begun
}

function withAlerts<T extends { session: Session }>(ctx: Context, begun: T): T & { alerts: ShownAlert[] } {
  const room = ctx.room()
  const { session } = begun
  const id = session.session_id
  const quiet = { ...room, problems: [] }
  const receipts = readReceipts(quiet, id)
  const alerts = unreadAlerts(quiet, listAlerts(quiet), id)
  const news = alerts.filter((alert) => deliveryOf(receipts, alert.id) === 'pending')
  noteShown(ctx, room, news, { id, session, identity: null }, 'delivered')
  return { ...begun, alerts: withRecipients(quiet, news) }
}

/**
 * Register a session. It belongs to the shell that called, or to this `process` alone (`coord start -- CMD`): then the shell
 * keeps the session it had.
 */
export function begin(ctx: Context, given: Given, owner: Owner) {
  const begun = enter(ctx, given, owner)
  noteStarted(ctx, begun.session, owner)
  return begun
}

/** The last of what a start writes: whatever was cut off before is taken up by the next. */
const noteStarted = (ctx: Context, { session_id }: Session, owner: Owner) =>
  noteBinding(ctx.room(), bindingHere(ctx, session_id, owner))

function enter(ctx: Context, given: Given, owner: Owner) {
  if (given.id !== undefined) checkSessionId(given.id, 'id')
  const room = roomToStartIn(ctx)
  const now = ctx.now()
  const unasked = given.id === undefined && ctx.at.agents.length > 0
  const previous = owner === 'process' || unasked ? null : previousHere(ctx, room, now.wall)
  const agent = owner === 'process' ? undefined : ownAgent(ctx, room, now.wall)
  const starter = { owner, agent, previous }
  const known = given.id ?? ownSession(ctx, room, given, starter)
  if (given.name !== undefined) checkSessionName(room, given.name, known)
  const { session, created, passage } = register(ctx, room, given, known, starter)
  const id = session.session_id
  const replaced = previous !== null && previous !== id ? previous : null
  if (replaced) unbind(room, replaced)
  bind(room, bindingAtStart(ctx, id, starter))
  if (agent) bindAgent(room, agent, id)
  keepReserve(room)
  if (owner === 'shell') replaceFile(place(room, '.current_session'), `${id}\n`)
  const written = recordAct(ctx, room, session, now, {
    event: created ? 'start' : 'resume',
    message: given.work ?? 'session started',
    change: described(ctx, given, agent, owner),
    begins: true,
  })
  tellLifecycle(ctx, room, written, passage)
  finishBegun(ctx, room, now)
  if (owner === 'shell') warnOfEnvironment(ctx, id)
  const { records } = readForBoard(room, ctx.now())
  const picture = look(records, ctx.now(), room.config)
  attempt(ctx, () => noteConflicts(room, ctx.now(), picture))
  const around = surroundingsOf(
    ctx,
    room,
    id,
    look(withThosePushing(room, records, ctx.now().wall), ctx.now(), room.config),
  )
  return { session: written, created, ...(replaced ? { replaced } : {}), ...around }
}

/**
 * The session that goes on though no id is given: that of the agent's own id, or the one begun here of the name that is asked for, or
 * without a name a start that was cut off. What it left is known by its record, else by the mark in its binding.
 */
function ownSession(ctx: Context, room: Room, given: Given, starter: Starter): string | null {
  const { agent } = starter
  const registered = agent === undefined ? null : sessionOfAgent(room, agent)
  if (registered !== null) return registered
  const live = liveSessions(room)
  const begunHere = (session: Session) => isBegunHere(ctx, room, session, starter, given)
  const isLeft = ({ session_id, name }: Session) => name === undefined && isCutOff(room, session_id)
  if (agent === undefined && given.name === undefined)
    return live.find((session) => isLeft(session) && begunHere(session))?.session_id ?? null
  const own =
    live.find((session) => isAgents(session, agent, given)) ??
    live.find(({ name }) => name !== undefined && name === given.name)
  return own && begunHere(own) ? own.session_id : null
}

function roomToStartIn(ctx: Context): Room {
  if (ctx.root === null) {
    const message = 'this is no git repository and has no room'
    throw new CoordError('not_initialized', message, 'coord init makes a room in this directory.')
  }
  makeRoom(ctx, ctx.root)
  return openRoom(ctx.root, ctx.lazy)
}

function warnOfEnvironment(ctx: Context, id: string): void {
  const { envSession } = ctx.at
  if (envSession === null || envSession === id) return
  ctx.warnings.push(
    `COORD_SESSION still names ${envSession}; to act as the new session: export COORD_SESSION=${id}`,
  )
}

/** What is going on: the other sessions, the claims, and how much mail waits. */
function surroundingsOf(ctx: Context, room: Room, id: string, picture: Picture) {
  const others = picture.active.filter(({ session }) => session.session_id !== id)
  return {
    sessions: others.map(seenSession),
    claims: picture.claims.map(seenClaim),
    unread: countUnread(room, id, ctx.now().wall),
  }
}
