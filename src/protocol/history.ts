/** The history of sessions: their status lines in the order of time, and which moment somebody means by a word. */
import { CoordError, invalid } from './errors.ts'
import { namedBy } from './labels.ts'
import { nearest, onlyOne } from './names.ts'
import type { Session, StatusLine } from './records.ts'
import { formatClock, formatInstant, parseInstant, readDuration } from './time.ts'

/** A status line under the name whose file tells it, with its instant (epoch ms). */
export interface Act {
  id: string
  line: StatusLine
  time: number
}

/**
 * The lines of one name as acts, in the order of time; of one second, as they were written, since many writers tell no finer time: a
 * line that stands behind another of its second has at least that one's instant. A line without a readable time belongs to the line before it.
 */
export function actsOf(id: string, lines: StatusLine[]): Act[] {
  let last = 0
  const acts = lines.map((line) => {
    last = parseInstant(line.timestamp) ?? last
    return { id, line, time: last }
  })
  acts.sort((a, b) => secondOf(a) - secondOf(b))
  for (const [at, act] of acts.entries()) {
    const before = acts[at - 1]
    if (before && secondOf(before) === secondOf(act)) act.time = Math.max(act.time, before.time)
  }
  return acts
}

const secondOf = ({ time }: Act) => Math.floor(time / 1000)

/** The acts of several names as one log, oldest first; of one instant, by name. */
export function mergeActs(logs: Act[][]): Act[] {
  return logs.flat().sort((a, b) => a.time - b.time || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
}

/** What a line tells of: the act that coord recorded, else the status that somebody wrote. */
export function eventOf(line: Pick<StatusLine, 'status' | 'metadata'>): string {
  const event = line.metadata?.event
  return typeof event === 'string' ? event : line.status
}

const CLOCK = /^(?:(today|yesterday)(?:\s+|$))?(?:([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?\s*(?:Z|UTC)?)?$/i
const DAY = 86_400_000

/**
 * The past instant that a text means (epoch ms): an ISO time, `14:30` (today, UTC), a date (its beginning), `today` and `yesterday`
 * likewise, with or without a time, `now`, `2h` or `2h ago`.
 * Throws `invalid` naming `argument` for what is none of them, or lies ahead of `now`.
 */
export function readPastTime(text: string, now: number, argument: string): number {
  const time = readTime(text.trim(), now)
  if (time === null)
    throw invalid(
      argument,
      `--${argument} "${text}" is no time`,
      'Write 14:30 (UTC), yesterday, yesterday 14:30, 2026-11-20, 2026-11-20T14:30Z, or how long ago: 2h, 3 days.',
    )
  if (time <= now) return time
  const yesterday = CLOCK.test(text.trim())
    ? ` Yesterday's is ${formatInstant(time - DAY).slice(0, 16)}Z.`
    : ''
  throw invalid(
    argument,
    `--${argument} "${text}" lies ahead: it is ${formatClock(now, now)} now`,
    `Name a past time.${yesterday}`,
  )
}

function readTime(text: string, now: number): number | null {
  const clock = CLOCK.exec(text)
  if (clock && text !== '') {
    const [hours, minutes, seconds] = clock.slice(2).map((part) => Number(part ?? 0))
    const day = Math.floor(now / DAY) - (/^y/i.test(text) ? 1 : 0)
    return day * DAY + ((hours! * 60 + minutes!) * 60 + seconds!) * 1000
  }
  if (/^now$/i.test(text)) return now
  const ago = readDuration(text.replace(/\s+ago$/i, ''))
  return ago === null ? parseInstant(text) : now - ago
}

/**
 * The name that a text means in the history: a session's id, or what a status file is called, else the name of one session (a live
 * one before those that ended). Throws `not_found` with the nearest, `ambiguous` for several.
 */
export function resolveHistory(text: string, sessions: Session[], names: string[]): string {
  if (names.includes(text) || sessions.some(({ session_id }) => session_id === text)) return text
  const found = onlyOne(namedBy(text, sessions), `name "${text}"`, ({ session_id }) => session_id)
  if (found) return found.session_id
  const known = sessions.flatMap(({ session_id, name }) => [session_id, name ?? '']).filter(Boolean)
  const suggestions = nearest(text, [...new Set([...known, ...names])])
  const near =
    suggestions.length > 0
      ? `Did you mean ${suggestions.join(' or ')}?`
      : 'coord sessions --all lists them; coord history --all tells of everybody.'
  throw new CoordError('not_found', `there is no history of "${text}"`, near, { suggestions })
}

/** An act as JSON shows it: the line as it stands, under the name whose file tells it; `session_name` where that means this session. */
export function shownAct({ id, line }: Act, label = id) {
  const { timestamp, session: _, ...said } = line
  return { timestamp, session_id: id, ...(label === id ? {} : { session_name: label }), ...said }
}
