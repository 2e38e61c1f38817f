/** Who starts a session, and from where: the session that was here, the agent's own id, processes, terminal and branch. */
import path from 'node:path'
import type { Context } from '../context.ts'
import type { Session } from '../protocol/records.ts'
import { type Binding, isStartedHere, sessionOfAgent } from '../store/bindings.ts'
import { currentBranch } from '../store/git-places.ts'
import { machineId } from '../store/machine.ts'
import { ancestors, bootId, ownProcess, pidNamespace, readProcess } from '../store/processes.ts'
import type { Room } from '../store/room.ts'
import { agentProcess } from './act.ts'
import { identify, terminalOf } from './identify.ts'
import type { InputOf } from './operation.ts'

/** What `coord start` takes. */
export const startInput = {
  id: { kind: 'text', help: 'the session id (default: session-<seconds>-<random>)' },
  name: { kind: 'text', help: 'a name that others may use as recipient' },
  work: { kind: 'text', help: 'what this session works on' },
  capability: { kind: 'texts', help: 'what it can do; may be repeated' },
  project: { kind: 'text', help: 'the project (default: the repository)' },
  agent: { kind: 'text', help: 'the vendor of the agent, e.g. claude' },
  model: { kind: 'text', help: 'the model of the agent' },
} as const
export type Given = InputOf<typeof startInput>

/** Whose the session is: of the shell that called, or of this process alone (`coord start -- CMD`). */
export type Owner = 'shell' | 'process'

/** Who starts: the agent's own id (`vendor:id`), and the session that acted here until now. */
export interface Starter {
  owner: Owner
  agent: string | undefined
  previous: string | null
}

/** The session that this process would act as without flags: a new one takes over its shell. */
export function previousHere(ctx: Context, room: Room, now: number): string | null {
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
export function ownAgent(ctx: Context, room: Room, now: number): string | undefined {
  const { agents } = ctx.at
  if (agents.length < 2) return agents[0]
  const named = ancestors().flatMap(({ name }) => agents.filter((agent) => agent.startsWith(`${name}:`)))
  const fresh = agents.filter((agent) => sessionOfAgent(room, agent) === null)
  if (named[0] || fresh.length === 1) return named[0] ?? fresh[0]
  const acting = fresh.length > 0 ? null : previousHere(ctx, room, now)
  return agents.find((agent) => acting !== null && sessionOfAgent(room, agent) === acting)
}

/** What `start` knows of the session's surroundings; given flags win over what was recorded before. */
export function described(
  ctx: Context,
  given: Given,
  own: string | undefined,
  owner: Owner = 'shell',
): Partial<Session> {
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

/** How a session is bound that starts here: to the shell that called, its ancestors and its terminal, or to this process. */
export function bindingHere(ctx: Context, session: string, owner: Owner): Binding {
  const chain = ancestors()
  return {
    session,
    chain: owner === 'process' ? [ownProcess()] : chain.map(({ pid, started }) => ({ pid, started })),
    boot_id: bootId(),
    pid_ns: pidNamespace(),
    terminal: owner === 'shell' && ctx.at.under === 'person' ? terminalOf(ctx, chain) : null,
    under: ctx.at.under === 'agent' ? 'agent' : 'person',
  }
}

/** The same while it starts: by its mark a start that was cut off is known, where neither name nor id of an agent tells. */
export function bindingAtStart(ctx: Context, session: string, { owner, agent }: Starter): Binding {
  const binding = bindingHere(ctx, session, owner)
  return agent === undefined ? { ...binding, starting: ownProcess() } : binding
}

/** Whether a record tells that the session is that of an agent, by the agent's own id (`vendor:id`). */
export function isAgents(session: Session, agent: string | undefined, given: Given): boolean {
  const [vendor, ...rest] = (agent ?? '').split(':')
  const { agent: recorded } = session
  if (agent === undefined || !recorded?.session_id || recorded.session_id !== rest.join(':')) return false
  return recorded.vendor === vendor || recorded.vendor === given.agent
}

/**
 * Whether a live session was begun by the one who starts here, as its record and its binding tell: a start that was cut off
 * left no more of it.
 */
export function isBegunHere(
  ctx: Context,
  room: Room,
  session: Session,
  starter: Starter,
  given: Given,
): boolean {
  if (session.agent?.session_id) return isAgents(session, starter.agent, given)
  return starter.owner === 'shell' && isStartedHere(room, session.session_id, ancestors(), ctx.at.under)
}
