import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { quoteForBash, splitForBash } from '../../src/faces/cli/shell-words.ts'

test.each([
  ['', [''], '', 0],
  ['coord', ['coord'], '', 0],
  ['coord ', ['coord', ''], '', 0],
  ['coord  claim\tdro', ['coord', 'claim', 'dro'], '', 0],
  ['coord claim droplet a\\ b', ['coord', 'claim', 'droplet', 'a b'], '', 0],
  ['coord claim "a b', ['coord', 'claim', 'a b'], '"', 0],
  ["coord claim 'a $b", ['coord', 'claim', 'a $b'], "'", 0],
  ['coord send "a \\" b" c', ['coord', 'send', 'a " b', 'c'], '', 0],
  ['coord status --session=o', ['coord', 'status', '--session=o'], '', 10],
  ['coord send role:', ['coord', 'send', 'role:'], '', 5],
  ['coord send ""', ['coord', 'send', ''], '', 0],
  ['coord x\\', ['coord', 'x\\'], '', 0],
])('the line %j has the words %j', (text, words, quote, kept) => {
  expect(splitForBash(text)).toEqual({ words, quote, kept })
})

describe('a value put into a line is one word again, whatever it holds', () => {
  const value = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    .filter((text) => !/[\u0000-\u001f\u007f-\u009f]/.test(text) && text.isWellFormed())

  test.each(["'", '"', ''] as const)('inside %s', (quote) => {
    const words = fc.sample(value, { numRuns: 200, seed: 7 }).flatMap((text) => {
      const typed = quoteForBash(text, { words: [], quote, kept: 0 })
      return typed === null ? [] : [{ text, typed: `${quote}${typed}${quote}` }]
    })
    expect(words.length).toBeGreaterThan(100)
    for (const { text, typed } of words) expect(splitForBash(`coord ${typed}`).words).toEqual(['coord', text])
    const script = `printf '%s\\n' ${words.map(({ typed }) => typed).join(' ')}`
    const read = execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' })
    expect(read.split('\n').slice(0, -1)).toEqual(words.map(({ text }) => text))
  })
})
