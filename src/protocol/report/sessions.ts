/** What the report tells of each session: its record and what the machine knows of its process, as one flat row. */
import { machineOf } from '../machines/names.ts'
import type { SeenSession } from '../picture.ts'
import type { Claim, Session } from '../records.ts'
import type { Liveness, ProcessState } from '../sessions.ts'

/** What only the machine and the mail can tell of a session. `uptime_ms` is null where its process is not known to run. */
export interface Found {
  pid: number | null
  process: ProcessState
  uptime_ms: number | null
  stopped: boolean
  unread: number
}

/** A claim as the report shows it. */
export type HeldClaim = Claim & { token: number; expires_at: string; expired: boolean }

/** A claim with the time that it has left; negative when it is over (ms). */
export type TimedClaim = HeldClaim & { expires_in_ms: number }

/** One session at one moment. */
export interface ReportedSession extends Found {
  session_id: string
  name: string | null
  /** Whether it is the one that asks. */
  asks: boolean
  session_uuid: string | null
  machine_id: string | null
  /** The other machine that it is on, as the remote knows it; absent for the room's own. */
  machine?: string
  machine_name?: string
  host: string | null
  agent: { vendor: string | null; model: string | null; session_id: string | null }
  project: string | null
  tty: string | null
  cwd: string | null
  branch: string | null
  worktree: string | null
  parent: string | null
  current_work: string | null
  state: string
  liveness: Liveness
  started_at: string | null
  last_seen: string | null
  claims: HeldClaim[]
}

/** The row of a session; `me` is who asks, or null. */
export function reportedSession(
  { session, state, liveness }: SeenSession,
  claims: HeldClaim[],
  found: Found,
  me: string | null,
): ReportedSession {
  const { vendor, model, session_id } = session.agent ?? {}
  return {
    session_id: session.session_id,
    name: session.name ?? null,
    asks: session.session_id === me,
    ...placeOf(session),
    ...farOf(session),
    agent: { vendor: vendor ?? null, model: model ?? null, session_id: session_id ?? null },
    ...{ current_work: session.current_work ?? null, parent: session.parent ?? null, state, liveness },
    started_at: session.started_at ?? null,
    last_seen: session.last_seen ?? session.last_heartbeat ?? null,
    ...found,
    claims,
  }
}

function farOf(session: Session): Pick<ReportedSession, 'machine' | 'machine_name'> {
  const machine = machineOf(session)
  const { machine_name: name } = session
  return {
    ...(machine ? { machine } : {}),
    ...(machine && typeof name === 'string' ? { machine_name: name } : {}),
  }
}

function placeOf(session: Session) {
  return {
    session_uuid: session.session_uuid ?? null,
    machine_id: session.machine_id ?? null,
    host: session.host ?? null,
    project: session.project ?? null,
    tty: session.tty ?? null,
    cwd: session.cwd ?? null,
    branch: session.branch ?? null,
    worktree: session.worktree ?? null,
  }
}

/** Whether a claim locks files; all others are of tasks. */
export const isFileLock = ({ resource_type }: Pick<Claim, 'resource_type'>) => resource_type === 'file'
