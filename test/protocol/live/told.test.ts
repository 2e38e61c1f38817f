/** What happened in a room, in words. */
import { expect, test } from 'vitest'
import { toldChange } from '../../../src/protocol/live/told.ts'

const session = {
  ...{ session_id: 's1', label: 'ann', registered: true, status: 'working', message: null, progress: 0.3 },
  ...{
    eta: null,
    task_id: null,
    phase: 'BUILD',
    target: 'page',
    next_action: null,
    timestamp: null,
    age_ms: 1,
  },
  ...{ is_stale: false, liveness: { level: 'fresh' as const, age_ms: 1, reason: 'x' }, started_at: null },
  ...{ agent: null, model: null, branch: null, context_pct: null, agents: 0, claims: [], waiting_for: null },
  metadata: null,
}
const claim = {
  ...{
    resource_type: 'file',
    resource_name: 'a.ts',
    claimed_by: 's1',
    expired: false,
    expires_in_ms: 60_000,
  },
  expires_at: '2026-11-20T10:01:00.000Z',
}
const message = { id: 'm1', from: 's1', to: 'broadcast', subject: 'done', message: 'all of it' }
const need = { kind: 'blocked', text: 'ann is blocked 2m', session_ids: ['s1'], act: null }
const empty = {
  now: '2026-11-20T10:00:00.000Z',
  needs: [],
  sessions: [],
  claims: [],
  messages: [],
  problems: [],
  alerts: [],
  channels: [],
}
const alert = { id: 'a1', severity: 'warning', priority: 'high', text: 'ann and ben work in /x' }
type Told = Parameters<typeof toldChange>[1]

test.each<[string, Partial<Told>, Partial<Told>, string[]]>([
  ['nothing new', { sessions: [session] }, { sessions: [{ ...session, age_ms: 900 }] }, []],
  ['a session that came', {}, { sessions: [session] }, ['session  ann  working  page  BUILD  30%']],
  ['one that left', { sessions: [session] }, {}, ['session  ann  left']],
  [
    'one that says something new',
    { sessions: [session] },
    { sessions: [{ ...session, progress: 0.5, message: 'half' }] },
    ['session  ann  working  page  BUILD  50%  half'],
  ],
  [
    'not what coord wrote in the place of words',
    {},
    { sessions: [{ ...session, message: 'building – page – BUILD' }] },
    ['session  ann  working  page  BUILD  30%'],
  ],
  [
    'what it waits for',
    {},
    { sessions: [{ ...session, waiting_for: { type: 'file', name: 'b.ts' } }] },
    ['session  ann  working  page  BUILD  30%  waits for file/b.ts'],
  ],
  ['a claim', {}, { claims: [claim] }, ['claim  file/a.ts  s1  until 10:01Z']],
  ['one given back', { claims: [claim] }, {}, ['claim  file/a.ts  free']],
  [
    'one that ran out',
    { claims: [claim] },
    { claims: [{ ...claim, expired: true, expires_in_ms: -60_000 }] },
    ['claim  file/a.ts  s1  expired 1m ago'],
  ],
  ['a message', {}, { messages: [message] }, ['message  s1 → broadcast  done: all of it']],
  ['an alert', {}, { alerts: [alert] }, ['alert  high  ann and ben work in /x']],
  ['one that was told', { alerts: [alert] }, { alerts: [alert] }, []],
  [
    'a post on a channel',
    {},
    { channels: [{ channel: 'build', messages: [{ ...message, to: 'channel:build', channel: 'build' }] }] },
    ['channel  build  s1: all of it'],
  ],
  ['a need', {}, { needs: [need] }, ['needs attention  ann is blocked 2m']],
  ['a need that grew older', { needs: [need] }, { needs: [{ ...need, text: 'ann is blocked 3m' }] }, []],
])('%s', (_, before, after, lines) => {
  expect(toldChange({ ...empty, ...before }, { ...empty, ...after })).toEqual(
    lines.map((line) => `10:00:00Z  ${line}`),
  )
})
