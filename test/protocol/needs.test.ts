import { describe, expect, test } from 'vitest'
import { findNeeds, quote } from '../../src/protocol/needs.ts'
import { look, type Records } from '../../src/protocol/picture.ts'
import type { Lease, Session } from '../../src/protocol/records.ts'
import {
  CONFIG,
  HOUR,
  iso,
  lease,
  MINUTE,
  moment,
  NOW,
  records,
  sent,
  session,
  troubledRoom,
} from './samples.ts'

const needsOf = (given: Partial<Records>) => findNeeds(look(records(given), moment(), CONFIG))

/** Sessions each of which holds the resource of its own name and waits for that of another. */
function waiting(...pairs: [who: string, wants: string][]): Partial<Records> {
  return {
    sessions: pairs.map(([who, wants]) =>
      session(who, { waiting_for: { type: 'droplet', name: wants.toUpperCase() } }),
    ),
    leases: pairs.map(([who]) => lease({ claimed_by: who, resource_name: who })),
  }
}

test('a troubled room tells each trouble once, worst first, each with the command that helps', () => {
  const needs = needsOf(troubledRoom()).map(({ kind, text, act }) => [kind, text, act])
  expect(needs).toEqual([
    ['question', 'epsilon asks: "Which colour?"', 'coord reply question "…" --as human'],
    ['waiting', 'epsilon waits for its person 2m', 'coord send epsilon "…"'],
    ['blocked', 'beta is blocked 12m on dashboard: "waiting for API keys"', 'coord send beta "…"'],
    [
      'expired',
      "file/it's new.md expired 5m ago, nobody is not registered",
      "coord claim file 'it'\\''s new.md'",
    ],
    ['expired', 'file/src/auth.ts expired 5m ago, gamma is gone', 'coord claim file src/auth.ts'],
    ['orphaned', 'droplet/left is claimed by zeta, which has ended', 'coord claim droplet left'],
    ['orphaned', 'droplet/strange is claimed by stranger, which is not registered', null],
    [
      'quiet',
      'beta is stale (last sign 12m ago) and holds droplet/dashboard',
      'coord send beta "still there?"',
    ],
    [
      'quiet',
      'delta is silent (last sign 20m ago) and holds droplet/church',
      'coord send delta "still there?"',
    ],
    ['cycle', 'waiting in a circle: beta → delta → beta', 'coord send beta "…"'],
    ['same-target', 'api and delta work on church-guidance', 'coord send api "…"'],
    ['same-target', 'api and delta work on src/main.py', 'coord send api "…"'],
    ['refused', 'api was refused droplet/dashboard 3m ago, beta holds it', null],
    ['unanswered', 'beta waits for an answer from api: "Keys?"', 'coord reply m-ack "…"'],
    ['unreadable', 'sessions/broken.json: is no session record', 'coord doctor'],
    ['mailbox', 'messages/direct/session-404: holds mail that nobody can read', 'coord doctor'],
  ])
})

test('a quiet room needs nobody', () => {
  const working = { state: 'working', current_work: 'a' }
  const quiet = { sessions: [session('one', working), session('two', { state: 'idle' })], leases: [lease()] }
  expect(needsOf({ ...quiet, messages: [sent({ to: 'broadcast' }), sent({ to: 'human' })] })).toEqual([])
})

describe('claims', () => {
  test.each<[string, Partial<Lease>, string[]]>([
    ['running', {}, []],
    ['over, but within the margin of another clock', { clock: null, expires_at: iso(NOW - 1000) }, []],
    ['over', { clock: null, expires_at: iso(NOW - MINUTE) }, ['expired']],
    ['over by the boot clock alone', { clock: { id: 'boot-1', expires_ms: 1_000_000 } }, ['expired']],
    ['over by the wall clock alone', { expires_at: iso(NOW - HOUR) }, []],
  ])('a claim that is %s', (_what, given, kinds) => {
    expect(needsOf({ sessions: [session('one')], leases: [lease(given)] }).map(({ kind }) => kind)).toEqual(
      kinds,
    )
  })
})

describe('a question whose recipient', () => {
  const ended = session('two', { status: 'completed' })
  const asked = (from: string, sessions: Session[]) =>
    needsOf({ sessions, messages: [sent({ from, to: 'two', ack: true, subject: 'ready?' })] }).map(
      ({ kind, text, act }) => [kind, text, act !== null],
    )
  test.each<[string, string, Session[], unknown[]]>([
    [
      'is here is his to answer',
      'one',
      [session('one'), session('two')],
      [['unanswered', 'one waits for an answer from two: "ready?"', true]],
    ],
    [
      'has ended is told while its asker is here',
      'one',
      [session('one'), ended],
      [['unanswered', 'two ended without an answer to one: "ready?"', false]],
    ],
    [
      'has ended is told while the person asks',
      'human',
      [ended],
      [['unanswered', 'two ended without an answer to human: "ready?"', false]],
    ],
    [
      'has ended, as has its asker, needs nobody',
      'one',
      [session('one', { status: 'completed' }), ended],
      [],
    ],
    ['has no record here may answer elsewhere', 'one', [session('one')], []],
  ])('%s', (_what, from, sessions, needs) => {
    expect(asked(from, sessions)).toEqual(needs)
  })
})

