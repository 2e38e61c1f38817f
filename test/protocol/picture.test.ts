import { describe, expect, test } from 'vitest'
import { look, openRefusals, stateOfSession } from '../../src/protocol/picture.ts'
import type { Lease, Session } from '../../src/protocol/records.ts'
import { CONFIG, HOUR, iso, lease, MINUTE, moment, NOW, records, session } from './samples.ts'

test('sessions come newest sign first, then by id; claims by what they have left, then by name', () => {
  const picture = look(
    records({
      sessions: [
        session('old', { last_seen: iso(NOW - MINUTE) }),
        session('b'),
        session('a'),
        session('script', { last_seen: null, last_heartbeat: null, started_at: iso(NOW - HOUR) }),
        session('mute', { last_seen: null, started_at: null }),
      ],
      leases: [
        lease({ resource_name: 'z' }),
        lease({ resource_name: 'b', expires_at: iso(NOW + MINUTE), clock: null }),
        lease({ resource_name: 'a' }),
      ],
      signs: new Map([
        ['script', NOW - 30_000],
        ['old', NOW - HOUR],
      ]),
    }),
    moment(),
    CONFIG,
  )
  expect(picture.sessions.map(({ session }) => session.session_id)).toEqual([
    'a',
    'b',
    'script',
    'old',
    'mute',
  ])
  expect(picture.claims.map(({ lease }) => lease.resource_name)).toEqual(['b', 'a', 'z'])
})

test('a sign seen elsewhere counts when it is later than that of the session file', () => {
  const signOf = (own: string | null, seen: number | null) => {
    const one = session('one', { last_seen: own, started_at: null })
    const signs = new Map(seen === null ? [] : [['one', seen]])
    return look(records({ sessions: [one], signs }), moment(), CONFIG).sessions[0]!.sign
  }
  expect(signOf(iso(NOW - HOUR), NOW)).toBe(NOW)
  expect(signOf(iso(NOW), NOW - HOUR)).toBe(NOW)
  expect(signOf(null, NOW)).toBe(NOW)
  expect(signOf(null, null)).toBeNull()
})

test('a claim knows its holder, and its time by the clock that decides', () => {
  const leases = [
    lease({ resource_name: 'a' }),
    lease({ resource_name: 'b', claimed_by: 'nobody', expires_at: iso(NOW + 2 * HOUR), clock: null }),
  ]
  const late = { ...moment(HOUR), wall: NOW + 9 * HOUR }
  const [b, a] = look(records({ sessions: [session('one')], leases }), late, CONFIG).claims
  expect(a).toMatchObject({
    holder: { session: { session_id: 'one' } },
    expired: false,
    expires_in_ms: 3 * HOUR,
  })
  expect(b).toMatchObject({ holder: null, expired: true, expires_in_ms: -7 * HOUR })
})

test.each([
  [{ state: 'blocked', last: { action: 'building' } }, 'blocked'],
  [{ last: { action: 'building' } }, 'working'],
  [{ last: { action: 'failed' } }, 'error'],
  [{ last: {} }, 'idle'],
  [{}, 'idle'],
])('%j: the session is %s', (given, state) => {
  expect(stateOfSession(session('one', given))).toBe(state)
})

test('completed and abandoned sessions are not active', () => {
  const sessions = [
    session('a'),
    session('b', { status: 'completed' }),
    session('c', { status: 'abandoned' }),
  ]
  const picture = look(records({ sessions }), moment(), CONFIG)
  expect(picture.active.map(({ session }) => session.session_id)).toEqual(['a'])
})

describe('a refusal', () => {
  const refusal = { at: NOW, by: 'two', resource_type: 'droplet', resource_name: 'CHURCH', holder: 'one' }
  const ended = session('two', { status: 'completed' })
  test.each<[string, number | undefined, Partial<Lease> | null, Session[], boolean]>([
    ['matters while the claim that stood in the way is held', 7, {}, [session('two')], true],
    ['matters to a name that has no record', 7, {}, [], true],
    ['matters where an older version wrote no token', undefined, {}, [session('two')], true],
    ["matters while a script's claim file has no token yet", 7, { token: 0 }, [], true],
    ['is over when the refused one has it', 7, { claimed_by: 'two', token: 8 }, [], false],
    ['is over when nobody has it', 7, null, [], false],
    ['is over when the holder got it back from another', 7, { token: 9 }, [session('two')], false],
    ['is over when the refused one has ended', 7, {}, [ended], false],
  ])('%s', (_what, token, held, sessions, open) => {
    const given = { ...refusal, ...(token === undefined ? {} : { token }) }
    const leases = held === null ? [] : [lease(held)]
    expect(openRefusals([given], leases, sessions)).toEqual(open ? [given] : [])
  })
})
