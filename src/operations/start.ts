import path from 'node:path'
import type { Context } from '../context.ts'
import { CoordError } from '../protocol/errors.ts'
import { checkSessionId } from '../protocol/names.ts'
import { look } from '../protocol/picture.ts'
import type { Session } from '../protocol/records.ts'
import { isEnded, newSessionId } from '../protocol/sessions.ts'
import { formatInstant } from '../protocol/time.ts'
import { recall } from '../store/archived.ts'
import { addFile, replaceFile } from '../store/atomic.ts'
import { bind, bindAgent, sessionOfAgent, unbind } from '../store/bindings.ts'
import { currentBranch } from '../store/git-places.ts'
import { machineId } from '../store/machine.ts'
import { ancestors, bootId, ownProcess, pidNamespace, readProcess } from '../store/processes.ts'
import { recordText } from '../store/records.ts'
import { keepReserve } from '../store/reserve.ts'
import { openRoom, place, type Room } from '../store/room.ts'
import { loadSession, writeSession } from '../store/sessions.ts'
import { readForBoard } from '../store/snapshot.ts'
import { agentProcess, attempt, recordAct } from './act.ts'
import { finishBegun } from './finishing.ts'
import { identify, terminalOf } from './identify.ts'
import { countUnread } from './inbox.ts'
import { ownClaims } from './leases.ts'
import { makeRoom } from './make-room.ts'
import { defineOperation, type InputOf } from './operation.ts'
import { releaseOne } from './release.ts'
import { checkSessionName } from './session-names.ts'
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
  run: (ctx, given) => begin(ctx, given, 'shell'),
})

/**
 * Register a session. It belongs to the shell that called, or to this `process` alone (`coord start -- CMD`): then the shell
 * keeps the session it had.
 */
export function begin(ctx: Context, given: Input, owner: 'shell' | 'process') {
  if (given.id !== undefined) checkSessionId(given.id, 'id')
  const room = roomToStartIn(ctx)
  const now = ctx.now()
  const unasked = given.id === undefined && ctx.at.agents.length > 0
  const previous = owner === 'process' || unasked ? null : previousHere(ctx, room, now.wall)
  const agent = owner === 'process' ? undefined : ownAgent(ctx, room, now.wall)
  const own = given.id ?? (agent && sessionOfAgent(room, agent)) ?? null
  if (given.name !== undefined) checkSessionName(room, given.name, own)
  const { session, created } = register(ctx, room, given, previous, agent)
  const id = session.session_id
  const replaced = previous !== null && previous !== id ? previous : null
  if (replaced) unbind(room, replaced)
  bindHere(ctx, room, id, agent, owner)
  keepReserve(room)
  if (owner === 'shell') replaceFile(place(room, '.current_session'), `${id}\n`)
  const written = recordAct(ctx, room, session, now, {
    event: created ? 'start' : 'resume',
    message: given.work ?? 'session started',
    change: described(ctx, given, agent, owner),
    begins: true,
  })
  finishBegun(ctx, room, now)
  if (owner === 'shell') warnOfEnvironment(ctx, id)
  return { session: written, created, ...(replaced ? { replaced } : {}), ...surroundingsOf(ctx, room, id) }
}

function roomToStartIn(ctx: Context): Room {
  if (ctx.root === null) {
    const message = 'this is no git repository and has no room'
    throw new CoordError('not_initialized', message, 'coord init makes a room in this directory.')
  }
  makeRoom(ctx, ctx.root)
  return openRoom(ctx.root, ctx.lazy)
}

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

/**
 * The own id of the agent that starts here. Of several, one inside the other: that of the nearest ancestor by its name, else
 * the only one not registered yet, else that of the session which acts here; otherwise none, since it would be guessed.
 */
function ownAgent(ctx: Context, room: Room, now: number): string | undefined {
  const { agents } = ctx.at
  if (agents.length < 2) return agents[0]
  const named = ancestors().flatMap(({ name }) => agents.filter((agent) => agent.startsWith(`${name}:`)))
  const fresh = agents.filter((agent) => sessionOfAgent(room, agent) === null)
  if (named[0] || fresh.length === 1) return named[0] ?? fresh[0]
  const acting = fresh.length > 0 ? null : previousHere(ctx, room, now)
  return agents.find((agent) => acting !== null && sessionOfAgent(room, agent) === acting)
}

function register(
  ctx: Context,
  room: Room,
  given: Input,
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

function newSession(ctx: Context, id: string, given: Input, agent: string | undefined): Session {
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

/** What `start` knows of the session's surroundings; given flags win over what was recorded before. */
function described(ctx: Context, given: Input, own: string | undefined, owner = 'shell'): Partial<Session> {
  const [vendor, ...rest] = (own ?? '').split(':')
  const agent = given.agent ?? vendor
  const chain = ancestors()
  const known = owner === 'process' ? readProcess(ownProcess().pid) : agentProcess(ctx, chain)
  return {
    ...(given.name === undefined ? {} : { name: given.name }),
    ...(given.work === undefined ? {} : { current_work: given.work }),
    ...(given.capability === undefined ? {} : { capabilities: given.capability }),
    project: given.project ?? path.basename(ctx.repository?.main ?? ctx.repository?.top ?? ctx.at.cwd),
    ...(agent
      ? { agent: { vendor: agent, model: given.model ?? null, session_id: rest.join(':') || null } }
      : {}),
    host: ctx.at.host(),
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

function bindHere(
  ctx: Context,
  room: Room,
  session: string,
  agent: string | undefined,
  owner: 'shell' | 'process',
): void {
  const chain = ancestors()
  const links = owner === 'process' ? [ownProcess()] : chain.map(({ pid, started }) => ({ pid, started }))
  const terminal = owner === 'shell' && ctx.at.under === 'person' ? terminalOf(ctx, chain) : null
  unbind(room, session)
  bind(room, {
    session,
    chain: links,
    boot_id: bootId(),
    pid_ns: pidNamespace(),
    terminal,
    under: ctx.at.under,
  })
  if (agent) bindAgent(room, agent, session)
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
  const others = picture.active.filter(({ session }) => session.session_id !== id)
  return {
    sessions: others.map(seenSession),
    claims: picture.claims.map(seenClaim),
    unread: countUnread(room, id, now.wall),
  }
}
