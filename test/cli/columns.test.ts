/** Rows in columns: what gives way, and that no row is wider than the terminal. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { columnsIn, cutTo, layOut, wrapTo } from '../../src/faces/cli/columns.ts'
import type { FullCell } from '../../src/faces/cli/page.ts'

const plain = (_cell: FullCell, text: string) => text
const lines = (rows: FullCell[][], width: number | null) => layOut(rows, width, plain)
const row = (work: string, note = 'note', name = 'builder'): FullCell[] => [
  { text: '▶' },
  { text: name, tail: ' (you)', whole: true },
  { text: work, main: true },
  { text: 'token 12345', spare: true },
  { text: note },
  { text: '2m ago', whole: true },
]

test('what fits is not touched, and without a terminal nothing is cut', () => {
  expect(lines([row('work')], 80)).toEqual(['▶  builder (you)  work  token 12345  note  2m ago'])
  const long = row('w'.repeat(300), 'n'.repeat(300), 'b'.repeat(300))
  expect(lines([long], null)).toEqual([
    `▶  ${'b'.repeat(300)} (you)  ${'w'.repeat(300)}  token 12345  ${'n'.repeat(300)}  2m ago`,
  ])
})

describe('what gives way first', () => {
  const work = 'the work that is told here'
  test.each<[number, string]>([
    [120, `▶  builder (you)  ${work}  token 12345  ${'a note '.repeat(5)}a note  2m ago`],
    [100, `▶  builder (you)  ${work}  token 12345  a note a note a note a note a no…  2m ago`],
    [90, `▶  builder (you)  ${work}  a note a note a note a note a note …  2m ago`],
    [80, `▶  builder (you)  ${work}  a note a note a note a no…  2m ago`],
    [60, `▶  builder (you)  ${work}  2m ago`],
    [50, '▶  builder (you)  the work that is told h…  2m ago'],
  ])('at %i columns', (width, expected) => {
    const [line] = lines([row(work, `${'a note '.repeat(5)}a note`)], width)
    expect(line!.length).toBeLessThanOrEqual(width)
    expect(line).toBe(expected)
  })
})

test('a cut name still tells whether it is you', () => {
  const [line] = lines([row('w'.repeat(60), '', 'b'.repeat(60))], 80)
  expect(line).toMatch(/^▶ {2}b+… \(you\) {2}w+… {2}2m ago$/)
})

test('a row of one cell is prose and stays whole', () => {
  expect(lines([[{ text: 'x'.repeat(100) }]], 40)).toEqual(['x'.repeat(100)])
})

test('no row is wider than the terminal, whatever the texts, and columns stand one below the other', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'Ω', '教', '🎉', 'e\u0301', 'ｗ', ' '),
    maxLength: 120,
  })
  const rows = fc.array(fc.tuple(text, text, text), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(rows, fc.integer({ min: 40, max: 200 }), (texts, width) => {
      for (const line of lines(
        texts.map(([work, note, name]) => row(work, note, name)),
        width,
      ))
        expect(columnsIn(line)).toBeLessThanOrEqual(width)
    }),
  )
})

test.each([
  ['plain', 5],
  ['教会', 4],
  ['𠀀', 2],
  ['🎉', 2],
  ['e\u0301', 1],
  ['▶●✕', 3],
])('%s takes %i columns', (text, columns) => expect(columnsIn(text)).toBe(columns))

test('a text is cut by columns, not in the middle of a character', () => {
  expect(cutTo('教会ガイダンス', 6)).toBe('教会…')
  expect(cutTo('🎉🎉🎉', 4)).toBe('🎉…')
  expect(cutTo('fits', 4)).toBe('fits')
  expect(cutTo('fits', 0)).toBe('')
})

test('prose is broken between words, and a long word stays whole', () => {
  expect(wrapTo('one two three', 7)).toEqual(['one two', 'three'])
  expect(wrapTo('a abcdefghij b', 4)).toEqual(['a', 'abcdefghij', 'b'])
})
