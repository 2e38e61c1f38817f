import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  checkState,
  formatProgress,
  formatStatusLine,
  percentOf,
  readEta,
  readProgress,
  readPushed,
  STATES,
  stateOf,
  workOf,
} from '../../src/protocol/heartbeats.ts'
import { byteLength } from '../../src/protocol/names.ts'
import type { StatusLine } from '../../src/protocol/records.ts'
import { anyText } from './arbitraries.ts'
import { HOUR, iso, NOW } from './samples.ts'

describe('progress', () => {
  test.each([
    ['30%', 0.3, '30%'],
    ['30', 0.3, '30%'],
    ['0.3', 0.3, '30%'],
    ['.5', 0.5, '50%'],
    ['0', 0, '0%'],
    ['0%', 0, '0%'],
    ['0.0', 0, '0%'],
    ['1', 0.01, '1%'],
    ['1%', 0.01, '1%'],
    ['1.0', 1, '100%'],
    ['100', 1, '100%'],
    ['100%', 1, '100%'],
    ['30 %', 0.3, '30%'],
    [' 30% ', 0.3, '30%'],
    ['33.3%', 0.333, '33.3%'],
    ['0.5%', 0.005, '0.5%'],
  ])('%j is the share %d and is stored as %j', (text, share, stored) => {
    expect(readProgress(text)).toBeCloseTo(share, 10)
    expect(formatProgress(text)).toBe(stored)
  })

  test.each(['101', '101%', '1.5', '30.5', '-1', '-1%', '-0.3', 'x', '', '%', '30%%', '3 0', '1e1', 'NaN'])(
    '%j is no progress',
    (text) => {
      expect(readProgress(text)).toBeNull()
      expect(() => formatProgress(text)).toThrow(
        expect.objectContaining({ code: 'invalid', details: { argument: 'progress' } }),
      )
    },
  )

  test.each([
    ['1', 1],
    [' 1 ', 1],
    ['1%', 0.01],
    ['2', 0.02],
    ['100', 1],
    ['1.0', 1],
    ['0', 0],
    ['0.45', 0.45],
    ['45%', 0.45],
  ])('%j of a push is the share %d', (text, share) => {
    expect(readPushed(text)).toBeCloseTo(share, 10)
  })

  test.each(['101', '1.5', 'x', '', '-1'])('%j is no progress of a push', (text) => {
    expect(() => readPushed(text)).toThrow(expect.objectContaining({ details: { argument: 'progress' } }))
  })

  test.each([
    [0.995, 0, 99],
    [0.9996, 1, 99.9],
    [1, 0, 100],
    [0.29, 0, 29],
    [0.57, 1, 57],
    [1e-9, 1, 0],
  ])('the share %d is told with %d decimals as %d per cent', (share, decimals, percent) => {
    expect(percentOf(share, decimals)).toBe(percent)
  })

  test('a stored progress is read as the same share', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), (permille) => {
        const stored = formatProgress(`${permille / 10}%`)
        expect(readProgress(stored)).toBeCloseTo(permille / 1000, 10)
      }),
    )
  })
})

describe('states', () => {
  test.each([
    ['building', 'working'],
    ['testing', 'working'],
    ['planning', 'working'],
    ['anything at all', 'working'],
    ['idle', 'idle'],
    ['blocked', 'blocked'],
    ['Blocked ', 'blocked'],
    ['waiting', 'waiting'],
    ['completed', 'completed'],
    ['error', 'error'],
    ['failed', 'error'],
    ['constructor', 'working'],
    ['__proto__', 'working'],
  ])('the action %j implies the state %s', (action, state) => {
    expect(stateOf(action)).toBe(state)
  })

  test('a given state must be one of the six', () => {
    expect(STATES.map(checkState)).toEqual(['idle', 'working', 'blocked', 'waiting', 'completed', 'error'])
    expect(() => checkState('busy')).toThrow(/"busy" is not known/)
  })
})

