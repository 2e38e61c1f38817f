/** Whether a ref goes on from where it was seen, and which claims the remote has forgotten where it does not, as tables. */
import { expect, test } from 'vitest'
import {
  bornOf,
  doesFollow,
  forgotten,
  isAhead,
  isAmiss,
  pastAfter,
  type Seen,
} from '../../../src/protocol/remote/lineage.ts'
import type { FarLease, FarSlot } from '../../../src/protocol/remote/slots.ts'

const NOW = Date.parse('2026-11-20T10:00:00.000Z')
const DAY = 86_400_000

const lease = (claim_id: string, more: Partial<FarLease> = {}) =>
  ({ claim_id, machine: 'aaaaaaaa', ...more }) as FarLease

function seen(n: number, born: string, claims: string[] = [], days = 0): Seen {
  const at = new Date(NOW - days * DAY).toISOString()
  const slot = { n, born, at, ...ops(born, n), claims: claims.map((id) => lease(id)) } as unknown as FarSlot
  return { oid: `${born}${n}`, slot }
}

/** The moves of a ref up to the nth, each named for who made it: one line. */
const ops = (line: string, n: number) => ({
  op_id: `${line}-${n}`,
  prev_op: n === 1 ? null : `${line}-${n - 1}`,
  past: Array.from({ length: Math.max(0, n - 2) }, (_, at) => `${line}-${n - 2 - at}`).slice(0, 32),
})

/** The same ref, set back to its second move and moved on from there by others. */
const branched = (n: number, more: object = {}): Seen => {
  const { oid, slot } = seen(n, 'x')
  const own = (op: string | null) => (op !== null && Number(op.slice(2)) > 2 ? `y${op.slice(1)}` : op)
  const { op_id, prev_op, past } = ops('x', n)
  const other = { op_id: own(op_id), prev_op: own(prev_op), past: past.map(own) }
  return { oid: `${oid}y`, slot: { ...slot, ...other, ...more } as FarSlot }
}
const GONE: Seen = { oid: null, slot: null }

test.each<[what: string, before: Seen | null, now: Seen, follows: boolean, amiss: boolean]>([
  ['never seen', null, seen(3, 'x'), true, false],
  ['not there before', GONE, seen(1, 'x'), true, false],
  ['as it was', seen(3, 'x'), seen(3, 'x'), true, false],
  ['moved on', seen(3, 'x'), seen(9, 'x'), true, false],
  ['set back', seen(3, 'x'), seen(2, 'x'), false, true],
  ['set back, and moved as often', seen(3, 'x'), { ...seen(3, 'x'), oid: 'other' }, false, true],
  ['set back, and moved on once more than it was', seen(3, 'x'), branched(4), false, true],
  ['the same by a coord that remembers nothing', seen(3, 'x'), branched(4, { past: undefined }), false, true],
  ['set back, and moved on far beyond', seen(3, 'x'), branched(30), false, true],
  ['set back to where it was seen, and moved on', seen(2, 'x'), branched(30), true, false],
  ['moved on further than it remembers', seen(3, 'x'), seen(90, 'x'), true, false],
  ['moved on by a coord that remembers less', seen(3, 'x'), branched(30, { past: undefined }), true, false],
  ['moved on, with nonsense for a memory', seen(3, 'x'), branched(30, { past: [7, {}] }), true, false],
  ['set back long ago', seen(3, 'x', [], 30), seen(2, 'x', [], 30), false, true],
  ['gone', seen(3, 'x'), GONE, false, true],
  ['gone, after it may have been thrown away', seen(3, 'x', [], 8), GONE, false, false],
  ['made anew', seen(3, 'x'), seen(9, 'y'), false, true],
  ['made anew after it was thrown away', seen(3, 'x', [], 8), seen(1, 'y'), false, false],
])('a ref: %s', (_, before, now, follows, amiss) => {
  expect([doesFollow(before, now), isAmiss(before, now, NOW)]).toEqual([follows, amiss])
})

