import { describe, expect, test } from 'vitest'
import { decideRelease, decideRenew, timeLeft } from '../../src/protocol/claims.ts'
import type { Change, Lease, Slot } from '../../src/protocol/records.ts'
import { decideTransfer, tellsAllSince } from '../../src/protocol/transfers.ts'
import { change, HOUR, holdings, lease, MINUTE, moment } from './samples.ts'

const church = { resource_type: 'droplet', resource_name: 'church' }
const file = (name: string) => ({ resource_type: 'file', resource_name: name })
const ask = { by: 'one', to: 'two', resources: [church], handoff: 'h-1', host: 'box' }
const handed = (given: object = {}) => ({
  ...change('transfer', { claimed_by: 'two', token: 8 }),
  ...{ from: 'one', handoff: 'h-0', ...given },
})

test('the recipient gets a new token, the end stays, and the change names giver and handoff', () => {
  const decision = decideTransfer(holdings(lease()), ask, moment(HOUR), [change('claim')])
  if (decision.kind !== 'append') throw new Error(decision.kind)
  const claim = { ...lease(), claimed_by: 'two', token: 8, host: 'box' }
  expect(decision).toMatchObject({ op: 'transfer', result: { claims: [claim], already: false } })
  expect(decision.holdings).toEqual({ claims: [claim], counter: 8 })
  expect(decision.changes).toEqual([handed({ handoff: 'h-1' })])
})

test.each([
  ['shorter', MINUTE],
  ['longer', 4 * HOUR],
])(
  'what is kept for a session of another machine ends in half an hour, be its lease %s, and is not renewed',
  (_what, left) => {
    const now = moment(4 * HOUR - left)
    const kept_for = { machine: 'aaaaaaaa', session: 'two' }
    const decision = decideTransfer(holdings(lease()), { ...ask, kept_for }, now, [change('claim')])
    if (decision.kind !== 'append') throw new Error(decision.kind)
    const [kept] = decision.holdings.claims
    expect(kept).toMatchObject({ claimed_by: 'two', token: 8, renew: false, term_ms: HOUR / 2, kept_for })
    expect([timeLeft(kept!, now), timeLeft(kept!, { ...now, boot: null })]).toEqual([HOUR / 2 + 10, HOUR / 2])
  },
)

test('the giver, waking up late, is told that it lost the claim', () => {
  const { holdings: head, changes } = decideTransfer(holdings(lease()), ask, moment(), [
    change('claim'),
  ]) as Extract<ReturnType<typeof decideTransfer>, { kind: 'append' }>
  const past = [...changes, change('claim')]
  for (const token of [7, null]) {
    const late = { by: 'one', resource: church, token, term_ms: HOUR, force: null }
    const lost = { kind: 'refuse', code: 'lost', lease: { claimed_by: 'two' } }
    expect(decideRenew(head, late, moment(MINUTE), past)).toMatchObject(lost)
    expect(decideRelease(head, late, past)).toMatchObject(lost)
  }
  const renewed = decideRenew(
    head,
    { by: 'two', resource: church, token: 8, term_ms: 5 * HOUR },
    moment(),
    past,
  )
  expect(renewed).toMatchObject({ kind: 'append', result: { claimed_by: 'two', token: 8 } })
})

test('several of one domain move in one slot with a token each, the others stay', () => {
  const mine = ['a', 'b'].map((name, i) => lease({ ...file(name), token: 5 + i, claim_id: name }))
  const other = lease({ ...file('c'), claimed_by: 'three', token: 9 })
  const decision = decideTransfer(
    holdings(...mine, other),
    { ...ask, resources: [file('B'), file('a')] },
    moment(),
    [],
  )
  if (decision.kind !== 'append') throw new Error(decision.kind)
  expect(
    decision.holdings.claims.map((claim) => `${claim.resource_name} ${claim.claimed_by} ${claim.token}`),
  ).toEqual(['c three 9', 'b two 10', 'a two 11'])
  expect(decision.changes.map(({ resource_name }) => resource_name)).toEqual(['b', 'a'])
})

