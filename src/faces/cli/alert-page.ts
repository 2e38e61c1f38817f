/** Alerts for people: one block each, so that no name and no path is cut. */
import { visible } from '../../protocol/escape.ts'
import { subjectOf } from '../../protocol/live/conflicts.ts'
import type { ShownAlert } from '../../protocol/live/delivery.ts'
import { priorityOf } from '../../protocol/report/alerts.ts'
import type { Page } from './page.ts'

/** The blocks: urgency, kind, since when, the end of the id; then who, what, what to do, and who was told. */
export function printAlerts(alerts: ShownAlert[], page: Page): void {
  for (const alert of alerts) {
    page.line()
    printAlert(alert, page)
  }
}

const ORDINARY = 'None: it is what a room is for; claims keep tasks apart'

function printAlert(alert: ShownAlert, page: Page): void {
  const { ordinary, severity, kind, since, closed_at, id, session_ids, action, text, recipients } = alert
  const label = ordinary ? 'ORDINARY' : priorityOf(alert).toUpperCase()
  const role = ordinary ? 'muted' : severity === 'critical' ? 'bad' : 'warn'
  const over = closed_at ? `  over since ${closed_at}` : ''
  page.line(`${page.paint(role, `[${label}]`)} ${visible(`${kind}  ${since}  ${id.slice(-8)}${over}`)}`)
  const told = recipients.map(({ to, state }) => `${page.people.called(to)} ${state}`)
  const about = subjectOf(alert)
  const lines = [
    ...(session_ids ? [['Sessions', session_ids.map(page.people.called).join(', ')]] : []),
    ...(about ? [about] : []),
    ['What', text],
    ...(action ? [['Action', ordinary ? ORDINARY : action]] : []),
    ['Told', told.join(', ')],
  ]
  for (const [name, value] of lines) page.line(`  ${name}: ${visible(value!)}`)
}