describe('circles', () => {
  const told = (...pairs: [string, string][]) =>
    needsOf(waiting(...pairs)).flatMap(({ kind, session_ids }) =>
      kind === 'cycle' ? [session_ids.join('>')] : [],
    )
  test.each<[string, [string, string][], string[]]>([
    [
      'two wait for each other',
      [
        ['a', 'b'],
        ['b', 'a'],
      ],
      ['a>b'],
    ],
    [
      'three in a row',
      [
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'a'],
      ],
      ['a>b>c'],
    ],
    [
      'a chain is no circle',
      [
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'z'],
      ],
      [],
    ],
    ['waiting for oneself is no circle', [['a', 'a']], []],
    [
      'one outside waits for the circle',
      [
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'b'],
      ],
      ['b>c'],
    ],
    [
      'two circles',
      [
        ['a', 'b'],
        ['b', 'a'],
        ['c', 'd'],
        ['d', 'c'],
      ],
      ['a>b', 'c>d'],
    ],
  ])('%s', (_what, pairs, expected) => {
    expect(told(...pairs)).toEqual(expected)
  })

  test('an ended session closes no circle, and a senseless wish is no crash', () => {
    const room = waiting(['a', 'b'], ['b', 'a'])
    room.sessions![1]!.status = 'completed'
    expect(needsOf(room).filter(({ kind }) => kind === 'cycle')).toEqual([])
    const odd = JSON.parse('{"type": {"toString": 1}, "name": 7}')
    expect(needsOf({ sessions: [session('a', { waiting_for: odd })] })).toEqual([])
  })
})

describe('one target', () => {
  const at = (id: string, given: object) => session(id, { state: 'working', current_work: 'x', ...given })
  test.each([
    ['both working', {}, 1],
    ['one is idle', { state: 'idle' }, 0],
    ['one is gone', { last_seen: iso(NOW - HOUR) }, 0],
    ['one has ended', { status: 'completed' }, 0],
    ['one is only silent', { last_seen: iso(NOW - 20 * MINUTE) }, 1],
  ])('%s', (_what, given, count) => {
    const needs = needsOf({ sessions: [at('one', {}), at('two', given)] })
    expect(needs.filter(({ kind }) => kind === 'same-target')).toHaveLength(count)
  })
})

describe('commands', () => {
  test.each([
    ['src/a.ts', 'src/a.ts'],
    ['a b', "'a b'"],
    ["it's", "'it'\\''s'"],
    ['$(reboot)', "'$(reboot)'"],
    ['', "''"],
    ['a\nb', "'a\nb'"],
  ])('%j is the shell word %j', (name, word) => {
    expect(quote(name)).toBe(word)
  })

  test('no foreign text becomes a command of its own', () => {
    const evil = 'x; reboot #'
    const needs = needsOf({
      sessions: [
        session(evil, { state: 'blocked', current_work: 'y' }),
        session(`${evil}2`, { state: 'working', current_work: 'y' }),
      ],
      leases: [
        lease({
          resource_type: evil,
          resource_name: evil,
          claimed_by: evil,
          clock: null,
          expires_at: iso(0),
        }),
      ],
      messages: [sent({ id: evil, to: 'human', ack: true }), sent({ id: evil, to: 'b', ack: true })],
    })
    const acts = needs.flatMap(({ act }) => act ?? [])
    expect(acts.length).toBeGreaterThanOrEqual(3)
    for (const act of acts) expect(act.replace(/'[^']*'/g, '')).not.toContain(';')
  })

  test('a state that is none of ours needs nobody, whatever it is called', () => {
    expect(
      needsOf({ sessions: [session('a', { state: 'constructor' }), session('b', { state: 'paused' })] }),
    ).toEqual([])
  })
})

test('a holder that is gone is led to its rescue, one that is silent is asked', () => {
  const seen = (minutes: number) => {
    const last_seen = iso(NOW - minutes * MINUTE)
    const quiet = {
      sessions: [session('one', { state: 'working', last_seen })],
      leases: [lease({ claimed_by: 'one' })],
    }
    return needsOf(quiet).map(({ kind, act }) => [kind, act])
  }
  expect(seen(20)).toEqual([['quiet', 'coord send one "still there?"']])
  expect(seen(40)).toEqual([['quiet', 'coord rescue one']])
})
