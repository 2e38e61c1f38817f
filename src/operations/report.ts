import type { Context } from '../context.ts'
import { CoordError } from '../protocol/errors.ts'
import type { Alert, Message } from '../protocol/records.ts'
import { authorOf, composeEntry, dayOf, REPORT } from '../protocol/report/log.ts'
import { type Facts, observe } from '../protocol/report/observations.ts'
import { entryText } from '../protocol/report/page.ts'
import { urgentFirst } from '../protocol/report/parts.ts'
import { PARTS, type Part, sayInMarkdown, type WholeReport } from '../protocol/report/report.ts'
import { isFileLock, type TimedClaim } from '../protocol/report/sessions.ts'
import { formatInstant } from '../protocol/time.ts'
import { writeAlerts } from '../store/conflicts.ts'
import { asCoordError } from '../store/disk.ts'
import { type Room, repositoryOf } from '../store/room.ts'
import { appendEntry } from '../store/session-log.ts'
import { appendReceipts, readReceipts } from '../store/status.ts'
import { attempt } from './act.ts'
import { noteShown, withRecipients } from './alerts.ts'
import { identify, sessionOrFallback } from './identify.ts'
import { defineOperation, type InputOf } from './operation.ts'
import { type Gathered, gather, lifecycleSeen, sessionsOf, statisticsOf, strangersOf } from './reporting.ts'
import { limited } from './views.ts'

const input = {
  stats: { kind: 'flag', help: 'only the totals of the room' },
  locks: { kind: 'flag', help: 'only the file locks' },
  claims: { kind: 'flag', help: 'only the claims of tasks' },
  alerts: { kind: 'flag', help: 'only what somebody should know' },
  unread: { kind: 'flag', help: 'only your unread messages; marks them delivered' },
  lifecycle: { kind: 'flag', help: 'only starts and ends of sessions, the last 20' },
  verbose: { kind: 'flag', help: 'full timestamps, tokens, branches' },
  'no-log': { kind: 'flag', help: 'write nothing: no entry in the log, no receipt' },
  limit: { kind: 'count', help: 'at most so many of each kind (default 50)' },
} as const

type Given = InputOf<typeof input>

/** What `coord report` answers: the whole of it, or the parts asked for. `log` is where the entry went; null where none was wanted, or possible. */
type Report = Partial<WholeReport> & {
  now: string
  session_id: string | null
  lifecycle_omitted?: number
  messages?: Message[]
  messages_omitted?: number
  log: { path: string } | null
}

/**
 * `coord report`: every session in full, what somebody should know, who came and went, totals, and what all this says together. The whole
 * report is appended to the session log; parts of it are not. Throws `no_session` where an agent asks for its unread messages and is nobody.
 */
export const report = defineOperation({
  name: 'report',
  summary: 'Show all sessions in full, with alerts, totals and observations, and log it.',
  writes: true,
  input,
  looks: (given) => given['no-log'] === true,
  look: { 'no-log': true },
  run(ctx, given): Report {
    const room = ctx.room()
    const now = ctx.now()
    const gathered = gather(ctx, room, now)
    if (!given['no-log']) attempt(ctx, () => writeAlerts(room, gathered.changes))
    const base = { now: formatInstant(now.wall), session_id: gathered.me }
    const asked = PARTS.filter((part) => given[part])
    if (asked.length > 0) return { ...base, ...partsOf(ctx, room, gathered, given, asked), log: null }
    if (!given['no-log']) deliver(ctx, room, gathered, limited(gathered.alerts, given.limit, 'first').kept)
    const { whole, facts } = wholeOf(room, gathered, given, now.wall)
    const { kept: needs } = limited(gathered.toAnybody, given.limit, 'first')
    const told = { ...whole, needs, observations: observe({ ...facts, needs: gathered.toAnybody }) }
    const log = given['no-log'] ? null : logged(ctx, room, gathered, told, now.wall)
    return { ...base, ...whole, log }
  },
})

const IN_REPORT = 10
const IN_PART = 20

/** `{ claims_omitted: 3 }`, or nothing where all are there. */
function omittedOf<K extends string>(name: K, { omitted }: { omitted: number }) {
  return (omitted > 0 ? { [`${name}_omitted`]: omitted } : {}) as Partial<Record<`${K}_omitted`, number>>
}

/** The first file locks and the first claims of tasks, so that neither hide the others. */
function eachKind(claims: TimedClaim[], limit: number | undefined) {
  const tasks = limited(
    claims.filter((claim) => !isFileLock(claim)),
    limit,
    'first',
  )
  const files = limited(claims.filter(isFileLock), limit, 'first')
  return { kept: [...files.kept, ...tasks.kept], omitted: files.omitted + tasks.omitted }
}

