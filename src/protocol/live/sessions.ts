/**
 * Every name that is alive as one flat row: registered sessions from the picture of the room, and names that only push status lines
 * (the seed session-status-update-protocol). What the monitor, the page, the terminal view and the API show is made of these rows.
 */

import { readProgress } from '../heartbeats.ts'
import { called, type Picture, type SeenSession } from '../picture.ts'
import type { Lease, StatusLine } from '../records.ts'
import type { Liveness } from '../sessions.ts'
import { formatInstant } from '../time.ts'
import { estimateEnd, progressOf } from './estimate.ts'
import { lastWord } from './said.ts'

type Held = Pick<Lease, 'resource_type' | 'resource_name'> & {
  /** Since when others may take it, as a remote has not taken it, or not its longer term. */
  provisional_since?: string
}

/** One name at one moment. Times are ISO 8601, `progress` is 0 to 1, `eta` the computed end, where one can be computed. */
export interface LiveSession {
  session_id: string
  /** What people call it, with its machine behind where that is another one. */
  label: string
  registered: boolean
  status: string
  message: string | null
  progress: number | null
  eta: string | null
  task_id: string | null
  phase: string | null
  target: string | null
  next_action: string | null
  /** The last sign of life; null where there never was one. */
  timestamp: string | null
  age_ms: number
  is_stale: boolean
  liveness: Liveness
  /** Where the process that its record names is no more. */
  no_process?: true
  started_at: string | null
  agent: string | null
  model: string | null
  branch: string | null
  context_pct: number | null
  agents: number
  /** The resources it holds. */
  claims: Held[]
  /** The resource that it waits for, or null. */
  waiting_for: { type: string; name: string } | null
  metadata: Record<string, unknown> | null
}

/** The newest status lines by name, oldest first. */
export type Tails = Map<string, StatusLine[]>

/** What needs somebody comes first, then the newest sign of life. */
const RANKS: Record<string, number> = { error: 0, blocked: 1, waiting: 2 }
const rankOf = ({ status, liveness }: LiveSession) => RANKS[status] ?? (liveness.level === 'fresh' ? 4 : 3)

/** The rows of a room: its active sessions, names that only push among them (pushers.ts). `noProcess` are the ids of those whose process is no more. */
export function liveSessions(
  picture: Picture,
  tails: Tails,
  noProcess: Set<string> = new Set(),
): LiveSession[] {
  const held = new Map<string, Held[]>()
  for (const { lease, expired } of picture.claims) {
    const { claimed_by, resource_type, resource_name } = lease
    const since = lease.provisional ? (lease.taken_until ?? lease.claimed_at) : null
    const claim: Held = {
      resource_type,
      resource_name,
      ...(since ? { provisional_since: String(since) } : {}),
    }
    if (!expired) held.set(claimed_by, [...(held.get(claimed_by) ?? []), claim])
  }
  const rows = picture.active.map((seen): LiveSession => {
    const { session_id: id } = seen.session
    const row = ofSession(seen, tails.get(id) ?? [], picture, held.get(id) ?? [])
    return noProcess.has(id) ? { ...row, no_process: true } : row
  })
  return rows.sort(
    (a, b) =>
      rankOf(a) - rankOf(b) ||
      (b.timestamp ?? '').localeCompare(a.timestamp ?? '') ||
      (a.session_id < b.session_id ? -1 : 1),
  )
}

function ofSession(seen: SeenSession, lines: StatusLine[], picture: Picture, claims: Held[]): LiveSession {
  const { session, liveness, sign, state } = seen
  const last = session.last ?? {}
  const said = lastWord(lines)
  const points = progressOf(lines)
  const { type, name } = session.waiting_for ?? {}
  const progress = progressNow(points, last.progress)
  return {
    session_id: session.session_id,
    label: called(picture, session.session_id),
    registered: session.registered !== false,
    status: state,
    message: said?.message ?? last.message ?? (session.current_work || null),
    progress,
    eta: progress === null ? null : etaOf(points, picture.now, liveness),
    task_id: said?.task_id ?? last.task_id ?? null,
    phase: last.phase ?? null,
    target: last.target ?? (session.current_work || null),
    next_action: last.next_action ?? null,
    timestamp: sign === null ? null : formatInstant(sign),
    age_ms: liveness.age_ms,
    is_stale: liveness.level !== 'fresh',
    liveness,
    started_at: session.started_at ?? null,
    agent: session.agent?.vendor ?? null,
    model: session.agent?.model ?? null,
    branch: session.branch ?? null,
    context_pct: numberIn(session.context?.percentage),
    agents: numberIn(session.agents?.active) ?? 0,
    claims,
    waiting_for: typeof type === 'string' && typeof name === 'string' ? { type, name } : null,
    metadata: said?.metadata ?? null,
  }
}

/** Who gives no sign makes no progress either. */
function etaOf(points: ReturnType<typeof progressOf>, now: number, { level }: Liveness): string | null {
  const end = level === 'fresh' ? estimateEnd(points, now) : null
  return end === null ? null : formatInstant(end)
}

/** What the last word of the session tells, as `status` shows it: one without a progress has none. The lines have it unrounded. */
function progressNow(points: ReturnType<typeof progressOf>, told: string | null | undefined): number | null {
  const share = told ? readProgress(told) : null
  return share === null ? null : (points.at(-1)?.share ?? share)
}
const numberIn = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : null)

/** The totals of the guide's `summary`: names by status, those at work, in error, and without a sign for `staleAfter`. */
export function summarizeLive(sessions: LiveSession[]) {
  const by_status: Record<string, number> = {}
  for (const { status } of sessions) by_status[status] = (by_status[status] ?? 0) + 1
  const idsOf = (wanted: (session: LiveSession) => boolean) =>
    sessions.filter(wanted).map(({ session_id }) => session_id)
  return {
    total_sessions: sessions.length,
    by_status,
    working_sessions: idsOf(({ status }) => status === 'working'),
    error_sessions: idsOf(({ status }) => status === 'error'),
    stale_sessions: idsOf(({ is_stale }) => is_stale),
  }
}
