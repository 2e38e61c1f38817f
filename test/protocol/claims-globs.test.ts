/** Claims of names that overlap: who gets what, as a table, and over long random stories. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decideClaim,
  decideRelease,
  decideRenew,
  findLease,
  type Holdings,
  isExpired,
  type Meets,
  type Moment,
  type Resource,
} from '../../src/protocol/claims.ts'
import { overlap } from '../../src/protocol/overlap.ts'
import type { Lease } from '../../src/protocol/records.ts'
import { pastTenures } from '../../src/protocol/tenures.ts'
import { decideTransfer } from '../../src/protocol/transfers.ts'
import { lease as leaseOf, NOW } from './samples.ts'

const meets: Meets = overlap
const at = (minutes: number): Moment => ({ wall: NOW + minutes * 60_000, boot: null })
const path = (resource_name: string): Resource => ({ resource_type: 'file', resource_name })
const named = (name: string): Resource => (/[*?]/.test(name) ? { ...path(name), glob: true } : path(name))
const held = (by: string, name: string, token = 7): Lease =>
  leaseOf({ ...named(name), claimed_by: by, token, claim_id: `c${token}`, clock: null })
/** Held by this machine for a session of another one. */
const kept = (to: string, name: string) => ({ ...held(to, name), kept_for: { machine: 'b', session: to } })
const wishOf = (by: string, names: string[], term_ms = 3_600_000) => ({
  ...{ by, term_ms, renew: true, fields: {}, resources: names.map(named) },
  claim_ids: names.map((name) => `${by}-${name}`),
})

describe('a claim that overlaps', () => {
  const decide = (claims: Lease[], by: string, names: string[], minutes = 0, ended: string[] = []) => {
    const head = { claims, counter: 10 }
    const forfeit = (holder: string) => (ended.includes(holder) ? ('ended' as const) : null)
    const decision = decideClaim(head, wishOf(by, names), at(minutes), 0, forfeit, meets)
    if (decision.kind === 'refuse')
      return `held: ${decision.lease?.resource_name}${decision.wanted ? ` for ${decision.wanted.resource_name}` : ''}`
    if (decision.kind === 'keep') return 'keep'
    const left = decision.holdings.claims.map(
      ({ claimed_by, resource_name }) => `${claimed_by} ${resource_name}`,
    )
    return left.sort().join(', ')
  }

  test.each<
    [title: string, held: Lease[], names: string[], later: [minutes?: number, ended?: string[]], string]
  >([
    ['a path below', [held('two', 'src/**')], ['src/a'], [], 'held: src/** for src/a'],
    ['a glob above', [held('two', 'src/a')], ['src/**'], [], 'held: src/a for src/**'],
    ['another glob', [held('two', 'src/*.ts')], ['src/a*'], [], 'held: src/*.ts for src/a*'],
    ['the same glob', [held('two', 'src/**')], ['SRC/**'], [], 'held: src/**'],
    ['nothing', [held('two', 'src/**')], ['docs/**'], [], 'one docs/**, two src/**'],
    ['its own', [held('one', 'src/**')], ['src/a'], [], 'one src/**, one src/a'],
    ['a second of several', [held('two', 'src/**')], ['docs/x', 'src/a'], [], 'held: src/** for src/a'],
    ['one that ran out', [held('two', 'src/**')], ['src/a'], [241], 'one src/a'],
    ['one of who ended', [held('two', 'src/a')], ['src/**'], [0, ['two']], 'one src/**'],
    ['one kept for a namesake of who ended', [kept('two', 'src/a')], ['src/a'], [0, ['two']], 'held: src/a'],
    ['one kept, that ran out', [kept('two', 'src/a')], ['src/a'], [241], 'one src/a'],
    [
      'two, of which one is live',
      [held('two', 'src/a'), held('three', 'src/b', 8)],
      ['src/**'],
      [0, ['two']],
      'held: src/b for src/**',
    ],
    [
      'two that are over',
      [held('two', 'src/a'), held('three', 'src/b', 8), held('two', 'docs/x', 9)],
      ['src/**'],
      [0, ['two', 'three']],
      'one src/**, two docs/x',
    ],
  ])('%s', (_title, claims, names, [minutes, ended], expected) => {
    expect(decide(claims, 'one', names, minutes, ended)).toBe(expected)
  })

  test('what was taken over is told by its name, whole, with who ended it', () => {
    const old = held('two', 'src/a')
    const decision = decideClaim(
      { claims: [old], counter: 10 },
      wishOf('one', ['src/**']),
      at(241),
      0,
      () => null,
      meets,
    )
    if (decision.kind !== 'append') throw new Error('refused')
    expect(decision.result).toMatchObject([{ already: false, took_over: [old] }])
    expect(decision.changes).toMatchObject([
      { act: 'claim', resource_name: 'src/**', token: 11 },
      { act: 'displace', resource_name: 'src/a', claimed_by: 'two', token: 7 },
    ])
    const slot = (
      n: number,
      by: string,
      claims: Lease[],
      changes: typeof decision.changes,
      when: number,
    ) => ({
      n,
      slot: {
        version: 1 as const,
        op: 'claim',
        at: new Date(at(when).wall).toISOString(),
        by,
        op_id: `${n}`,
        prev_op: null,
        counter: 11,
        claims,
        changes,
      },
    })
    const slots = (when: number) => [
      slot(1, 'two', [old], [], 0),
      slot(2, 'one', decision.holdings.claims, decision.changes, when),
    ]
    expect(pastTenures(slots(241), old)).toMatchObject([{ claimed_by: 'two', ended: 'expired', by: 'one' }])
    expect(pastTenures(slots(5), old)).toMatchObject([{ claimed_by: 'two', ended: 'taken_over', by: 'one' }])
  })

  test('a name that was a path and is a glob now is claimed anew, by its holder', () => {
    const claims = [held('one', 'src/x'), { ...held('one', 'docs/?', 8), glob: null }]
    const decision = decideClaim(
      { claims, counter: 10 },
      wishOf('one', ['docs/?']),
      at(0),
      0,
      () => null,
      meets,
    )
    expect(decision).toMatchObject({
      kind: 'append',
      result: [{ already: false, claim: { token: 11, glob: true } }],
    })
  })

  test('is not handed over while another of the giver would stay', () => {
    const claims = [held('one', 'src/**'), held('one', 'src/a', 8)]
    const ask = { by: 'one', to: 'two', handoff: 'h', host: null }
    const give = (names: string[]) =>
      decideTransfer({ claims, counter: 10 }, { ...ask, resources: names.map(named) }, at(0), [], meets)
    expect(give(['src/a'])).toMatchObject({
      kind: 'refuse',
      why: 'overlap',
      lease: { resource_name: 'src/**' },
    })
    expect(give(['src/a', 'src/**'])).toMatchObject({ kind: 'append' })
  })
})

