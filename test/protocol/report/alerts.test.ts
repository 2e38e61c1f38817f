import { expect, test } from 'vitest'
import type { Condition } from '../../../src/protocol/live/conditions.ts'
import type { Need } from '../../../src/protocol/needs.ts'
import type { Alert } from '../../../src/protocol/records.ts'
import { priorityNumber, reportedAlerts } from '../../../src/protocol/report/alerts.ts'

const AT = '2026-11-20T10:00:00.000Z'
const need = (kind: string, ...session_ids: string[]): Need => ({
  kind,
  text: `${kind}!`,
  session_ids,
  act: 'coord x',
})
const condition = (
  kind: Condition['kind'],
  session_id: string,
  severity: Condition['severity'],
): Condition => ({
  ...{ kind, session_id, severity, since: AT, text: `${session_id} ${kind}` },
})
const alert = (kind: string, more: object = {}): Alert => ({
  ...{ id: `x-${kind}`, kind, severity: 'critical', text: 'told', at: AT, since: AT, session_id: 'one' },
  ...more,
})
const told = (...given: Parameters<typeof reportedAlerts>) =>
  reportedAlerts(...given).map(({ kind, priority, session_ids, since }) => [
    kind,
    priority,
    session_ids.join(' '),
    since,
  ])

test.each([
  [
    'a need alone has the priority of its kind',
    [[need('question', 'one')], [], []],
    [['question', 'high', 'one', null]],
  ],
  ['a need of another kind is of a file', [[need('too-big')], [], []], [['too-big', 'high', '', null]]],
  [
    'a condition that a need tells lends it its beginning and severity',
    [[need('error', 'one')], [condition('error', 'one', 'critical')], []],
    [['error', 'critical', 'one', AT]],
  ],
  [
    'a quiet holder is told once, whatever its level is',
    [[need('quiet', 'one')], [condition('silent', 'one', 'warning')], []],
    [['quiet', 'high', 'one', AT]],
  ],
  [
    'a condition of another session is told beside a need of its kind, and the most urgent is first',
    [
      [need('refused', 'one', 'two')],
      [condition('gone', 'two', 'critical'), condition('stale', 'one', 'notice')],
      [],
    ],
    [
      ['gone', 'critical', 'two', AT],
      ['refused', 'normal', 'one two', null],
      ['stale', 'normal', 'one', AT],
    ],
  ],
  ['a written alert of a kind that is computed here does not count', [[], [], [alert('gone')]], []],
  [
    'a written alert of another kind names all its sessions, and its own priority',
    [[], [], [alert('project_conflict', { session_ids: ['one', 'two'], priority: 'low' }), alert('disk')]],
    [
      ['disk', 'critical', 'one', AT],
      ['project_conflict', 'low', 'one two', AT],
    ],
  ],
  [
    'a written alert with fields of other forms is told by what can be read',
    [[], [], [alert('odd', { session_ids: 7, priority: 'urgent', act: {}, session_id: null })]],
    [['odd', 'critical', '', AT]],
  ],
] as [string, Parameters<typeof reportedAlerts>, unknown[]][])('%s', (_, given, expected) => {
  expect(told(...given)).toEqual(expected)
})

test('a priority is a number from 0 to 3 beside its label', () => {
  expect(
    (['low', 'normal', 'high', 'critical'] as const).map((priority) => priorityNumber({ priority })),
  ).toEqual([0, 1, 2, 3])
})
