import { expect, test } from 'vitest'
import { STATES } from '../../src/protocol/heartbeats.ts'
import * as words from '../../src/protocol/words.ts'

test.each([
  ['working', '▶', '>', 'accent'],
  ['idle', '–', '-', 'muted'],
  ['blocked', '■', '#', 'warn'],
  ['waiting', '?', '?', 'ask'],
  ['completed', '✓', 'v', 'good'],
  ['error', '!', '!', 'bad'],
] as const)('the state %s is %s, in ASCII %s, in the colour of %s', (state, symbol, ascii, role) => {
  expect(words.STATE_SYMBOLS[state]).toEqual([symbol, ascii])
  expect(words.STATE_ROLES[state]).toBe(role)
})

test.each([
  ['fresh', '●', '*', 'good'],
  ['stale', '◐', 'o', 'warn'],
  ['silent', '◌', '.', 'bad'],
  ['gone', '✕', 'x', 'bad'],
  ['ended', '○', ' ', 'muted'],
] as const)('the liveness %s is %s, in ASCII %j, in the colour of %s', (level, symbol, ascii, role) => {
  expect(words.LIVENESS_SYMBOLS[level]).toEqual([symbol, ascii])
  expect(words.LIVENESS_ROLES[level]).toBe(role)
})

test('every state that a session can have has its symbol and its colour', () => {
  expect(Object.keys(words.STATE_SYMBOLS).sort()).toEqual([...STATES].sort())
  expect(Object.keys(words.STATE_ROLES).sort()).toEqual([...STATES].sort())
})

test('an unread message and a wanted answer have their own symbols', () => {
  expect(words.MESSAGE_SYMBOLS).toEqual({ unread: ['•', '*'], answer: ['↩', '<'] })
})

test.each([
  ['question', '↩', 'ask'],
  ['unanswered', '↩', 'ask'],
  ['waiting', '?', 'ask'],
  ['blocked', '■', 'warn'],
  ['refused', '■', 'warn'],
  ['error', '!', 'bad'],
  ['quiet', '◌', 'bad'],
  ['cycle', '↻', 'bad'],
  ['expired', '!', 'warn'],
  ['orphaned', '!', 'warn'],
  ['constructor', '!', 'warn'],
])('a need of the kind %s is %s, in the colour of %s', (kind, symbol, role) => {
  expect(words.needMark(kind)).toEqual({ symbol, role })
})
