import type { Context } from '../context.ts'
import { conditionsOf, worstOf } from '../protocol/live/conditions.ts'
import { type LiveSession, summarizeLive } from '../protocol/live/sessions.ts'
import { parseInstant } from '../protocol/time.ts'
import { readTails, type TailMemory } from '../store/tails.ts'
import { checkNamed } from './identify.ts'
import { defineOperation } from './operation.ts'
import { overviewOf } from './overview.ts'

/** One session as the monitor shows it; `terminal` are the last lines of its tmux pane, where they were asked for. */
export type MonitorRow = LiveSession & { terminal?: string[] }

/** What the monitor shows at one moment. */
export type Monitored = ReturnType<typeof monitorOf>

/**
 * The status summary: totals, sessions, and the conditions that somebody should know of, worst first; reads only. Who gave no sign for
 * `goneAfter` is out of it, but for its id in `gone_sessions`: sessions until they are archived, names that only pushed for a while. `memory` is kept between looks: only what changed is read then.
 * Throws `not_initialized`.
 */
export function monitorOf(ctx: Context, memory: TailMemory = new Map()) {
  const room = ctx.room()
  checkNamed(ctx, room)
  const { now, sessions, problems } = overviewOf(ctx, memory)
  const tails = readTails(room, memory)
  const conditions = conditionsOf(sessions, tails, parseInstant(now)!, room.config.sessions.goneAfter)
  const live = sessions.filter(({ liveness }) => liveness.level !== 'gone')
  const gone = [
    ...sessions.filter(({ liveness }) => liveness.level === 'gone'),
    ...conditions.filter(({ kind }) => kind === 'gone'),
  ]
  return {
    now,
    severity: worstOf(conditions.map(({ severity }) => severity)),
    summary: summarizeLive(live),
    conditions,
    sessions: live as MonitorRow[],
    gone_sessions: [...new Set(gone.map(({ session_id }) => session_id))],
    problems,
  }
}

/** `coord monitor`: the summary of the status guide; the face of the command line looks again, and tells of alerts. */
export const monitor = defineOperation({
  name: 'monitor',
  summary: 'Watch the status of all sessions, and tell when one needs somebody.',
  writes: false,
  input: {},
  run: (ctx) => monitorOf(ctx),
})
