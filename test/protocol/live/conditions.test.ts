import { describe, expect, test } from 'vitest'
import { conditionsOf, worstOf } from '../../../src/protocol/live/conditions.ts'
import type { LiveSession } from '../../../src/protocol/live/sessions.ts'
import type { StatusLine } from '../../../src/protocol/records.ts'

const NOW = Date.parse('2026-11-20T10:00:00.000Z')
const GONE = 30 * 60_000
const at = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString()
const said = (minutes: number, status: string, message = 'x'): StatusLine => ({
  ...{ timestamp: at(minutes), session: 'a', status, message },
})

function row(given: Partial<LiveSession>, level: LiveSession['liveness']['level'] = 'fresh'): LiveSession {
  const empty = { eta: null, task_id: null, phase: null, target: null, next_action: null, progress: null }
  const unknown = {
    agent: null,
    model: null,
    branch: null,
    context_pct: null,
    metadata: null,
    waiting_for: null,
  }
  return {
    ...{ session_id: 'a', label: 'a', registered: true, status: 'working', message: null, timestamp: at(6) },
    ...{
      ...empty,
      ...unknown,
      age_ms: 0,
      is_stale: level !== 'fresh',
      started_at: at(60),
      agents: 0,
      claims: [],
    },
    liveness: { level, age_ms: 0, reason: 'last sign 6m ago' },
    ...given,
  }
}

const kinds = (rows: LiveSession[], lines: StatusLine[] = []) =>
  conditionsOf(rows, new Map([['a', lines]]), NOW, GONE).map(({ kind, since }) => [kind, since])

describe('a session', () => {
  test.each<[what: string, row: LiveSession, lines: StatusLine[], kinds: string[][]]>([
    ['at work is nothing to tell', row({}), [said(1, 'working')], []],
    [
      'in error is told, since it says so',
      row({ status: 'error' }),
      [said(9, 'error'), said(8, 'working'), said(5, 'error'), said(3, 'error')],
      [['error', at(5)]],
    ],
    [
      'that is blocked without a line is told since its last sign',
      row({ status: 'blocked' }),
      [],
      [['blocked', at(6)]],
    ],
    [
      'whose claims a remote has not taken for an hour is told once of them all',
      row({
        claims: [120, 90, 30].map((minutes) => ({
          ...{ resource_type: 'file', resource_name: `${minutes}.ts`, provisional_since: at(minutes) },
        })),
      }),
      [],
      [['provisional', at(120)]],
    ],
    [
      'that waits for its person is told',
      row({ status: 'waiting' }),
      [said(2, 'waiting')],
      [['waiting', at(2)]],
    ],
    ['without a sign is told since its last one', row({}, 'stale'), [said(6, 'working')], [['stale', at(6)]]],
    ['that rests owes no sign', row({ status: 'idle' }, 'silent'), [said(16, 'idle')], []],
    [
      'that rests and holds something owes one',
      row({ status: 'idle', claims: [{ resource_type: 'file', resource_name: 'a' }] }, 'silent'),
      [said(16, 'idle')],
      [['silent', at(6)]],
    ],
    [
      'that is shown idle since it is silent owes one',
      row({ status: 'idle' }, 'silent'),
      [said(16, 'working')],
      [['silent', at(6)]],
    ],
    ['that is done may go', row({ status: 'completed' }, 'gone'), [said(40, 'completed')], []],
    [
      'that is blocked and silent is told of both',
      row({ status: 'blocked' }, 'silent'),
      [said(16, 'blocked')],
      [
        ['silent', at(6)],
        ['blocked', at(16)],
      ],
    ],
    [
      'with much context used is told since its start',
      row({ context_pct: 80 }),
      [],
      [['context_80', at(60)]],
    ],
    [
      'with nearly all of it used is told of that alone',
      row({ context_pct: 90.4 }),
      [],
      [['context_90', at(60)]],
    ],
    ['with 79 % used is not', row({ context_pct: 79.9 }), [], []],
  ])('%s', (_, session, lines, expected) => {
    expect(kinds([session], lines)).toEqual(expected)
  })
})

test.each([
  [29, 'working', 0],
  [30, 'working', 1],
  [59, 'blocked', 1],
  [60, 'working', 0],
  [40, 'completed', 0],
  [40, 'error', 0],
])(
  'a name that pushed %i minutes ago that it was %s and left the view is gone: %i',
  (minutes, status, count) => {
    expect(kinds([], [said(minutes, status)])).toHaveLength(count)
  },
)

test('an act that coord recorded is no push: its session has ended or been archived', () => {
  expect(kinds([], [{ ...said(40, 'working'), metadata: { event: 'end' } }])).toEqual([])
})

test('the worst comes first, with what was said', () => {
  const rows = [
    row({ session_id: 'b', label: 'bee' }, 'stale'),
    row({ status: 'error', message: 'disk full' }),
  ]
  expect(conditionsOf(rows, new Map(), NOW, GONE).map(({ text }) => text)).toEqual([
    'a reports an error: "disk full"',
    'bee is stale, last sign 6m ago',
  ])
  expect(worstOf(['notice', 'critical', 'warning'])).toBe('critical')
  expect(worstOf([])).toBe(null)
})
