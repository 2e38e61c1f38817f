/** The checker of `coord torture --remote`: small histories of several clones, and what it says of them. */
import { expect, test } from 'vitest'
import type { Act, Answered } from '../../src/protocol/torture/acts.ts'
import { chanceFrom } from '../../src/protocol/torture/plan.ts'
import { findViolationAbroad } from '../../src/protocol/torture/remote/check.ts'
import { machineOf, nextAbroad, SHARED, skewOf } from '../../src/protocol/torture/remote/plan.ts'
import { act } from './acts.ts'

const R = 'droplet/one'

const claim = (
  lane: string,
  at: number,
  token: number,
  more: Partial<Answered> = {},
  asked: Partial<Act> = {},
) => act(lane, 'claim', at, { resource: R, term_ms: 100, ...asked }, { token, ...more })
const release = (lane: string, at: number, token: number, more: Partial<Answered> = {}) =>
  act(lane, 'release', at, { resource: R, token }, { token, ...more })
const refused = (lane: string, at: number, code: string, token?: number) =>
  act(
    lane,
    'claim',
    at,
    { resource: R, term_ms: 100 },
    { ok: false, code, ...(token ? { holder: { by: 'x', token } } : {}) },
  )
const look = (lane: string, at: number, token?: number, op = 'look') =>
  act(lane, op, at, {}, { shown: token === undefined ? {} : { [R]: token } })
const send = (lane: string, at: number, key: string, to: string) => act(lane, 'send', at, { key, to }, {})
const inbox = (lane: string, at: number, ...keys: string[]) => act(lane, 'inbox', at, {}, { keys })
const list = (lane: string, at: number, ...keys: string[]) => act(lane, 'list', at, {}, { keys })
const UNTAKEN = { provisional: true }
const file = (name: string) => ({ resource: `file/src/${name}` })

test.each<[string, Act[]]>([
  ['two holders where one is provisional', [claim('m1', 0, 1), claim('m2', 10, 1, UNTAKEN)]],
  ['a provisional claim that is lost', [claim('m1', 0, 1, UNTAKEN), refused('m1', 5, 'held', 2)]],
  ['a takeover in another clone after the term', [claim('m1', 0, 1), claim('m2', 101, 2)]],
  ['a path beside a glob', [claim('m1', 0, 1, {}, file('x*')), claim('m2', 10, 1, {}, file('a'))]],
  [
    'old news in another clone, as long as it has not synced',
    [claim('m1', 0, 1), release('m1', 10, 1), refused('m2', 20, 'held', 1), look('m2-sync', 30, 1)],
  ],
  ['a clone that does not know of a claim yet', [claim('m1', 0, 1), look('m2-sync', 10)]],
  [
    'a token of a claim that was never taken, given to another',
    [
      claim('m1', 0, 7, UNTAKEN),
      release('m1', 10, 7, UNTAKEN),
      claim('m2', 20, 7),
      look('m1-sync', 50, 7, 'last look'),
    ],
  ],
  [
    'the same where the release was answered by the remote',
    [claim('m1', 0, 7, UNTAKEN), release('m1', 10, 7), claim('m2', 5, 7), look('m1-sync', 50, 7)],
  ],
  ['a message that is for other clones', [send('m1', 0, 'k', 'm2'), list('m1', 9, 'k'), list('m3', 9)]],
  ['a round that fails while there is weather', [act('m1-sync', 'sync', 0, {}, { ok: false, code: 'busy' })]],
])('it lets pass %s', (_what, acts) => {
  expect(findViolationAbroad(acts)).toBeNull()
})

test.each<[string, string, Act[]]>([
  ['two_holders', 'two clones', [claim('m1', 0, 1), claim('m2', 10, 2)]],
  [
    'two_holders',
    'a path under a glob',
    [claim('m1', 0, 1, {}, file('*')), claim('m2', 10, 1, {}, file('a.ts'))],
  ],
  ['token_not_growing', 'a lower token', [claim('m1', 0, 2), claim('m2', 200, 1)]],
  ['claim_lost', 'gone while it runs', [claim('m1', 0, 1), refused('m1', 10, 'held', 2)]],
  ['claim_lost', 'not shown in its own clone', [claim('m1', 0, 1), look('m1-sync', 10)]],
  [
    'release_lost',
    'still refusing in its own clone',
    [claim('m1', 0, 1), release('m1', 10, 1), refused('m1', 20, 'held', 1)],
  ],
  [
    'release_lost',
    'still shown elsewhere in the end',
    [claim('m1', 0, 1), release('m1', 10, 1), look('m2-sync', 500, 1, 'last look')],
  ],
  [
    'release_lost',
    'never told, though made without the remote',
    [claim('m1', 0, 1), release('m1', 10, 1, UNTAKEN), look('m2-sync', 500, 1, 'last look')],
  ],
  ['claim_stuck', 'refused', [act('m1-last', 'last claim', 0, { resource: R }, { ok: false, code: 'held' })]],
  [
    'claim_stuck',
    'never taken',
    [act('m1-last', 'last claim', 0, { resource: R }, { token: 9, ...UNTAKEN })],
  ],
  ['sync_stuck', 'in the end', [act('m1-sync', 'last sync', 0, {}, { ok: false, code: 'conflict' })]],
  ['message_lost', 'not in its clone', [send('m1', 0, 'k', 'm2'), list('m2', 9)]],
  [
    'message_lost',
    'to all, not in one',
    [send('m1', 0, 'k', 'broadcast'), list('m2', 9, 'k'), list('m3', 9)],
  ],
  ['message_lost', 'not given', [send('m1', 0, 'k', 'm2'), inbox('m2', 20), list('m2', 30, 'k')]],
  ['message_twice', 'in one clone', [send('m1', 0, 'k', 'm2'), list('m2', 9, 'k', 'k')]],
  ['message_twice', 'given again', [send('m1', 0, 'k', 'm2'), inbox('m2', 9, 'k'), inbox('m2', 20, 'k')]],
  ['broken_act', 'a fault', [act('m1-sync', 'sync', 0, {}, { ok: false, code: 'bug' })]],
])('it finds %s: %s', (promise, _what, acts) => {
  expect(findViolationAbroad(acts)).toMatchObject({ promise })
})

test('a claim that is stuck is told with its reason', () => {
  const stuck = act('m1-last', 'last claim', 0, { resource: R }, { token: 9, ...UNTAKEN, error: 'locked' })
  expect(findViolationAbroad([stuck])?.what).toBe(
    'the remote does not take a claim of droplet/one when all is calm: locked',
  )
})

test('what is planned fits the clones: all resources, others alone, clocks within the hour', () => {
  const chance = chanceFrom(7)
  const planned = Array.from({ length: 400 }, () => nextAbroad(chance, new Map([[R, 1]]), ['m2', 'm3']))
  expect(new Set(planned.flatMap(({ resource }) => resource ?? []))).toEqual(new Set(SHARED))
  expect(new Set(planned.flatMap(({ to }) => to ?? []))).toEqual(new Set(['broadcast', 'm2', 'm3']))
  const skews = Array.from({ length: 400 }, () => skewOf(chance))
  expect(Math.max(...skews.map(Math.abs))).toBeLessThanOrEqual(55 * 60_000)
  expect(skews.filter((skew) => Math.abs(skew) <= 300).length).toBeGreaterThan(100)
  expect(['m1', 'm12-sync'].map(machineOf)).toEqual(['m1', 'm12'])
})
