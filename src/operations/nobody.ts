/** Why nobody is known to act here: what was asked, and who has ended here. Reads only. */
import type { Context } from '../context.ts'
import { CoordError } from '../protocol/errors.ts'
import { labelOf } from '../protocol/labels.ts'
import { quote } from '../protocol/needs.ts'
import type { Session } from '../protocol/records.ts'
import { isEnded } from '../protocol/sessions.ts'
import { formatRelative, parseInstant } from '../protocol/time.ts'
import { sessionOfAgent } from '../store/bindings.ts'
import { ancestors, bootId, type Process, pidNamespace } from '../store/processes.ts'
import type { Room } from '../store/room.ts'
import { listSessions } from '../store/sessions.ts'

/**
 * The refusal of `identify` where no flag or variable names a session, with who ended here last as the first way out and, with `why`, with
 * what was asked. Any other error stays as it is. `now`: epoch ms.
 */
export function explained(ctx: Context, room: Room, error: unknown, now: number, why: boolean): unknown {
  const { flagSession, envSession } = ctx.at
  if (!(error instanceof CoordError) || error.code !== 'no_session') return error
  if (flagSession !== null || envSession !== null) return error
  const chain = ancestors()
  const last = lastEndedHere(room, chain, ctx.at.agents)
  const ended = last ? [endedLine(last, now)] : []
  const tried = why ? [`asked: ${triedHere(ctx, room, chain).join('; ')}`] : []
  const hint = [...ended, error.hint, ...tried].join('\n')
  return new CoordError(error.code, error.message, hint, {
    ...error.details,
    ...(last ? { ended_here: last.session_id } : {}),
  })
}

const endedAt = (session: Session) => parseInstant(session.ended_at) ?? 0

/** The session that ended last of those that this agent, or one of the processes above, stood for. */
function lastEndedHere(room: Room, chain: Process[], agents: string[]): Session | undefined {
  const above = new Set(chain.map(({ pid, started }) => `${pid} ${started}`))
  const own = new Set(agents.map((agent) => sessionOfAgent(room, agent)))
  const isHere = ({ pid, pid_started, boot_id, pid_ns }: Session) =>
    boot_id === bootId() && pid_ns === pidNamespace() && above.has(`${pid} ${pid_started}`)
  return listSessions({ ...room, problems: [] })
    .map(({ record }) => record)
    .filter((session) => isEnded(session) && (own.has(session.session_id) || isHere(session)))
    .sort((a, b) => endedAt(b) - endedAt(a))[0]
}

function endedLine(session: Session, now: number): string {
  const ended = endedAt(session)
  const when = ended === 0 ? '' : ` ${formatRelative(Math.min(ended, now), now)}`
  return `${labelOf(session)} ended here${when}: coord start --id ${quote(session.session_id)} goes on as it.`
}

function triedHere(ctx: Context, room: Room, chain: Process[]): string[] {
  const agents = ctx.at.agents.map((agent) => {
    const session = sessionOfAgent(room, agent)
    return `${agent} ${session === null ? 'is registered for no session' : `is of ${session}`}`
  })
  const above = chain.map(({ name, pid }) => `${name} ${pid}`).join(', ')
  return [
    '--session is not given',
    'COORD_SESSION is not set',
    agents.length > 0 ? `agent ids: ${agents.join(', ')}` : 'no agent id is set',
    above === ''
      ? 'no process above this one can be seen'
      : `none of the processes above stands for one session (${above})`,
    ctx.at.under === 'agent' ? 'terminals are not asked under an agent' : 'none began in this terminal',
  ]
}
