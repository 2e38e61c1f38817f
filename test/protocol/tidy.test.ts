import { describe, expect, test } from 'vitest'
import type { Config } from '../../src/protocol/config.ts'
import type { Message, Session } from '../../src/protocol/records.ts'
import type { ProcessState } from '../../src/protocol/sessions.ts'
import { departureOf, isForgettable } from '../../src/protocol/tidy.ts'
import { isPast } from '../../src/protocol/time.ts'
import { CONFIG, DAY, HOUR, iso, NOW, session } from './samples.ts'

describe('departureOf', () => {
  const ended = (ago: number, more: Partial<Session> = {}) => ({
    status: 'completed',
    ended_at: iso(NOW - ago),
    ...more,
  })
  const waiting = { state: 'waiting' }
  const abandoned = { status: 'abandoned' }
  const rows: [what: string, Partial<Session>, sign: number | null, ProcessState, as: string | null][] = [
    ['ended just under an hour ago stays', ended(HOUR - 1), HOUR - 1, 'unknown', null],
    ['ended an hour ago leaves', ended(HOUR), HOUR, 'unknown', 'completed'],
    ['ended an hour ago leaves though its shell runs', ended(HOUR), HOUR, 'alive', 'completed'],
    ['ended long ago but seen since stays', ended(DAY), HOUR - 1, 'unknown', null],
    [
      'ended without a time leaves by its last sign',
      { status: 'completed' },
      2 * HOUR,
      'unknown',
      'completed',
    ],
    ['ended without any time stays', { status: 'completed' }, null, 'unknown', null],
    ['ended in the future stays', ended(-HOUR), 2 * HOUR, 'unknown', null],
    ['given up before leaves', abandoned, 2 * HOUR, 'unknown', 'abandoned'],
    ['silent for just under a day stays', {}, DAY - 1, 'unknown', null],
    ['silent for a day is given up', {}, DAY, 'unknown', 'abandoned'],
    ['silent for a day with a dead process is given up', {}, DAY, 'dead', 'abandoned'],
    ['silent for a week with a running process stays', {}, 7 * DAY, 'alive', null],
    ['silent for a week, waiting for its person, stays', waiting, 7 * DAY, 'unknown', null],
    ['waiting with a dead process is given up', waiting, DAY, 'dead', 'abandoned'],
    ['that never gave a sign stays', {}, null, 'unknown', null],
    ['with a sign from the future stays', {}, -2 * DAY, 'unknown', null],
  ]
  test.each(rows)('a session %s', (_what, given, ago, process, as) => {
    const sign = ago === null ? null : NOW - ago
    const found = departureOf(session('one', { pid: 4711, ...given }), sign, () => process, NOW, CONFIG)
    expect(found?.status ?? null).toBe(as)
  })

  test('an ended session stays as long as the board shows messages that its receipts answer', () => {
    const config: Config = { ...CONFIG, messages: { ...CONFIG.messages, boardWindow: 6 * HOUR } }
    const at = (ago: number) =>
      departureOf(session('one', ended(ago)), NOW - ago, () => 'unknown', NOW, config)
    expect([at(6 * HOUR - 1), at(6 * HOUR)?.status]).toEqual([null, 'completed'])
  })

  test('the month is that of its end, whenever it is put away', () => {
    const end = Date.parse('2026-09-30T23:59:59.999Z')
    const one = session('one', { status: 'completed', ended_at: iso(end) })
    expect(departureOf(one, end, () => 'unknown', NOW, CONFIG)?.month).toBe('2026-09')
  })
})

describe('isForgettable', () => {
  const here = ['live', 'human']
  const rows: [what: string, Partial<Message>, boolean][] = [
    ['a broadcast', { to: 'broadcast' }, true],
    ['a direct message that was read', { to: 'live', id: 'seen' }, true],
    ['an unread direct message to a live session', { to: 'live' }, false],
    ['an unread direct message to the person', { to: 'human' }, false],
    ['an unread direct message to a session that is over', { to: 'over' }, true],
    ['an unread direct message that expired', { to: 'live', expires_at: iso(NOW) }, true],
    ['an answered question', { to: 'live', ack: true, id: 'answered seen' }, true],
    ['a read but unanswered question to a live session', { to: 'live', ack: true, id: 'seen' }, false],
    [
      'an unanswered question of a live session to one that is over',
      { from: 'live', to: 'over', ack: true },
      false,
    ],
    ['an unanswered question among those that are over', { to: 'over', ack: true }, true],
    [
      'an unanswered question to all, expected of a live one',
      { to: 'broadcast', ack: true, expects: ['live'] },
      false,
    ],
    [
      'an unanswered question to all, expected of none that is there',
      { to: 'broadcast', ack: true, expects: ['over'] },
      true,
    ],
    ['an unanswered question that expired', { to: 'live', ack: true, expires_at: iso(NOW - 1) }, true],
  ]
  test.each(rows)('%s past its retention: goes %s', (_what, given, goes) => {
    const audience = {
      isThere: (id: string) => here.includes(id),
      hasSeen: (_reader: string, id: string) => id.includes('seen'),
      isAnswered: (id: string) => id.includes('answered'),
    }
    expect(isForgettable({ from: 'gone', to: 'x', id: 'm', ...given } as Message, audience, NOW)).toBe(goes)
  })
})

test.each([
  ['both old', -1, -1, true],
  ['the name at the limit', 0, -1, false],
  ['the body at the limit', -1, 0, false],
  ['no time in the body, the name a day older', -DAY - 1, null, true],
  ['no time in the body, the name old', -DAY, null, false],
])('a file is past when name and body are: %s', (_what, name, body, past) => {
  expect(isPast(NOW + name, body === null ? null : NOW + body, NOW)).toBe(past)
})
