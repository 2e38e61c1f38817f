/** Who is acting here: gathers the evidence of all levels that apply and lets the rule decide. */
import type { Context } from '../context.ts'
import { CoordError, invalid } from '../protocol/errors.ts'
import { type Evidence, type Identity, resolveIdentity } from '../protocol/identity.ts'
import { checkSessionId, isSessionId } from '../protocol/names.ts'
import type { Session } from '../protocol/records.ts'
import { endOf, isEnded } from '../protocol/sessions.ts'
import { loadArchived, recall } from '../store/archived.ts'
import { boundTo, isShellAlive, readBinding, sessionOfAgent, sessionOfTerminal } from '../store/bindings.ts'
import { readText } from '../store/disk.ts'
import { ancestors, bootId, ownProcess, type Process, pidNamespace, processOf } from '../store/processes.ts'
import { inRoom, type Room } from '../store/room.ts'
import { listSessions, loadSession } from '../store/sessions.ts'

/**
 * Whether a session may act: one put into the archive as abandoned may, and a file that was deleted while its binding is there
 * belongs to a live session.
 */
function standingOf(room: Room, id: string, now: number, live = loadSession(room, id)): Standing {
  const session = live ?? loadArchived(room, id)
  if (!session) return readBinding(room, id) ? 'live' : 'unknown'
  return session.status === 'abandoned'
    ? 'live'
    : (endOf(session, () => processOf(session), now, room.config.sessions) ?? 'live')
}

type Standing = 'live' | 'ended' | 'dead' | 'unknown'

/** The acting session. Throws `no_session` with the way out, `invalid` for an id that can't be one. */
export function identify(
  ctx: Context,
  room: Room,
  now: number,
  seen = new Map<string, Session | null>(),
): Identity {
  const flagSession = sessionNamed(room, ctx.at.flagSession, seen)
  const envSession = flagSession === null ? sessionNamed(room, ctx.at.envSession, seen) : null
  if (flagSession !== null) checkSessionId(flagSession, 'session')
  else if (envSession !== null) checkSessionId(envSession, 'COORD_SESSION')
  try {
    return resolveIdentity({ ...gather(ctx, room, now), flag: flagSession, env: envSession }, (id) => {
      const session = seen.get(id) ?? loadSession(room, id)
      seen.set(id, session)
      return standingOf(room, id, now, session)
    })
  } catch (error) {
    const id = flagSession ?? envSession
    throw id === null ? error : room.lazy.upkeep().withWayBack(error, room, id, now)
  }
}

/** `--session` and `COORD_SESSION` take a name too, as recipients do. */
function sessionNamed(room: Room, text: string | null, seen: Map<string, Session | null>): string | null {
  if (text === null) return text
  const own = loadSession(room, text)
  seen.set(text, own)
  if (own) return text
  const named = listSessions(room).filter(({ record }) => record.name === text && !isEnded(record))
  return named.length === 1 ? named[0]!.record.session_id : text
}

function gather(ctx: Context, room: Room, now: number): Evidence {
  const { flagSession: flag, envSession: env, under, agents } = ctx.at
  const nobody = () => null
  const none: Evidence = { flag, env, hook: [], agent: [], ancestry: [], terminal: nobody, current: nobody }
  if (flag !== null || env !== null) return none
  const registered = agents.flatMap((id) => sessionOfAgent(room, id) ?? [])
  const agent = registered.filter((id) => standingOf(room, id, now) !== 'ended')
  if (new Set(agent).size === 1) return { ...none, agent }
  const chain = ancestors()
  const bound = boundTo(room, [ownProcess(), ...chain], bootId(), pidNamespace(), under)
  const ancestry =
    agents.length > 0 && agent.length === 0
      ? bound.map((ids) => ids.filter((id) => hasNoAgentId(room, id)))
      : bound
  if (under !== 'person') return { ...none, agent, ancestry }
  const terminal = () => terminalSession(ctx, room, chain)
  return { ...none, agent, ancestry, terminal, current: () => onlyCurrent(room, now) }
}

/** An agent that brings its own id, not registered yet, is not the other agent around it, which has an id as well. */
const hasNoAgentId = (room: Room, id: string) => !sessionOrFallback(room, id).agent?.session_id

/** The names that identify this terminal: its tmux pane, else its device as long as the shell that registered it runs. */
export function terminalOf(ctx: Context, chain: Process[]): string | null {
  if (ctx.at.tmux) return ctx.at.tmux
  const device = chain[0]?.terminal ?? 0
  return device > 0 ? `tty ${bootId() ?? ''} ${device}` : null
}

function terminalSession(ctx: Context, room: Room, chain: Process[]): string | null {
  const terminal = terminalOf(ctx, chain)
  const session = terminal && sessionOfTerminal(room, terminal)
  if (!session || readBinding(room, session)?.under === 'agent') return null
  return terminal.startsWith('tmux') || isShellAlive(room, session) ? session : null
}

/**
 * The session of `.current_session`, for those that the original scripts started: if it is the only live one, and not bound to
 * processes. One that coord started is known by these, and another terminal is not it.
 */
function onlyCurrent(room: Room, now: number): string | null {
  const reading = readText(inRoom(room, '.current_session'), 1024)
  const id = 'text' in reading ? reading.text.trim() : ''
  if (!isSessionId(id) || readBinding(room, id)) return null
  const isLive = ({ record }: { record: Session }) =>
    standingOf(room, record.session_id, now, record) === 'live'
  const live = listSessions(room).filter(isLive)
  return live.length === 1 && live[0]!.record.session_id === id ? id : null
}

/** The session that acts here, or null where that is not known: for those who only look. Throws where `--session` names none. */
export function callerOf(ctx: Context, room: Room): string | null {
  try {
    return identify(ctx, { ...room, problems: [] }, ctx.now().wall).session
  } catch (error) {
    if (error instanceof CoordError && ctx.at.flagSession === null) return null
    throw error
  }
}

/** For those who only look, and do not ask who does: what `--session` names is there. Throws as `identify`. */
export function checkNamed(ctx: Context, room: Room): void {
  if (ctx.at.flagSession !== null) callerOf(ctx, room)
}

/** Who acts: a session, or the person (`--as human`, never under an agent). */
export interface Actor {
  id: string
  session: Session | null
  identity: Identity | null
}

/** The actor of a command. `as` may be `human`. */
export function actorOf(ctx: Context, room: Room, now: number, as?: string): Actor {
  if (as === undefined) {
    const seen = new Map<string, Session | null>()
    const identity = identify(ctx, room, now, seen)
    const session =
      seen.get(identity.session) ??
      recall(room, identity.session) ??
      sessionOrFallback(room, identity.session)
    return { id: identity.session, session, identity }
  }
  if (as !== 'human')
    throw invalid('as', `--as ${as} is not possible`, 'Only --as human; sessions act with --session ID.')
  if (ctx.at.under === 'agent')
    throw invalid('as', "an agent can't act as human", 'Send as yourself: leave --as out.')
  return { id: 'human', session: null, identity: null }
}

/** A session's record, also from the archive; one whose file was deleted is rebuilt from its id, and written again by its next act. */
export function sessionOrFallback(room: Room, id: string): Session {
  return (
    loadSession(room, id) ??
    loadArchived(room, id) ?? { session_id: id, status: 'active', current_work: null }
  )
}
