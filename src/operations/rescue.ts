import type { Context } from '../context.ts'
import type { Moment } from '../protocol/claims.ts'
import { CoordError, invalid } from '../protocol/errors.ts'
import { labelOf, namedBy } from '../protocol/labels.ts'
import { ownOnly } from '../protocol/machines/names.ts'
import { nearest, onlyOne } from '../protocol/names.ts'
import { quote } from '../protocol/needs.ts'
import { look, type Picture } from '../protocol/picture.ts'
import { mayRescue } from '../protocol/rescue.ts'
import { formatInstant } from '../protocol/time.ts'
import { archivedIn } from '../store/archived.ts'
import type { Room } from '../store/room.ts'
import { readEverything } from '../store/snapshot.ts'
import { findHere } from './abroad.ts'
import { actorOf, callerOf } from './identify.ts'
import { checkWords } from './leaving.ts'
import { defineOperation, type InputOf } from './operation.ts'
import { abandon } from './rescue-abandon.ts'
import { exportSession } from './rescue-export.ts'
import { type RescueRow, rescueRows, strayAgents } from './rescue-look.ts'
import { rescueHandoff, takeOver } from './rescue-take.ts'
import { limited } from './views.ts'

const input = {
  session_id: { kind: 'text', help: 'the session, by id or name (without: list all)' },
  take: { kind: 'flag', help: 'take its claims, its unread mail and its changes over' },
  abandon: { kind: 'flag', help: 'release its claims and mark it abandoned; needs --reason' },
  export: { kind: 'flag', help: 'all that is known of it, as one JSON object' },
  reason: { kind: 'text', help: 'why; the handoff and its session are told' },
  force: { kind: 'flag', help: 'though it may be at work; needs --reason' },
  all: { kind: 'flag', help: 'in the list also those that are over' },
  limit: { kind: 'count', help: 'in the list at most so many (default 50)' },
  as: { kind: 'text', help: 'human: abandon as the person' },
} as const
type Input = InputOf<typeof input>

/** What may be done here for a session of another machine that is gone. */
const FREE =
  '. A claim of one that is gone for good: coord release TYPE NAME --force --reason "…", then coord claim TYPE NAME'

/**
 * `coord rescue`: what became of the sessions, by evidence; take one over, give it up, or export it. Throws `conflict` for one that is at
 * work or over, `not_found`, `ambiguous`, `invalid`, `busy`.
 */
export const rescue = defineOperation({
  name: 'rescue',
  summary: 'Find hung and orphaned sessions, and take over what they left.',
  writes: true,
  looks: ({ take, abandon }) => !take && !abandon,
  input,
  run(ctx, given) {
    check(given)
    const room = ctx.room()
    const now = ctx.now()
    const { records } = readEverything(room, now)
    const picture = look(ownOnly(records), now, room.config)
    ctx.labels = picture.labels
    if (given.session_id === undefined) return list(ctx, room, picture, given, now)
    const text = given.session_id
    const id = findHere(room, text, now.wall, 'what it left', () => idOf(room, picture, text), FREE)
    if (!given.take && !given.abandon) {
      const row = rowOf(ctx, room, picture, id, callerOf(ctx, room))
      return given.export ? exportSession(ctx, room, row, now) : { session: row }
    }
    if (given.reason !== undefined) checkWords(room, { reason: given.reason })
    const by = actorOf(ctx, room, now.wall, given.as)
    if (by.id === id)
      throw invalid(
        'session_id',
        `you are ${given.session_id} yourself`,
        'coord end closes your own session.',
      )
    const row = rowOf(ctx, room, picture, id, by.id)
    checkState(room, row, by.id, given)
    return given.take
      ? takeOver(ctx, room, row, by.session!, given.reason ?? null, now)
      : abandon(ctx, room, row, by, given.reason!, now)
  },
})

