/** Alerts: each cause told once. What was told already and what holds now go in; what is to be written comes out. */
import { encodeName } from '../names.ts'
import type { Alert } from '../records.ts'
import { fileTime, formatInstant, parseInstant } from '../time.ts'
import { type Condition, SEVERITIES } from './conditions.ts'

/** A condition that comes back within this after it ended is the same cause. */
export const COOL_DOWN_MS = 10 * 60_000

/** What to write: alerts that begin, those that hold again, those that are over. */
export interface AlertChanges {
  opened: Alert[]
  reopened: Alert[]
  closed: Alert[]
}

/**
 * What is new between the alerts that are known and the conditions that hold. Of one session and kind one alert is open at most; one that
 * was closed less than COOL_DOWN_MS ago is opened again, and not told anew. The id follows from session, kind and the instant
 * of the condition, so that two who look at once give one thing one name. Kinds that conditions never have are left alone.
 */
export function alertChanges(
  known: Alert[],
  conditions: Condition[],
  now: number,
  hash: (text: string) => string,
): AlertChanges {
  const latest = latestOf(known)
  const holds = new Set(conditions.map(keyOf))
  const changes: AlertChanges = { opened: [], reopened: [], closed: [] }
  for (const condition of conditions) {
    const before = latest.get(keyOf(condition))
    if (!before) changes.opened.push(alertOf(condition, condition.since, now, hash))
    else if (before.closed_at) {
      const ended = parseInstant(before.closed_at) ?? 0
      if (now - ended < COOL_DOWN_MS) changes.reopened.push({ ...before, closed_at: null })
      else changes.opened.push(alertOf(condition, laterOf(condition.since, before), now, hash))
    }
  }
  for (const alert of latest.values())
    if (!alert.closed_at && Object.hasOwn(SEVERITIES, alert.kind) && !holds.has(keyOf(alert)))
      changes.closed.push({ ...alert, closed_at: formatInstant(now) })
  return changes
}

/** The alerts that hold, worst and newest first. */
export function openAlerts(alerts: Alert[]): Alert[] {
  const ranks = ['critical', 'warning', 'notice']
  return alerts
    .filter(({ closed_at }) => !closed_at)
    .sort((a, b) => ranks.indexOf(a.severity) - ranks.indexOf(b.severity) || (a.since < b.since ? 1 : -1))
}

const keyOf = ({ session_id, kind }: Pick<Alert, 'session_id' | 'kind'>) => `${kind} ${session_id ?? ''}`

function latestOf(known: Alert[]): Map<string, Alert> {
  const latest = new Map<string, Alert>()
  for (const alert of known) {
    const other = latest.get(keyOf(alert))
    if (!other || other.at < alert.at || (other.at === alert.at && other.id < alert.id))
      latest.set(keyOf(alert), alert)
  }
  return latest
}

/** A condition without a beginning of its own (how full a context is) begins anew where the last one ended. */
function laterOf(since: string, { since: before, closed_at }: Alert): string {
  return since > before ? since : (closed_at ?? since)
}

function alertOf(
  { kind, session_id, severity, text }: Condition,
  since: string,
  now: number,
  hash: (text: string) => string,
): Alert {
  const id = `${fileTime(parseInstant(since) ?? 0)}-${kind}-${encodeName(session_id, hash)}`
  return { id, kind, session_id, severity, text, at: formatInstant(now), since, closed_at: null }
}
