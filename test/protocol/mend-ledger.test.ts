import { expect, test } from 'vitest'
import { fillerSlot, type Memory, mendHoldings } from '../../src/protocol/mend-ledger.ts'
import type { Lease, Slot } from '../../src/protocol/records.ts'

const NOW = { wall: Date.parse('2026-11-20T10:00:00.000Z'), boot: null }
const HOUR = 3_600_000

const lease = (claimed_by: string, token: number, more: Partial<Lease> = {}): Lease => ({
  resource_type: 'task',
  resource_name: 'x',
  claimed_by,
  claimed_at: '2026-11-20T09:00:00.000Z',
  expires_at: '2026-11-20T13:00:00.000Z',
  claim_id: `id-${token}`,
  token,
  renew: true,
  term_ms: 4 * HOUR,
  clock: null,
  ...more,
})
const slot = (counter: number, claims: Lease[], more: Partial<Slot> = {}): Slot => ({
  version: 1,
  op: 'claim',
  at: '',
  by: 'one',
  op_id: `op-${counter}`,
  prev_op: null,
  counter,
  changes: [],
  claims,
  ...more,
})
const memory = (session: string, token: number): Memory => ({
  session,
  resource_type: 'task',
  resource_name: 'x',
  claim_id: `id-${token}`,
  token,
})

const held = slot(7, [lease('one', 7)])
const free = slot(7, [])

/** What is left to read, who holds x afterwards, with which token. */
test.each<[string, Slot | null, Lease[], Memory[], string | null, number | null]>([
  ['a claim with file and memory goes on', held, [lease('one', 7)], [memory('one', 7)], 'one', 7],
  [
    'a claim whose file was removed goes on, as its holder remembers it',
    held,
    [],
    [memory('one', 7)],
    'one',
    7,
  ],
  ['a claim whose memory was lost goes on, as its file is there', held, [lease('one', 7)], [], 'one', 7],
  ['a claim without file and memory was released in the lost slot', held, [], [], null, null],
  ['a grant of the lost slot counts by its file', free, [lease('two', 8)], [], 'two', 8],
  ['a grant of the lost slot counts by its memory', free, [], [memory('two', 8)], 'two', 8],
  [
    'a takeover in the lost slot counts',
    held,
    [lease('two', 8)],
    [memory('one', 7), memory('two', 8)],
    'two',
    8,
  ],
  ['an old file of a claim long released does not', free, [lease('two', 5)], [], null, null],
  ['an old memory of a claim long lost does not', free, [], [memory('two', 5)], null, null],
  ['without any readable slot the files count', null, [lease('one', 7)], [], 'one', 7],
  ['and without files the memories', null, [], [memory('one', 7)], 'one', 7],
  ['of two of one resource the higher token counts', null, [lease('one', 7), lease('two', 9)], [], 'two', 9],
])('%s', (_what, last, files, memories, holder, token) => {
  const { holdings } = mendHoldings('task-x', { last, unreadable: 1, files, memories }, NOW, HOUR)
  expect(holdings.claims.map(({ claimed_by, token }) => [claimed_by, token])).toEqual(
    holder === null ? [] : [[holder, token]],
  )
  // The lost slot granted at most one token above all that is known; the next grant is above it.
  const known = Math.max(
    last?.counter ?? 0,
    ...files.map(({ token }) => token),
    ...memories.map(({ token }) => token),
  )
  expect(holdings.counter + 1).toBeGreaterThanOrEqual(known + 2)
})

test('a claim that a lost slot renewed keeps the later end and its token', () => {
  const file = lease('one', 7, { expires_at: '2026-11-20T18:00:00.000Z' })
  const traces = { last: held, unreadable: 1, files: [file], memories: [] }
  const { holdings, changes } = mendHoldings('task-x', traces, NOW, HOUR)
  expect(holdings.claims).toMatchObject([{ token: 7, expires_at: '2026-11-20T18:00:00.000Z' }])
  expect(changes).toEqual([])
})

test("a script's claim in the last readable slot goes on: its file alone decides", () => {
  const last = slot(7, [lease('script', 7, { foreign: true })])
  const { holdings } = mendHoldings('task-x', { last, unreadable: 1, files: [], memories: [] }, NOW, HOUR)
  expect(holdings.claims).toHaveLength(1)
})

test.each([
  ['task-x', 1, 9],
  ['task-x', 3, 11],
  ['file', 1, 7 + 4096 + 1],
])('after %2$i lost slots the domain %1$s counts from %3$i', (domain, unreadable, counter) => {
  const { holdings } = mendHoldings(domain, { last: free, unreadable, files: [], memories: [] }, NOW, HOUR)
  expect(holdings.counter).toBe(counter)
})

test('a ledger without any readable slot counts from unix seconds', () => {
  const { holdings } = mendHoldings(
    'task-x',
    { last: null, unreadable: 1, files: [], memories: [] },
    NOW,
    HOUR,
  )
  expect(holdings.counter).toBe(NOW.wall / 1000 + 2)
})

test('a filler keeps the chain between its neighbours', () => {
  const before = slot(5, [lease('one', 5)])
  const after = slot(7, [], { prev_op: 'lost' })
  expect(fillerSlot(before, after, 'new', 'now')).toMatchObject({
    op_id: 'lost',
    prev_op: 'op-5',
    counter: 5,
    changes: [],
  })
  expect(fillerSlot(null, null, 'new', 'now')).toMatchObject({
    op_id: 'new',
    prev_op: null,
    counter: 0,
    claims: [],
  })
})
