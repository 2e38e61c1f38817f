/** Times, durations and their forms. Instants are epoch milliseconds, durations milliseconds; all text is UTC. */
import ms from 'ms'
import { invalid } from './errors.ts'

const OWN_FORM = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const ISO_LIKE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?)?$/i

/**
 * The instant that a record's time names, or null. Accepts ISO 8601 with `Z` or an offset, naive times and
 * `… UTC` (both taken as UTC), dates, and epoch numbers in seconds or milliseconds.
 */
export function parseInstant(value: unknown): number | null {
  if (typeof value === 'number') return epoch(value)
  if (typeof value !== 'string') return null
  const own = ownInstant(value)
  if (own !== undefined) return own
  const trimmed = value.trim()
  if (/^\d{9,13}(\.\d+)?$/.test(trimmed)) return epoch(Number(trimmed))
  const match = ISO_LIKE.exec(trimmed)
  if (!match) return null
  const zone = match[3] === undefined || /^(utc|gmt|z)$/i.test(match[3]) ? 'Z' : match[3]
  return valid(Date.parse(`${match[1]}T${match[2] ?? '00:00'}${zone}`))
}

/** Instants read before: one run asks for the same ones up to five times. */
const read = new Map<string, number | null>()
const MOST_READ = 10_000

/** The instant of a text in coord's own form, null for a month 13 or a day 32 (30 February is 2 March, as V8 reads it); undefined for other forms. */
function ownInstant(text: string): number | null | undefined {
  const known = read.get(text)
  if (known !== undefined) return known
  if (!OWN_FORM.test(text)) return undefined
  const time = valid(Date.parse(text))
  if (read.size >= MOST_READ) read.clear()
  read.set(text, time)
  return time
}

/** The end of the year 9999: a later time has no four-digit year and could not be read back. */
const LAST = 253_402_300_799_999
const valid = (time: number) => (time <= LAST ? time : null)
const epoch = (value: number) => (value >= 0 ? valid(Math.round(value < 1e11 ? value * 1000 : value)) : null)

const DAY = 86_400_000
const digits = (value: number, width: number) => String(value).padStart(width, '0')

/**
 * The form of a time in a record's body: ISO 8601, UTC, milliseconds, `Z`. By arithmetic: `Date.prototype.toISOString` makes V8
 * look for the local time zone first, which costs from 0.2 to 10 ms in a fresh process.
 */
export function formatInstant(time: number): string {
  const days = Math.floor(time / DAY)
  const rest = Math.floor(time - days * DAY)
  const clock = `${digits(Math.floor(rest / 3_600_000), 2)}:${digits(Math.floor(rest / 60_000) % 60, 2)}`
  return `${civilDate(days)}T${clock}:${digits(Math.floor(rest / 1000) % 60, 2)}.${digits(rest % 1000, 3)}Z`
}

/** Like formatInstant, where the text of that very instant may be at hand: `known` is taken if it is it. */
export function instantText(time: number, known: string | null | undefined): string {
  return known && ownInstant(known) === time ? known : formatInstant(time)
}

/** The instant that a record's time names, in coord's own form, or null; as it stands where it has that form already. */
export function normalInstant(text: string | null | undefined): string | null {
  const own = text ? ownInstant(text) : undefined
  if (own !== undefined) return own === null ? null : text!
  const time = parseInstant(text)
  return time === null ? null : formatInstant(time)
}

/** `YYYY-MM-DD` of a day counted from 1970-01-01 (H. Hinnant, "chrono-compatible low-level date algorithms", civil_from_days). */
function civilDate(days: number): string {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const day = shifted - era * 146_097
  const year = Math.floor(
    (day - Math.floor(day / 1460) + Math.floor(day / 36_524) - Math.floor(day / 146_096)) / 365,
  )
  const ofYear = day - (365 * year + Math.floor(year / 4) - Math.floor(year / 100))
  const shiftedMonth = Math.floor((5 * ofYear + 2) / 153)
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  const date = ofYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  return `${digits(year + era * 400 + (month <= 2 ? 1 : 0), 4)}-${digits(month, 2)}-${digits(date, 2)}`
}

