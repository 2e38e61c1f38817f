/** What a report tells of alerts, and of what else needs somebody: each thing once. */
import { isConflict } from '../live/conflicts.ts'
import { PRIORITIES } from '../messages.ts'
import { nameOf } from '../names.ts'
import type { Need } from '../needs.ts'
import type { Alert } from '../records.ts'

type Priority = (typeof PRIORITIES)[number]

const OF_SEVERITY: Record<Alert['severity'], Priority> = {
  critical: 'critical',
  warning: 'high',
  notice: 'normal',
}

/** How urgent an alert is: its own word, else by its severity. */
export function priorityOf({ priority, severity }: Pick<Alert, 'priority' | 'severity'>): Priority {
  const isOne = (PRIORITIES as readonly unknown[]).includes(priority)
  return isOne ? (priority as Priority) : OF_SEVERITY[severity]
}

/** The same as a number, 0 to 3. */
export const priorityNumber = (alert: Pick<Alert, 'priority' | 'severity'>): number =>
  PRIORITIES.indexOf(priorityOf(alert))

const QUIET = ['stale', 'silent', 'gone']

/** The needs that no listed alert tells already: conflicts, what somebody was refused, and the state of a session. */
export const beside = (needs: Need[], alerts: Alert[]): Need[] =>
  needs.filter((need) => !alerts.some((alert) => tells(alert, need)))

function tells(alert: Alert, { kind, session_ids, text }: Need): boolean {
  if (!isConflict(alert)) {
    const same = alert.kind === kind || (kind === 'quiet' && QUIET.includes(alert.kind))
    return same && session_ids.includes(alert.session_id ?? '')
  }
  if (!session_ids.every((id) => alert.session_ids?.includes(id))) return false
  const { resource_type, resource_name } = alert
  if (kind === 'refused')
    return Boolean(
      resource_type && resource_name && text.includes(` ${nameOf({ resource_type, resource_name })} `),
    )
  if (kind === 'same-target') return ['task_conflict', 'file_conflict'].includes(alert.kind)
  return kind === alert.kind && text === alert.text
}
