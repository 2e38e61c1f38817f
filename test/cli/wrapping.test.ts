/** How refusals are broken into lines, as a rule; on a real terminal in test/processes/terminals.test.ts. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnsIn } from '../../src/faces/cli/columns.ts'
import { wrapLines } from '../../src/faces/cli/wrapping.ts'

const HELD = `coord: droplet/church is held by ada (building, seen 2m ago) until 14:00Z, in 3h 58m
  coord claim droplet church --wait 10m, or coord send ada "…"
  coord release droplet church --force --reason "…" if the holder is gone for good
`

test.each([
  [200, HELD],
  [
    60,
    `coord: droplet/church is held by ada (building, seen 2m ago)
    until 14:00Z, in 3h 58m
  coord claim droplet church --wait 10m,
    or coord send ada "…"
  coord release droplet church --force --reason "…" if the
    holder is gone for good
`,
  ],
  [
    42,
    `coord: droplet/church is held by ada
    (building, seen 2m ago) until 14:00Z,
    in 3h 58m
  coord claim droplet church --wait 10m,
    or coord send ada "…"
  coord release droplet church --force
    --reason "…" if the holder is gone for
    good
`,
  ],
])('at %i columns', (columns, wrapped) => {
  expect(wrapLines(HELD, columns)).toBe(wrapped)
})

test('nothing is lost, and no line is wider unless it is one word', () => {
  const word = fc.constantFrom('coord', 'claim', 'or', 'a', '教会', 'x'.repeat(30), 'done.', '"…"')
  const line = fc.tuple(fc.constantFrom('', '  '), fc.array(word, { minLength: 1 }))
  const text = fc
    .array(line.map(([indent, words]) => indent + words.join(' ')))
    .map((lines) => lines.join('\n'))
  fc.assert(
    fc.property(text, fc.integer({ min: 10, max: 100 }), (given, columns) => {
      const wrapped = wrapLines(given, columns)
      expect(wrapped.split(/\s+/)).toEqual(given.split(/\s+/))
      for (const each of wrapped.split('\n'))
        expect(columnsIn(each) <= columns || each.trim().split(' ').length === 1).toBe(true)
    }),
  )
})
