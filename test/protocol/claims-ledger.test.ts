import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Decision,
  decideClaim,
  decideRelease,
  decideRenew,
  findLease,
  type Holdings,
  isExpired,
  type Moment,
  timeLeft,
} from '../../src/protocol/claims.ts'
import { toClaim } from '../../src/protocol/foreign.ts'
import { resourceKey } from '../../src/protocol/names.ts'
import type { Change } from '../../src/protocol/records.ts'
import { isRecord } from '../../src/protocol/shapes.ts'
import { firstCounter, isWon, nextSlot } from '../../src/protocol/slots.ts'
import { decideTransfer } from '../../src/protocol/transfers.ts'
import { change, HOUR, holdings, iso, lease, MARGIN, moment, NOW, SECOND } from './samples.ts'

describe('leases', () => {
  test('others wait for the margin, the holder does not count on it', () => {
    expect(isExpired(lease(), moment(4 * HOUR + SECOND, 'boot-2'), MARGIN)).toBe(false)
    expect(timeLeft(lease(), moment(4 * HOUR + SECOND, 'boot-2'))).toBe(-SECOND)
  })

  test("what people and scripts read carries none of the ledger's bookkeeping", () => {
    const claim = toClaim({ ...lease({ foreign: true }), note: 'x', own: 1 })
    expect(Object.keys(claim).sort()).toEqual([
      'claim_id',
      'claimed_at',
      'claimed_by',
      'expires_at',
      'note',
      'own',
      'renew',
      'resource_name',
      'resource_type',
      'token',
    ])
  })

  test('a domain without a ledger counts from unix seconds, or from a higher token that is still visible', () => {
    expect(firstCounter([], moment())).toBe(NOW / 1000)
    expect(firstCounter([lease({ token: 5 })], moment())).toBe(NOW / 1000)
    expect(firstCounter([lease({ token: 9e9 })], moment())).toBe(9e9)
  })
})
test('a slot carries the whole domain and builds on the slot before it', () => {
  const decision = { op: 'claim', holdings: holdings(lease()), changes: [change('claim')] }
  const first = nextSlot(null, decision, 'one', 'op-1', moment())
  expect(first).toEqual({
    version: 1,
    op: 'claim',
    at: iso(NOW),
    by: 'one',
    op_id: 'op-1',
    prev_op: null,
    counter: 7,
    changes: [change('claim')],
    claims: [lease()],
  })
  expect(nextSlot(first, decision, 'two', 'op-2', moment()).prev_op).toBe('op-1')
  expect(isRecord('slot', JSON.parse(JSON.stringify(first)))).toBe(true)
})

describe('after the link of slot n+1', () => {
  test.each([
    ['the first slot, nothing above', 0, null, { before: null, above: false, follower: null }, true],
    [
      'the first slot, others above that do not build on it',
      0,
      null,
      { before: null, above: true, follower: 'x' },
      false,
    ],
    ['the first slot, the next builds on it', 0, null, { before: null, above: true, follower: 'mine' }, true],
    ['slot n unchanged, nothing above', 4, 'read', { before: 'read', above: false, follower: null }, true],
    ['slot n collected, nothing above', 4, 'read', { before: null, above: false, follower: null }, false],
    ['slot n is another, nothing above', 4, 'read', { before: 'other', above: false, follower: null }, false],
    ['slot n unchanged, others above', 4, 'read', { before: 'read', above: true, follower: 'x' }, false],
    [
      'slot n unchanged, only far slots above',
      4,
      'read',
      { before: 'read', above: true, follower: null },
      false,
    ],
    [
      'slot n unchanged, the next builds on mine',
      4,
      'read',
      { before: 'read', above: true, follower: 'mine' },
      true,
    ],
    [
      'slot n collected, the next builds on mine',
      4,
      'read',
      { before: null, above: true, follower: 'mine' },
      true,
    ],
    ['slot n collected, others above', 4, 'read', { before: null, above: true, follower: null }, false],
  ])('%s', (_what, n, read, look, won) => {
    expect(isWon(n, read, 'mine', look)).toBe(won)
  })
})

