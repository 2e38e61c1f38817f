/** The checker of `coord torture`: small histories, and what it says of them. */
import { describe, expect, test } from 'vitest'
import { type Act, type Answered, readHistory } from '../../src/protocol/torture/acts.ts'
import { findViolation } from '../../src/protocol/torture/check.ts'
import { speedOf } from '../../src/protocol/torture/measure.ts'
import { chanceFrom, nextAct, RESOURCES } from '../../src/protocol/torture/plan.ts'
import { tellStory } from '../../src/protocol/torture/violation.ts'
import { act } from './acts.ts'

const R = 'file/a'

const claim = (lane: string, at: number, token: number, more: Partial<Answered> = {}) =>
  act(lane, 'claim', at, { resource: R, term_ms: 100 }, { token, ...more })
const renew = (lane: string, at: number, token: number, more: Partial<Answered> = {}) =>
  act(lane, 'renew', at, { resource: R, term_ms: 100, token }, { token, ...more })
const release = (lane: string, at: number, token: number, answer: Partial<Answered> | null = {}) =>
  act(lane, 'release', at, { resource: R, token }, answer)
const refused = (lane: string, at: number, code: string, token?: number) =>
  act(
    lane,
    'claim',
    at,
    { resource: R, term_ms: 100 },
    { ok: false, code, ...(token ? { holder: { by: 'x', token } } : {}) },
  )
const look = (at: number, token?: number) =>
  act('reader', 'look', at, {}, { shown: token === undefined ? {} : { [R]: token } })
const send = (lane: string, at: number, key: string, to: string, answer: Partial<Answered> | null = {}) =>
  act(lane, 'send', at, { key, to }, answer)
const inbox = (lane: string, at: number, keys: string[] | null) =>
  act(lane, 'inbox', at, {}, keys && { keys })
const list = (at: number, ...keys: string[]) => act('last', 'list', at, {}, { keys })
const heartbeat = (lane: string, at: number) => act(lane, 'heartbeat', at, {}, {})

describe('it lets pass', () => {
  test.each<[string, Act[]]>([
    ['one after the other, by release', [claim('a', 0, 1), release('a', 10, 1), claim('b', 12, 2)]],
    ['a takeover when the term is over', [claim('a', 0, 1), claim('b', 101, 2, { took_over: true })]],
    [
      'a claim while a release is under way',
      [claim('a', 0, 1), release('a', 10, 1, null), claim('b', 11, 2)],
    ],
    [
      'a claim of one that was killed',
      [act('a', 'claim', 0, { resource: R, term_ms: 100 }, null), refused('b', 5, 'held', 1)],
    ],
    [
      'a claim of one’s own',
      [claim('a', 0, 1), claim('a', 50, 1, { already: true }), refused('b', 120, 'held', 1)],
    ],
    [
      'tokens of overlapping claims in any order',
      [
        claim('a', 0, 2, { done: 20 }),
        release('a', 21, 2),
        claim('b', 1, 1, { done: 2 }),
        release('b', 3, 1),
      ],
    ],
    [
      'a holder that slept through its end',
      [claim('a', 0, 1), claim('b', 101, 2), renew('a', 110, 1, { ok: false, code: 'lost' })],
    ],
    [
      'a renewal that was refused only after the end',
      [claim('a', 0, 1), renew('a', 90, 1, { ok: false, code: 'lost', done: 101 })],
    ],
    ['a look that sees the holder', [claim('a', 0, 1), look(10, 1), release('a', 20, 1), look(30)]],
    ['a look that began before the answer', [claim('a', 0, 1, { done: 10 }), look(5)]],
    [
      'messages that arrive once',
      [send('a', 0, 'm', 'b'), inbox('b', 5, ['m']), inbox('b', 9, []), list(20, 'm')],
    ],
    [
      'a message of which nobody knows whether it was sent',
      [send('a', 0, 'm', 'b', null), inbox('b', 5, []), list(20)],
    ],
    [
      'a message read by who was killed over it',
      [send('a', 0, 'm', 'b'), inbox('b', 5, null), inbox('b', 9, []), list(20, 'm')],
    ],
  ])('%s', (_name, acts) => {
    expect(findViolation(acts)).toBeNull()
  })
})

