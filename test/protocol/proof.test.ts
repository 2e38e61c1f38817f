import { expect, test } from 'vitest'
import { type Item, prove } from '../../src/protocol/proof.ts'

const NOW = 1_000_000
const item = (kind: string, content: string, more: Partial<Item> = {}): Item => ({
  kind,
  content,
  stamp: null,
  time: null,
  owner: null,
  file: null,
  ...more,
})
const read = '{"at":"1","message":"m1","state":"read"}'
const at = {
  now: NOW,
  retentions: { heartbeats: 100, messages: 1000 },
  touched: new Set(['claims/touched.claim']),
}

/** What was there, what is there, whether it counts as lost. */
test.each<[string, Item, Item | null, boolean]>([
  ['the same message', item('messages', 'a'), item('messages', 'a'), false],
  ['another message', item('messages', 'a'), item('messages', 'b'), true],
  ['a missing message', item('messages', 'a', { time: NOW - 999 }), null, true],
  ['a message that went with age', item('messages', 'a', { time: NOW - 1000 }), null, false],
  ['a heartbeat that went with age', item('heartbeats', 'a', { time: NOW - 100 }), null, false],
  ['a missing heartbeat', item('heartbeats', 'a', { time: NOW - 99 }), null, true],
  [
    'a session that acted',
    item('sessions', 'a', { stamp: '1' }),
    item('sessions', 'b', { stamp: '2' }),
    false,
  ],
  [
    'a session changed without an act',
    item('sessions', 'a', { stamp: '1' }),
    item('sessions', 'b', { stamp: '1' }),
    true,
  ],
  ['a missing session', item('sessions', 'a', { stamp: '1' }), null, true],
  ['a history that grew', item('histories', 'a\nb'), item('histories', 'a\nb\nc'), false],
  ['a history that lost a line', item('histories', 'a\nb'), item('histories', 'b'), true],
  ['receipts that grew', item('receipts', read), item('receipts', `x\n${read}`), false],
  ['a receipt whose message is gone', item('receipts', read.replace('m1', 'm2')), null, false],
  ['a missing receipt', item('receipts', read), null, true],
  ['a token that grew', item('tokens', '9'), item('tokens', '10'), false],
  ['a token that fell', item('tokens', '10'), item('tokens', '9'), true],
  ['a missing ledger', item('tokens', '10'), null, true],
  ['a claim gone with a move of its ledger', item('claims', 'a', { owner: 'moved' }), null, false],
  ['a claim gone without', item('claims', 'a', { owner: 'still' }), null, true],
  [
    "a script's claim whose file is gone",
    item('claims', 'a', { owner: 'still', file: 'claims/x.claim' }),
    null,
    false,
  ],
  [
    'one whose file the mending touched',
    item('claims', 'a', { owner: 'still', file: 'claims/touched.claim' }),
    null,
    true,
  ],
  ['a changed handoff', item('other files', 'a'), item('other files', 'b'), true],
])('%s', (_what, was, is, lost) => {
  const still = item('tokens', '1', { stamp: 'op1' })
  const before = new Map([
    ['it', was],
    ['still', still],
    ['moved', still],
  ])
  const after = new Map([
    ...(is ? [['it', is] as const] : []),
    ['still', still] as const,
    ['moved', item('tokens', '1', { stamp: 'op2' })] as const,
    ['messages/broadcast/m1', item('messages', 'm')] as const,
  ])
  expect(prove(before, after, at).lost).toEqual(lost ? ['it'] : [])
})

test('the counts are by kind, without the ledgers', () => {
  const before = new Map([
    ['a', item('sessions', 'x')],
    ['b', item('sessions', 'y')],
    ['c', item('tokens', '1')],
  ])
  expect(prove(before, before, at)).toEqual({ before: { sessions: 2 }, after: { sessions: 2 }, lost: [] })
})
