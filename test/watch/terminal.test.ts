/** What is written to the terminal, and what comes from it. */
import { expect, test } from 'vitest'
import { keysOf } from '../../src/faces/watch/input.ts'
import { fold, padded } from '../../src/faces/watch/span.ts'
import { repaint } from '../../src/faces/watch/terminal.ts'

test('only lines that differ are written, what is no more there is wiped', () => {
  expect(repaint(['a', 'b', 'c'], ['a', 'B', 'c'])).toBe('\x1b[?2026h\x1b[2;1HB\x1b[0m\x1b[K\x1b[?2026l')
  expect(repaint(['a', 'b'], ['a'])).toContain('\x1b[2;1H\x1b[0m\x1b[K')
  expect(repaint(['a'], ['a'])).toBe('')
})

const NONE = {} as Parameters<typeof keysOf>[1]

test.each<[string, object, boolean, string[]]>([
  ['q', {}, false, ['q']],
  ['jj', {}, false, ['j', 'j']],
  ['hi\r', {}, false, ['h', 'i', 'enter']],
  ['', { upArrow: true }, false, ['up']],
  ['', { tab: true, shift: true }, false, ['backtab']],
  ['c', { ctrl: true }, false, ['ctrl+c']],
  ['', { delete: true }, false, ['backspace']],
  ['x', { meta: true }, false, []],
  ['a\rb', {}, true, ['a\nb']],
  ['\u0007', {}, false, []],
])('%j %j is the keys that were meant (pasting: %s)', (input, flags, pasting, keys) => {
  expect(keysOf(input, { ...NONE, ...flags }, pasting).map(({ name, text }) => text ?? name)).toEqual(keys)
})

test('texts are folded and filled by terminal columns, long words broken', () => {
  expect(fold('one two three', 8)).toEqual(['one two', 'three'])
  expect(fold('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij'])
  expect(fold('日本語の索引', 6)).toEqual(['日本語', 'の索引'])
  expect(padded('日本', 6)).toBe('日本  ')
  expect(padded('abcdef', 4, 'right')).toBe('abc…')
})
