/** The rule by which the claims of rooms become one, as a table; and when a lease of another machine is over. */
import { expect, test } from 'vitest'
import type { Moment } from '../../../src/protocol/claims.ts'
import type { Lease } from '../../../src/protocol/records.ts'
import { mirror, type Standing, settle } from '../../../src/protocol/remote/settle.ts'
import { isOverAbroad, seenAs, sightsOf } from '../../../src/protocol/remote/sights.ts'
import { type FarLease, readFarSlot } from '../../../src/protocol/remote/slots.ts'

const ME = 'aaaaaaaa'
const YOU = 'bbbbbbbb'

function lease(name: string, more: Partial<FarLease> = {}): FarLease {
  return {
    claimed_by: 'one',
    claimed_at: '2026-11-20T10:00:00.000Z',
    expires_at: '2026-11-20T14:00:00.000Z',
    resource_type: 'droplet',
    resource_name: name,
    claim_id: `id-${name}`,
    token: 100,
    renew: true,
    term_ms: 4 * 3_600_000,
    clock: null,
    ...more,
  }
}

const standing = (
  before: FarLease[],
  after: FarLease[] | null = before,
  more: Partial<Standing> = {},
): Standing => ({
  machine: ME,
  before,
  after,
  inScope: () => true,
  isOver: ({ note }) => note === 'over',
  hasEnded: ({ note }) => note === 'over',
  meets: () => false,
  isWhole: () => true,
  drop: new Set(),
  together: new Set(),
  strip: (each) => each,
  ...more,
})

const mine = (name: string, more = {}) => lease(name, { machine: ME, ...more })
const yours = (name: string, more = {}) =>
  lease(name, { machine: YOU, claimed_by: 'two', claim_id: `yours-${name}`, ...more })
const offered = (name: string, more = {}) => lease(name, { provisional: true, ...more })

type Row = [
  what: string,
  far: FarLease[],
  here: Standing,
  after: string[],
  more?: { lost?: string[]; acts?: string[]; tokens?: number[] },
]

