import type { Context } from '../context.ts'
import { CoordError, invalid } from '../protocol/errors.ts'
import { actsOf, mergeActs, readPastTime, resolveHistory, shownAct } from '../protocol/history.ts'
import { labelsOf } from '../protocol/labels.ts'
import { quote } from '../protocol/needs.ts'
import type { StatusLine } from '../protocol/records.ts'
import { formatInstant } from '../protocol/time.ts'
import { listEverySession, listHistories, readHistories } from '../store/history.ts'
import { listMessages, mailbox } from '../store/messages.ts'
import type { Room } from '../store/room.ts'
import { findHere } from './abroad.ts'
import { identify } from './identify.ts'
import { tellsLoss } from './loss-needs.ts'
import { defineOperation, type InputOf } from './operation.ts'
import { limited } from './views.ts'

const input = {
  session_id: { kind: 'text', help: 'a session by id or name (default: yourself, else the room)' },
  all: { kind: 'flag', help: 'of everybody in the room' },
  since: { kind: 'text', help: 'only since then: 2h, 14:30 (UTC), yesterday' },
  limit: { kind: 'count', help: 'at most so many, the newest (default 50)' },
} as const

/**
 * `coord history`: what a session did, from its status lines, and which claims it lost, oldest first: of the one named, of the acting one, or where nobody is
 * known to act, of the room. Archived sessions too; reads only. Throws `not_found`, `ambiguous`, `invalid`.
 */
export const history = defineOperation({
  name: 'history',
  summary: 'Show what a session did, or the whole room.',
  writes: false,
  input,
  run(ctx, given) {
    if (given.all && given.session_id !== undefined)
      throw invalid(
        'session_id',
        `--all tells of everybody, "${given.session_id}" of one`,
        `coord history ${quote(given.session_id)}, or coord history --all`,
      )
    const room = ctx.room()
    const now = ctx.now().wall
    const since = given.since === undefined ? -Infinity : readPastTime(given.since, now, 'since')
    const only = whose(ctx, room, given, now)
    const before = room.problems.length
    const logs = [...readHistories(room, only ?? undefined)].flatMap(([id, lines]) => [
      actsOf(id, lines),
      actsOf(id, lossesOf(room, id)),
    ])
    const acts = mergeActs(logs).filter(({ time }) => time >= since)
    const { kept, omitted } = limited(acts, given.limit, 'last')
    const labels = labelsOf(listEverySession({ ...room, problems: [] }))
    return {
      now: formatInstant(now),
      session_id: only,
      acts: kept.map((act) => shownAct(act, labels.get(act.id) ?? act.id)),
      ...(omitted > 0 ? { omitted } : {}),
      problems: room.problems.slice(before),
    }
  },
})

/** What a session lost to others: it wrote no line of that itself, so the mail that told it of it does. */
const lossesOf = (room: Room, id: string): StatusLine[] =>
  listMessages({ ...room, problems: [] }, mailbox(id)).flatMap(({ message }) =>
    tellsLoss(message)
      ? { timestamp: message.timestamp!, session: id, status: 'lost', message: message.subject }
      : [],
  )

/** The name whose history is wanted; null for the whole room. */
function whose(ctx: Context, room: Room, given: InputOf<typeof input>, now: number): string | null {
  const silent = { ...room, problems: [] }
  const named = (text: string) =>
    findHere(silent, text, now, 'its history', () =>
      resolveHistory(text, listEverySession(silent), listHistories(silent)),
    )
  const flag = ctx.at.flagSession === null ? null : named(ctx.at.flagSession)
  if (given.all) return null
  const asked = given.session_id === undefined ? flag : named(given.session_id)
  if (asked !== null) return asked
  try {
    return identify(ctx, silent, now).session
  } catch (error) {
    if (error instanceof CoordError && error.code === 'no_session') return null
    throw error
  }
}
