/** Alerts: each cause told once. What was told already and what holds now go in; what is to be written comes out. */
import { encodeName, resourceKey } from '../names.ts'
import type { Alert } from '../records.ts'
import { fileTime, formatInstant, parseInstant } from '../time.ts'
import { SEVERITIES } from './conditions.ts'

/** A condition that comes back within this after it ended is the same cause. */
export const COOL_DOWN_MS = 10 * 60_000

/** What an alert is made of: one thing that holds. `since` is an instant that every look at the same files tells alike (ISO 8601). */
export type Cause = Pick<Alert, 'kind' | 'severity' | 'since' | 'text'> & Partial<Pick<Alert, Whose | About>>
type Whose = 'session_id' | 'session_ids' | 'priority' | 'action'
type About = 'project' | 'task_id' | 'host' | 'cwd' | 'resource_type' | 'resource_name'

/** What to write: alerts that begin, those that hold again, those that concern other sessions by now, those that are over. */
export interface AlertChanges {
  opened: Alert[]
  reopened: Alert[]
  changed: Alert[]
  closed: Alert[]
}

/**
 * What is new between the alerts that are known and the causes that hold. Of one session or subject and kind one alert is open at most; one
 * that was closed less than COOL_DOWN_MS ago is opened again, and not told anew; a conflict only if two of the same are in it. The id follows from kind, session or subject, and the
 * instant of the cause, so that two who look at once give one thing one name. Of other kinds than `kinds` none is closed.
 */
export function alertChanges(
  known: Alert[],
  causes: Cause[],
  now: number,
  hash: (text: string) => string,
  kinds: object = SEVERITIES,
): AlertChanges {
  const latest = latestOf(known)
  const holds = new Set(causes.map(keyOf))
  const changes: AlertChanges = { opened: [], reopened: [], changed: [], closed: [] }
  for (const cause of causes) {
    const before = latest.get(keyOf(cause))
    if (!before) changes.opened.push(alertOf(cause, cause.since, now, hash))
    else if (!stillMeet(before, cause)) {
      const over = before.closed_at ?? formatInstant(now)
      changes.opened.push(alertOf(cause, cause.since > before.since ? cause.since : over, now, hash))
      if (!before.closed_at) changes.closed.push({ ...before, closed_at: formatInstant(now) })
    } else if (before.closed_at) {
      const ended = parseInstant(before.closed_at) ?? 0
      if (now - ended < COOL_DOWN_MS) changes.reopened.push({ ...updated(before, cause), closed_at: null })
      else changes.opened.push(alertOf(cause, laterOf(cause.since, before), now, hash))
    } else if (idsOf(before) !== idsOf(cause)) changes.changed.push(updated(before, cause))
  }
  for (const alert of latest.values())
    if (!alert.closed_at && Object.hasOwn(kinds, alert.kind) && !holds.has(keyOf(alert)))
      changes.closed.push({ ...alert, closed_at: formatInstant(now) })
  return changes
}

const idsOf = ({ session_ids }: Cause) => session_ids?.join(' ')

/** Whether two at least that an alert told of are in a cause: others who meet over the same thing are another conflict, with its own date. */
function stillMeet({ session_ids: before }: Alert, { session_ids }: Cause): boolean {
  return !before || !session_ids || session_ids.filter((id) => before.includes(id)).length > 1
}

/** Of a conflict whom it concerns may change while it lasts. */
const updated = (before: Alert, { session_ids, text }: Cause): Alert =>
  session_ids ? { ...before, session_ids, text } : before

/** The alerts as they are after some changes. */
export function alertsAfter(known: Alert[], { opened, reopened, changed, closed }: AlertChanges): Alert[] {
  const written = [...opened, ...reopened, ...changed, ...closed]
  const ids = new Set(written.map(({ id }) => id))
  return [...known.filter(({ id }) => !ids.has(id)), ...written]
}

/** The alerts that hold, worst and newest first. */
export function openAlerts(alerts: Alert[]): Alert[] {
  const ranks = ['critical', 'warning', 'notice']
  return alerts
    .filter(({ closed_at }) => !closed_at)
    .sort((a, b) => ranks.indexOf(a.severity) - ranks.indexOf(b.severity) || (a.since < b.since ? 1 : -1))
}

const keyOf = (cause: Cause) => `${cause.kind} ${cause.session_id ?? aboutOf(cause)}`

/** What a conflict is about, as one text. */
function aboutOf({ project, host, cwd, task_id, resource_type, resource_name }: Cause): string {
  const resource = resource_name && resourceKey(resource_type ?? '', resource_name)
  return project ?? task_id ?? resource ?? (cwd ? `${host ?? ''} ${cwd}` : '')
}

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

/** Names of subjects are long: eight characters of their hash stand for them. */
function alertOf(cause: Cause, since: string, now: number, hash: (text: string) => string): Alert {
  const { kind, session_id = null, severity, text, ...rest } = cause
  const about = session_id === null ? hash(aboutOf(cause)).slice(0, 8) : encodeName(session_id, hash)
  const id = `${fileTime(parseInstant(since) ?? 0)}-${kind}-${about}`
  return { id, kind, session_id, severity, text, ...rest, at: formatInstant(now), since, closed_at: null }
}
