import { expect, test } from 'vitest'
import type { Need } from '../../../src/protocol/needs.ts'
import type { Alert } from '../../../src/protocol/records.ts'
import { type Facts, observe } from '../../../src/protocol/report/observations.ts'
import { AT, held, session } from './facts.ts'

const seen = (kind: string, facts: Partial<Facts>) =>
  observe({
    ...{ sessions: [], alerts: [], conflicts: [], needs: [], lifecycle: [], others: [] },
    ...{ project: 'repo', day: '2026-11-20', ...facts },
  })
    .filter((each) => each.kind === kind)
    .map(({ text }) => text)
const alert = (kind: string, text = 'what', more: Partial<Alert> = {}): Alert => ({
  ...{ id: kind, kind, severity: 'critical', session_ids: ['one'], text, at: AT, since: AT, ...more },
})
const need = (kind: string, act: string | null): Need => ({ kind, text: 'x', session_ids: ['one'], act })

test.each([
  ['nobody', [], []],
  ['all alive', [session('one'), session('two')], ['All 2 PIDs confirmed alive by start time']],
  ['one alive', [session('one')], ['The one PID known confirmed alive by start time']],
  [
    'some dead, some elsewhere, some without a pid',
    [
      session('one'),
      session('two', { process: 'dead', pid: 5 }),
      session('three', { process: 'unknown', pid: 6 }),
      session('four', { process: 'unknown', pid: null }),
    ],
    [
      "1 of 3 PIDs confirmed alive by start time; no such process any more: two (5); can't be told from this machine: three (6); no PID known: four",
    ],
  ],
])('processes: %s', (_, sessions, expected) => {
  expect(seen('processes', { sessions })).toEqual(expected)
})

test.each([
  ['one', [session('one')], ['The session is on machine (`m1` / `alpha`)']],
  ['two on one', [session('one'), session('two')], ['Both sessions on same machine (`m1` / `alpha`)']],
  [
    'two machines, one without an id',
    [session('one'), session('two', { machine_id: null, host: 'beta' })],
    ['Sessions on 2 machines: `m1` / `alpha`: one; `unknown` / `beta`: two'],
  ],
])('machines: %s', (_, sessions, expected) => {
  expect(seen('machines', { sessions })).toEqual(expected)
})

const AGENT = { agent: { vendor: 'claude', model: null, session_id: 'a1' } }
test.each([
  ['a lone session has none', [session('one')], []],
  ['none', [session('one'), session('two')], ['No two sessions share a UUID: no /continue siblings']],
  [
    'a shared UUID',
    [session('one', { session_uuid: 'u' }), session('two', { session_uuid: 'u' })],
    ['one + two share session UUID `u`: /continue siblings'],
  ],
  [
    "an agent's own id",
    [session('one', AGENT), session('two', { ...AGENT, parent: 'one' })],
    ["one + two share the agent's session id `a1`: /continue siblings", 'two was begun by one'],
  ],
  [
    'what is not recorded is not shared',
    [session('one', { session_uuid: null }), session('two', { session_uuid: null })],
    ['No two sessions share a UUID: no /continue siblings'],
  ],
])('siblings: %s', (_, sessions, expected) => {
  expect(seen('siblings', { sessions })).toEqual(expected)
})

test('the session that asks is told with its work, claims and mail', () => {
  const own = session('one', { asks: true, current_work: 'tower', claims: [held('file', 'a.ts')], unread: 1 })
  expect(seen('context', { sessions: [own] })).toEqual([
    'This session is one: it works on tower, holds file/a.ts, 1 unread message',
  ])
  expect(seen('context', { sessions: [session('two')] })).toEqual([
    'This report was asked for by none of these sessions',
  ])
})

test('conflicts over files are told, or that there are none', () => {
  const sessions = [session('one', { claims: [held('file', 'a.ts'), held('droplet', 'x')] })]
  expect(seen('locks', { sessions })).toEqual(['No file lock conflicts detected (1 file lock)'])
  const conflicts = [alert('file_conflict', 'two wants a.ts'), alert('cwd_overlap')]
  expect(seen('locks', { sessions, conflicts })).toEqual(['1 file conflict: two wants a.ts'])
})

test('alerts are told with what to do, and how many more conflicts there are', () => {
  const shared = alert('project_conflict', 'a and b are on project PILOT', {
    action: 'Coordinate',
    project: 'PILOT',
  })
  const own = alert('project_conflict', 'x', { id: 'own', project: 'repo', session_ids: ['a', 'b'] })
  const conflicts = [shared, alert('cwd_overlap')]
  expect(seen('alerts', { alerts: [shared], conflicts })).toEqual([
    '1 operator alert: project_conflict (a and b are on project PILOT — coordinate); 1 more open, acknowledged or of others: coord conflicts',
  ])
  expect(seen('alerts', { conflicts: [own] })).toEqual([
    'No operator alerts',
    'project_conflict: repo, the repository of this room, is shared by 2 sessions; claims keep their tasks apart',
  ])
})

test('needs are counted by kind, with at most five acts, each once', () => {
  const needs = [...'abcdef'].map((letter) => need('expired', `coord ${letter}`))
  expect(seen('needs', { needs: [...needs, need('quiet', null), need('quiet', 'coord a')] })).toEqual([
    '8 things need attention (expired 6, quiet 2). Recommended: `coord a`; `coord b`; `coord c`; `coord d`; `coord e`; 1 more',
  ])
  expect(seen('needs', {})).toEqual([])
})

test('the lifecycle counts what happened on this day alone', () => {
  const event = (event: 'started' | 'resumed' | 'ended', session_id: string, at = AT) => ({
    ...{ at, event, session_id, project: null, cwd: null, detail: null },
  })
  const lifecycle = [
    event('started', 'one'),
    event('started', 'over'),
    event('ended', 'over'),
    event('resumed', 'one'),
    event('resumed', 'one'),
    event('started', 'two', '2026-11-19T10:00:00.000Z'),
  ]
  expect(seen('lifecycle', { lifecycle, sessions: [session('one'), session('two')] })).toEqual([
    'Session lifecycle: 1 active session started today, 1 resumed, 1 ended',
  ])
})

test('names that are not registered are told', () => {
  expect(seen('unregistered', { others: ['guest', 'x'] })).toEqual(['Not registered, but heard of: guest, x'])
})

test('in a room of many nobody is buried: ten are named, the others counted', () => {
  const sessions = Array.from({ length: 60 }, (_, at) =>
    session(`s${at}`, { session_uuid: `u${at >> 1}`, process: 'dead', machine_id: `m${at}` }),
  )
  const [told] = seen('processes', { sessions })
  expect(told).toMatch(
    /^0 of 60 PIDs confirmed alive by start time; no such process any more: s0 \(100\), .*s9 \(100\), … 50 more$/,
  )
  expect(seen('siblings', { sessions })).toHaveLength(11)
  expect(seen('siblings', { sessions }).at(-1)).toBe('… 20 more such groups')
  expect(seen('machines', { sessions })[0]).toMatch(/^Sessions on 60 machines: .*; … 50 more$/)
})
