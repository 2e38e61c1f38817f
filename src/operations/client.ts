/** Which agent calls through a server that it started, and that lives longer than one of its sessions. */
import type { Context } from '../context.ts'
import { CoordError } from '../protocol/errors.ts'
import type { Session } from '../protocol/records.ts'
import { isEnded } from '../protocol/sessions.ts'
import { parseInstant } from '../protocol/time.ts'
import { boundTo, isHelper, readBinding, sessionOfAgent } from '../store/bindings.ts'
import { ancestors, bootId, type Process, pidNamespace } from '../store/processes.ts'
import type { Room } from '../store/room.ts'
import { loadSession } from '../store/sessions.ts'
import { agentProcess } from './act.ts'

/**
 * The context of one call. `said` are the agent's own ids (`vendor:id`) that came with the call, the narrowest first: the first
 * that is registered counts, else the last, which hooks tell too. Without any, the environment that the server was started in.
 */
export function contextOfCall(ctx: Context, said: string[]): Context {
  const room = roomIfThere(ctx)
  const registered = room && said.find((id) => sessionOfAgent(room, id) !== null)
  const own = registered ?? said.at(-1)
  const agents = own ? [own] : room ? currentAgents(ctx, room) : ctx.at.agents
  return { ...ctx, at: { ...ctx.at, agents, under: 'agent' } }
}

function roomIfThere(ctx: Context): Room | null {
  try {
    return ctx.room()
  } catch (error) {
    if (error instanceof CoordError) return null
    throw error
  }
}

const VENDOR = 'claude:'

/**
 * The ids in the environment, with Claude Code's as it is now: `/clear` and `/resume` begin another session in the same process,
 * and leave a server with the id that it was started with. Of the sessions of that process the one that acted last is meant.
 */
function currentAgents(ctx: Context, room: Room): string[] {
  const { agents } = ctx.at
  if (!agents.some((id) => id.startsWith(VENDOR))) return agents
  const [latest] = sessionsOfClient(ctx, room).sort((a, b) => lastSign(b) - lastSign(a))
  if (!latest) return agents
  return [...agents.filter((id) => !id.startsWith(VENDOR)), agentId(latest)]
}

const agentId = ({ agent }: Session) => `${VENDOR}${agent?.session_id ?? ''}`
const lastSign = ({ last_seen }: Session) => parseInstant(last_seen) ?? 0

/** The live sessions of the process that started this server. */
function sessionsOfClient(ctx: Context, room: Room): Session[] {
  const chain = ancestors()
  const client = agentProcess(ctx, chain) ?? chain.find((link) => !isHelper(link))
  const depth = chain.findIndex(({ pid }) => pid === client?.pid)
  const bound = boundTo(room, chain, bootId(), pidNamespace(), 'agent')[depth] ?? []
  return bound
    .flatMap((id) => loadSession(room, id) ?? [])
    .filter((session) => !isEnded(session) && isOf(room, session, client!))
    .filter((session) => sessionOfAgent(room, agentId(session)) === session.session_id)
}

/** How far from its first process the client may stand in a binding: a hook's or a command's own shell lies before it. */
const NEAR = 2

/** Whether a session is the process's own, not that of another agent which it ran. A session knows its process from its second act on. */
function isOf(room: Room, session: Session, client: Process): boolean {
  const { pid, pid_started, session_id } = session
  if (pid) return pid === client.pid && pid_started === client.started
  const chain = readBinding(room, session_id)?.chain.slice(0, NEAR) ?? []
  return chain.some((link) => link.pid === client.pid && link.started === client.started)
}