test("a script's claim becomes one of coord's own", () => {
  const decision = decideTransfer(holdings(lease({ foreign: true })), ask, moment(), [])
  expect(decision.kind === 'append' && 'foreign' in decision.holdings.claims[0]!).toBe(false)
})

describe('refused is what is', () => {
  test.each<[string, Lease[], string, ReturnType<typeof moment>, string]>([
    ['expired', [lease()], 'one', moment(4 * HOUR), 'lost expired'],
    ['taken over', [lease({ claimed_by: 'three' })], 'one', moment(), 'lost taken'],
    ['gone', [], 'one', moment(), 'lost gone'],
    ['never mine', [lease({ claimed_by: 'three' })], 'four', moment(), 'not_owner never'],
    ['not there', [], 'four', moment(), 'not_found nothing'],
  ])('%s', (_what, head, by, now, expected) => {
    const decision = decideTransfer(holdings(...head), { ...ask, by }, now, [change('claim')])
    expect(decision.kind === 'refuse' && `${decision.code} ${decision.why}`).toBe(expected)
  })

  test('one of several: none of them moves', () => {
    const head = holdings(lease(file('a')), lease({ ...file('b'), claimed_by: 'three' }))
    expect(decideTransfer(head, { ...ask, resources: [file('a'), file('b')] }, moment(), [])).toMatchObject({
      kind: 'refuse',
      code: 'not_owner',
      lease: { resource_name: 'b' },
    })
  })
})

describe('asked again, the transfer', () => {
  const theirs = lease({ claimed_by: 'two', token: 8 })
  const renewedBy = (claimed_by: string, token: number) => change('renew', { claimed_by, token })
  test.each<[string, Lease[], Change[], string]>([
    ['is done already', [theirs], [handed(), change('claim')], 'already h-0'],
    [
      'is done already, renewed since',
      [theirs],
      [renewedBy('two', 8), handed(), change('claim')],
      'already h-0',
    ],
    [
      'is done already, released since',
      [],
      [change('release', { claimed_by: 'two' }), handed()],
      'already h-0',
    ],
    ['to another before is lost', [theirs], [handed({ claimed_by: 'three' }), change('claim')], 'lost'],
    ['of what was claimed since is lost', [theirs], [change('claim'), handed()], 'lost'],
    [
      'of what came back is made',
      [lease({ token: 9 })],
      [handed({ from: 'two', claimed_by: 'one' }), handed()],
      'append',
    ],
  ])('%s', (_what, head, past, expected) => {
    const decision = decideTransfer(holdings(...head), ask, moment(), past)
    const got =
      decision.kind === 'keep'
        ? `already ${decision.result.claims[0]!.handoff}`
        : decision.kind === 'refuse'
          ? decision.code
          : 'append'
    expect(got).toBe(expected)
  })
})

const slotAt = (n: number, at: string, op = 'renew') => ({ n, slot: { at, op } as Slot })

test.each<[string, { n: number; slot: Slot }[], boolean]>([
  ['no slot at all', [], false],
  ['the first slot', [slotAt(1, '2026-11-20T11:00:00.000Z')], true],
  ['one from before', [slotAt(7, '2026-11-20T09:59:59.999Z'), slotAt(8, '2026-11-20T11:00:00.000Z')], true],
  ['only younger ones', [slotAt(7, '2026-11-20T10:00:00.001Z')], false],
  ['one of the same instant, which may be the next', [slotAt(7, '2026-11-20T10:00:00.000Z')], false],
  ['one whose time can not be read', [slotAt(7, 'noon')], false],
  [
    'a mended head',
    [slotAt(1, '2026-11-20T09:00:00.000Z'), slotAt(2, '2026-11-20T11:00:00.000Z', 'mend')],
    false,
  ],
  ['one that was lost', [slotAt(1, '2026-11-20T09:00:00.000Z'), slotAt(2, '?', 'unreadable')], false],
])('whether kept slots tell all since an instant: %s', (_what, kept, expected) => {
  expect(tellsAllSince(kept, '2026-11-20T10:00:00.000Z')).toBe(expected)
})
