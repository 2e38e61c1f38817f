/** What every act of a session leaves behind: the stamp in its file, a line in its history, a fresh board. */
import type { Context } from '../context.ts'
import type { Moment } from '../protocol/claims.ts'
import { CoordError } from '../protocol/errors.ts'
import { look, stateOfSession } from '../protocol/picture.ts'
import type { Session, StatusLine } from '../protocol/records.ts'
import { formatInstant } from '../protocol/time.ts'
import { renderBoard, renderIndex } from '../render.ts'
import { readBinding } from '../store/bindings.ts'
import { refreshBoard } from '../store/board.ts'
import { asCoordError } from '../store/disk.ts'
import {
  ancestors,
  bootId,
  isShell,
  ownProcess,
  type Process,
  pidNamespace,
  readProcess,
  stillWaits,
  walkAncestors,
} from '../store/processes.ts'
import type { Room } from '../store/room.ts'
import { updateSession } from '../store/sessions.ts'
import { readForBoard } from '../store/snapshot.ts'
import { appendStatus } from '../store/status.ts'

/** Something a session did: the event's name, what to say, what to put into its record. */
export interface Act {
  event: string
  message: string
  change?: Partial<Session>
  line?: Partial<StatusLine>
  metadata?: Record<string, unknown>
  /** The act is in the session's file alone, so it waits for the lock, and fails without it. */
  decisive?: boolean
  /** The session starts with this command, so its process is not to be learnt from it. */
  begins?: boolean
}

/**
 * Record an act that has already happened. Since it is acknowledged by other files, nothing here may fail it: a full disk or
 * a lock not to be had only leaves a warning.
 */
export function recordAct(ctx: Context, room: Room, session: Session, now: Moment, act: Act): Session {
  const at = formatInstant(now.wall)
  const change = (current: Session) => ({
    ...current,
    ...(current.status === 'abandoned' ? { status: 'active' } : {}),
    ...waitOver(current),
    ...processFacts(ctx, room, current, act.begins ?? false),
    ...act.change,
    last_seen: at,
  })
  const written = (act.decisive
    ? writeSurely(room, session, change)
    : attempt(ctx, () => updateSession(room, session, change))) ?? {
    ...session,
    ...act.change,
    last_seen: at,
  }
  const line: StatusLine = {
    timestamp: at,
    session: session.session_id,
    status: stateOfSession(written),
    ...act.line,
    message: act.message,
  }
  attempt(ctx, () => appendStatus(room, { ...line, metadata: { event: act.event, ...act.metadata } }))
  refresh(ctx, room)
  return written
}

const LONG_MS = 7000

function writeSurely(room: Room, session: Session, change: (session: Session) => Session): Session {
  const written = updateSession(room, session, change, LONG_MS)
  if (written) return written
  throw new CoordError(
    'busy',
    `the file of session ${session.session_id} is locked by another process`,
    'Try again.',
  )
}

/**
 * Bring STATUS_BOARD.md and index.json up to date, or leave it to the process that is doing so. Both are derived and the act has
 * happened: whatever goes wrong here, even a fault of coord itself, is only a warning.
 */
export function refresh(ctx: Context, room: Room): void {
  try {
    const changed = [...room.changed].join('\n') || '.'
    room.changed.clear()
    refreshBoard(room, changed, (journal) => {
      const now = ctx.now()
      const { records, texts } = readForBoard({ ...room, problems: [...room.problems] }, now, journal)
      const picture = look(records, now, room.config)
      return { board: renderBoard(room, picture), index: renderIndex(picture, texts) }
    })
  } catch (error) {
    const reason =
      error instanceof CoordError ? warningOf(error) : `the board could not be refreshed: ${String(error)}`
    if (!ctx.warnings.includes(reason)) ctx.warnings.push(reason)
  }
}

/** Run what an act that has happened must not fail for; null with a warning when it is refused. */
export function attempt<T>(ctx: Context, run: () => T): T | null {
  try {
    return run()
  } catch (thrown) {
    const error = asCoordError(thrown)
    if (!(error instanceof CoordError)) throw error
    const warning = warningOf(error)
    if (!ctx.warnings.includes(warning)) ctx.warnings.push(warning)
    return null
  }
}

const warningOf = ({ code, message }: CoordError) =>
  code === 'damaged' ? `${message}; coord doctor tells more` : message

/**
 * The process that stands for a session: none until a second command meets an ancestor that was there at the start (an
 * agent's throw-away shell is not the session), none when its ancestors do not include the one recorded.
 */
function processFacts(ctx: Context, room: Room, session: Session, begins: boolean): Partial<Session> {
  const binding = readBinding(room, session.session_id)
  if (!session.pid && !binding) return {}
  const found = keptProcess(session) ?? learnProcess(ctx, begins ? [] : (binding?.chain ?? []))
  if (!found) return { pid: null, pid_started: null }
  return { pid: found.pid, pid_started: found.started, boot_id: bootId(), pid_ns: pidNamespace() }
}

/** The recorded process, if it is this one or among the ancestors; the walk ends there. */
function keptProcess({ pid, pid_started }: Session): Process | null {
  if (!pid) return null
  for (const link of walkAncestors(pid))
    if (link.pid === pid) return link.started === pid_started ? link : null
  return null
}

function learnProcess(ctx: Context, started: { pid: number; started: string }[]): Process | undefined {
  const chain = ancestors()
  return (
    agentProcess(ctx, chain) ?? chain.find((link) => isSameProcess(link, started) && !isThrowAway(ctx, link))
  )
}

/** A wait is over when its process acts, or is gone. */
function waitOver(session: Session): Partial<Session> {
  const over = session.waiting_for?.pid === ownProcess().pid || stillWaits(session) === false
  return over ? { waiting_for: null } : {}
}

const isSameProcess = (link: Process, chain: { pid: number; started: string }[]) =>
  chain.some(({ pid, started }) => pid === link.pid && started === link.started)
const isThrowAway = (ctx: Context, link: Process) => ctx.at.under === 'agent' && isShell(link)

/** The process that an agent itself calls its own (`CLAUDE_PID`), if it is an ancestor. */
export function agentProcess(ctx: Context, chain: Process[]): Process | null {
  const { agentPid } = ctx.at
  if (agentPid === null || !chain.some(({ pid }) => pid === agentPid)) return null
  return readProcess(agentPid)
}
