import path from 'node:path'
import type { Context } from '../context.ts'
import { CoordError } from '../protocol/errors.ts'
import { checkSessionId } from '../protocol/names.ts'
import { activeSessions, look } from '../protocol/picture.ts'
import type { Session } from '../protocol/records.ts'
import { isEnded, newSessionId } from '../protocol/sessions.ts'
import { formatInstant } from '../protocol/time.ts'
import { bind, bindAgent, sessionOfAgent, unbind } from '../store/bindings.ts'
import { addFile, replaceFile } from '../store/disk.ts'
import { currentBranch } from '../store/git-places.ts'
import { machineId } from '../store/machine.ts'
import { ancestors, bootId, pidNamespace } from '../store/processes.ts'
import { recordText } from '../store/records.ts'
import { keepReserve } from '../store/reserve.ts'
import { openRoom, place, type Room } from '../store/room.ts'
import { loadSession } from '../store/sessions.ts'
import { readForBoard } from '../store/snapshot.ts'
import { agentProcess, recordAct } from './act.ts'
import { identify, terminalOf } from './identify.ts'
import { countUnread } from './inbox.ts'
import { makeRoom } from './init.ts'
import { defineOperation, type InputOf } from './operation.ts'
import { seenClaim, seenSession } from './views.ts'

const input = {
  id: { kind: 'text', help: 'the session id (default: session-<seconds>-<random>)' },
  name: { kind: 'text', help: 'a name that others may use as recipient' },
  work: { kind: 'text', help: 'what this session works on' },
  capability: { kind: 'texts', help: 'what it can do; may be repeated' },
  project: { kind: 'text', help: 'the project (default: the repository)' },
  agent: { kind: 'text', help: 'the vendor of the agent, e.g. claude' },
  model: { kind: 'text', help: 'the model of the agent' },
} as const
type Input = InputOf<typeof input>

/** `coord start`: register this session, making the room where the repository has none. */
export const start = defineOperation({
  name: 'start',
  summary: 'Register this session and show what is going on.',
  writes: true,
  input,
  run(ctx, given) {
    if (given.id !== undefined) checkSessionId(given.id, 'id')
    if (ctx.root === null)
      throw new CoordError(
        'not_initialized',
        'this is no git repository and has no room',
        'coord init makes a room in this directory.',
      )
    makeRoom(ctx, ctx.root)
    const room = openRoom(ctx.root, ctx.lazy)
    const now = ctx.now()
    const previous =
      given.id === undefined && ctx.at.agents.length > 0 ? null : previousHere(ctx, room, now.wall)
    const { session, created } = register(ctx, room, given, previous)
    const replaced = previous !== null && previous !== session.session_id ? previous : null
    if (replaced) unbind(room, replaced)
    bindHere(ctx, room, session.session_id)
    keepReserve(room)
    replaceFile(place(room, '.current_session'), `${session.session_id}\n`)
    const event = created ? 'start' : 'resume'
    const written = recordAct(ctx, room, session, now, {
      event,
      message: given.work ?? 'session started',
      change: described(ctx, given),
    })
    warnOfEnvironment(ctx, session.session_id)
    return {
      session: written,
      created,
      ...(replaced ? { replaced } : {}),
      ...surroundingsOf(ctx, room, session.session_id),
    }
  },
})

/** The session that this process would act as without flags: a new one takes over its shell. */
function previousHere(ctx: Context, room: Room, now: number): string | null {
  try {
    const unnamed = { ...ctx, at: { ...ctx.at, flagSession: null, envSession: null } }
    const found = identify(unnamed, room, now)
    return found.source === 'current_session' ? null : found.session
  } catch {
    return null
  }
}

function register(
  ctx: Context,
  room: Room,
  given: Input,
  previous: string | null,
): { session: Session; created: boolean } {
  const agent = ctx.at.agents[0]
  const known = given.id ?? (agent && sessionOfAgent(room, agent))
  const existing = known ? loadSession(room, known) : null
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
    const session = newSession(ctx, id, given)
    if (addFile(place(room, `sessions/${id}.json`), recordText(session))) return { session, created: true }
    if (known)
      throw new CoordError(
        'conflict',
        `session ${id} was started by somebody else just now`,
        'Choose another id.',
      )
  }
}

/** An ended session that comes back: active again, without its claims. */
function reopen(ctx: Context, room: Room, session: Session): Session {
  const { ended_at: _ended, total_duration: _duration, ...rest } = session
  const again = { ...rest, status: 'active', last_seen: formatInstant(ctx.now().wall) }
  replaceFile(place(room, `sessions/${session.session_id}.json`), recordText(again))
  return again
}

function newSession(ctx: Context, id: string, given: Input): Session {
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
    ...described(ctx, given),
  }
}

/** What `start` knows of the session's surroundings; given flags win over what was recorded before. */
function described(ctx: Context, given: Input): Partial<Session> {
  const [vendor, ...rest] = (ctx.at.agents[0] ?? '').split(':')
  const agent = given.agent ?? vendor
  const chain = ancestors()
  const known = agentProcess(ctx, chain)
  return {
    ...(given.name === undefined ? {} : { name: given.name }),
    ...(given.work === undefined ? {} : { current_work: given.work }),
    ...(given.capability === undefined ? {} : { capabilities: given.capability }),
    project: given.project ?? path.basename(ctx.repository?.main ?? ctx.repository?.top ?? ctx.at.cwd),
    ...(agent
      ? { agent: { vendor: agent, model: given.model ?? null, session_id: rest.join(':') || null } }
      : {}),
    host: ctx.at.host,
    machine_id: machineId(),
    boot_id: bootId(),
    pid_ns: pidNamespace(),
    ...(known ? { pid: known.pid, pid_started: known.started } : {}),
    tty: terminalOf(ctx, chain),
    cwd: ctx.at.cwd,
    branch: ctx.repository ? currentBranch(ctx.repository.git) : null,
    worktree: ctx.repository?.top ?? null,
  }
}

function bindHere(ctx: Context, room: Room, session: string): void {
  const chain = ancestors()
  const terminal = ctx.at.under === 'person' ? terminalOf(ctx, chain) : null
  const links = chain.map(({ pid, started }) => ({ pid, started }))
  unbind(room, session)
  bind(room, {
    session,
    chain: links,
    boot_id: bootId(),
    pid_ns: pidNamespace(),
    terminal,
    under: ctx.at.under,
  })
  for (const agent of ctx.at.agents.slice(0, 1)) bindAgent(room, agent, session)
}

function warnOfEnvironment(ctx: Context, id: string): void {
  const { envSession } = ctx.at
  if (envSession === null || envSession === id) return
  ctx.warnings.push(
    `COORD_SESSION still names ${envSession}; to act as the new session: export COORD_SESSION=${id}`,
  )
}

/** What is going on: the other sessions, the claims, and how much mail waits. */
function surroundingsOf(ctx: Context, room: Room, id: string) {
  const now = ctx.now()
  const picture = look(readForBoard(room, now).records, now, room.config)
  const others = activeSessions(picture).filter(({ session }) => session.session_id !== id)
  return {
    sessions: others.map(seenSession),
    claims: picture.claims.map(seenClaim),
    unread: countUnread(room, id, now.wall),
  }
}
