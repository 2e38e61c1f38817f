/** Times, durations and their forms. Instants are epoch milliseconds, durations milliseconds; all text is UTC. */
import ms from 'ms'
import { invalid } from './errors.ts'

const ISO_LIKE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?)?$/i

/**
 * The instant that a record's time names, or null. Accepts ISO 8601 with `Z` or an offset, naive times and
 * `… UTC` (both taken as UTC), dates, and epoch numbers in seconds or milliseconds.
 */
export function parseInstant(value: unknown): number | null {
  if (typeof value === 'number') return epoch(value)
  if (typeof value !== 'string') return null
  if (value.length === 24 && value.charCodeAt(23) === 90) return valid(Date.parse(value))
  const trimmed = value.trim()
  if (/^\d{9,13}(\.\d+)?$/.test(trimmed)) return epoch(Number(trimmed))
  const match = ISO_LIKE.exec(trimmed)
  if (!match) return null
  const zone = match[3] === undefined || /^(utc|gmt|z)$/i.test(match[3]) ? 'Z' : match[3]
  return valid(Date.parse(`${match[1]}T${match[2] ?? '00:00'}${zone}`))
}

const valid = (time: number) => (Number.isNaN(time) ? null : time)
const epoch = (value: number) =>
  Number.isFinite(value) && value >= 0 ? Math.round(value < 1e11 ? value * 1000 : value) : null

/** The form of a time in a record's body: ISO 8601, UTC, milliseconds, `Z`. */
export function formatInstant(time: number): string {
  return new Date(time).toISOString()
}

/** The form of a time in a file name: `YYYY-MM-DD_HH-MM-SS-mmm`, UTC; sorts like the time. */
export function fileTime(time: number): string {
  const iso = formatInstant(time)
  return `${iso.slice(0, 10)}_${iso.slice(11, 13)}-${iso.slice(14, 16)}-${iso.slice(17, 19)}-${iso.slice(20, 23)}`
}

const FILE_TIME = /^(\d{4}-\d\d-\d\d)_(\d\d)-(\d\d)(?:-(\d\d)(?=[-.])(?:-(\d{3})(?=[-.]))?)?[-.]/

/**
 * The time in a file name, and the rest of the name behind it. `exact` tells coord's own form (milliseconds, UTC) from the
 * seed's minute and second forms, which its scripts write in local time: those may be off by up to 14 hours. Null: no time.
 */
export function parseFileTime(name: string): { time: number; exact: boolean; rest: string } | null {
  const match = FILE_TIME.exec(name)
  if (!match) return null
  const [whole, day, hour, minute, second = '00', milli = '000'] = match
  const time = Date.parse(`${day}T${hour}:${minute}:${second}.${milli}Z`)
  return Number.isNaN(time) ? null : { time, exact: match[5] !== undefined, rest: name.slice(whole.length) }
}

/** The farthest that a local time in a seed script's file name can be from UTC. */
export const LOCAL_TIME_SLACK = 14 * 3_600_000

/** The milliseconds of `90s`, `4h`, `2 days`; a unit is required. Throws `invalid` naming `argument`. */
export function parseDuration(text: string, argument: string): number {
  const millis = readDuration(text)
  if (millis === null) {
    throw invalid(
      argument,
      `${argument} "${text}" is not a duration`,
      'Write a number and a unit: 90s, 45m, 4h, 2 days.',
    )
  }
  return millis
}

/** The common forms, read without `ms`, which costs more than half a millisecond at its first calls. */
const SHORT_UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Like parseDuration, with null for what is no positive duration. */
export function readDuration(value: unknown): number | null {
  if (typeof value !== 'string') return null
  const short = /^(\d{1,6})([smhd])$/.exec(value)
  if (short) return Number(short[1]) * SHORT_UNITS[short[2]!]! || null
  if (!/[a-z]/i.test(value) || value.length > 100) return null
  const millis = ms(value.trim() as ms.StringValue)
  return Number.isFinite(millis) && millis > 0 ? Math.max(1, Math.round(millis)) : null
}

const UNITS: [number, string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1000, 's'],
]

/** A duration for people: the two largest units, `2h 10m`, `12m`, `45s`. */
export function formatSpan(millis: number): string {
  const unit = millis >= 3_600_000 ? 60_000 : 1000
  let rest = Math.max(
    0,
    millis >= 3_600_000 ? Math.round(millis / unit) * unit : Math.floor(millis / unit) * unit,
  )
  const parts: string[] = []
  for (const [size, unit] of UNITS) {
    const count = Math.floor(rest / size)
    if (count > 0) parts.push(`${count}${unit}`)
    else if (parts.length > 0) break
    rest -= count * size
    if (parts.length === 2 || (parts.length === 1 && unit === 'm')) break
  }
  return parts.join(' ') || (millis >= 1 ? 'under 1s' : '0s')
}

/** `2m ago`, `in 1h 10m`, `just now`; beyond a day the date. */
export function formatRelative(time: number, now: number): string {
  const age = now - time
  if (Math.abs(age) > 86_400_000) return formatInstant(time).slice(0, 10)
  if (Math.abs(age) < 1000) return 'just now'
  return age > 0 ? `${formatSpan(age)} ago` : `in ${formatSpan(-age)}`
}

/** `14:00Z` on the day of `now`, otherwise `2026-11-20 14:00Z`. */
export function formatClock(time: number, now: number): string {
  const iso = formatInstant(time)
  const clock = `${iso.slice(11, 16)}Z`
  return iso.slice(0, 10) === formatInstant(now).slice(0, 10) ? clock : `${iso.slice(0, 10)} ${clock}`
}