describe('estimated completion', () => {
  test.each([
    ['2h', iso(NOW + 2 * HOUR)],
    ['2026-11-20T14:00:00Z', '2026-11-20T14:00:00.000Z'],
    ['2026-11-20 14:00 UTC', '2026-11-20T14:00:00.000Z'],
  ])('%j is %s', (text, expected) => {
    expect(readEta(text, NOW)).toBe(expected)
  })

  test.each(['soon', '', '-2h', '90', '999999999y'])('%j is refused', (text) => {
    expect(() => readEta(text, NOW)).toThrow(
      expect.objectContaining({ code: 'invalid', details: { argument: 'eta' } }),
    )
  })
})

test('the work of a heartbeat is everything but its session and its metadata', () => {
  const beat = {
    session_id: 'one',
    timestamp: iso(NOW),
    action: 'building',
    extra: 1,
    metadata: { tool: 'x' },
  }
  expect(workOf(beat)).toEqual({ timestamp: iso(NOW), action: 'building', extra: 1 })
})

describe('status lines', () => {
  const line: StatusLine = { timestamp: iso(NOW), session: 'one', status: 'working', message: 'hello' }
  const parsed = (given: StatusLine) => JSON.parse(formatStatusLine(given)) as StatusLine

  test('a short line is kept whole', () => {
    const whole = { ...line, progress: 0.3, metadata: { event: 'heartbeat', tool: 'x' }, own: 1 }
    expect(formatStatusLine(whole)).toBe(`${JSON.stringify(whole)}\n`)
  })

  test('a line of exactly 4,096 bytes is kept, one byte more is not', () => {
    const room = 4096 - byteLength(formatStatusLine({ ...line, message: '' }))
    expect(parsed({ ...line, message: 'x'.repeat(room) }).message).toHaveLength(room)
    expect(parsed({ ...line, message: 'x'.repeat(room + 1) }).metadata).toEqual({ truncated: true })
  })

  test('metadata goes before any of the message does, the event stays', () => {
    const metadata = { event: 'claim', blob: 'x'.repeat(5000) }
    expect(parsed({ ...line, metadata })).toEqual({ ...line, metadata: { event: 'claim', truncated: true } })
  })

  test.each([
    ['a long message', { message: 'x'.repeat(10_000) }],
    ['a message of emoji', { message: '🙂'.repeat(5_000) }],
    ['a message of quotes', { message: '"'.repeat(5_000) }],
    ['a message of control characters', { message: '\u0001'.repeat(5_000) }],
    ['lone surrogates', { message: '\ud83d'.repeat(5_000) }],
    [
      'metadata and message',
      { message: 'é'.repeat(9_000), metadata: { event: 'send', more: 'y'.repeat(9_000) } },
    ],
    ['a long task', { task_id: 't'.repeat(6_000) }],
    ['a long foreign field', { other: 'o'.repeat(6_000) }],
    ['a long event', { metadata: { event: 'e'.repeat(6_000) } }],
  ])('a line with %s fits into 4,096 bytes, ends with a newline and says that it was cut', (_what, given) => {
    const text = formatStatusLine({ ...line, ...given })
    expect(byteLength(text)).toBeLessThanOrEqual(4096)
    expect(text.indexOf('\n')).toBe(text.length - 1)
    expect(JSON.parse(text)).toMatchObject({
      session: 'one',
      status: 'working',
      metadata: { truncated: true },
    })
  })

  test('a cut message is the beginning of the message', () => {
    const message = 'abcdefghij'.repeat(1000)
    const kept = parsed({ ...line, message }).message!
    expect(kept.length).toBeGreaterThan(2000)
    expect(message.startsWith(kept)).toBe(true)
  })

  test('every line fits, whatever it carries', () => {
    const text = fc.tuple(anyText(), fc.nat(200)).map(([unit, times]) => unit.repeat(times))
    const given = fc.record({ message: text, metadata: fc.dictionary(fc.string(), text, { maxKeys: 3 }) })
    fc.assert(
      fc.property(given, (fields) => {
        expect(byteLength(formatStatusLine({ ...line, ...fields }))).toBeLessThanOrEqual(4096)
      }),
      { numRuns: 100 },
    )
  })
})
