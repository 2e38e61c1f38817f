import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Lease } from '../../src/protocol/records.ts'
import { claimValue, readClaimValue, trailersOf, withoutOlder } from '../../src/protocol/trailers.ts'

const lease = (resource_name: string, token: number): Lease =>
  ({ resource_type: 'file', resource_name, token, claimed_by: 'one' }) as Lease

test.each([
  ['src/a.ts', 'file/src/a.ts#7'],
  ['src/**', 'file/src/**#7'],
  ['a b#c.ts', 'file/a%20b%23c.ts#7'],
  ['50%', 'file/50%25#7'],
  ['naïve', 'file/na%C3%AFve#7'],
  ['a\nSigned-off-by: x', 'file/a%0ASigned-off-by:%20x#7'],
  ['a\u2028b\u202e', 'file/a%E2%80%A8b%E2%80%AE#7'],
  ['half \ud800', 'file/half%20%EF%BF%BD#7'],
])('a claim of %j is the trailer value %s', (name, value) => {
  expect(claimValue(lease(name, 7))).toBe(value)
})

test('every name comes back from its trailer, which is one word of ASCII', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.nat(), (name, token) => {
      fc.pre(name.isWellFormed())
      const value = claimValue(lease(name, token))
      expect(value).toMatch(/^[!-~]+$/)
      expect(readClaimValue(value)).toEqual({ resource_type: 'file', resource_name: name, token })
    }),
  )
})

test.each([
  '',
  'file',
  'file/a',
  'file/a#',
  'file/a#x',
  'file/#3',
  'File/a#3',
  'file/a b#3',
  'file/%E0#3',
  'file/a#1 b',
])('%j names no claim', (value) => {
  expect(readClaimValue(value)).toBeNull()
})

test('the trailers are the session and each claim once, in order', () => {
  expect(trailersOf('one', [lease('b', 2), lease('a', 1), lease('b', 2)])).toEqual([
    'Coord-Session: one',
    'Coord-Claim: file/a#1',
    'Coord-Claim: file/b#2',
  ])
})

test('an older token of a claim goes, whatever else is in the message stays', () => {
  const message =
    'x\n\nCoord-Claim: file/a#1\nCoord-Claim: file/b#1\nCoord-Claim: file/a#5 \n# Coord-Claim: file/a#1\n'
  expect(withoutOlder(message, [lease('a', 5)])).toBe(message.replace('Coord-Claim: file/a#1\n', ''))
  expect(withoutOlder(message, [])).toBe(message)
})