/** The whole report, cut to `--limit`, and the facts that its observations are made of, which are not cut. */
function wholeOf(room: Room, gathered: Gathered, { limit }: Given, now: number) {
  const { alerts, conflicts, needs, reader } = gathered
  const sessions = sessionsOf(room, gathered)
  const lifecycle = lifecycleSeen(room, gathered)
  const facts: Facts = {
    ...{ sessions, alerts, conflicts, needs, lifecycle, others: strangersOf(gathered) },
    ...{ project: repositoryOf(room), day: dayOf(now) },
  }
  const shown = limited(sessions, limit, 'first')
  const urgent = limited(alerts, limit, 'first')
  const pressing = limited(needs, limit, 'first')
  const claims = eachKind(gathered.claims, limit)
  const whole: WholeReport = {
    ...{ sessions: shown.kept, ...omittedOf('sessions', shown) },
    ...{ alerts: withRecipients(room, urgent.kept), ...omittedOf('alerts', urgent) },
    ...{ needs: pressing.kept, ...omittedOf('needs', pressing) },
    ...{ claims: claims.kept, ...omittedOf('claims', claims) },
    lifecycle: lifecycle.slice(0, Math.min(limit ?? IN_REPORT, IN_REPORT)),
    unread: reader === null ? null : gathered.unreadOf(reader).length,
    stats: statisticsOf(room, gathered),
    observations: observe(facts),
  }
  return { whole, facts }
}

/** The parts that were asked for, each as long as `--limit` allows. */
function partsOf(ctx: Context, room: Room, gathered: Gathered, given: Given, asked: Part[]): Partial<Report> {
  const has = (part: Part) => asked.includes(part)
  const wanted = gathered.claims.filter((claim) => has(isFileLock(claim) ? 'locks' : 'claims'))
  const claims = limited(wanted, given.limit, 'first')
  return {
    ...(has('stats') ? { stats: statisticsOf(room, gathered) } : {}),
    ...(has('locks') || has('claims') ? { claims: claims.kept, ...omittedOf('claims', claims) } : {}),
    ...(has('alerts') ? alertsPart(ctx, room, gathered, given) : {}),
    ...(has('unread') ? unreadPart(ctx, room, gathered, given) : {}),
    ...(has('lifecycle') ? lifecyclePart(room, gathered, given) : {}),
  }
}

/** The alerts that `coord alerts` shows to who asks; to show them is to deliver them. */
function alertsPart(ctx: Context, room: Room, gathered: Gathered, given: Given): Partial<Report> {
  const { kept, omitted } = limited(gathered.alerts, given.limit, 'first')
  if (!given['no-log']) deliver(ctx, room, gathered, kept)
  return { alerts: withRecipients(room, kept), ...omittedOf('alerts', { omitted }) }
}

function deliver(ctx: Context, room: Room, { reader }: Gathered, shown: Alert[]): void {
  if (reader !== null) noteShown(ctx, room, shown, { id: reader, session: null, identity: null }, 'delivered')
}

function lifecyclePart(room: Room, gathered: Gathered, { limit = IN_PART }: Given): Partial<Report> {
  const { kept, omitted } = limited(lifecycleSeen(room, gathered), limit, 'first')
  return { lifecycle: kept, ...omittedOf('lifecycle', { omitted }) }
}

/** The unread messages of who asks. To show them is to deliver them; they stay unread. */
function unreadPart(ctx: Context, room: Room, { reader, unreadOf }: Gathered, given: Given): Partial<Report> {
  const id = reader ?? identify(ctx, room, ctx.now().wall).session
  const all = urgentFirst(unreadOf(id).map(({ message }) => message))
  const { kept, omitted } = limited(all, given.limit, 'first')
  if (!given['no-log']) attempt(ctx, () => noteDelivered(room, id, kept, ctx.now().wall))
  return { messages: kept, ...omittedOf('messages', { omitted }) }
}

function noteDelivered(room: Room, id: string, messages: Message[], now: number): void {
  const known = new Set(readReceipts(room, id).map(({ message }) => message))
  const fresh = messages.flatMap(({ id: message }) => (message && !known.has(message) ? [message] : []))
  const at = formatInstant(now)
  appendReceipts(
    room,
    id,
    fresh.map((message) => ({ at, message, state: 'delivered' })),
  )
}

/** Append the report to the log of the day. The report was made all the same where that fails: it is a warning. */
function logged(
  ctx: Context,
  room: Room,
  { me }: Gathered,
  whole: WholeReport,
  at: number,
): { path: string } | null {
  const author = authorOf(me === null ? null : sessionOrFallback(room, me), ctx.at.under)
  const text = entryText(whole, sayInMarkdown)
  try {
    return { path: appendEntry(room, dayOf(at), composeEntry({ at, ...REPORT, author, text })) }
  } catch (thrown) {
    const error = asCoordError(thrown)
    if (!(error instanceof CoordError)) throw error
    ctx.warnings.push(`Session log write failed: ${error.message}`)
    return null
  }
}
