/** The session behind an agent's hook: found, registered if need be, and what it is doing. */
import type { Context } from '../context.ts'
import { isAsking } from '../protocol/asking.ts'
import type { Resource } from '../protocol/claims.ts'
import { CoordError } from '../protocol/errors.ts'
import type { HookEvent } from '../protocol/hooks/event.ts'
import { subagentsAfter } from '../protocol/hooks/subagents.ts'
import { touchedLately } from '../protocol/hooks/touched.ts'
import type { Session, Work } from '../protocol/records.ts'
import { isEnded } from '../protocol/sessions.ts'
import { formatInstant } from '../protocol/time.ts'
import { bindAgent, boundTo, sessionOfAgent, unbind } from '../store/bindings.ts'
import { noteConflicts } from '../store/conflicts.ts'
import { currentBranch } from '../store/git-places.ts'
import { dropDraft } from '../store/handoffs.ts'
import { addHeartbeat } from '../store/heartbeats.ts'
import { type HookMemory, loadMemory, NO_MEMORY, saveMemory } from '../store/hooks.ts'
import { machineLoad } from '../store/machine.ts'
import { isPlainFile } from '../store/plain-path.ts'
import { ancestors, bootId, pidNamespace } from '../store/processes.ts'
import type { Room } from '../store/room.ts'
import { loadSession, updateSession } from '../store/sessions.ts'
import { removeForm } from '../store/status-forms.ts'
import { upkeepIfDue } from '../store/upkeep.ts'
import { attempt, recordAct } from './act.ts'
import { actorOf } from './identify.ts'
import { tellLifecycle } from './lifecycle.ts'
import { reviewClaims } from './own-claims.ts'
import { withdrawAll } from './requests.ts'
import { placeOf } from './resources.ts'
import { begin } from './start.ts'
import { showForm } from './status-form.ts'

/** Whom a hook serves. `memory` is what its hooks remember. */
export interface Attending {
  ctx: Context
  room: Room
  id: string
  session: Session
  memory: HookMemory
  /** What runs coord where a shell does not find it by its name, else null. Asked only where something is said. */
  coord(): string | null
}

const MINUTE = 60_000
/** What a hook waits for a remote at most, where it wants something new; what follows from that is for sync. */
const FAR_MS = 2000
/** A sign of life is written at most so often while nothing changes. */
const SIGN_MS = 30_000
/** While the state is the same, menu bars are told at most so often: files written one after another cost a hook nothing more. */
const FORM_MS = 2000
/** Longer paths are cut where they are only shown. */
const LONGEST = 300

/**
 * The session of an event's agent. One that is not known is registered at any event that shows it at work: agents leave out their start
 * now and then. Null where it is not, e.g. at its end.
 */
export function attendant(
  given: Context,
  room: Room,
  event: HookEvent,
  coord: Attending['coord'],
): Attending | null {
  const agent = `${event.vendor}:${event.agent_session}`
  const cwd = event.cwd ?? given.at.cwd
  const ctx: Context = {
    ...given,
    far_ms: FAR_MS,
    at: { ...given.at, cwd, agents: [agent], under: 'agent', flagSession: null },
  }
  const known = knownSession(ctx, room, agent)
  if (known && !isEnded(known)) {
    const session = event.kind === 'start' ? refreshFacts(ctx, room, known, event) : known
    return { ...withMemory(ctx, room, session), coord }
  }
  const leaves = ['end', 'idle', 'subagent-stop', 'compact'].includes(event.kind)
  if (leaves) return null
  const before = event.reason === 'clear' ? sessionBefore(room, event) : null
  if (before) bindAgent(room, agent, before)
  const name = `${event.vendor}-${ctx.random(4)}`
  const { session } = begin(
    ctx,
    {
      agent: event.vendor,
      ...(event.model ? { model: event.model } : {}),
      ...(known || before ? {} : { name }),
    },
    'shell',
  )
  return { ...withMemory(ctx, room, session), coord }
}