type Act = {
  kind: 'claim' | 'renew' | 'release' | 'give' | 'wait'
  by: number
  names: string[]
  minutes: number
}

test('over any story no two sessions hold live claims that overlap, and tokens grow', () => {
  const name = fc.constantFrom('a/x', 'a/y', 'b/x', 'a/*', 'b/*', '**/x', '**', 'a/**', 'c')
  const act: fc.Arbitrary<Act> = fc.record({
    kind: fc.constantFrom('claim', 'claim', 'claim', 'renew', 'release', 'give', 'wait'),
    by: fc.nat(2),
    names: fc.uniqueArray(name, { minLength: 1, maxLength: 2 }),
    minutes: fc.integer({ min: 1, max: 40 }),
  })
  const move = (head: Holdings, { kind, by, names, minutes }: Act, now: Moment) => {
    const [me, next, resource] = [`s${by}`, `s${(by + 1) % 3}`, named(names[0]!)]
    const ask = { by: me, resource, token: null }
    if (kind === 'claim')
      return decideClaim(head, wishOf(me, names, minutes * 60_000), now, 0, () => null, meets)
    if (kind === 'renew') return decideRenew(head, { ...ask, term_ms: minutes * 60_000 }, now, [])
    if (kind === 'release') return decideRelease(head, { ...ask, force: null }, [])
    const transfer = { by: me, to: next, resources: names.map(named), handoff: 'h', host: null }
    return kind === 'give' ? decideTransfer(head, transfer, now, [], meets) : null
  }
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      let [head, minute]: [Holdings, number] = [{ claims: [], counter: 0 }, 0]
      for (const each of acts) {
        if (each.kind === 'wait') minute += each.minutes
        const decision = move(head, each, at(minute))
        if (decision?.kind !== 'append') continue
        const before = head
        head = decision.holdings
        const live = head.claims.filter((lease) => !isExpired(lease, at(minute), 0))
        const pairs = live.flatMap((one) => live.map((other) => [one, other] as const))
        expect(
          pairs.filter(([one, other]) => one.claimed_by !== other.claimed_by && overlap(one, other)),
        ).toEqual([])
        for (const lease of head.claims) {
          const was = findLease(before.claims, lease)
          if (was?.claim_id !== lease.claim_id || was.token !== lease.token)
            expect(lease.token).toBeGreaterThan(before.counter)
        }
      }
    }),
    { numRuns: 3000 },
  )
})
