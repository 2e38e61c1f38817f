import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  byteLength,
  checkName,
  checkSessionId,
  checkType,
  fold,
  isSessionId,
  nearest,
  onlyOne,
  resourceKey,
} from '../../src/protocol/names.ts'

describe('session ids', () => {
  test.each([
    ['session-001', true],
    ['session-1763200000-ab2c', true],
    ['a', true],
    ['7', true],
    ['A.b_c-D', true],
    ['parent.child', true],
    ['x'.repeat(64), true],
    ['x'.repeat(65), false],
    ['', false],
    ['.hidden', false],
    ['-flag', false],
    ['_under', false],
    ['..', false],
    ['a/b', false],
    ['a\\b', false],
    ['a b', false],
    ['a\n', false],
    ['sessión', false],
    ['session-🙂', false],
    ['broadcast', false],
    ['human', false],
    ['all', false],
    ['none', false],
    ['session-1_status', false],
    ['_status', false],
    ['status', true],
    ['CON', false],
    ['con', false],
    ['NUL.txt', false],
    ['lpt1', false],
    ['console', true],
  ])('%j is a session id: %j', (id, expected) => {
    expect(isSessionId(id)).toBe(expected)
  })

  test.each([
    ['broadcast', /is reserved/],
    ['a_status', /is reserved/],
    ['NUL.txt', /is reserved/],
    ['a/b', /is not a session id/],
  ])('a refusal of %j names the argument and the reason', (id, reason) => {
    expect(() => checkSessionId(id, 'id')).toThrow(reason)
    expect(() => checkSessionId(id, 'id')).toThrow(
      expect.objectContaining({ code: 'invalid', details: { argument: 'id' } }),
    )
  })
})

describe('resource types', () => {
  test.each(['droplet', 'file', 'api_key', 'a', 'v2', 'a'.repeat(32)])('%j is a type', (type) => {
    expect(() => checkType(type)).not.toThrow()
  })

  test.each(['', 'api-key', 'Droplet', '2nd', '_x', 'a b', 'a/b', 'é', 'a'.repeat(33)])(
    '%j is no type',
    (type) => {
      expect(() => checkType(type)).toThrow(expect.objectContaining({ code: 'invalid' }))
    },
  )
})

describe('resource names', () => {
  test.each([
    'a',
    'src/a.ts',
    'with spaces',
    '🙂 party',
    '..',
    '.',
    'CON',
    'a:b*c?',
    '-x',
    '~',
    'x'.repeat(1024),
  ])('%j names a resource', (name) => {
    expect(() => checkName(name)).not.toThrow()
  })

  test.each([
    ['', /is empty/],
    ['  ', /is empty/],
    ['a\nb', /control characters/],
    ['a\u0000', /control characters/],
    ['\u001b[31m', /control characters/],
    ['a\u0085', /control characters/],
    ['a\ud83d', /not valid Unicode/],
    ['\udc00a', /not valid Unicode/],
    ['x'.repeat(1025), /longer than 1024 bytes/],
    ['é'.repeat(513), /longer than 1024 bytes/],
  ])('%j is refused with the reason', (name, reason) => {
    expect(() => checkName(name)).toThrow(reason)
  })

  test('the length of a name counts in UTF-8 bytes', () => {
    expect([byteLength('abc'), byteLength('é'), byteLength('€'), byteLength('🙂')]).toEqual([3, 2, 3, 4])
  })
})

describe('folding', () => {
  test.each([
    ['Foo', 'foo'],
    ['SRC/App.ts', 'src/app.ts'],
    ['é', 'e\u0301'],
    ['É', 'e\u0301'],
    ['straße', 'STRASSE'],
    ['ΟΔΟΣ', 'οδος'],
    ['\u212a', 'k'],
    ['ﬁle', 'FILE'],
  ])('%j and %j are one name', (one, other) => {
    expect(fold(one)).toBe(fold(other))
    expect(resourceKey('file', one)).toBe(resourceKey('file', other))
  })

  test.each([
    ['foo', 'foo '],
    ['e', 'é'],
    ['a/b', 'a-b'],
    ['ı', 'l'],
  ])('%j and %j are two names', (one, other) => {
    expect(fold(one)).not.toBe(fold(other))
  })

  test('folding twice changes nothing more', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => fold(fold(name)) === fold(name)),
      { numRuns: 500 },
    )
  })

  test('every single character folds to a fixed point, and its upper and lower case meet', () => {
    const strays: string[] = []
    for (let point = 1; point < 0x1f000; point++) {
      const char = String.fromCodePoint(point)
      if (fold(fold(char)) !== fold(char) || fold(char.toUpperCase()) !== fold(char))
        strays.push(point.toString(16))
    }
    expect(strays).toEqual([])
  })

  test('the same name under two types is two resources', () => {
    expect(resourceKey('file', 'a')).not.toBe(resourceKey('droplet', 'a'))
  })
})

describe('suggestions', () => {
  test.each([
    ['session-01', ['session-001', 'session-010', 'other'], ['session-001', 'session-010']],
    ['SESSION-001', ['session-001'], ['session-001']],
    ['dash', ['dashboard-worker', 'api'], ['dashboard-worker']],
    ['xyz', ['session-001'], []],
    ['a', [], []],
    ['s-1', ['s-2', 's-3', 's-4', 's-5'], ['s-2', 's-3', 's-4']],
  ])('%j among %j suggests %j', (typed, candidates, expected) => {
    expect(nearest(typed, candidates)).toEqual(expected)
  })

  test('one match is taken, none is null, several are listed', () => {
    expect(onlyOne(['a'], 'x', String)).toBe('a')
    expect(onlyOne([], 'x', String)).toBeNull()
    expect(() => onlyOne(['a', 'b'], 'name "x"', String)).toThrow(
      expect.objectContaining({ code: 'ambiguous', details: { candidates: ['a', 'b'] } }),
    )
  })
})