/** What may have changed where a session is resumed: its directory, its branch, its model. */
function refreshFacts(ctx: Context, room: Room, session: Session, { model }: HookEvent): Session {
  const { repository, at } = ctx
  const facts = {
    cwd: at.cwd,
    branch: repository ? currentBranch(repository.git) : null,
    worktree: repository?.top ?? null,
    ...(model ? { agent: { ...session.agent, model } } : {}),
  }
  const change = { ...facts, last_seen: formatInstant(ctx.now().wall) }
  return attempt(ctx, () => updateSession(room, session, (current) => ({ ...current, ...change }))) ?? session
}

function withMemory(ctx: Context, room: Room, session: Session): Omit<Attending, 'coord'> {
  const id = session.session_id
  const memory = loadMemory(room, id) ?? NO_MEMORY
  return { ctx, room, id, session, memory }
}

/** By the agent's own id, else by who acts here: somebody may have started the agent as a session, or it registered itself by hand. */
function knownSession(ctx: Context, room: Room, agent: string): Session | null {
  const registered = sessionOfAgent(room, agent)
  const direct = registered === null || ctx.at.envSession ? null : loadSession(room, registered)
  if (direct) return direct
  const found =
    actingSession(ctx, room) ?? (ctx.at.envSession ? actingSession(withoutEnvironment(ctx), room) : null)
  if (found && registered !== found.session_id && !found.agent?.session_id)
    bindAgent(room, agent, found.session_id)
  return found
}

const withoutEnvironment = (ctx: Context): Context => ({ ...ctx, at: { ...ctx.at, envSession: null } })

function actingSession(ctx: Context, room: Room): Session | null {
  try {
    return actorOf(ctx, room, ctx.now().wall).session
  } catch (error) {
    if (error instanceof CoordError) return null
    throw error
  }
}

/** After `clear` the agent has a new id, and is the same process: the session of this vendor that is bound to the nearest ancestor. */
function sessionBefore(room: Room, { vendor }: HookEvent): string | null {
  for (const bound of boundTo(room, ancestors(), bootId(), pidNamespace(), 'agent')) {
    const same = bound.filter((id) => {
      const session = loadSession(room, id)
      return session?.agent?.vendor === vendor && !isEnded(session)
    })
    if (same.length === 1) return same[0]!
  }
  return null
}

/** Remember more. */
export function remember(attending: Attending, more: Partial<HookMemory>): void {
  attending.memory = { ...attending.memory, ...more }
  attempt(attending.ctx, () => saveMemory(attending.room, attending.id, attending.memory))
}

/**
 * Show what the session does. While nothing changes that is a sign of life every half minute, and a heartbeat a minute, which also renews
 * claims. `paths` are files it wrote. One that asked its person (`asks`) waits until it is answered, whatever its agent goes on with.
 */
