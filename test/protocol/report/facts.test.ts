import { expect, test } from 'vitest'
import type { Session } from '../../../src/protocol/records.ts'
import { lifecycleOf } from '../../../src/protocol/report/lifecycle.ts'
import { countMessages } from '../../../src/protocol/report/statistics.ts'

const line = (event: string, timestamp: string) => ({
  timestamp,
  session: 'one',
  status: 'idle',
  metadata: { event },
})

test('sessions start, are resumed and end, newest first', () => {
  const one = {
    session_id: 'one',
    status: 'active',
    started_at: '2026-11-20T10:00:00.000Z',
    project: 'PILOT',
    cwd: '/w',
  }
  const two = {
    ...{
      session_id: 'two',
      status: 'completed',
      started_at: 'garbage',
      ended_at: '2026-11-20T11:00:00.000Z',
    },
  }
  const three = { session_id: 'three', status: 'abandoned', last_seen: '2026-11-19T08:00:00.000Z' }
  const tails = new Map([
    [
      'one',
      [
        line('start', '2026-11-20T10:00:00.000Z'),
        line('claim', '2026-11-20T10:10:00.000Z'),
        line('resume', '2026-11-20T10:30:00.000Z'),
        line('resume', 'never'),
      ],
    ],
  ])
  const events = lifecycleOf([one, two, three], tails, [])
  expect(
    events.map(({ at, event, session_id, detail }) => [at.slice(5, 16), event, session_id, detail]),
  ).toEqual([
    ['11-20T11:00', 'ended', 'two', 'session ended normally'],
    ['11-20T10:30', 'resumed', 'one', null],
    ['11-20T10:00', 'started', 'one', null],
    ['11-19T08:00', 'ended', 'three', 'given up after a long silence'],
  ])
  expect(events[2]).toMatchObject({ project: 'PILOT', cwd: '/w' })
})

test('what a record has forgotten its channel tells, once, and only of the session itself', () => {
  const clock = (text: string) => `2026-11-20T${text}.000Z`
  const told = (type: string, at: string, from: string, details: object) => ({
    ...{ from, to: 'channel:session_lifecycle', type, message: '', timestamp: clock(at), details },
  })
  const own = { session_id: 'one', project: 'PILOT', cwd: '/w' }
  const one = {
    session_id: 'one',
    status: 'active',
    started_at: clock('10:00:00'),
    last_seen: clock('13:00:00'),
  }
  const channel = [
    told('resumed', '10:00:00', 'one', own),
    told('ended', '11:00:00', 'one', { ...own, ended_how: 'taken over by ada' }),
    told('resumed', '12:00:00', 'one', own),
    told('ended', '12:30:00', 'two', own),
    told('ended', '12:45:00', 'two', { session_id: 'two' }),
    told('note', '12:50:00', 'one', own),
  ]
  const tails = new Map([['one', [line('resume', clock('12:00:01'))]]])
  const shown = (sessions: Session[]) =>
    lifecycleOf(sessions, tails, channel).map(
      ({ at, event, session_id, detail }) => `${at.slice(11, 19)} ${event} ${session_id} ${detail ?? ''}`,
    )
  expect(shown([one])).toEqual([
    '12:45:00 ended two session ended normally',
    '12:00:01 resumed one ',
    '11:00:00 ended one taken over by ada',
    '10:00:00 started one ',
  ])
})

test('messages count as far as they came with anybody; ids of scripts are legacy', () => {
  const ids = ['a', 'b', 'c', 'd'].map((letter) => `2026-11-20_10-00-00-000-one-${letter}`)
  const receipt = (at: number, state: 'delivered' | 'read' | 'acked') => ({ message: ids[at]!, state })
  const receipts = [receipt(1, 'delivered'), receipt(2, 'delivered'), receipt(2, 'read'), receipt(3, 'acked')]
  expect(countMessages([...ids, '2026-11-20_10-00-one', 'note'], receipts)).toEqual({
    legacy_messages: 2,
    messages: { total: 4, pending: 1, delivered: 1, read: 2 },
  })
})
