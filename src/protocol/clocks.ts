/** Clocks that do not agree: records from the future, and leases whose two clocks tell that the wall clock was set. */
import type { Moment } from './claims.ts'
import type { Finding } from './faults.ts'
import type { Lease, Session } from './records.ts'
import { lastSign } from './sessions.ts'
import { formatSpan, parseInstant } from './time.ts'

/** What clocks of different machines may differ without being named. */
const TOLERANCE = 60_000

/** Sessions and messages that were stamped by a clock ahead of ours. */
export function findFuture(
  sessions: Session[],
  messages: { id: string; sent: number }[],
  now: number,
): Finding[] {
  const signs = sessions.map((session) => [`sessions/${session.session_id}.json`, lastSign(session)] as const)
  const sent = messages.map(({ id, sent }) => [`message ${id}`, sent] as const)
  return [...signs, ...sent].flatMap(([path, time]): Finding[] => {
    if (time === null || time <= now + TOLERANCE) return []
    const detail = `is stamped ${formatSpan(time - now)} in the future: set the clock of its machine, or of this one`
    return [{ path, kind: 'future', detail }]
  })
}

/** By how much the wall clock was set since a lease was granted on this boot; told once, by the latest of them. */
export function findSteps(leases: Lease[], now: Moment): Finding[] {
  const steps = leases.flatMap((lease) => {
    const told = parseInstant(lease.expires_at)
    if (!now.boot || lease.clock?.id !== now.boot.id || told === null) return []
    const meant = now.wall + lease.clock.expires_ms - now.boot.ms
    return Math.abs(meant - told) > TOLERANCE ? [{ lease, step: meant - told }] : []
  })
  const latest = steps.at(-1)
  if (!latest) return []
  const { lease, step } = latest
  const way = step > 0 ? 'forward' : 'back'
  const name = `${lease.resource_type}/${lease.resource_name}`
  const detail = `the wall clock was set ${way} by ${formatSpan(Math.abs(step))} since ${name} was claimed; its lease runs on by the boot clock`
  return [{ path: name, kind: 'clock', detail }]
}
