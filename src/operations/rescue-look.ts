/** The facts of `coord rescue`, gathered: what became of each session, and what of it is left. Reads only. */
import type { Context } from '../context.ts'
import { unregisteredAgents } from '../protocol/agent-processes.ts'
import type { Moment } from '../protocol/claims.ts'

import { called, type Picture, type SeenSession } from '../protocol/picture.ts'
import type { Session } from '../protocol/records.ts'
import { judge, type ProcessFacts, type WorktreeFacts } from '../protocol/rescue.ts'
import { isMovable } from '../protocol/rescue-mail.ts'
import { isEnded } from '../protocol/sessions.ts'
import { formatInstant } from '../protocol/time.ts'
import { agentsIn } from '../store/agent-processes.ts'
import { readBinding } from '../store/bindings.ts'
import { stillWaits } from '../store/processes.ts'
import { lookAtProcesses } from '../store/rescue-look.ts'
import type { Room } from '../store/room.ts'
import { lookAtWorktree } from '../store/worktree-look.ts'
import { unreadOf } from './inbox.ts'
import { seenSession } from './views.ts'

/** What became of sessions of a picture, in their order; `me` is the one that asks. Looks for 0.3 s at processes of those that are silent. */
export function rescueRows(
  ctx: Context,
  room: Room,
  picture: Picture,
  seen: SeenSession[],
  me: string | null,
) {
  const { silentAfter } = room.config.sessions
  const live = seen.filter(({ session }) => !isEnded(session))
  const quiet = live.filter(({ liveness }) => liveness.age_ms >= silentAfter)
  const closely = new Set(quiet.map(({ session }) => session.session_id).filter((id) => id !== me))
  const processes = lookAtProcesses(
    room,
    live.map(({ session }) => session),
    closely,
  )
  const worktreeOf = worktreesOf(ctx, room, picture)
  return seen.map((each) => {
    const { session, sign } = each
    const id = session.session_id
    const claims = picture.claims.filter(({ lease }) => lease.claimed_by === id)
    const process = processes.get(id) ?? NO_PROCESS
    const worktree = closely.has(id) ? worktreeOf(each) : null
    const waits = stillWaits(session) === true
    const facts = { current: id === me, sign, process, worktree, claims: claims.length, waits }
    const verdict = judge(session, facts, picture.now, room.config.sessions, (other) =>
      called(picture, other),
    )
    const unread = session.status === 'completed' ? 0 : directMail(room, id, picture.now).length
    const rescue = { ...verdict, process, worktree: shownWorktree(worktree), claims: claims.length, unread }
    return { ...seenSession(each), rescue }
  })
}
export type RescueRow = ReturnType<typeof rescueRows>[number]

const NO_PROCESS: ProcessFacts = {
  ...{ state: 'unknown', source: 'nothing', pid: null, program: null },
  ...{ below: 0, stopped: false, runnable: false, cpu_share: null, terminal: null },
}

const shownWorktree = (worktree: WorktreeFacts | null) => {
  if (!worktree) return null
  const { changed_at, shared_with, ...rest } = worktree
  const at = changed_at === null ? null : formatInstant(Math.floor(changed_at))
  return { ...rest, changed_at: at, session_ids: shared_with }
}

/** Looks at working trees, at each once for each last sign. */
function worktreesOf(
  ctx: Context,
  room: Room,
  picture: Picture,
): (seen: SeenSession) => WorktreeFacts | null {
  const { repository } = ctx
  return ({ session, sign }) => {
    if (!repository) return null
    const others = sharing(picture, session)
    return lookAtWorktree(room, session, repository.common, ctx.gitEnvironment(), sign, others)
  }
}

/** The other live sessions in a session's working tree, by id. */
function sharing({ active }: Picture, { session_id, worktree }: Session): string[] {
  return active
    .filter(({ liveness }) => liveness.level === 'fresh' || liveness.level === 'stale')
    .map(({ session }) => session)
    .filter((other) => other.session_id !== session_id && other.worktree === worktree)
    .map((other) => other.session_id)
}

/** The unread direct messages of a session that are for whoever goes on, oldest first. `now`: epoch ms. */
export function directMail(room: Room, id: string, now: number) {
  return unreadOf({ ...room, problems: [] }, id, now).filter(({ message }) => isMovable(message))
}

/** The agents' processes of this repository that no session tells of. */
export function strayAgents(ctx: Context, room: Room, sessions: Session[], now: Moment) {
  const place = ctx.repository
    ? { common: ctx.repository.common }
    : { directory: room.root.slice(0, room.root.lastIndexOf('/')) }
  const live = sessions.filter((session) => !isEnded(session))
  const own = live.map(({ pid, pid_started }) => `${pid} ${pid_started}`)
  const chains = live.flatMap(({ session_id }) => readBinding(room, session_id)?.chain ?? [])
  const registered = new Set([...own, ...chains.map(({ pid, started }) => `${pid} ${started}`)])
  return unregisteredAgents(agentsIn(place), registered).map(({ pid, agent, cwd, command, started }) => ({
    ...{ pid, agent, cwd, command },
    started_at: startOf(started, now),
  }))
}

const TICKS_A_SECOND = 100

/** When a process started, of its ticks since boot; null where the boot clock is not known. */
function startOf(started: string, { wall, boot }: Moment): string | null {
  const ticks = Number(started)
  if (!boot || boot.id === 'pinned' || !Number.isFinite(ticks)) return null
  return formatInstant(Math.round(wall - boot.ms + (ticks / TICKS_A_SECOND) * 1000))
}
