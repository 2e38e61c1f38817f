import { expect, test } from 'vitest'
import type { Change, Lease, Slot } from '../../src/protocol/records.ts'
import { keptSince, pastTenures } from '../../src/protocol/tenures.ts'
import { change, HOUR, iso, lease, MINUTE, NOW } from './samples.ts'

const church = { resource_type: 'droplet', resource_name: 'church' }
const held = (by: string, token: number, after = 0, given: Partial<Lease> = {}) =>
  lease({
    claimed_by: by,
    token,
    claim_id: `id-${token}`,
    claimed_at: iso(NOW + after),
    expires_at: iso(NOW + after + HOUR),
    ...given,
  })

/** A slot some time after NOW: what was done, by whom, and what is held after it. */
function slot(after: number, by: string, changes: Change[], claims: Lease[]): Slot {
  const rest = { op_id: `${after}`, prev_op: null, counter: 99 }
  return { version: 1, op: changes[0]?.act ?? 'claim', at: iso(NOW + after), by, ...rest, changes, claims }
}
const numbered = (slots: Slot[], first = 1) => slots.map((each, index) => ({ n: first + index, slot: each }))

const one = held('one', 7)
const claimed = slot(0, 'one', [change('claim', one)], [one])
const at = 10 * MINUTE
const late = 2 * HOUR

test.each<[string, Slot[], object[]]>([
  ['nothing was decided', [], []],
  ['a claim that lasts is not past', [claimed], []],
  [
    'released by its holder',
    [claimed, slot(at, 'one', [change('release', one)], [])],
    [{ claimed_by: 'one', token: 7, from: iso(NOW), until: iso(NOW + at), ended: 'released', by: null }],
  ],
  [
    'forced by another, with the reason',
    [claimed, slot(at, 'two', [{ ...change('force', one), reason: 'it crashed' }], [])],
    [{ claimed_by: 'one', ended: 'forced', by: 'two', reason: 'it crashed', until: iso(NOW + at) }],
  ],
  [
    'taken over after its lease ran out: held until then',
    [claimed, slot(late, 'two', [change('takeover', held('two', 8))], [held('two', 8, late)])],
    [{ claimed_by: 'one', ended: 'expired', by: 'two', until: one.expires_at }],
  ],
  [
    'taken over while its lease ran, as its holder was over',
    [claimed, slot(at, 'two', [change('takeover', held('two', 8))], [held('two', 8, at)])],
    [{ claimed_by: 'one', ended: 'taken_over', by: 'two', until: iso(NOW + at) }],
  ],
  [
    'expired and claimed again by the same: two tenures',
    [claimed, slot(late, 'one', [change('claim', held('one', 8))], [held('one', 8, late)])],
    [{ claimed_by: 'one', token: 7, ended: 'expired', by: 'one', until: one.expires_at }],
  ],
  [
    'handed over: the recipient holds from then on, not since the claim',
    [
      claimed,
      slot(at, 'one', [change('transfer', held('two', 8))], [held('two', 8)]),
      slot(2 * at, 'two', [change('release', held('two', 8))], []),
    ],
    [
      { claimed_by: 'two', token: 8, from: iso(NOW + at), until: iso(NOW + 2 * at), ended: 'released' },
      { claimed_by: 'one', token: 7, from: iso(NOW), until: iso(NOW + at), ended: 'handed_over', by: 'two' },
    ],
  ],
  [
    'a renewal goes on with the same tenure',
    [
      claimed,
      slot(at, 'one', [change('renew', one)], [held('one', 7, 0, { expires_at: iso(NOW + 3 * HOUR) })]),
      slot(late, 'one', [change('release', one)], []),
    ],
    [{ claimed_by: 'one', from: iso(NOW), until: iso(NOW + late), ended: 'released' }],
  ],
  [
    "a script's claim whose file went when another of its domain moved",
    [claimed, slot(at, 'two', [change('claim', held('two', 8, at, { resource_name: 'other' }))], [])],
    [{ claimed_by: 'one', ended: 'removed', by: null }],
  ],
  [
    'another resource of the domain changes nothing',
    [claimed, slot(at, 'two', [change('claim', held('two', 8, at, { resource_name: 'other' }))], [one])],
    [],
  ],
  [
    'a release whose claim is not kept any more: from is not known',
    [slot(at, 'one', [change('release', one)], [])],
    [{ claimed_by: 'one', token: 7, from: null, until: iso(NOW + at), ended: 'released' }],
  ],
  [
    'a claim older than the kept slots: known from the lease itself',
    [slot(at, 'one', [change('renew', one)], [one]), slot(late, 'one', [change('release', one)], [])],
    [{ claimed_by: 'one', from: iso(NOW), until: iso(NOW + late) }],
  ],
  [
    'another spelling of the name is the same resource',
    [claimed, slot(at, 'one', [change('release', { ...one, resource_name: 'CHURCH' })], [])],
    [{ ended: 'released' }],
  ],
])('%s', (_what, slots, expected) => {
  const past = pastTenures(numbered(slots), church)
  expect(past).toHaveLength(expected.length)
  expect(past).toMatchObject(expected)
})

test('where the first slot is kept nothing is missing, otherwise the oldest one tells since when', () => {
  expect(keptSince([])).toBeNull()
  expect(keptSince(numbered([claimed]))).toBeNull()
  expect(keptSince(numbered([claimed], 37))).toBe(iso(NOW))
})
