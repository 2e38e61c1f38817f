import { expect, test } from 'vitest'
import { alertChanges, COOL_DOWN_MS, openAlerts } from '../../../src/protocol/live/alerts.ts'
import type { Condition } from '../../../src/protocol/live/conditions.ts'
import { type Alert, Alert as Schema } from '../../../src/protocol/records.ts'
import { isAlert } from '../../../src/store/alerts.ts'

const NOW = Date.parse('2026-11-20T10:00:00.000Z')
const iso = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString()
const hash = (text: string) => text
const stale = (since = -5, session_id = 'a'): Condition => ({
  ...{ kind: 'stale', session_id, severity: 'notice', since: iso(since), text: `${session_id} is stale` },
})
const told = (given: Partial<Alert> = {}): Alert => ({
  ...{ id: 'x', kind: 'stale', session_id: 'a', severity: 'notice', text: 'a is stale' },
  ...{ at: iso(0), since: iso(-5), closed_at: null, ...given },
})
const minutes = COOL_DOWN_MS / 60_000

test.each<[what: string, known: Alert[], holds: Condition[], at: number, changes: [number, number, number]]>([
  ['what is new is opened', [], [stale()], 0, [1, 0, 0]],
  ['what is open is not told again', [told()], [stale()], 1, [0, 0, 0]],
  ['another session is another cause', [told()], [stale(), stale(-5, 'b')], 1, [1, 0, 0]],
  ['what is over is closed', [told()], [], 1, [0, 0, 1]],
  ['what was closed stays so', [told({ closed_at: iso(1) })], [], 2, [0, 0, 0]],
  ['what flaps is opened again, not anew', [told({ closed_at: iso(1) })], [stale(2)], minutes, [0, 1, 0]],
  [
    'after the cool-down it is a new cause',
    [told({ closed_at: iso(1) })],
    [stale(2)],
    minutes + 1,
    [1, 0, 0],
  ],
  [
    'of several the newest counts',
    [told({ closed_at: iso(1) }), told({ id: 'y', at: iso(3) })],
    [stale()],
    4,
    [0, 0, 0],
  ],
  [
    'an alert of another kind is left to who knows it',
    [told({ kind: 'project_conflict' })],
    [],
    1,
    [0, 0, 0],
  ],
])('%s', (_, known, holds, at, expected) => {
  const { opened, reopened, closed } = alertChanges(known, holds, NOW + at * 60_000, hash)
  expect([opened.length, reopened.length, closed.length]).toEqual(expected)
})

test('two who look at different moments give one cause one name', () => {
  const [one, other] = [1000, 2000].map((late) => alertChanges([], [stale()], NOW + late, hash).opened[0]!)
  expect(one!.id).toBe('2026-11-20_09-55-00-000-stale-a')
  expect(other!.id).toBe(one!.id)
})

test('what has no beginning of its own begins anew where it last ended', () => {
  const before = told({ closed_at: iso(1) })
  const { opened } = alertChanges([before], [stale()], NOW + COOL_DOWN_MS + 60_000, hash)
  expect(opened).toMatchObject([{ since: iso(1), id: '2026-11-20_10-01-00-000-stale-a', closed_at: null }])
})

test('a name that no file can have is encoded in the id', () => {
  const { opened } = alertChanges([], [stale(-5, '../a b')], NOW, hash)
  expect(opened[0]!.id).toBe('2026-11-20_09-55-00-000-stale-..%2Fa%20b')
})

test('open alerts come worst first, then newest', () => {
  const alerts = [
    told({ id: '1' }),
    told({ id: '2', severity: 'critical' }),
    told({ id: '3', since: iso(-1) }),
    told({ id: '4', closed_at: iso(1) }),
  ]
  expect(openAlerts(alerts).map(({ id }) => id)).toEqual(['2', '3', '1'])
})

test.each([
  ['an alert', told()],
  ['one with a field of somebody else', { ...told(), project: 'p' }],
  ['one of no session', { ...told(), session_id: null }],
  ['one that is open, without saying so', { ...told(), closed_at: undefined }],
  ['one without a text', { ...told(), text: undefined }],
  ['one of an unknown severity', { ...told(), severity: 'bad' }],
  ['one whose end is a number', { ...told(), closed_at: 5 }],
  ['a conflict', { ...told(), session_ids: ['a', 'b'], project: 'p', priority: 'high' }],
  ['one whose sessions are numbers', { ...told(), session_ids: [1] }],
  ['one whose sessions are a text', { ...told(), session_ids: 'a' }],
  ['one whose directory is a number', { ...told(), cwd: 5 }],
  ['a list', []],
  ['nothing', null],
])('the guard and the schema agree on %s', (_, value) => {
  expect(isAlert(value)).toBe(Schema.safeParse(value).success)
})