test.each<Row>([
  [
    'a claim that is new goes out',
    [],
    standing([offered('a')]),
    ['id-a'],
    { acts: ['claim'], tokens: [101] },
  ],
  [
    'a token that is ahead stays',
    [],
    standing([offered('a', { token: 500 })]),
    ['id-a'],
    { acts: ['claim'], tokens: [500] },
  ],
  [
    'what was taken and is the same stays without a move',
    [mine('a')],
    standing([mine('a')]),
    ['id-a'],
    { acts: [] },
  ],
  [
    'a longer term goes out',
    [mine('a')],
    standing([mine('a', { expires_at: '2026-11-20T18:00:00.000Z' })]),
    ['id-a'],
    { acts: ['renew'] },
  ],
  [
    'another holder of the room goes out',
    [mine('a')],
    standing([mine('a', { claimed_by: 'three', token: 101 })]),
    ['id-a'],
    { acts: ['transfer'], tokens: [101] },
  ],
  [
    'a claim gives way to one that was taken',
    [yours('a')],
    standing([offered('a')]),
    ['yours-a'],
    { lost: ['id-a'], acts: [] },
  ],
  [
    'one that is over goes',
    [yours('a', { note: 'over' })],
    standing([offered('a')]),
    ['id-a'],
    { acts: ['takeover'] },
  ],
  [
    'what ended before it was taken is not offered',
    [],
    standing([offered('a', { note: 'over' })]),
    [],
    { acts: [] },
  ],
  [
    'what is given back here goes there',
    [mine('a'), yours('b')],
    standing([mine('a')], []),
    ['yours-b'],
    { acts: ['release'] },
  ],
  ['without a ledger nothing counts as given back', [mine('a')], standing([], null), ['id-a'], { acts: [] }],
  [
    'what is out of scope stays',
    [mine('a')],
    standing([], [], { inScope: () => false }),
    ['id-a'],
    { acts: [] },
  ],
  [
    'what was taken and is gone there is lost',
    [yours('a')],
    standing([mine('a')]),
    ['yours-a'],
    { lost: ['id-a'], acts: [] },
  ],
  ['what was forced away is lost', [], standing([mine('a')]), [], { lost: ['id-a'], acts: [] }],
  [
    'what the remote has in part goes out whole',
    [mine('a')],
    standing([offered('a')], undefined, { isWhole: () => false }),
    ['id-a'],
    { acts: ['claim'] },
  ],
  [
    'what it has in part gives way to what it took meanwhile',
    [mine('a'), yours('a')],
    standing([offered('a')], undefined, { isWhole: () => false }),
    ['yours-a'],
    { lost: ['id-a'], acts: ['release'] },
  ],
  [
    'what was taken while we looked is not lost',
    [],
    standing([offered('a')], [mine('a')]),
    ['id-a'],
    { acts: ['claim'] },
  ],
  [
    'force takes it away',
    [yours('a')],
    standing([], [], { drop: new Set(['yours-a']) }),
    [],
    { acts: ['force'] },
  ],
  [
    'force and claim at once',
    [yours('a')],
    standing([offered('a')], undefined, { drop: new Set(['yours-a']) }),
    ['id-a'],
    { acts: ['takeover'] },
  ],
  [
    'all or nothing',
    [yours('a')],
    standing([offered('a'), offered('b')], undefined, { together: new Set(['id-a', 'id-b']) }),
    ['yours-a'],
    { lost: ['id-a', 'id-b'], acts: [] },
  ],
  [
    'a part of what is held already stays',
    [yours('a'), mine('b')],
    standing([offered('a'), mine('b')], undefined, { together: new Set(['id-a']) }),
    ['yours-a', 'id-b'],
    { lost: ['id-a'], acts: [] },
  ],
  [
    'what overlaps is refused',
    [yours('a')],
    standing([offered('b')], undefined, { meets: () => true }),
    ['yours-a'],
    { lost: ['id-b'], acts: [] },
  ],
  ['a script is of this room alone', [], standing([offered('a', { foreign: true })]), [], { acts: [] }],
  [
    'the same session name elsewhere is somebody else',
    [yours('a', { claimed_by: 'one' })],
    standing([offered('a')]),
    ['yours-a'],
    { lost: ['id-a'], acts: [] },
  ],
  [
    'what is kept for a session goes to it, with a token of its own',
    [yours('a', { kept_for: { machine: ME, session: 'one' }, token: 100 })],
    standing([offered('a')]),
    ['id-a'],
    { acts: ['takeover'], tokens: [101] },
  ],
  [
    'what is kept for a session is held for all others of its machine',
    [yours('a', { kept_for: { machine: ME, session: 'two' } })],
    standing([offered('a')]),
    ['yours-a'],
    { lost: ['id-a'], acts: [] },
  ],
  [
    'what is kept for a session of another machine is held',
    [yours('a', { kept_for: { machine: 'cccccccc', session: 'one' } })],
    standing([offered('a')]),
    ['yours-a'],
    { lost: ['id-a'], acts: [] },
  ],
  ...[null, 'one', { machine: ME }, { machine: ME, session: 5 }].map(
    (kept_for): Row => [
      `a mark of the kind ${JSON.stringify(kept_for)} keeps nothing for anybody`,
      [yours('a', { kept_for })],
      standing([offered('a')]),
      ['yours-a'],
      { lost: ['id-a'], acts: [] },
    ],
  ),
  [
    'what the room keeps for another machine stays until it is taken',
    [mine('a', { kept_for: { machine: YOU, session: 'two' } })],
    standing([mine('a', { kept_for: { machine: YOU, session: 'two' } })]),
    ['id-a'],
    { acts: [] },
  ],
])('%s', (_what, far, here, after, more = {}) => {
  const settled = settle({ claims: far, counter: 100 }, here)
  expect(settled.far.claims.map(({ claim_id }) => claim_id).sort()).toEqual([...after].sort())
  expect(settled.lost.map(({ lease: { claim_id } }) => claim_id)).toEqual(more.lost ?? [])
  if (more.acts) expect(settled.changes.map(({ act }) => act)).toEqual(more.acts)
  if (more.tokens) expect(settled.accepted.map(({ token }) => token)).toEqual(more.tokens)
  expect(settled.changed).toBe(settled.changes.length > 0)
  for (const each of settled.far.claims) {
    expect(each).not.toHaveProperty('provisional')
    expect(each.token).toBeLessThanOrEqual(settled.far.counter)
  }
  // Whoever looks again finds nothing to do, once the room has followed.
  const followed = mirror({ claims: here.after ?? [], counter: 0 }, settled, {
    machine: ME,
    before: here.after ?? [],
    concerns: () => true,
    rename: ({ claimed_by }) => claimed_by,
  })
  if (here.after === null || here.inScope(lease('a')) === false) return
  const again = settle(settled.far, {
    ...here,
    isWhole: () => true,
    before: followed.claims,
    after: followed.claims,
    drop: new Set(),
  })
  expect([again.changed, again.lost]).toEqual([false, []])
})

const at = (minutes: number, boot: string | null = 'b'): Moment => ({
  wall: Date.parse('2026-11-20T10:00:00.000Z') + minutes * 60_000,
  boot: boot === null ? null : { id: boot, ms: minutes * 60_000 },
})