function check(given: Input): void {
  const acts = (['take', 'abandon', 'export'] as const).filter((name) => given[name])
  const [first, second] = acts
  if (second) throw invalid(second, `both --${first} and --${second} are given`, 'Give one of them.')
  if (first && given.session_id === undefined)
    throw invalid('session_id', `--${first} needs a session`, `coord rescue SESSION --${first}`)
  const needs = given.abandon ? 'abandon' : given.force ? 'force' : null
  if (needs && !given.reason?.trim())
    throw invalid('reason', `--${needs} needs --reason`, 'Say why, e.g. --reason "its terminal was closed".')
  const changes = given.take || given.abandon
  const idle = changes
    ? undefined
    : (['force', 'reason', 'as'] as const).find((name) => given[name] !== undefined)
  if (idle) throw invalid(idle, `--${idle} goes with --take or --abandon`, 'coord rescue --help')
  if (given.take && given.as !== undefined)
    throw invalid('as', 'a person holds no claims', 'Take it over as a session, or --abandon it as human.')
  const extra = given.session_id !== undefined && (given.all ? 'all' : given.limit !== undefined && 'limit')
  if (extra) throw invalid(extra, `--${extra} goes with the list`, `coord rescue --${extra}`)
}

/** Every session that is not over, or with `all` every one, and the agents of this repository that no session tells of. */
function list(ctx: Context, room: Room, picture: Picture, given: Input, now: Moment) {
  const me = callerOf(ctx, room)
  const wanted = given.all ? picture.sessions : picture.active
  const { kept, omitted } = limited(wanted, given.limit, 'first')
  const sessions = rescueRows(ctx, room, picture, kept, me)
  const known = picture.active.map(({ session }) => session)
  return {
    now: formatInstant(now.wall),
    sessions,
    unregistered_processes: strayAgents(ctx, room, known, now),
    ...(omitted > 0 ? { omitted } : {}),
  }
}

const rowOf = (ctx: Context, room: Room, picture: Picture, id: string, me: string | null) =>
  rescueRows(ctx, room, picture, [picture.byId.get(id)!], me)[0]!

/** The id of a session by its id or name. Throws `not_found` with the nearest, `ambiguous`. */
function idOf(room: Room, picture: Picture, text: string): string {
  if (picture.byId.has(text)) return text
  const sessions = picture.records.sessions
  const found = onlyOne(namedBy(text, sessions), `name "${text}"`, ({ session_id }) => session_id)
  if (found) return found.session_id
  const month = archivedIn(room, text)
  if (month) {
    const hint = `Read ${month}/sessions/${text}.json in the room; coord start --id ${text} brings it back.`
    throw new CoordError('not_found', `session ${text} is over, and archived in ${month}`, hint)
  }
  const known = sessions.flatMap(({ session_id, name }) => [session_id, name ?? '']).filter(Boolean)
  const suggestions = nearest(text, known)
  const near =
    suggestions.length > 0 ? `Did you mean ${suggestions.join(' or ')}?` : 'coord rescue lists them.'
  throw new CoordError('not_found', `there is no session "${text}"`, near, { suggestions })
}

/** Who is hung or orphaned may be rescued; any other with force, or where a rescue goes on that was begun. Throws `conflict`. */
function checkState(room: Room, row: RescueRow, by: string, given: Input): void {
  const { state, evidence, claims } = row.rescue
  if (mayRescue(state) || given.force) return
  const isLeft = claims > 0 || rescueHandoff(room, row, given.take ? by : null) !== null
  if (row.status === 'abandoned' && isLeft) return
  const act = given.take ? 'take' : 'abandon'
  const name = labelOf(row)
  const what = state === 'completed' ? `session ${name} is over` : `session ${name} may be at work`
  const way = `If you know better: coord rescue ${quote(row.session_id)} --${act} --force --reason "…"`
  throw new CoordError('conflict', `${what}: ${evidence.join('; ')}`, way, { rescue: row.rescue })
}
