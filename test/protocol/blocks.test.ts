import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blockLines, findBlock, withBlock, withoutBlock } from '../../src/protocol/blocks.ts'

const MARKERS = { begin: '# begin', end: '# end' }

describe('a block', () => {
  test.each<[text: string | null, after: string]>([
    [null, '# begin\na\n# end\n'],
    ['', '# begin\na\n# end'],
    ['\n', '\n# begin\na\n# end'],
    [' ', ' \n# begin\na\n# end\n'],
    ['mine', 'mine\n\n# begin\na\n# end'],
    ['mine\n', 'mine\n\n# begin\na\n# end\n'],
    ['mine\n\n', 'mine\n\n\n# begin\na\n# end\n'],
    ['mine\r\nyours\r\n', 'mine\r\nyours\r\n\r\n# begin\r\na\r\n# end\r\n'],
  ])('goes behind %j, and out again to the byte', (text, after) => {
    expect(withBlock(text, MARKERS, ['a'])).toBe(after)
    expect(withBlock(after, MARKERS, ['a'])).toBe(after)
    expect(withoutBlock(after, MARKERS)).toBe(text)
  })

  test('is brought up to date where it stands', () => {
    expect(withBlock('x\n\n# begin\nold\n# end\ny\n', MARKERS, ['a', 'b'])).toBe(
      'x\n\n# begin\na\nb\n# end\ny\n',
    )
    expect(withoutBlock('x\n\n# begin\nold\n# end\ny\n', MARKERS)).toBe('x\ny\n')
    expect(blockLines('# begin\r\na\r\nb\r\n# end', MARKERS)).toEqual(['a', 'b'])
    expect(blockLines('nothing', MARKERS)).toBe(null)
  })

  test.each([
    ['x\n# begin\n', 2],
    ['# end\n', 1],
    ['# end\n# begin\n', 2],
    ['# begin\n# end\n# begin\n# end\n', 3],
  ])('is torn in %j', (text, line) => {
    expect(findBlock(text, MARKERS)).toEqual({ torn: line })
  })

  test('goes into any text and out again', () => {
    const line = fc.constantFrom('', 'a', ' ', '#', '# begins', 'ü', '\t')
    const texts = fc
      .tuple(fc.array(line), fc.constantFrom('\n', '\r\n'), fc.boolean())
      .map(([lines, eol, ends]) => lines.join(eol) + (ends ? eol : ''))
    fc.assert(
      fc.property(texts, fc.array(fc.constantFrom('a', 'b')), (text, lines) => {
        const after = withBlock(text, MARKERS, lines)
        expect(blockLines(after, MARKERS)).toEqual(lines)
        expect(withoutBlock(after, MARKERS)).toBe(text)
      }),
      { numRuns: 2000 },
    )
  })
})
