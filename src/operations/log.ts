import type { Context } from '../context.ts'
import { invalid } from '../protocol/errors.ts'
import { readPastTime } from '../protocol/history.ts'
import { checkText } from '../protocol/messages.ts'
import type { Problem } from '../protocol/picture.ts'
import {
  authorOf,
  composeEntry,
  dayOf,
  ENTRY_KINDS,
  type EntryKind,
  type LogEntry,
  parseEntries,
} from '../protocol/report/log.ts'
import { formatInstant, parseInstant } from '../protocol/time.ts'
import type { Room } from '../store/room.ts'
import { appendEntry, logPath, readLog } from '../store/session-log.ts'
import { attempt, recordAct } from './act.ts'
import { actorOf, callerOf, checkNamed } from './identify.ts'
import { defineOperation, type InputOf } from './operation.ts'
import { limited } from './views.ts'

const input = {
  kind: { kind: 'text', help: 'note, issue or fix: what to add; without it, show the log' },
  subject: { kind: 'text', help: 'what it is about, in a line' },
  message: { kind: 'text', help: 'more about it; - reads it from standard input' },
  task: { kind: 'text', help: 'the id of the task, e.g. H.13.9; shows its entries alone' },
  as: { kind: 'text', help: 'human: write as the person' },
  date: { kind: 'text', help: 'the day to show: 2026-11-20, yesterday, 3 days ago (UTC)' },
  limit: { kind: 'count', help: 'at most so many entries, the newest (default 50)' },
} as const

type Given = InputOf<typeof input>

/** What `coord log` answers: the entry that was added, or the entries of a day. */
type Log = { path: string } & (
  | { entry: LogEntry }
  | { date: string; entries: LogEntry[]; omitted?: number; problems: Problem[] }
)

/**
 * `coord log`: add a note, an issue or a fix to the session log of today (UTC), or show a day of it, which changes nothing. Throws
 * `invalid`, `no_session` where an agent writes and is nobody, `unwritable`.
 */
export const log = defineOperation({
  name: 'log',
  summary: 'Add a note, an issue or a fix to the session log, or show a day of it.',
  writes: true,
  input,
  looks: ({ kind }) => kind === undefined,
  run(ctx, given): Log {
    const room = ctx.room()
    return given.kind === undefined ? show(ctx, room, given) : add(ctx, room, given, given.kind)
  },
})

function show(ctx: Context, room: Room, { date, task, limit }: Given): Log {
  checkNamed(ctx, room)
  const now = ctx.now().wall
  const day = dayOf(date === undefined ? now : readDay(date, now))
  const before = room.problems.length
  const all = parseEntries(readLog(room, day) ?? '')
  const wanted = task === undefined ? all : all.filter(({ task_id }) => task_id === task)
  const { kept, omitted } = limited(wanted, limit, 'last')
  return {
    ...{ path: logPath(room, day), date: day, entries: kept },
    ...(omitted > 0 ? { omitted } : {}),
    problems: room.problems.slice(before),
  }
}

/** The past instant that a text means. Throws `invalid` for a day that the calendar does not have, which would count on into the next month. */
function readDay(text: string, now: number): number {
  const time = readPastTime(text, now, 'date')
  const day = /^\d{4}-\d\d-\d\d/.exec(text.trim())?.[0]
  if (day === undefined || formatInstant(parseInstant(day) ?? 0).startsWith(day)) return time
  throw invalid('date', `--date "${text}" is no day of the calendar`, 'Write a day such as 2026-11-20.')
}

function add(ctx: Context, room: Room, given: Given, kind: string): Log {
  const { subject, message = '', task = null } = checked(room, given, kind)
  const now = ctx.now()
  const { session } = writerOf(ctx, room, now.wall, given.as)
  const author = authorOf(session, ctx.at.under)
  const title = `${ENTRY_KINDS[kind as EntryKind]}: ${subject}`
  const text = composeEntry({ at: now.wall, task_id: task, title, author, text: message })
  const path = appendEntry(room, dayOf(now.wall), text)
  if (session)
    attempt(ctx, () => recordAct(ctx, room, session, now, { event: 'log', message: `${kind}: ${subject}` }))
  return { entry: parseEntries(text)[0]!, path }
}

/** Who writes: a session, or the person where no agent is at work. Throws `no_session`, `invalid`. */
function writerOf(ctx: Context, room: Room, now: number, as: string | undefined) {
  const isPerson = as === undefined && ctx.at.under === 'person' && callerOf(ctx, room) === null
  return actorOf(ctx, room, now, isPerson ? 'human' : as)
}

/** What is to be added. Throws `invalid` naming what is wrong. */
function checked(room: Room, given: Given, kind: string): Given & { subject: string } {
  const { subject, message, date } = given
  if (!Object.hasOwn(ENTRY_KINDS, kind)) {
    const hint = `coord log note "…", issue, or fix; coord log --date yesterday shows a day.`
    throw invalid('kind', `"${kind}" is no kind of entry`, hint)
  }
  if (date !== undefined)
    throw invalid('date', '--date shows a day, an entry is of now', `coord log --date ${date}`)
  if (subject === undefined)
    throw invalid('subject', 'the subject is missing', `coord log ${kind} "what it is about"`)
  checkText('subject', subject, room.config.messages)
  if (message !== undefined) checkText('message', message, room.config.messages)
  return { ...given, subject }
}
