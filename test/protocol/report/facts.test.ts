import { expect, test } from 'vitest'
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
  const events = lifecycleOf([one, two, three], tails)
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

test('messages count as far as they came with anybody; ids of scripts are legacy', () => {
  const ids = ['a', 'b', 'c', 'd'].map((letter) => `2026-11-20_10-00-00-000-one-${letter}`)
  const receipt = (at: number, state: 'delivered' | 'read' | 'acked') => ({ message: ids[at]!, state })
  const receipts = [receipt(1, 'delivered'), receipt(2, 'delivered'), receipt(2, 'read'), receipt(3, 'acked')]
  expect(countMessages([...ids, '2026-11-20_10-00-one', 'note'], receipts)).toEqual({
    legacy_messages: 2,
    messages: { total: 4, pending: 1, delivered: 1, read: 2 },
  })
})