export function showState(
  attending: Attending,
  state: 'working' | 'waiting' | 'idle',
  paths: string[],
  asks = isAsking(attending.session),
): undefined {
  const { ctx, room, memory, session } = attending
  const now = ctx.now()
  const wrote = paths.flatMap(
    (path) => filesMeant(ctx, room, path, null)[0]?.resource_name.slice(0, LONGEST) ?? [],
  )
  const target = wrote[0] ?? memory.target
  const answered = !asks && isAsking(session)
  const changed = answered || state !== memory.state || target !== memory.target
  if (!changed && now.wall - memory.seen < SIGN_MS) return
  const beats = changed || now.wall - memory.beat >= MINUTE
  const touched = touchedLately(memory.touched, session.last?.files_touched ?? [], wrote, now.wall)
  const last = {
    ...session.last,
    ...{ timestamp: formatInstant(now.wall), action: wrote.length === 0 ? state : 'writing', target, state },
    files_touched: touched.map(([path]) => path),
  }
  if (beats) attempt(ctx, () => fileHeartbeat(attending, last, now.wall))
  if (beats) attempt(ctx, () => reviewClaims(ctx, room, attending.id, now, room.config.claims.autoRenew))
  const isOurs = session.current_work === null || session.current_work === memory.target
  const work = isOurs ? target : session.current_work
  attending.session = recordAct(ctx, room, session, now, {
    event: 'hook',
    message: wrote.length > 0 ? `wrote ${wrote.join(', ').slice(0, LONGEST)}` : state,
    change: {
      state: asks ? 'waiting' : state,
      ...(answered ? { asking: null } : {}),
      last,
      current_work: work,
      load: { ...machineLoad() },
      ...(beats ? { last_heartbeat: formatInstant(now.wall) } : {}),
    },
  })
  if (state !== memory.state || now.wall - memory.seen >= FORM_MS) showForm(ctx, room, attending.session)
  if (beats)
    attempt(ctx, () => upkeepIfDue(room, now, () => ctx.lazy.finishing().finishBegun(ctx, room, now)))
  remember(attending, { state, target, touched, seen: now.wall, ...(beats ? { beat: now.wall } : {}) })
}

function fileHeartbeat({ room, id }: Attending, last: Work, now: number): void {
  const timestamp = formatInstant(now)
  addHeartbeat(room, { ...last, session_id: id, timestamp, phase: last.phase ?? null }, now)
}

/**
 * What a path that an agent names means, as resources: itself, and where a link leads; a directory is all below it. A relative one is meant
 * from `cwd`. None for what lies outside of the repository's working trees, in the room or in git's own directory.
 */
export function filesMeant(ctx: Context, room: Room, path: string, cwd: string | null): Resource[] {
  const { top, common } = placeOf(ctx)
  const from = cwd ?? ctx.at.cwd
  const named = path.startsWith('/') ? path : `${from}/${path}`
  const resources = isPlainFile(top, named)
    ? [{ resource_type: 'file', resource_name: named.slice(top.length + 1) }]
    : ctx.lazy.paths().guardedResources({ top, cwd: from, common }, named)
  const inRoom = room.root.startsWith(`${top}/`) ? `${room.root.slice(top.length + 1)}/` : null
  const isOurs = (name: string) => !name.startsWith('/') && name !== '' && !/^\.git(\/|$)/.test(name)
  return resources.filter(
    ({ resource_name: name }) => isOurs(name) && (inRoom === null || !`${name}/`.startsWith(inRoom)),
  )
}

/** The session is ended, so that what it holds is anybody's; its processes mean nobody any more. */
export function leaveSession({ ctx, room, id, session }: Attending): void {
  const now = ctx.now()
  const change = { status: 'completed', state: 'completed', ended_at: formatInstant(now.wall) }
  const ended = recordAct(ctx, room, session, now, { event: 'end', message: 'session ended', change })
  tellLifecycle(ctx, room, ended, 'ended')
  attempt(ctx, () => withdrawAll(room, id, now.wall))
  attempt(ctx, () => unbind(room, id))
  attempt(ctx, () => dropDraft(room, id))
  attempt(ctx, () => removeForm(room, id))
  attempt(ctx, () => noteConflicts(room, now))
}

/** Subagents act as their session, which tells how many there are. Their tools are signs of them; who gives none is forgotten in time. */
export function noteSubagents(attending: Attending, { kind, subagent }: HookEvent): void {
  const { ctx, room, session } = attending
  if (!subagent && !session.agents) return
  const now = ctx.now().wall
  const sign = subagent && { ...subagent, stops: kind === 'subagent-stop' }
  if (subagentsAfter(session.agents, sign, now) === session.agents) return
  const change = (current: Session): Session => {
    const agents = subagentsAfter(current.agents, sign, now) as Session['agents']
    return { ...current, agents, last_seen: formatInstant(now) }
  }
  attending.session = attempt(ctx, () => updateSession(room, session, change)) ?? session
}
