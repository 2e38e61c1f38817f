/** How a claim ended at a remote, as far as its last moves tell; what comes from outside may be anything. */
import { expect, test } from 'vitest'
import { causesIn, endingOf, forcedAfter } from '../../../src/protocol/remote/endings.ts'
import type { FarLease, FarSlot } from '../../../src/protocol/remote/slots.ts'

const YOU = 'bbbbbbbb'
const lease = { claim_id: 'lost', claimed_by: 'one', machine: 'aaaaaaaa' } as FarLease
const rival = { claim_id: 'next', claimed_by: 'two', machine: YOU } as FarLease
const slot = (act: string, claim_id: string, more: object = {}) =>
  ({ by: 'two', machine: YOU, changes: [{ act, claim_id, reason: 'why' }], ...more }) as FarSlot
const who = { by: 'two', by_machine: YOU }

test.each<[string, FarLease, FarLease | null, FarSlot | null, object]>([
  ['force', lease, null, slot('force', 'lost'), { how: 'force', ...who, reason: 'why' }],
  [
    'force, whoever has it now',
    lease,
    rival,
    slot('claim', 'next', { forced: [{ claim_id: 'lost', by: 'two', machine: YOU }] }),
    { how: 'force', ...who },
  ],
  ['force by a person', lease, null, slot('force', 'lost', { by: '../x' }), { how: 'force', by: 'human' }],
  ['release', lease, rival, slot('release', 'lost'), { how: 'release' }],
  ['a takeover', lease, rival, slot('takeover', 'next'), { how: 'takeover', ...who }],
  ['a handoff', lease, { ...rival, claim_id: 'lost' }, null, { how: 'transfer', ...who }],
  ['another one first', { ...lease, machine: undefined } as never, rival, null, { how: 'first', ...who }],
  ['nobody knows, but who has it', lease, rival, slot('claim', 'next'), who],
  ['nobody knows', lease, null, slot('claim', 'else'), {}],
])('%s', (_what, lost, other, last, expected) => {
  const told = endingOf(lost, other, causesIn([last, null]))
  expect(told).toMatchObject(expected)
  expect('how' in told).toBe('how' in expected)
})

test('force is remembered over some moves of its ref, the newest first', () => {
  let head: FarSlot | null = null
  for (let move = 0; move < 20; move++) {
    const { changes } = slot(move % 2 ? 'claim' : 'force', `id-${move}`)
    head = { changes, ...forcedAfter(head, changes, 'two', YOU) } as FarSlot
  }
  expect(head!.forced!.map(({ claim_id }) => claim_id)).toEqual(
    [18, 16, 14, 12, 10, 8, 6, 4].map((move) => `id-${move}`),
  )
})

test('a reason from outside is passed on cut', () => {
  const reason = 'x'.repeat(100_000)
  const forced = [{ claim_id: 'lost', by: 'two', machine: YOU, reason }]
  const { forced: after } = forcedAfter(slot('claim', 'next', { forced }), [], 'two', YOU)
  expect(after).toEqual([{ claim_id: 'lost', by: 'two', machine: YOU, reason: `${'x'.repeat(499)}…` }])
})

test.each([null, 'x', [null], [{}], [{ claim_id: 'lost', by: 'two', machine: '../x' }], [{ claim_id: 7 }]])(
  'what is remembered as %j is nothing',
  (forced) => {
    expect(endingOf(lease, null, causesIn([slot('claim', 'next', { forced })]))).toEqual({})
  },
)
