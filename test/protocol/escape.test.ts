import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clip, markdownLine, visible } from '../../src/protocol/escape.ts'
import { anyText } from './arbitraries.ts'

const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/

describe('visible', () => {
  test.each([
    ['plain', 'plain'],
    ['größe 🙂 日本', 'größe 🙂 日本'],
    ['\u001b[31mred\u001b[0m', '\\u{1b}[31mred\\u{1b}[0m'],
    ['a\u0000b', 'a\\u{0}b'],
    ['a\u0007', 'a\\u{7}'],
    ['a\u009bb', 'a\\u{9b}b'],
    ['\u202egnp.exe', '\\u{202e}gnp.exe'],
    ['zero\u200bwidth', 'zero\\u{200b}width'],
    ['\ufeffbom', '\\u{feff}bom'],
    ['line\u2028sep', 'line\\u{2028}sep'],
    ['a\nb\tc\rd', 'a b c d'],
  ])('%j is shown as %j', (text, expected) => {
    expect(visible(text)).toBe(expected)
  })

  test('a block keeps its newlines and tabs and nothing else', () => {
    expect(visible('a\nb\tc\rd\u001b', 'block')).toBe('a\nb\tc d\\u{1b}')
  })

  test('nothing invisible is left, and a second look changes nothing', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(visible(text)).not.toMatch(CONTROLS)
        expect(visible(visible(text))).toBe(visible(text))
      }),
    )
  })
})

describe('clip', () => {
  test.each([
    ['short', 5, 'short'],
    ['longer', 5, 'long…'],
    ['🙂🙂', 4, '🙂🙂'],
    ['🙂🙂', 3, '🙂…'],
    ['🙂🙂🙂', 4, '🙂…'],
    ['', 3, ''],
  ])('%j in %d characters is %j', (text, width, expected) => {
    expect(clip(text, width)).toBe(expected)
  })

  test('a clipped text is never wider than asked and never splits a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (text, width) => {
        const cut = clip(text, width)
        expect(cut.length).toBeLessThanOrEqual(width)
        expect(cut.isWellFormed()).toBe(true)
      }),
    )
  })
})

describe('one line of Markdown', () => {
  test.each([
    ['BUILD - landing page (50%)', 'BUILD - landing page (50%)'],
    ['file/src/a.ts', 'file/src/a.ts'],
    ['snake_case_name', 'snake_case_name'],
    ['_emphasis_', '\\_emphasis\\_'],
    ['*bold* `code`', '\\*bold\\* \\`code\\`'],
    ['<img src=x onerror=alert(1)>', '\\<img src=x onerror=alert(1)\\>'],
    ['&lt;b&gt;', '\\&lt;b\\&gt;'],
    ['a | pipe', 'a \\| pipe'],
    ['one\n## heading', 'one \\#\\# heading'],
    ['[x](javascript:alert(1))', '\\[x\\](javascript:alert(1))'],
    ['![x](y)', '\\!\\[x\\](y)'],
    ['https://evil.example', 'https\\://evil.example'],
    ['ping @octocat', 'ping @\u2060octocat'],
    ['\u001b[2J', '\\\\u{1b}\\[2J'],
    ['\u202eabc', '\\\\u{202e}abc'],
    ['~~gone~~', '\\~\\~gone\\~\\~'],
    ['  spaced  \n', 'spaced'],
    ['- item', '\\- item'],
    ['    - item', '\\- item'],
    ['     code', 'code'],
    ['+ item', '\\+ item'],
    ['1. item', '1\\. item'],
    ['2) item', '2\\) item'],
    ['---', '\\---'],
    ['-5 degrees', '-5 degrees'],
    ['1.5 done', '1.5 done'],
  ])('%j becomes %j', (text, expected) => {
    expect(markdownLine(text)).toBe(expected)
  })

  test('a long text is cut before it is escaped, so that no escape is cut', () => {
    expect(markdownLine('*'.repeat(200))).toBe(`${'\\*'.repeat(119)}…`)
    expect(markdownLine('abc def', 5)).toBe('abc …')
  })

  test('no text breaks out of its line or opens markup', () => {
    const hostile = fc.string({
      unit: fc.constantFrom(
        '\n',
        '<',
        '>',
        '[',
        '](',
        '`',
        '*',
        '#',
        '\\',
        '|',
        '\u001b',
        'a',
        ' ',
        '_',
        '@',
      ),
    })
    fc.assert(
      fc.property(fc.oneof(hostile, anyText()), (text) => {
        const line = markdownLine(text)
        expect(line.replaceAll('@\u2060', '@')).not.toMatch(CONTROLS)
        expect(line.replace(/\\[^A-Za-z0-9 ]/g, '')).not.toMatch(/[`*<>[\]|#\\~&!]/)
      }),
      { numRuns: 500 },
    )
  })
})
