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
const slotOf = (op: string, after: number, by: string, changes: Change[], claims: Lease[] = []) => ({
  ...slot(after, by, changes, claims),
  op,
})
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
  [
    'of another machine, and given back there',
    [
      slot(0, 'human', [{ ...change('abroad', one), machine: 'bbbbbbbb' }], [one]),
      slot(at, 'two', [{ ...change('gone', one), machine: 'bbbbbbbb', how: 'release' }], []),
    ],
    [{ claimed_by: 'one', machine: 'bbbbbbbb', until: iso(NOW + at), ended: 'released', by: null }],
  ],
  [
    'of another machine, gone with nobody to tell why, and renewed before',
    [
      slot(0, 'human', [change('abroad', one)], [one]),
      slot(at, 'human', [change('abroad', one)], [{ ...one, expires_at: iso(NOW + late) }]),
      slot(2 * at, 'two', [{ ...change('gone', one), machine: 'bbbbbbbb' }], []),
    ],
    [{ claimed_by: 'one', from: iso(NOW), until: iso(NOW + 2 * at), ended: 'gone', by: null }],
  ],
  [
    'of another machine, handed on there: the recipient holds it from then on',
    [
      slot(0, 'human', [{ ...change('abroad', one), machine: 'bbbbbbbb' }], [one]),
      slot(
        at,
        'human',
        [
          {
            ...change('gone', one),
            ...{ machine: 'bbbbbbbb', how: 'transfer', by: 'two', by_machine: 'bbbbbbbb' },
          },
          { ...change('abroad', held('two', 8)), machine: 'bbbbbbbb' },
        ],
        [held('two', 8)],
      ),
      slot(2 * at, 'human', [{ ...change('gone', held('two', 8)), machine: 'bbbbbbbb', how: 'release' }], []),
    ],
    [
      { claimed_by: 'two', machine: 'bbbbbbbb', from: iso(NOW + at), ended: 'released' },
      { claimed_by: 'one', ended: 'handed_over', by: 'two', by_machine: 'bbbbbbbb' },
    ],
  ],
  [
    'forced from another machine, with who and why, whoever settled it',
    [
      claimed,
      slotOf('settle', at, 'human', [
        { ...change('displace', one), how: 'force', by: 'two', by_machine: 'bbbbbbbb', reason: 'it crashed' },
      ]),
    ],
    [{ claimed_by: 'one', ended: 'forced', by: 'two', by_machine: 'bbbbbbbb', reason: 'it crashed' }],
  ],
  [
    'taken by the remote under another token: one holding',
    [
      claimed,
      slotOf('settle', at, 'human', [change('accept', held('one', 9))], [{ ...one, token: 9 }]),
      slot(2 * at, 'one', [change('release', { ...one, token: 9 })], []),
    ],
    [{ claimed_by: 'one', from: iso(NOW), until: iso(NOW + 2 * at), ended: 'released' }],
  ],
  [
    'not taken by the remote, which has one of another machine under the same token',
    [
      claimed,
      slotOf(
        'settle',
        at,
        'human',
        [
          { ...change('displace', one), how: 'first', by: 'two', by_machine: 'bbbbbbbb' },
          { ...change('abroad', held('two', 7)), machine: 'bbbbbbbb', claim_id: 'other' },
        ],
        [held('two', 7, at, { claim_id: 'other' })],
      ),
    ],
    [{ claimed_by: 'one', token: 7, ended: 'not_taken', by: 'two', by_machine: 'bbbbbbbb' }],
  ],
  [
    'forced here alone, and put back as the remote did not let it go: it has not ended',
    [
      slot(0, 'human', [{ ...change('abroad', one), machine: 'bbbbbbbb' }], [one]),
      slot(at, 'two', [{ ...change('force', one), reason: 'x' }], []),
      slot(2 * at, 'two', [{ ...change('abroad', one), machine: 'bbbbbbbb' }], [one]),
    ],
    [],
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
