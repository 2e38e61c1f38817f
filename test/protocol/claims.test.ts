import { describe, expect, test } from 'vitest'
import {
  decideClaim,
  type Forfeit,
  findLease,
  type Moment,
  timeLeft,
  type Wish,
} from '../../src/protocol/claims.ts'
import type { Lease } from '../../src/protocol/records.ts'
import {
  HOUR,
  holdings,
  iso,
  lease,
  MARGIN,
  MINUTE,
  moment,
  NOW,
  rebooted,
  SECOND,
  stepped,
} from './samples.ts'

const church = { resource_type: 'droplet', resource_name: 'church' }
const nobody: Forfeit = () => null

function wish(by: string, given: Partial<Wish> = {}): Wish {
  return {
    by,
    resources: [church],
    term_ms: 2 * HOUR,
    claim_ids: ['n-1', 'n-2', 'n-3'],
    renew: true,
    fields: {},
    ...given,
  }
}

/** What became of a claim, in one word and the token. */
function outcome(head: Lease[], by: string, now: Moment, forfeit: Forfeit = nobody): string {
  const decision = decideClaim(holdings(...head), wish(by), now, MARGIN, forfeit)
  if (decision.kind !== 'append') return decision.kind === 'refuse' ? decision.code : decision.kind
  const [{ claim, already, took_over }] = decision.result as [(typeof decision.result)[0]]
  const word = already ? 'already' : took_over[0] ? `taken from ${took_over[0].claimed_by}` : 'granted'
  return `${word}, token ${claim.token}`
}

describe('claiming', () => {
  const ended: Forfeit = (holder) => (holder === 'one' ? 'ended' : null)
  const dead: Forfeit = (holder) => (holder === 'one' ? 'dead' : null)
  const E = 4 * HOUR
  const rows: [what: string, head: Lease[], by: string, now: Moment, expected: string, forfeit?: Forfeit][] =
    [
      ['absent', [], 'one', moment(), 'granted, token 8'],
      ['held by another', [lease()], 'two', moment(MINUTE), 'held'],
      ['another spelling, held', [lease({ resource_name: 'CHURCH' })], 'two', moment(MINUTE), 'held'],
      ['another type of that name', [lease({ resource_type: 'file' })], 'two', moment(), 'granted, token 8'],
      ['own and live', [lease()], 'one', moment(MINUTE), 'already, token 7'],
      ['own, live to the last moment', [lease()], 'one', moment(E - 1), 'already, token 7'],
      ['own and expired', [lease()], 'one', moment(E), 'granted, token 8'],
      ['another, a moment before its end', [lease()], 'two', moment(E - 1), 'held'],
      ['another, expired by the boot clock', [lease()], 'two', moment(E), 'taken from one, token 8'],
      ['same boot, wall an hour ahead', [lease()], 'two', stepped(E - 1, HOUR), 'held'],
      ['same boot, wall an hour behind', [lease()], 'two', stepped(E, -HOUR), 'taken from one, token 8'],
      ['own, same boot, wall an hour ahead', [lease()], 'one', stepped(E - 1, HOUR), 'already, token 7'],
      ['own, same boot, wall an hour behind', [lease()], 'one', stepped(E, -HOUR), 'granted, token 8'],
      ['other boot, within the margin', [lease()], 'two', rebooted(E + MARGIN - 1), 'held'],
      ['other boot, past the margin', [lease()], 'two', rebooted(E + MARGIN), 'taken from one, token 8'],
      ['no boot clock, within the margin', [lease()], 'two', moment(E + 1, null), 'held'],
      [
        'no boot clock, past the margin',
        [lease()],
        'two',
        moment(E + MARGIN, null),
        'taken from one, token 8',
      ],
      ['lease without a clock, margin', [lease({ clock: null })], 'two', moment(E + 1), 'held'],
      ['own, other boot, no margin for oneself', [lease()], 'one', rebooted(E), 'granted, token 8'],
      [
        'unreadable end',
        [lease({ clock: null, expires_at: '?' })],
        'two',
        moment(),
        'taken from one, token 8',
      ],
      ['holder has ended', [lease()], 'two', moment(), 'taken from one, token 8', ended],
      ['holder is proven dead', [lease()], 'two', moment(), 'taken from one, token 8', dead],
      ['another holder than the dead one', [lease({ claimed_by: 'three' })], 'two', moment(), 'held', dead],
      [
        'own claim that a script wrote',
        [lease({ foreign: true, token: 0 })],
        'one',
        moment(),
        'granted, token 8',
      ],
    ]
  test.each(rows)('%s: %j asked by %s', (_what, head, by, now, expected, forfeit) => {
    expect(outcome(head, by, now, forfeit)).toBe(expected)
  })

  test('a grant says what was asked and ends when it was told, on both clocks', () => {
    const decision = decideClaim(
      holdings(),
      wish('two', { fields: { phase: 'BUILD', note: 'x' }, renew: false }),
      moment(MINUTE),
      MARGIN,
      nobody,
    )
    if (decision.kind !== 'append') throw new Error(decision.kind)
    const { claim } = decision.result[0]!
    expect(claim).toMatchObject({
      ...church,
      claimed_by: 'two',
      phase: 'BUILD',
      note: 'x',
      renew: false,
      claim_id: 'n-1',
      token: 8,
    })
    expect(claim).toMatchObject({
      claimed_at: iso(NOW + MINUTE),
      expires_at: iso(NOW + MINUTE + 2 * HOUR),
      term_ms: 2 * HOUR,
    })
    expect(timeLeft(claim, moment(MINUTE))).toBeGreaterThanOrEqual(2 * HOUR)
    expect(timeLeft(claim, moment(MINUTE))).toBeLessThan(2 * HOUR + SECOND)
    expect(decision).toMatchObject({ op: 'claim', holdings: { counter: 8, claims: [claim] } })
    expect(decision.changes).toEqual([
      { act: 'claim', ...church, claimed_by: 'two', claim_id: 'n-1', token: 8 },
    ])
  })

  test("a claim of one's own keeps its id and token and is prolonged, never shortened", () => {
    const again = (term_ms: number) => {
      const decision = decideClaim(holdings(lease()), wish('one', { term_ms }), moment(HOUR), MARGIN, nobody)
      if (decision.kind !== 'append') throw new Error(decision.kind)
      return { ...decision.result[0]!.claim, op: decision.op, counter: decision.holdings.counter }
    }
    expect(again(MINUTE)).toMatchObject({
      expires_at: iso(NOW + 4 * HOUR),
      claim_id: 'id-1',
      token: 7,
      counter: 7,
      op: 'renew',
    })
    expect(again(9 * HOUR)).toMatchObject({
      expires_at: iso(NOW + 10 * HOUR),
      claim_id: 'id-1',
      token: 7,
      counter: 7,
    })
  })

  test('a takeover replaces the old claim and names the one it took', () => {
    const decision = decideClaim(holdings(lease()), wish('two'), moment(5 * HOUR), MARGIN, nobody)
    if (decision.kind !== 'append') throw new Error(decision.kind)
    expect(decision.result[0]!.took_over).toEqual([lease()])
    expect(decision.holdings.claims.map(({ claimed_by }) => claimed_by)).toEqual(['two'])
    expect(decision.changes).toMatchObject([{ act: 'takeover', claimed_by: 'two', token: 8 }])
  })
})

