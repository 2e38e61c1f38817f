import { describe, expect, test } from 'vitest'
import { isSessionId } from '../../src/protocol/names.ts'
import type { Session } from '../../src/protocol/records.ts'
import {
  endOf,
  isEnded,
  lastSign,
  liveness,
  newSessionId,
  type ProcessState,
  tellsLastSeen,
} from '../../src/protocol/sessions.ts'
import { CONFIG, HOUR, iso, MINUTE, NOW, SECOND, session } from './samples.ts'

const limits = CONFIG.sessions

describe('liveness', () => {
  const waiting = { state: 'waiting' }
  const rows: [age: number | null, ProcessState, Partial<Session>, level: string, reason: RegExp][] = [
    [0, 'unknown', {}, 'fresh', /^last sign .* ago$/],
    [5 * MINUTE - 1, 'unknown', {}, 'fresh', /last sign/],
    [5 * MINUTE - 1, 'dead', {}, 'fresh', /last sign/],
    [5 * MINUTE, 'unknown', {}, 'stale', /^last sign 5m ago$/],
    [5 * MINUTE, 'alive', {}, 'stale', /last sign 5m ago/],
    [5 * MINUTE, 'dead', {}, 'gone', /its process 4711 is no more, last sign 5m ago/],
    [15 * MINUTE - 1, 'unknown', {}, 'stale', /last sign/],
    [15 * MINUTE, 'unknown', {}, 'silent', /^last sign 15m ago$/],
    [15 * MINUTE, 'alive', {}, 'silent', /its process 4711 still runs/],
    [15 * MINUTE, 'unknown', waiting, 'silent', /it waits for its person/],
    [30 * MINUTE - 1, 'unknown', {}, 'silent', /last sign/],
    [30 * MINUTE, 'unknown', {}, 'gone', /^last sign 30m ago$/],
    [30 * MINUTE, 'alive', {}, 'silent', /its process 4711 still runs/],
    [9 * HOUR, 'alive', {}, 'silent', /its process 4711 still runs/],
    [9 * HOUR, 'unknown', waiting, 'silent', /it waits for its person/],
    [9 * HOUR, 'dead', waiting, 'gone', /its process 4711 is no more/],
    [9 * HOUR, 'unknown', { state: 'blocked' }, 'gone', /last sign 9h ago/],
    [-30 * SECOND, 'unknown', {}, 'fresh', /^last sign 1s ago$/],
    [-2 * HOUR, 'unknown', {}, 'fresh', /^last sign lies 2h in the future$/],
    [-2 * HOUR, 'dead', {}, 'fresh', /in the future/],
    [null, 'unknown', {}, 'gone', /never gave a sign of life/],
    [null, 'dead', {}, 'gone', /never gave a sign of life/],
    [null, 'alive', {}, 'silent', /never gave a sign of life/],
    [null, 'unknown', waiting, 'silent', /never gave a sign of life/],
    [0, 'alive', { status: 'completed' }, 'ended', /^session is completed$/],
    [9 * HOUR, 'unknown', { status: 'abandoned' }, 'ended', /^session is abandoned$/],
    [null, 'unknown', { status: 'completed' }, 'ended', /^session is completed$/],
  ]
  test.each(rows)('%s ms without a sign, process %s, %j: %s', (age, process, given, level, reason) => {
    const one = session('one', { pid: 4711, ...given })
    const seen = liveness(one, age === null ? null : NOW - age, process, NOW, limits)
    expect(seen.level).toBe(level)
    expect(seen.reason).toMatch(reason)
    if (age !== null) expect(seen.age_ms).toBe(Math.max(0, age))
  })

  test('thresholds come from the config', () => {
    const short = { ...limits, staleAfter: SECOND, silentAfter: 2 * SECOND, goneAfter: 3 * SECOND }
    const levels = [0, 1, 2, 3].map(
      (age) => liveness(session('a'), NOW - age * SECOND, 'unknown', NOW, short).level,
    )
    expect(levels).toEqual(['fresh', 'stale', 'silent', 'gone'])
  })
})

describe('the end of a session', () => {
  test.each<[age: number | null, ProcessState, 'dead' | null]>([
    [5 * MINUTE, 'dead', 'dead'],
    [5 * MINUTE - 1, 'dead', null],
    [-HOUR, 'dead', null],
    [null, 'dead', 'dead'],
    [9 * HOUR, 'unknown', null],
    [9 * HOUR, 'alive', null],
    [null, 'unknown', null],
  ])('%s ms without a sign and a process %s: %s', (age, process, expected) => {
    const one = session('one', { started_at: null, last_seen: age === null ? null : iso(NOW - age) })
    expect(endOf(one, () => process, NOW, limits)).toBe(expected)
  })

  test('what it says of itself comes before what its process says', () => {
    for (const status of ['completed', 'abandoned'])
      expect(endOf(session('one', { status }), () => 'alive', NOW, limits)).toBe('ended')
  })

  test('the process of a session that just gave a sign is not asked', () => {
    const asked = () => {
      throw new Error('asked')
    }
    expect(endOf(session('one', { last_seen: iso(NOW) }), asked, NOW, limits)).toBe(null)
  })
})

describe('signs of life', () => {
  test.each<[Partial<Session>, number | null, boolean]>([
    [{ last_seen: iso(NOW), last_heartbeat: iso(NOW - HOUR) }, NOW, true],
    [{ last_seen: null, last_heartbeat: iso(NOW - HOUR) }, NOW - HOUR, false],
    [{ last_seen: 'garbage', last_heartbeat: '2026-11-20 09:00 UTC' }, NOW - HOUR, false],
    [{ last_seen: null, last_heartbeat: null, started_at: iso(NOW - HOUR) }, NOW - HOUR, false],
    [{ last_seen: null, started_at: null }, null, false],
  ])('%j', (given, sign, tells) => {
    const one = session('one', given)
    expect(lastSign(one)).toBe(sign)
    expect(tellsLastSeen(one)).toBe(tells)
  })

  test.each([
    ['active', false],
    ['completed', true],
    ['abandoned', true],
    ['paused', false],
    [null, false],
  ])('a session with the status %j has ended: %s', (status, expected) => {
    expect(isEnded(session('one', { status }))).toBe(expected)
  })
})

test('a default id tells the second it was made in and is a session id', () => {
  const id = newSessionId(NOW + 999, 'ab2cdef')
  expect(id).toBe(`session-${NOW / 1000}-ab2c`)
  expect(isSessionId(id)).toBe(true)
})
