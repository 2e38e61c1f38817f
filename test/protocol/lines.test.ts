import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { badPieces, endOfWhole, readLines } from '../../src/protocol/lines.ts'
import { anyText } from './arbitraries.ts'

const a = { a: 1 }
const b = { b: '{"}\\ \n' }
const c = { c: [{ d: {} }] }
const one = (value: unknown) => JSON.stringify(value)
const pretty = (value: unknown) => JSON.stringify(value, null, 2)

test.each<[string, string, unknown[], number]>([
  ['nothing', '', [], 0],
  ['only empty lines', '\n \n\r\n', [], 0],
  ['one object a line', `${one(a)}\n${one(b)}\n`, [a, b], 0],
  ['Windows line ends', `${one(a)}\r\n${one(b)}\r\n`, [a, b], 0],
  ['empty lines between', `${one(a)}\n\n${one(b)}`, [a, b], 0],
  ['no last newline', one(a), [a], 0],
  ['concatenated objects', `${one(a)}${one(b)}${one(c)}`, [a, b, c], 0],
  ['concatenated with spaces', `${one(a)} ${one(b)}\t${one(c)}`, [a, b, c], 0],
  ['pretty-printed objects', `${pretty(a)}\n${pretty(b)}\n${pretty(c)}\n`, [a, b, c], 0],
  ['pretty-printed beside plain ones', `${one(a)}\n${pretty(c)}\n${one(b)}\n`, [a, c, b], 0],
  ['a byte order mark', `\ufeff${one(a)}\n`, [a], 0],
  ['a line of prose between', `${one(a)}\nhello there\n${one(b)}\n`, [a, b], 1],
  ['two lines of prose', `junk\n${one(a)}\nmore junk\n`, [a], 2],
  ['prose before an object', `log: ${one(a)}\n`, [a], 1],
  ['a number and a text', `7\n"x"\n${one(a)}\n`, [a], 2],
  ['null', `null\n${one(a)}`, [a], 1],
  ['a torn last line', `${one(a)}\n${one(b)}\n{"c": [{"d`, [a, b], 1],
  ['a torn line, closed by the next writer', `${one(a)}\n{"x": "y\n${one(b)}\n`, [a, b], 1],
  ['a line torn after a backslash', `{"x": "y\\\n${one(a)}\n`, [a], 1],
  ['a line torn in nesting', `{"x": [{"y": 1\n${one(a)}\n${one(b)}\n`, [a, b], 1],
  ['a stray closing brace', `}\n${one(a)}\n`, [a], 1],
  ['a bad object between', `${one(a)}\n{"x": oops}\n${one(b)}\n`, [a, b], 1],
  ['braces inside texts', `x\n${one({ t: '}{' })}${one({ t: '"}' })}`, [{ t: '}{' }, { t: '"}' }], 1],
])('%s', (_what, text, values, skipped) => {
  expect(readLines(text)).toEqual({ values, skipped })
})

test.each<[string, string, string]>([
  ['whole lines', `${one(a)}\n${one(b)}\n`, ''],
  ['a torn line', `${one(a)}\n{"b": `, '{"b":'],
  ['concatenated, the last torn', `${one(a)}{"b": `, '{"b":'],
  ['an object in an open one', `${one(a)}\n{"list": [\n  ${one(a)}`, `{"list": [\n  ${one(a)}`],
  ['nothing whole', 'junk\n{', 'junk\n{'],
])('the last whole object ends before what may be half written: %s', (_what, text, rest) => {
  expect(text.slice(endOfWhole(text)).trim()).toBe(rest)
})

test('what a text has up to the end of its last whole object is all that it has', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(anyText(), fc.constantFrom(one(a), pretty(c), '\n', '{', '}'))),
      (texts) => {
        const text = texts.join('')
        const end = endOfWhole(text)
        expect(readLines(text.slice(0, end)).values).toEqual(readLines(text).values)
        expect(readLines(text.slice(end)).values).toEqual([])
      },
    ),
  )
})

test('a list on a line gives the objects in it, not itself', () => {
  expect(readLines(`[${one(a)},${one(c)}]\n`).values).toEqual([a, c])
})

describe('any file', () => {
  test('gives back all objects that were written, however they were laid out', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 })
    const laidOut = fc.tuple(
      object,
      fc.constantFrom(0, 2, '\t'),
      fc.constantFrom('', '\n', ' ', '\r\n', '\n\n'),
    )
    fc.assert(
      fc.property(fc.array(laidOut), (entries) => {
        const text = entries
          .map(([value, indent, gap]) => `${JSON.stringify(value, null, indent)}${gap}`)
          .join('')
        const written = entries.map(([value]) => JSON.parse(JSON.stringify(value)))
        expect(readLines(text)).toEqual({ values: written, skipped: 0 })
      }),
    )
  })

  test('is read without a throw, and every value is an object', () => {
    const pieces = fc.string({
      unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', '\n', '{"a":1}', ',', 'x', ' ', ':'),
    })
    fc.assert(
      fc.property(fc.oneof(pieces, anyText(), fc.json()), (text) => {
        const { values, skipped } = readLines(text)
        expect(
          values.every((value) => typeof value === 'object' && value !== null && !Array.isArray(value)),
        ).toBe(true)
        if (text.trim() !== '' && values.length === 0) expect(skipped).toBeGreaterThan(0)
      }),
      { numRuns: 500 },
    )
  })

  test('a torn last line costs nothing that stands before it', () => {
    const lines = [a, b, c, a, b].map(one)
    const whole = `${lines.join('\n')}\n`
    for (let end = 0; end <= whole.length; end++) {
      const complete = lines.filter((_, at) => end >= lines.slice(0, at + 1).join('\n').length)
      expect(readLines(whole.slice(0, end)).values).toEqual(complete.map((line) => JSON.parse(line)))
    }
  })

  test('is read in linear time', () => {
    for (const unit of ['{', '"', '\\', '}\n', '{"a"\n', 'x{', '[{}', '\n{']) {
      const started = performance.now()
      readLines(unit.repeat(100_000 / unit.length))
      expect(performance.now() - started).toBeLessThan(5000)
    }
  })
})

test.each([
  ['{"a":1}\n{"b":2}\n', []],
  ['junk\n{"a":1}\n', ['junk']],
  ['{"a":1}\n{"b":', ['{"b":']],
  ['{"a":1}{"no":1}{"a":2}\n', ['{"no":1}']],
  ['{"a":"}"}\n[1,2]\n{"no":2}\n\n{\n"a":3\n}\n', ['[1,2]', '{"no":2}']],
])('the bad pieces of %j are %j', (text, bad) => {
  const isGood = (value: unknown) => !('no' in (value as object))
  expect(badPieces(text, isGood).map(([from, to]) => text.slice(from, to))).toEqual(bad)
})