test.each<[string, Partial<Lease>, Moment, number | null, boolean]>([
  ['not past its end', {}, at(239), 0, false],
  ['past its end, but within the margin', {}, at(240.4), 0, false],
  ['past its end and margin, never seen before', {}, at(300), null, false],
  ['seen for its term', {}, at(300), 60, true],
  ['seen for a minute less', {}, at(300), 61, false],
  [
    'a short lease, seen for its term',
    { term_ms: 10_000, claimed_at: '2026-11-20T13:59:50.000Z' },
    at(300),
    299.5,
    true,
  ],
  [
    'a short lease that was renewed for longer',
    { term_ms: 10_000, renewed_at: '2026-11-20T13:00:00.000Z' },
    at(300),
    299.5,
    false,
  ],
  [
    'on one boot the boot clock tells, without margin',
    { clock: { id: 'b', expires_ms: 240 * 60_000 } },
    at(240.1),
    null,
    true,
  ],
  ['a clock of another boot is not believed', { clock: { id: 'c', expires_ms: 0 } }, at(300), 299.5, false],
])('a lease elsewhere is over only when it may be: %s', (_what, more, now, seen, over) => {
  const sight = seen === null ? undefined : { boot: 'b', ms: seen * 60_000 }
  expect(isOverAbroad(lease('a', more), now, 30_000, sight)).toBe(over)
})

test('a sight of another boot counts for nothing; a lease that moved is seen anew', () => {
  const known = sightsOf([lease('a')], {}, at(0))
  expect(sightsOf([lease('a')], known, at(5))).toEqual(known)
  expect(sightsOf([lease('a')], known, at(5, 'c'))[seenAs(lease('a'))]).toEqual({
    boot: 'c',
    ms: 5 * 60_000,
  })
  const longer = lease('a', { expires_at: '2026-11-20T18:00:00.000Z' })
  expect(sightsOf([longer], known, at(5))[seenAs(longer)]!.ms).toBe(5 * 60_000)
  // Renewed after the holder's clock was set back: its end, by that clock, stays.
  const renewed = lease('a', { renewed_at: '2026-11-20T09:00:00.000Z' })
  expect(sightsOf([renewed], known, at(5))[seenAs(renewed)]!.ms).toBe(5 * 60_000)
  expect(isOverAbroad(lease('a'), at(300), 0, { boot: 'c', ms: 0 })).toBe(false)
})

const slot = (claims: unknown[], more: object = {}) =>
  JSON.stringify({
    ...{ version: 1, op: 'claim', at: '2026-11-20T10:00:00.000Z', by: 'one', op_id: 'x', prev_op: null },
    ...{ counter: 1, changes: [], claims, n: 1, machine: ME, ...more },
  })

test.each<[string, string, boolean]>([
  ['a slot of ours', slot([mine('a')]), true],
  ['nothing', '', false],
  ['another thing', '{"a":1}', false],
  ['too deep', '['.repeat(100_000), false],
  ['no number', slot([], { n: '1' }), false],
  ['a counter beyond all', slot([], { counter: 1e15 }), false],
  ['a machine that is a path', slot([], { machine: '../../xx' }), false],
  ['a holder that is a path', slot([mine('a', { claimed_by: '../../etc' })]), false],
  ['a type that is a path', slot([mine('a', { resource_type: '../x' })]), false],
  ['a name with control characters', slot([mine('a\u001b[2J')]), false],
  ['a token that is no number', slot([mine('a', { token: 1e300 })]), false],
  ['a term without end', slot([mine('a', { term_ms: 1e20 })]), false],
  ['an end that is no time', slot([mine('a', { expires_at: 'soon' })]), false],
  ['no machine', slot([lease('a')]), false],
])('what comes from outside is a slot or nothing: %s', (_what, text, ok) => {
  expect(readFarSlot(text) !== null).toBe(ok)
})

test('a claim that was read as lost, and that the remote took meanwhile, stays', () => {
  const offered: FarLease = { ...lease('a'), provisional: true }
  const settled = {
    ...{ far: { counter: 100, claims: [] }, changed: false, changes: [], accepted: [] },
    lost: [{ lease: offered, rival: null }],
  }
  const at = { machine: ME, before: [], concerns: () => true, rename: () => 'x' }
  const taken: FarLease = { ...lease('a'), machine: ME }
  expect(mirror({ claims: [taken], counter: 100 }, settled, at).claims).toEqual([taken])
  expect(mirror({ claims: [offered], counter: 100 }, settled, at).claims).toEqual([])
})
