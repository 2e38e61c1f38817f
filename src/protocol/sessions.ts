/** Sessions and their liveness: one function answers for every face whether a session is still there. */
import type { Config } from './config.ts'
import type { Session } from './records.ts'
import { formatSpan, parseInstant } from './time.ts'

type Level = 'fresh' | 'stale' | 'silent' | 'gone' | 'ended'
/** What the machine says about a session's process: `unknown` is never dead. */
export type ProcessState = 'alive' | 'dead' | 'unknown'

export interface Liveness {
  level: Level
  age_ms: number
  reason: string
}

/** Whether a session was ended by itself or given up: it holds nothing and is not greeted any more. */
export function isEnded(session: Session): boolean {
  return session.status === 'completed' || session.status === 'abandoned'
}

/** The last sign of life that the session file itself carries, or null. */
export function lastSign(session: Session): number | null {
  return (
    parseInstant(session.last_seen) ??
    parseInstant(session.last_heartbeat) ??
    parseInstant(session.started_at)
  )
}

/** Whether the session file tells the whole truth about signs of life, or other records must be asked (seed scripts). */
export function tellsLastSeen(session: Session): boolean {
  return parseInstant(session.last_seen) !== null
}

/**
 * How alive a session is. `sign` is its last sign of life (epoch ms; null: none known), `process` what is known of its
 * process. A process that provably runs, or a session that waits for its person, is at most `silent`.
 * A sign in the future counts as now and is named in the reason.
 */
export function liveness(
  session: Session,
  sign: number | null,
  process: ProcessState,
  now: number,
  limits: Config['sessions'],
): Liveness {
  if (isEnded(session))
    return {
      level: 'ended',
      age_ms: Math.max(0, now - (sign ?? now)),
      reason: `session is ${session.status}`,
    }
  if (sign === null) {
    const kept = process === 'alive' || (process !== 'dead' && session.state === 'waiting')
    return { level: kept ? 'silent' : 'gone', age_ms: now, reason: 'it never gave a sign of life' }
  }
  const age_ms = Math.max(0, now - sign)
  const reason =
    sign > now + 60_000 ? `last sign lies ${formatSpan(sign - now)} in the future` : reasonOf(age_ms)
  if (age_ms < limits.staleAfter) return { level: 'fresh', age_ms, reason }
  if (process === 'dead')
    return { level: 'gone', age_ms, reason: `its process ${session.pid} is no more, ${reason}` }
  if (age_ms < limits.silentAfter) return { level: 'stale', age_ms, reason }
  if (process === 'alive')
    return { level: 'silent', age_ms, reason: `${reason}, its process ${session.pid} still runs` }
  if (session.state === 'waiting')
    return { level: 'silent', age_ms, reason: `${reason}, it waits for its person` }
  return { level: age_ms < limits.goneAfter ? 'silent' : 'gone', age_ms, reason }
}

let told = { half: -1, reason: '' }

/** The last one is remembered: sessions come in the order of their signs, and a span is told by half seconds at most. */
function reasonOf(age_ms: number): string {
  const half = Math.floor(age_ms / 500)
  if (told.half !== half) told = { half, reason: `last sign ${formatSpan(age_ms)} ago` }
  return told.reason
}

/**
 * Whether a session is over: it has ended, or its death is proven, which takes a process that is gone *and* `staleAfter` without a
 * sign. Silence alone proves nothing. `process` is asked only when that time has passed. Null: not over.
 */
export function endOf(
  session: Session,
  process: () => ProcessState,
  now: number,
  limits: Config['sessions'],
): 'ended' | 'dead' | null {
  if (isEnded(session)) return 'ended'
  const sign = lastSign(session)
  return (sign === null || now - sign >= limits.staleAfter) && process() === 'dead' ? 'dead' : null
}

/** The default id: `session-<unix seconds>-<4 random characters>`. */
export function newSessionId(now: number, random: string): string {
  return `session-${Math.floor(now / 1000)}-${random.slice(0, 4)}`
}
