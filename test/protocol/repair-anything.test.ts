import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { repairText } from '../../src/protocol/repair.ts'
import { isRecord } from '../../src/protocol/shapes.ts'
import { anyText } from './arbitraries.ts'
import { KINDS, VALID } from './records-of-every-kind.ts'

describe('never throws', () => {
  test('on a record that is cut anywhere, and what it then tells is a record', () => {
    for (const kind of KINDS) {
      const text = JSON.stringify(VALID[kind], null, 2)
      for (let end = 0; end <= text.length; end++) {
        const repaired = repairText(kind, text.slice(0, end))
        if (repaired) expect(isRecord(kind, repaired.record)).toBe(true)
      }
    }
  })

  const kinds = fc.constantFrom(...KINDS)
  test('on any text', () => {
    const pieces = fc.string({
      unit: fc.constantFrom(
        '{',
        '}',
        '"',
        '\\',
        '\n',
        ':',
        ',',
        '<<<<<<< ',
        '=======\n',
        '>>>>>>>',
        '"from": "x"',
        'a',
        '1',
      ),
    })
    const texts = fc.oneof(anyText(), pieces, fc.json())
    fc.assert(
      fc.property(kinds, texts, (kind, text) => {
        const repaired = repairText(kind, text)
        expect(repaired === null || isRecord(kind, repaired.record)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('on a record with some bytes changed', () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(kinds, flips, (kind, changes) => {
        const bytes = Buffer.from(JSON.stringify(VALID[kind], null, 2))
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte
        const repaired = repairText(kind, bytes.toString('utf8'))
        expect(repaired === null || isRecord(kind, repaired.record)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
