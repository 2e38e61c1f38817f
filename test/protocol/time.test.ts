import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  fileTime,
  formatClock,
  formatInstant,
  formatRelative,
  formatSpan,
  parseDuration,
  parseFileTime,
  parseInstant,
  readDuration,
} from '../../src/protocol/time.ts'
import { DAY, HOUR, iso, MINUTE, NOW, SECOND } from './samples.ts'

describe('instants', () => {
  test.each([
    ['2025-11-15T10:00:00Z', '2025-11-15T10:00:00.000Z'],
    ['2025-11-15T10:00:00.123Z', '2025-11-15T10:00:00.123Z'],
    ['2025-11-15T10:00:00.123456Z', '2025-11-15T10:00:00.123Z'],
    ['2025-11-15T10:00:00+02:00', '2025-11-15T08:00:00.000Z'],
    ['2025-11-15T10:00:00-0530', '2025-11-15T15:30:00.000Z'],
    ['2025-11-15T10:00:00', '2025-11-15T10:00:00.000Z'],
    ['2025-11-15T10:00', '2025-11-15T10:00:00.000Z'],
    ['2025-11-15 10:00 UTC', '2025-11-15T10:00:00.000Z'],
    ['2025-11-15 10:00:30 GMT', '2025-11-15T10:00:30.000Z'],
    ['2025-11-15t10:00:00z', '2025-11-15T10:00:00.000Z'],
    ['  2025-11-15T10:00:00Z\n', '2025-11-15T10:00:00.000Z'],
    ['2025-11-15', '2025-11-15T00:00:00.000Z'],
    ['1763200800', '2025-11-15T10:00:00.000Z'],
    ['1763200800000', '2025-11-15T10:00:00.000Z'],
    ['1763200800.5', '2025-11-15T10:00:00.500Z'],
    [1763200800, '2025-11-15T10:00:00.000Z'],
    [1763200800.25, '2025-11-15T10:00:00.250Z'],
    [1763200800000, '2025-11-15T10:00:00.000Z'],
    [0, '1970-01-01T00:00:00.000Z'],
  ])('%j is the instant %s', (value, expected) => {
    const time = parseInstant(value)
    expect(time).not.toBeNull()
    expect(formatInstant(time!)).toBe(expected)
  })

  test.each([
    [''],
    ['soon'],
    ['$(date -u +%Y-%m-%dT%H:%M:%SZ)'],
    ['garbage garbage   2025 Z'],
    ['abcd-ef-ghTxx:yy:zz.000ZZ'],
    ['2025-13-01T00:00:00Z'],
    ['2025-11-15T25:00:00Z'],
    ['2025-11-15T10:00:00Z and more'],
    ['10:00'],
    ['12'],
    ['9999-12-31T23:59:59-05:00'],
    [-1],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [1e300],
    [null],
    [undefined],
    [true],
    [{}],
    [[1763200800]],
  ])('%j is no instant', (value) => {
    expect(parseInstant(value)).toBeNull()
  })

  test('whatever is read as an instant can be written as one', () => {
    const value = fc.oneof(fc.double(), fc.string(), fc.stringMatching(/^\d{9,13}$/), fc.integer())
    fc.assert(
      fc.property(value, (given) => {
        const time = parseInstant(given)
        if (time !== null) expect(parseInstant(formatInstant(time))! - time).toBe(0)
      }),
    )
  })
})