test.each<[what: string, now: Seen[], known: (Seen | null)[], again: boolean]>([
  ['its ref is gone', [GONE], [seen(3, 'x', ['a'])], true],
  ['its ref is gone, and nothing is known of it', [GONE], [null], true],
  ['its ref was set back to before it', [seen(2, 'x')], [seen(3, 'x', ['a'])], true],
  ['its ref was set back, and has it', [seen(2, 'x', ['a'])], [seen(3, 'x', ['a'])], false],
  ['its ref was made anew, and moved further than before', [seen(9, 'y')], [seen(3, 'x', ['a'])], true],
  ['it was given away there', [seen(4, 'x')], [seen(3, 'x', ['a'])], false],
  ['one of its refs is gone', [seen(3, 'x', ['a']), GONE], [seen(3, 'x', ['a']), seen(3, 'z', ['a'])], true],
  ['its refs were not read', [], [], false],
])('a claim is offered again or not: %s', (_, now, known, again) => {
  const refs = now.map((_, at) => `r${at}`)
  const heads = new Map(now.map((head, at) => [`r${at}`, head]))
  const before = (ref: string) => known[Number(ref.slice(1))] ?? null
  const told = (claims: FarLease[]) => forgotten(claims, 'aaaaaaaa', () => refs, heads, before)
  expect(told([lease('a')])).toHaveLength(again ? 1 : 0)
  for (const more of [{ machine: 'bbbbbbbb' }, { foreign: true }])
    expect(told([lease('a', more)])).toEqual([])
  const { machine: _machine, ...waits } = lease('a')
  expect(told([waits as FarLease])).toEqual([])
})

test('a ref remembers its last moves, a bounded number of them, and nothing that is none', () => {
  expect(pastAfter(null)).toEqual({})
  expect(pastAfter(seen(1, 'x').slot)).toEqual({})
  expect(pastAfter(seen(4, 'x').slot)).toEqual({ past: ['x-3', 'x-2', 'x-1'] })
  expect(pastAfter(seen(90, 'x').slot).past).toHaveLength(32)
  for (const past of ['x', 7, { 0: 'a' }, [7, 'a'], [null], ['x'.repeat(200)], ['']])
    expect(pastAfter({ ...seen(4, 'x').slot!, past: past as string[] })).toEqual({ past: ['x-3'] })
  expect(pastAfter({ ...seen(4, 'x').slot!, past: ['a', 7, 'b'] as string[] })).toEqual({
    past: ['x-3', 'a'],
  })
})

test('the beginning of a ref is named once; a name from outside that is none is not carried on', () => {
  expect(bornOf(null, 'first')).toEqual({ born: 'first' })
  expect(bornOf(seen(3, 'x').slot, 'later')).toEqual({ born: 'x' })
  for (const born of [undefined, 7, 'x'.repeat(200)])
    expect(bornOf({ ...seen(3, 'x').slot!, born: born as string }, 'later')).toEqual({})
})

test.each<[what: string, there: Partial<FarLease>, ahead: boolean]>([
  ['as it is here', {}, false],
  [
    'renewed later, and to end later',
    { renewed_at: '2026-11-20T11:00:00Z', expires_at: '2026-11-20T15:00:00Z' },
    true,
  ],
  ['renewed before', { renewed_at: '2026-11-20T09:00:00Z', expires_at: '2026-11-20T13:00:00Z' }, false],
  ['to end later by a clock that was set back since', { expires_at: '2026-11-20T15:00:00Z' }, false],
])('a lease at the remote is beyond what the room gave it or not: %s', (_, there, ahead) => {
  const here = lease('a', { claimed_at: '2026-11-20T10:00:00Z', expires_at: '2026-11-20T14:00:00Z' })
  expect(isAhead({ ...here, ...there }, here)).toBe(ahead)
})
