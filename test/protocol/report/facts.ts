/** A session of a report, as the tests vary it. */
import type { HeldClaim, ReportedSession } from '../../../src/protocol/report/sessions.ts'

export const AT = '2026-11-20T10:00:00.000Z'

/** A claim of a task, or with type `file` a lock. */
export const held = (resource_type: string, resource_name: string, more: Partial<HeldClaim> = {}) => ({
  ...{
    resource_type,
    resource_name,
    claimed_by: 'one',
    token: 7,
    expires_at: AT,
    expired: false,
    expires_in_ms: 60_000,
  },
  ...more,
})

/** A fresh session whose process runs. */
export const session = (session_id: string, more: Partial<ReportedSession> = {}): ReportedSession => ({
  ...{
    session_id,
    name: null,
    asks: false,
    session_uuid: `uuid-${session_id}`,
    machine_id: 'm1',
    host: 'alpha',
  },
  ...{ agent: { vendor: null, model: null, session_id: null }, project: null, tty: null, cwd: '/repo/a b' },
  ...{
    branch: null,
    worktree: null,
    parent: null,
    current_work: null,
    state: 'idle',
    started_at: AT,
    last_seen: AT,
  },
  liveness: { level: 'fresh', age_ms: 0, reason: 'last sign 1s ago' },
  ...{ pid: 100, process: 'alive', uptime_ms: 8_100_000, stopped: false, unread: 0, claims: [] },
  ...more,
})