describe('times in file names', () => {
  test('a time is written to the millisecond and sorts like the time', () => {
    expect(fileTime(Date.parse('2025-11-15T09:08:07.006Z'))).toBe('2025-11-15_09-08-07-006')
    const times = [NOW, NOW + 1, NOW + SECOND, NOW + HOUR, NOW + DAY]
    expect(times.map(fileTime).sort()).toEqual(times.map(fileTime))
  })

  test.each([
    ['2025-11-15_10-00-42-123-session-001.json', '2025-11-15T10:00:42.123Z', true, 'session-001.json'],
    ['2025-11-15_10-00-42-session-001.json', '2025-11-15T10:00:42.000Z', false, 'session-001.json'],
    ['2025-11-15_10-00-session-001.json', '2025-11-15T10:00:00.000Z', false, 'session-001.json'],
    ['2025-11-15_10-00-1234.json', '2025-11-15T10:00:00.000Z', false, '1234.json'],
    ['2025-11-15_10-00-7b.json', '2025-11-15T10:00:00.000Z', false, '7b.json'],
    ['2025-11-15_10-00-99-bottles.json', '2025-11-15T10:00:00.000Z', false, '99-bottles.json'],
    ['2025-11-15_10-00-42-123-7.json', '2025-11-15T10:00:42.123Z', true, '7.json'],
    ['2025-11-15_10-00-42-1234-x.json', '2025-11-15T10:00:42.000Z', false, '1234-x.json'],
  ])('%s tells its time and the rest of the name', (name, time, exact, rest) => {
    expect(parseFileTime(name)).toEqual({ time: Date.parse(time), exact, rest })
  })

  test.each([
    'session-001.json',
    '2025-11-15.json',
    '2025-13-45_10-00-x.json',
    '2025-11-15_99-00-x.json',
    '',
  ])('%j tells no time', (name) => {
    expect(parseFileTime(name)).toBeNull()
  })

  test('a name that coord writes gives back its instant', () => {
    const instant = fc.integer({ min: 0, max: 4e12 })
    const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/)
    fc.assert(
      fc.property(instant, id, (time, rest) => {
        expect(parseFileTime(`${fileTime(time)}-${rest}`)).toEqual({ time, exact: true, rest })
      }),
    )
  })
})

describe('durations', () => {
  test.each([
    ['90s', 90 * SECOND],
    ['45m', 45 * MINUTE],
    ['4h', 4 * HOUR],
    ['4H', 4 * HOUR],
    ['2 days', 2 * DAY],
    ['4 hours', 4 * HOUR],
    ['1.5h', 90 * MINUTE],
    ['1000d', 1000 * DAY],
    ['500ms', 500],
    [' 1h ', HOUR],
  ])('%j lasts %d ms', (text, expected) => {
    expect(parseDuration(text, 'for')).toBe(expected)
  })

  test.each([
    '',
    '90',
    '0',
    '0h',
    '-1h',
    '4 fortnights',
    'h',
    'soon',
    '1h 30m',
    'NaN',
    '1e3s',
    `${'1'.repeat(120)}h`,
  ])('%j is refused and the argument named', (text) => {
    expect(readDuration(text)).toBeNull()
    expect(() => parseDuration(text, 'for')).toThrow(
      expect.objectContaining({ code: 'invalid', details: { argument: 'for' } }),
    )
  })

  test.each([[90], [null], [undefined], [{}]])('%j is no duration', (value) => {
    expect(readDuration(value)).toBeNull()
  })
})

describe('times for people', () => {
  test.each([
    [0, '1s'],
    [400, '1s'],
    [45 * SECOND, '45s'],
    [59.6 * SECOND, '1m'],
    [119 * SECOND, '2m'],
    [12 * MINUTE, '12m'],
    [HOUR - 1, '1h'],
    [HOUR, '1h'],
    [130 * MINUTE, '2h 10m'],
    [DAY, '1d'],
    [DAY + 5 * MINUTE, '1d'],
    [50 * HOUR, '2d 2h'],
    [-5, '1s'],
  ])('a span of %d ms reads %j', (millis, expected) => {
    expect(formatSpan(millis)).toBe(expected)
  })

  test.each([
    [0, 'just now'],
    [-999, 'just now'],
    [-2 * MINUTE, '2m ago'],
    [70 * MINUTE, 'in 1h 10m'],
    [-DAY, '1d ago'],
    [-DAY - 1, '2026-11-19'],
    [2 * DAY, '2026-11-22'],
  ])('%d ms from now reads %j', (offset, expected) => {
    expect(formatRelative(NOW + offset, NOW)).toBe(expected)
  })

  test('a clock time carries its day unless it is today', () => {
    expect(formatClock(NOW + 4 * HOUR, NOW)).toBe('14:00Z')
    expect(formatClock(NOW + 15 * HOUR, NOW)).toBe('2026-11-21 01:00Z')
    expect(iso(NOW)).toBe(formatInstant(NOW))
  })
})

test('an instant reads as toISOString writes it, on every day of the years that records may name', () => {
  const last = Date.parse('9999-12-31T23:59:59.999Z')
  fc.assert(
    fc.property(fc.integer({ min: 0, max: last }), (time) => {
      expect(formatInstant(time)).toBe(new Date(time).toISOString())
    }),
    { numRuns: 2000 },
  )
  for (const text of ['1970-01-01T00:00:00.000Z', '2000-02-29T23:59:59.999Z', '2100-03-01T00:00:00.000Z']) {
    expect(formatInstant(Date.parse(text))).toBe(text)
  }
})
