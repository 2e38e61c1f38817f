/** `coord statusline`: what Claude Code shows below its prompt. */
import type { Context } from '../context.ts'
import { invalid } from '../protocol/errors.ts'
import { type LineFacts, lineOf } from '../protocol/hooks/statusline.ts'
import { tmuxTitle } from '../protocol/live/menubar.ts'
import { look } from '../protocol/picture.ts'
import type { Session } from '../protocol/records.ts'
import { sessionOfAgent } from '../store/bindings.ts'
import { noteChanges } from '../store/board.ts'
import type { Room } from '../store/room.ts'
import { loadSession, updateSession } from '../store/sessions.ts'
import { readForBoard } from '../store/snapshot.ts'
import { attempt, refresh } from './act.ts'
import { undeliveredTo } from './inbox.ts'
import { defineOperation } from './operation.ts'
import { overviewOf } from './overview.ts'
import { showForm } from './status-form.ts'

/** The face reads the payload and calls `showLine`; for tmux it tells of the room. */
export const statusline = defineOperation({
  name: 'statusline',
  summary: "One line for Claude Code's status line (its settings call this).",
  writes: true,
  input: { tmux: { kind: 'flag', help: 'one line of the room for tmux, which has no payload' } },
  run(ctx, { tmux }): { line: string } {
    if (!tmux)
      throw invalid('payload', 'no payload came on standard input', 'coord install claude sets it up.')
    const { sessions, needs } = overviewOf(ctx)
    return { line: tmuxTitle(sessions, needs) }
  },
})

/**
 * The line of a session, which is empty where it is not registered; what its agent tells of context, model and cost goes into its record,
 * when that changed by as much as people see.
 */
export function showLine(ctx: Context, room: Room, facts: LineFacts): string {
  const id = sessionOfAgent(room, `claude:${facts.agent_session}`)
  const session = id === null ? null : loadSession(room, id)
  if (!session) return ''
  const now = ctx.now()
  if (isNews(session, facts)) {
    const written = attempt(ctx, () => updateSession(room, session, (current) => withFacts(current, facts)))
    if (written) showForm(ctx, room, written)
    refresh(ctx, room)
  }
  attempt(ctx, () => noteChanges(room))
  const picture = look(readForBoard({ ...room, problems: [] }, now).records, now, room.config)
  return lineOf(picture, session.session_id, undeliveredTo(room, session.session_id, now.wall).length)
}

const CENT = 0.01

function isNews({ context, agent, cost_usd }: Session, facts: LineFacts): boolean {
  const percentage = (context as { percentage?: number } | null | undefined)?.percentage
  const isDearer = Math.abs((facts.cost_usd ?? 0) - (typeof cost_usd === 'number' ? cost_usd : 0)) >= CENT
  return (
    (facts.context !== null && Math.round(facts.context.percentage) !== Math.round(percentage ?? -1)) ||
    (facts.model !== null && facts.model !== agent?.model) ||
    isDearer
  )
}

function withFacts(session: Session, { context, model, cost_usd }: LineFacts): Session {
  return {
    ...session,
    ...(context ? { context } : {}),
    ...(model ? { agent: { ...session.agent, model } } : {}),
    ...(cost_usd === null ? {} : { cost_usd }),
  }
}