describe('claiming several', () => {
  const files = ['a', 'b', 'c'].map((resource_name) => ({ resource_type: 'file', resource_name }))
  const held = (name: string, by: string, token: number) =>
    lease({ resource_type: 'file', resource_name: name, claimed_by: by, token })

  test('the counter grows by one for each new grant', () => {
    const decision = decideClaim(
      holdings(held('b', 'one', 9)),
      wish('one', { resources: files }),
      moment(),
      MARGIN,
      nobody,
    )
    if (decision.kind !== 'append') throw new Error(decision.kind)
    expect(decision.result.map(({ claim, already }) => [claim.resource_name, claim.token, already])).toEqual([
      ['a', 10, false],
      ['b', 9, true],
      ['c', 11, false],
    ])
    expect(decision.op).toBe('claim')
    expect(decision.holdings.counter).toBe(11)
    expect(decision.holdings.claims).toHaveLength(3)
  })

  test('one that another holds refuses all and names that claim', () => {
    const head = holdings(held('c', 'two', 9))
    const decision = decideClaim(head, wish('one', { resources: files }), moment(), MARGIN, nobody)
    expect(decision).toEqual({ kind: 'refuse', code: 'held', lease: head.claims[0], why: 'held' })
  })

  test('one named twice is granted once', () => {
    const twice = { resources: [files[0]!, { ...files[0]!, resource_name: 'A' }] }
    const decision = decideClaim(holdings(), wish('one', twice), moment(), MARGIN, nobody)
    if (decision.kind !== 'append') throw new Error(decision.kind)
    expect(decision.result.map(({ claim, already }) => [claim.token, already])).toEqual([
      [8, false],
      [8, true],
    ])
    expect(decision.holdings.claims).toHaveLength(1)
  })

  test('what the domain holds besides stays as it is', () => {
    const other = held('z', 'two', 9)
    const decision = decideClaim(holdings(other), wish('one', { resources: files }), moment(), MARGIN, nobody)
    expect(decision.kind === 'append' && findLease(decision.holdings.claims, other)).toBe(other)
  })
})