describe('over any course of claims, renewals, releases, transfers and time', () => {
  const sessions = fc.constantFrom('one', 'two', 'three')
  const resources = fc.constantFrom('a', 'A', 'b')
  const minutes = fc.integer({ min: 0, max: 240 })
  const act = fc.record({
    kind: fc.constantFrom('claim', 'claim', 'renew', 'release', 'force', 'transfer'),
    by: sessions,
    to: sessions,
    name: resources,
    term: fc.integer({ min: 1, max: 180 }),
    stale: fc.boolean(),
    wait: minutes,
    step: fc.integer({ min: -60, max: 60 }),
    reboot: fc.boolean(),
    dead: fc.boolean(),
  })
  type Act = typeof act extends fc.Arbitrary<infer T> ? T : never

  function decide(
    head: Holdings,
    past: Change[],
    given: Act,
    now: Moment,
    serial: number,
  ): Decision<unknown> {
    const resource = { resource_type: 'file', resource_name: given.name }
    const token = given.stale ? (past.find((old) => old.claimed_by === given.by)?.token ?? null) : null
    const ask = { by: given.by, to: given.to, resource, token, term_ms: given.term * 60_000 }
    const wish = { ...ask, resources: [resource], claim_ids: [`c-${serial}`], renew: true, fields: {} }
    if (given.kind === 'claim')
      return decideClaim(head, wish, now, MARGIN, () => (given.dead ? 'dead' : null))
    if (given.kind === 'renew') return decideRenew(head, ask, now, past)
    if (given.kind === 'transfer')
      return decideTransfer(
        head,
        { ...ask, resources: [resource], handoff: `h-${serial}`, host: null },
        now,
        past,
      )
    return decideRelease(head, { ...ask, force: given.kind === 'force' ? 'because' : null }, past)
  }

  test('a resource has at most one holder and the tokens of its grants strictly grow', () => {
    const tally = new Map<string, number>()
    const course = (acts: Act[]) => {
      let head: Holdings = { claims: [], counter: 100 }
      const past: Change[] = []
      const granted = new Map<string, number>()
      let now: Moment = { wall: NOW, boot: { id: 'boot-0', ms: 0 } }
      for (const [serial, given] of acts.entries()) {
        const passed = given.wait * 60_000
        const boot = given.reboot
          ? { id: `boot-${serial}`, ms: 0 }
          : { ...now.boot!, ms: now.boot!.ms + passed }
        now = { wall: now.wall + passed + given.step * 60_000, boot }
        const decision = decide(head, past, given, now, serial)
        tally.set(`${given.kind} ${decision.kind}`, (tally.get(`${given.kind} ${decision.kind}`) ?? 0) + 1)
        if (decision.kind !== 'append') continue
        check(head, decision, given, granted, now)
        head = decision.holdings
        past.unshift(...decision.changes)
      }
    }
    fc.assert(fc.property(fc.array(act, { minLength: 5, maxLength: 40, size: 'max' }), course), {
      numRuns: 300,
    })
    const seen = [...tally.keys()].sort()
    expect(seen).toEqual(
      expect.arrayContaining(['claim append', 'claim refuse', 'renew append', 'renew refuse']),
    )
    expect(seen).toEqual(
      expect.arrayContaining(['release append', 'release keep', 'force append', 'transfer append']),
    )
  })

  function check(
    head: Holdings,
    decision: Extract<Decision<unknown>, { kind: 'append' }>,
    given: Act,
    granted: Map<string, number>,
    now: Moment,
  ) {
    const key = resourceKey('file', given.name)
    const before = findLease(head.claims, { resource_type: 'file', resource_name: given.name })
    const keys = decision.holdings.claims.map((claim) =>
      resourceKey(claim.resource_type, claim.resource_name),
    )
    expect(new Set(keys).size).toBe(keys.length)
    expect(decision.holdings.counter).toBeGreaterThanOrEqual(head.counter)
    const after = decision.holdings.claims.find((claim) => resourceKey('file', claim.resource_name) === key)
    if (!after) return
    if (after.token === before?.token) {
      expect(after).toMatchObject({ claimed_by: before.claimed_by, claim_id: before.claim_id })
      expect(timeLeft(after, now)).toBeGreaterThanOrEqual(timeLeft(before, now))
      return
    }
    expect(after.token).toBeGreaterThan(granted.get(key) ?? 100)
    granted.set(key, after.token)
    const free = !before || isExpired(before, now, 0) || given.dead || given.kind === 'transfer'
    expect(free).toBe(true)
  }
})
