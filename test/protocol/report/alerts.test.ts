import { expect, test } from 'vitest'
import type { Need } from '../../../src/protocol/needs.ts'
import type { Alert } from '../../../src/protocol/records.ts'
import { beside, priorityNumber, priorityOf } from '../../../src/protocol/report/alerts.ts'

const AT = '2026-11-20T10:00:00.000Z'
const need = (kind: string, session_ids: string[], text = `${kind}!`): Need => ({
  ...{ kind, text, session_ids, act: null },
})
const alert = (kind: string, more: Partial<Alert> = {}): Alert => ({
  ...{ id: `x-${kind}`, kind, severity: 'critical', text: 'told', at: AT, since: AT, session_id: null },
  ...more,
})
const conflict = (kind: string, more: Partial<Alert> = {}) =>
  alert(kind, { session_ids: ['a', 'b'], ...more })
const file = { resource_type: 'file', resource_name: 'x.ts' }
const refusal = (name: string) => need('refused', ['b', 'a'], `b was refused ${name} 1m ago, a holds it`)

test.each<[what: string, need: Need, told: Alert, isLeft: boolean]>([
  ['a refusal of the very file', refusal('file/x.ts'), conflict('file_conflict', file), false],
  ['a refusal of another file', refusal('file/x.tsx'), conflict('file_conflict', file), true],
  ['one target of two', need('same-target', ['a', 'b']), conflict('task_conflict', { task_id: 't' }), false],
  [
    'one target of others',
    need('same-target', ['a', 'c']),
    conflict('task_conflict', { task_id: 't' }),
    true,
  ],
  ['a shared project', need('project_conflict', ['a', 'b'], 'told'), conflict('project_conflict'), false],
  ['the state of a session', need('blocked', ['a']), alert('blocked', { session_id: 'a' }), false],
  ['that of another', need('blocked', ['b']), alert('blocked', { session_id: 'a' }), true],
  ['a quiet holder', need('quiet', ['a']), alert('silent', { session_id: 'a' }), false],
  ['a question', need('question', ['a']), conflict('file_conflict', file), true],
])('beside the alerts: %s', (_, given, told, isLeft) => {
  expect(beside([given], [told])).toEqual(isLeft ? [given] : [])
})

test.each([
  [{ priority: 'low', severity: 'critical' as const }, 'low', 0],
  [{ priority: 'urgent', severity: 'critical' as const }, 'critical', 3],
  [{ severity: 'warning' as const }, 'high', 2],
  [{ severity: 'notice' as const }, 'normal', 1],
])('the priority of %o is a label and a number from 0 to 3', (given, label, number) => {
  expect([priorityOf(given), priorityNumber(given)]).toEqual([label, number])
})