/** The form of a time in a file name: `YYYY-MM-DD_HH-MM-SS-mmm`, UTC; sorts like the time. */
export function fileTime(time: number): string {
  const iso = formatInstant(time)
  return `${iso.slice(0, 10)}_${iso.slice(11, 13)}-${iso.slice(14, 16)}-${iso.slice(17, 19)}-${iso.slice(20, 23)}`
}

const [DASH, ZERO, NINE] = [45, 48, 57]

/**
 * Whether a file name looks as if it began with a time in coord's own form, and went on behind it: such names are in the order of
 * their times. By position, for many names: an expression would cost its compilation at each start.
 */
export function tellsMillis(name: string): boolean {
  if (name.charCodeAt(19) !== DASH || name.charCodeAt(23) !== DASH) return false
  for (let i = 20; i < 23; i++) if (!(name.charCodeAt(i) >= ZERO && name.charCodeAt(i) <= NINE)) return false
  return true
}

const FILE_TIME = /^(\d{4}-\d\d-\d\d)_(\d\d)-(\d\d)(?:-([0-5]\d)(?=[-.])(?:-(\d{3})(?=[-.]))?)?[-.]/
const OWN_SHAPE = '0000-00-00_00-00-00-000'

/**
 * The time in a file name, and the rest of the name behind it. `exact` tells coord's own form (milliseconds, UTC) from the
 * seed's minute and second forms, which its scripts write in local time: those may be off by up to 14 hours. Null: no time.
 */
export function parseFileTime(name: string): { time: number; exact: boolean; rest: string } | null {
  if (isOwnFileTime(name)) {
    const clock = `${name.slice(11, 13)}:${name.slice(14, 16)}:${name.slice(17, 19)}.${name.slice(20, 23)}`
    return found(`${name.slice(0, 10)}T${clock}Z`, true, name.slice(24))
  }
  const match = FILE_TIME.exec(name)
  if (!match) return null
  const [whole, day, hour, minute, second = '00', milli = '000'] = match
  return found(
    `${day}T${hour}:${minute}:${second}.${milli}Z`,
    match[5] !== undefined,
    name.slice(whole.length),
  )
}

/**
 * Whether a file is older than `cutoff` by its name's time and by its body's: scripts name their files in local time, git and copies
 * reset mtimes. A body that tells no time (null) leaves it to the name, a day later.
 */
export function isPast(named: number, body: number | null, cutoff: number): boolean {
  return body === null ? named < cutoff - 86_400_000 : named < cutoff && body < cutoff
}

/** By position: compiling the expression above takes a fresh process 0.6 ms, and nearly every name is of this form. */
function isOwnFileTime(name: string): boolean {
  for (let i = 0; i < OWN_SHAPE.length; i++) {
    const code = name.charCodeAt(i)
    if (OWN_SHAPE[i] === '0' ? !(code >= 48 && code <= 57) : name[i] !== OWN_SHAPE[i]) return false
  }
  return name[17]! <= '5' && (name[23] === '-' || name[23] === '.')
}

function found(iso: string, exact: boolean, rest: string) {
  const time = Date.parse(iso)
  return Number.isNaN(time) ? null : { time, exact, rest }
}

/** The farthest that a local time in a seed script's file name can be from UTC. */
export const LOCAL_TIME_SLACK = 14 * 3_600_000

/** The milliseconds of `90s`, `4h`, `2 days`; a unit is required. Throws `invalid` naming `argument`. */
export function parseDuration(text: string, argument: string): number {
  const millis = readDuration(text)
  if (millis === null) {
    throw invalid(
      argument,
      `--${argument} "${text}" is not a duration`,
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

/** A duration for people, rounded, at least a second: `2h 10m`, `12m`, `45s`. */
export function formatSpan(millis: number): string {
  if (millis < 59_500) return `${Math.max(1, Math.round(millis / 1000))}s`
  const minutes = Math.round(millis / 60_000)
  if (minutes < 60) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 === 0 ? `${hours}h` : `${hours}h ${minutes % 60}m`
  return hours % 24 === 0 ? `${hours / 24}d` : `${Math.floor(hours / 24)}d ${hours % 24}h`
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
