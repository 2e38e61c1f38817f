/** What the operator of a room should know, in one list: needs and conditions as they hold now, and open alerts of other kinds. */
import { type Condition, SEVERITIES } from '../live/conditions.ts'
import { PRIORITIES } from '../messages.ts'
import type { Need } from '../needs.ts'
import type { Alert } from '../records.ts'

type Priority = (typeof PRIORITIES)[number]

/** One thing that somebody should know. */
export interface ReportedAlert {
  kind: string
  severity: Alert['severity']
  priority: Priority
  session_ids: string[]
  text: string
  /** The command that helps, or null where only people can. */
  act: string | null
  /** Since when it holds (ISO 8601), where that is known. */
  since: string | null
}

type Told = Omit<ReportedAlert, 'severity'>

const OF_SEVERITY: Record<Alert['severity'], Priority> = {
  critical: 'critical',
  warning: 'high',
  notice: 'normal',
}
const SEVERITY_OF: Record<Priority, Alert['severity']> = {
  critical: 'critical',
  high: 'warning',
  normal: 'notice',
  low: 'notice',
}
/** Needs that are no condition of one session; any other kind is a file that can't be read. */
const OF_NEED: Record<string, Priority> = {
  question: 'high',
  cycle: 'critical',
  'same-target': 'high',
  quiet: 'high',
  expired: 'high',
  orphaned: 'high',
  refused: 'normal',
  unanswered: 'normal',
  requested: 'high',
}
const QUIET = ['stale', 'silent', 'gone']

/**
 * The alerts of a room, most urgent first. What a need tells already no condition tells again, but lends it its beginning. Of the
 * alerts that were written (`open`) only those count whose kind is not computed here: whether the others still hold is known better.
 */
export function reportedAlerts(needs: Need[], conditions: Condition[], open: Alert[]): ReportedAlert[] {
  const told = needs.map((need) => ({ need, same: conditions.filter((each) => isSame(need, each)) }))
  const others = conditions.filter((condition) => !needs.some((need) => isSame(need, condition)))
  const alerts: Told[] = [
    ...told.map(({ need, same }) => ofNeed(need, same)),
    ...others.map(ofCondition),
    ...open.filter(({ kind }) => !Object.hasOwn(SEVERITIES, kind)).map(ofAlert),
  ]
  const ranked = alerts.sort((a, b) => rankOf(a) - rankOf(b))
  return ranked.map(({ kind, ...rest }) => ({ kind, severity: SEVERITY_OF[rest.priority], ...rest }))
}

/** How urgent an alert is as a number, 0 to 3. */
export const priorityNumber = ({ priority }: Pick<ReportedAlert, 'priority'>) => PRIORITIES.indexOf(priority)
const rankOf = (alert: Told) => -priorityNumber(alert)

const isSame = (need: Need, { kind, session_id }: Condition) =>
  need.session_ids.includes(session_id) &&
  (need.kind === kind || (need.kind === 'quiet' && QUIET.includes(kind)))

function ofNeed({ kind, session_ids, text, act }: Need, same: Condition[]): Told {
  const own = same[0] && OF_SEVERITY[same[0].severity]
  const priority = own ?? OF_NEED[kind] ?? 'high'
  return { kind, priority, session_ids, text, act, since: same[0]?.since ?? null }
}

const ofCondition = ({ kind, severity, session_id, text, since }: Condition): Told => ({
  ...{ kind, priority: OF_SEVERITY[severity], session_ids: [session_id], text, act: null, since },
})

/** An alert of a kind that its writer knows; it may name several sessions, and what helps. */
function ofAlert(alert: Alert): Told {
  const { kind, severity, session_id, session_ids, text, act, since } = alert
  const several = Array.isArray(session_ids) ? session_ids.filter((id) => typeof id === 'string') : []
  const ids = several.length > 0 ? several : session_id ? [session_id] : []
  const said = (PRIORITIES as readonly unknown[]).includes(alert.priority)
  const priority = said ? (alert.priority as Priority) : OF_SEVERITY[severity]
  return { kind, priority, session_ids: ids, text, act: typeof act === 'string' ? act : null, since }
}
