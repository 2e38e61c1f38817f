import { describe, expect, test } from 'vitest'
import { actsOf, eventOf, mergeActs, readPastTime, resolveHistory } from '../../src/protocol/history.ts'
import type { StatusLine } from '../../src/protocol/records.ts'
import { errorOf } from '../store/helpers.ts'
import { DAY, HOUR, iso, MINUTE, NOW, session } from './samples.ts'

const line = (message: string, timestamp: string): StatusLine => ({
  timestamp,
  session: 'one',
  status: 'working',
  message,
})
const said = (acts: { line: StatusLine }[]) => acts.map((act) => act.line.message).join(' ')

describe('order', () => {
  test.each<[string, [string, string][], string]>([
    [
      'as written',
      [
        ['a', iso(NOW)],
        ['b', iso(NOW + 1)],
      ],
      'a b',
    ],
    [
      'of one instant as written',
      [
        ['b', iso(NOW)],
        ['a', iso(NOW)],
      ],
      'b a',
    ],
    [
      'of one second as written, with or without milliseconds',
      [
        ['a', iso(NOW + 500)],
        ['b', iso(NOW).replace('.000', '')],
        ['c', iso(NOW + 400)],
        ['d', iso(NOW + 1000)],
      ],
      'a b c d',
    ],
    [
      'by time where a late line came first',
      [
        ['b', iso(NOW + 1000)],
        ['a', iso(NOW)],
      ],
      'a b',
    ],
    [
      'by instant, whatever the form',
      [
        ['b', iso(NOW + 1000)],
        ['a', '2026-11-20 11:00 +01:00'],
      ],
      'a b',
    ],
    [
      'without a time after the line before',
      [
        ['a', iso(NOW)],
        ['b', 'yesterday'],
        ['c', iso(NOW + 1)],
      ],
      'a b c',
    ],
  ])('the lines of one name come %s', (_what, lines, expected) => {
    expect(
      said(
        actsOf(
          'one',
          lines.map(([message, at]) => line(message, at)),
        ),
      ),
    ).toBe(expected)
  })

  test('the acts of several names are one log by time, of one instant by name', () => {
    const logs = [
      actsOf('b', [line('2', iso(NOW)), line('4', iso(NOW + 2))]),
      actsOf('a', [line('1', iso(NOW)), line('3', iso(NOW + 1))]),
    ]
    expect(said(mergeActs(logs))).toBe('1 2 3 4')
  })
})

test('the event of a line is what coord recorded, else the status that somebody wrote', () => {
  expect(eventOf({ ...line('', ''), metadata: { event: 'claim' } })).toBe('claim')
  expect(eventOf({ ...line('', ''), metadata: { event: 7 } })).toBe('working')
  expect(eventOf(line('', ''))).toBe('working')
})

test.each<[string, number]>([
  ['9:30', NOW - 30 * MINUTE],
  ['09:30Z', NOW - 30 * MINUTE],
  ['09:30:30 UTC', NOW - 29.5 * MINUTE],
  ['10:00', NOW],
  ['2h', NOW - 2 * HOUR],
  ['2 days ago', NOW - 2 * DAY],
  ['2026-11-20', NOW - 10 * HOUR],
  ['2026-11-20T09:00:00.000Z', NOW - HOUR],
  ['2026-11-20T09:00+02:00', NOW - 3 * HOUR],
  ['now', NOW],
  ['today', NOW - 10 * HOUR],
  ['Yesterday', NOW - 34 * HOUR],
  ['yesterday 14:30', NOW - 34 * HOUR + 14 * HOUR + 30 * MINUTE],
  ['today  09:00Z', NOW - HOUR],
])('the past time %s is read as an instant', (text, expected) => {
  expect(readPastTime(text, NOW, 'at')).toBe(expected)
})

test.each([
  ['10:01', 'lies ahead', "Yesterday's is 2026-11-19T10:01Z"],
  ['2026-11-21', 'lies ahead: it is 10:00Z now', 'past time'],
  ['today 10:01', 'lies ahead', "Yesterday's is 2026-11-19T10:01Z"],
  ['25:00', 'is no time', '14:30'],
  ['yesterday14:30', 'is no time', 'yesterday 14:30'],
  ['tomorrow', 'is no time', 'yesterday'],
  ['', 'is no time', 'yesterday'],
  ['2', 'is no time', '2h'],
  ['-2h', 'is no time', '2h'],
])('the time %s is refused, naming the argument and the way out', (text, why, hint) => {
  const refused = errorOf(() => readPastTime(text, NOW, 'since'))
  expect(refused).toMatchObject({ code: 'invalid', details: { argument: 'since' } })
  expect(refused.message).toContain(`--since "${text}"`)
  expect(refused.message).toContain(why)
  expect(refused.hint).toContain(hint)
})

describe('whose history', () => {
  const sessions = [
    session('s1', { name: 'ann' }),
    session('s2', { name: 'ann', status: 'completed' }),
    session('s3', { name: 'bob', status: 'completed' }),
    session('s4', { name: 'eve', status: 'completed' }),
    session('s5', { name: 'eve', status: 'completed' }),
  ]
  test.each([
    ['s2', 's2'],
    ['guest', 'guest'],
    ['ann', 's1'],
    ['bob', 's3'],
  ])('%s means %s', (text, id) => {
    expect(resolveHistory(text, sessions, ['s1', 'guest'])).toBe(id)
  })

  test.each([
    ['eve', 'ambiguous', { candidates: ['s4', 's5'] }],
    ['anm', 'not_found', { suggestions: ['ann'] }],
    ['gest', 'not_found', { suggestions: ['guest'] }],
  ])('%s is %s', (text, code, details) => {
    expect(errorOf(() => resolveHistory(text, sessions, ['s1', 'guest']))).toMatchObject({ code, details })
  })
})
