import { expect, test } from 'vitest'
import { belongs, isForeign } from '../../src/protocol/places.ts'

test.each([
  ['sessions', 'directory'],
  ['messages/direct', 'directory'],
  ['messages/direct/one', 'directory'],
  ['archive/2026-11', 'directory'],
  ['.state', 'directory'],
  ['.state/ledger/file', 'directory'],
  ['.state/held/one', 'directory'],
  ['.state/waiting/task-x', 'directory'],
  ['.state/waiting/task-x/1-2-ab', 'file'],
  ['sessions/one.json', 'file'],
  ['claims/file-a.ts.claim', 'file'],
  ['messages/direct/one/x.json', 'file'],
  ['receipts/one.jsonl', 'file'],
  ['.state/reserve', 'file'],
  ['.state/processes/a-1-2-3/one', 'file'],
  ['sessions/.gitignore', 'file'],
  // Slots may be directories where hard links are refused; locks of the library are.
  ['.state/ledger/file/000000000001', null],
  ['.state/locks/file.lock', null],
  ['handoffs/any.md', null],
  ['sessions/notes', null],
])('%s belongs to a %s', (path, kind) => {
  expect(belongs(path)).toBe(kind)
})

test.each([
  ['sessions/notes.txt', true],
  ['claims/x.claim~', true],
  ['messages/inbox', true],
  ['sessions/one.json', false],
  ['sessions/.hidden', false],
  ['handoffs/any.md', false],
  ['messages/direct', false],
  ['STATUS_BOARD.md', false],
  ['notes.txt', false],
])('%s is foreign: %s', (path, foreign) => {
  expect(isForeign(path)).toBe(foreign)
})