describe('it finds', () => {
  test.each<[string, string, Act[]]>([
    ['two holders', 'two_holders', [claim('a', 0, 1), claim('b', 50, 2)]],
    ['two holders, by a renewal', 'two_holders', [claim('a', 0, 1), renew('a', 80, 1), claim('b', 110, 2)]],
    [
      'two holders, the older term being the longer',
      'two_holders',
      [
        act('a', 'claim', 0, { resource: R, term_ms: 900 }, { token: 1 }),
        renew('a', 10, 1),
        claim('b', 200, 2),
      ],
    ],
    ['a token given twice', 'token_not_growing', [claim('a', 0, 1), release('a', 5, 1), claim('b', 10, 1)]],
    [
      'a token that went back',
      'token_not_growing',
      [claim('a', 0, 5), release('a', 5, 5), claim('b', 10, 4)],
    ],
    [
      'a claim that is gone while it runs',
      'claim_lost',
      [claim('a', 0, 1), renew('a', 50, 1, { ok: false, code: 'not_found' })],
    ],
    [
      'a release of a claim that is gone while it runs',
      'claim_lost',
      [claim('a', 0, 1), release('a', 50, 1, { ok: false, code: 'lost' })],
    ],
    ['a claim given anew while it runs', 'claim_lost', [claim('a', 0, 1), claim('a', 50, 2)]],
    ['a claim that a look does not see', 'claim_lost', [claim('a', 0, 1), look(10)]],
    [
      'a released claim that refuses others',
      'release_lost',
      [claim('a', 0, 1), release('a', 5, 1), refused('b', 10, 'held', 1)],
    ],
    [
      'a released claim that is renewed',
      'release_lost',
      [claim('a', 0, 1), release('a', 5, 1), renew('a', 10, 1)],
    ],
    ['a released claim that is shown', 'release_lost', [claim('a', 0, 1), release('a', 5, 1), look(10, 1)]],
    ['a message that is not there', 'message_lost', [send('a', 0, 'm', 'b'), list(20)]],
    ['a message that is there twice', 'message_twice', [send('a', 0, 'm', 'b', null), list(20, 'm', 'm')]],
    [
      'a message that is given twice',
      'message_twice',
      [send('a', 0, 'm', 'b'), inbox('b', 5, ['m']), inbox('b', 9, ['m'])],
    ],
    [
      'a message that is never given',
      'message_lost',
      [send('a', 0, 'm', 'b'), inbox('b', 5, []), list(20, 'm')],
    ],
    [
      'a broadcast that one is never given',
      'message_lost',
      [send('a', 0, 'm', 'broadcast'), inbox('c', 4, ['m']), inbox('b', 5, []), list(20, 'm')],
    ],
    [
      'a message kept from one who was killed before it was sent',
      'message_lost',
      [inbox('b', 0, null), heartbeat('b', 2), send('a', 5, 'm', 'b'), inbox('b', 9, []), list(20, 'm')],
    ],
    [
      'a torn record',
      'torn_record',
      [act('reader', 'read', 0, {}, { torn: { path: 'claims/x', text: '{' } })],
    ],
    [
      'a claim that stays for ever',
      'claim_stuck',
      [act('last', 'last claim', 0, { resource: R }, { ok: false, code: 'held' })],
    ],
    ['a fault of coord', 'broken_act', [refused('a', 0, 'bug')]],
  ])('%s', (_name, promise, acts) => {
    expect(findViolation(acts)).toMatchObject({ promise })
  })
})

test('a history is read as far as it is written', () => {
  const asked = JSON.stringify({ id: '1', lane: 'a', op: 'claim', at: 5 })
  const answer = JSON.stringify({ id: '1', done: 6, ok: true })
  expect(readHistory([`${asked}\n${answer}`])).toMatchObject([{ id: '1', answer: null }])
  expect(readHistory([`${asked}\n${answer}\n{"id":`])).toMatchObject([{ id: '1', answer: { ok: true } }])
})

test('the story tells who asked what, when, and what each was told', () => {
  const found = findViolation([claim('a', 1000, 7), claim('bb', 1050, 8, { took_over: true })])!
  expect(tellStory(found, 1000)).toEqual([
    '0.000–0.001 s  a   claims file/a for 100 ms: token 7',
    '0.050–0.051 s  bb  claims file/a for 100 ms: token 8, taken over',
  ])
})

test('speed leaves out what was stopped or never answered', () => {
  const acts = [
    heartbeat('a', 0),
    heartbeat('a', 10),
    heartbeat('b', 10),
    act('a', 'heartbeat', 20, {}, null),
  ]
  expect(speedOf(acts, [{ lane: 'a', from: 10, to: 12 }])).toEqual({
    heartbeat: { count: 2, p50_ms: 1, p99_ms: 1 },
  })
})

test('a plan has every kind of act, and prolongs and releases only what is held', () => {
  const chance = chanceFrom(1)
  const held = new Map([[RESOURCES[0]!, 7]])
  const acts = Array.from({ length: 500 }, (_, at) => nextAct(chance, at % 2 ? held : new Map(), ['b']))
  expect([...new Set(acts.map(({ op }) => op))].sort()).toEqual([
    'claim',
    'heartbeat',
    'inbox',
    'release',
    'renew',
    'send',
  ])
  for (const { op, resource, token } of acts.filter(({ op }) => op === 'release' || op === 'renew'))
    expect({ op, resource, token }).toEqual({ op, resource: RESOURCES[0], token: 7 })
})
