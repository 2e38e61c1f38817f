import { expect, test } from 'vitest'
import { type Item, itemOf, prove } from '../../src/protocol/proof.ts'

const NOW = 1_000_000
const read = '{"at":"1","message":"m1","state":"read"}'
const at = {
  now: NOW,
  retentions: { heartbeats: 100, messages: 1000 },
  touched: new Set(['claims/touched.claim']),
}

/** What was there, what is there, whether it counts as lost. */
test.each<[string, Item, Item | null, boolean]>([
  ['the same message', itemOf('messages', 'a'), itemOf('messages', 'a'), false],
  ['another message', itemOf('messages', 'a'), itemOf('messages', 'b'), true],
  ['a missing message', itemOf('messages', 'a', { time: NOW - 999 }), null, true],
  ['a message that went with age', itemOf('messages', 'a', { time: NOW - 1000 }), null, false],
  ['a heartbeat that went with age', itemOf('heartbeats', 'a', { time: NOW - 100 }), null, false],
  ['a missing heartbeat', itemOf('heartbeats', 'a', { time: NOW - 99 }), null, true],
  [
    'a session that acted',
    itemOf('sessions', 'a', { stamp: '1' }),
    itemOf('sessions', 'b', { stamp: '2' }),
    false,
  ],
  [
    'a session changed without an act',
    itemOf('sessions', 'a', { stamp: '1' }),
    itemOf('sessions', 'b', { stamp: '1' }),
    true,
  ],
  ['a missing session', itemOf('sessions', 'a', { stamp: '1' }), null, true],
  ['a history that grew', itemOf('histories', 'a\nb'), itemOf('histories', 'a\nb\nc'), false],
  ['a history that lost a line', itemOf('histories', 'a\nb'), itemOf('histories', 'b'), true],
  ['receipts that grew', itemOf('receipts', read), itemOf('receipts', `x\n${read}`), false],
  ['a receipt whose message is gone', itemOf('receipts', read.replace('m1', 'm2')), null, false],
  ['a missing receipt', itemOf('receipts', read), null, true],
  ['a token that grew', itemOf('tokens', '9'), itemOf('tokens', '10'), false],
  ['a token that fell', itemOf('tokens', '10'), itemOf('tokens', '9'), true],
  ['a missing ledger', itemOf('tokens', '10'), null, true],
  ['a claim gone with a move of its ledger', itemOf('claims', 'a', { owner: 'moved' }), null, false],
  ['a claim gone without', itemOf('claims', 'a', { owner: 'still' }), null, true],
  [
    "a script's claim whose file is gone",
    itemOf('claims', 'a', { owner: 'still', file: 'claims/x.claim' }),
    null,
    false,
  ],
  [
    'one whose file the mending touched',
    itemOf('claims', 'a', { owner: 'still', file: 'claims/touched.claim' }),
    null,
    true,
  ],
  ['an alert that closed', itemOf('alerts', 'a'), itemOf('alerts', 'b'), false],
  ['an alert that went', itemOf('alerts', 'a', { file: 'alerts/x.json' }), null, false],
  ['an alert that the mending touched', itemOf('alerts', 'a', { file: 'claims/touched.claim' }), null, true],
  ['a changed handoff', itemOf('other files', 'a'), itemOf('other files', 'b'), true],
])('%s', (_what, was, is, lost) => {
  const still = itemOf('tokens', '1', { stamp: 'op1' })
  const before = new Map([
    ['it', was],
    ['still', still],
    ['moved', still],
  ])
  const after = new Map([
    ...(is ? [['it', is] as const] : []),
    ['still', still] as const,
    ['moved', itemOf('tokens', '1', { stamp: 'op2' })] as const,
    ['messages/broadcast/m1', itemOf('messages', 'm')] as const,
  ])
  expect(prove(before, after, at).lost).toEqual(lost ? ['it'] : [])
})

test('the counts are by kind, without the ledgers', () => {
  const before = new Map([
    ['a', itemOf('sessions', 'x')],
    ['b', itemOf('sessions', 'y')],
    ['c', itemOf('tokens', '1')],
  ])
  expect(prove(before, before, at)).toEqual({ before: { sessions: 2 }, after: { sessions: 2 }, lost: [] })
})
