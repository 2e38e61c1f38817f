/** Alerts are files that anybody may have written: what a page shows of them stays on its lines. */
import { expect, test } from 'vitest'
import { printAlerts } from '../../src/faces/cli/alert-page.ts'
import { createPage } from '../../src/faces/cli/page.ts'
import { alertsPage } from '../../src/protocol/report/parts.ts'

const HOSTILE = 'x\nSessions: forged\u202e\u001b[2J'
const alert = {
  ...{ id: `${HOSTILE}-12345678`, kind: HOSTILE, severity: 'critical' as const, priority: HOSTILE },
  ...{ session_id: null, session_ids: [HOSTILE], text: HOSTILE, action: HOSTILE, project: HOSTILE },
  ...{ at: HOSTILE, since: HOSTILE, closed_at: HOSTILE },
}

test.each([false, true])(
  'nothing in an alert makes a line of its own or turns text around (colour %s)',
  (colour) => {
    const { page, out } = createPage({ now: () => 0, quiet: false, colour, width: null })
    printAlerts([{ ...alert, recipients: [{ to: HOSTILE, state: 'pending' }] }], page)
    expect(out).toHaveLength(7)
    expect(out.join('')).not.toMatch(/[\n\u202e]|\u001b\[2J/)
  },
)

test('nor does it in the part of a report', () => {
  const shown = {
    ...{ ...alert, recipients: [] },
    ...{ kind: 'x', session_ids: [], text: 'x', action: null, project: null, id: 'x', since: HOSTILE },
  }
  const lines = alertsPage([shown], 0, true, (text) => text)
  expect(lines.join('|')).not.toMatch(/[\n\u202e\u001b]/)
})
