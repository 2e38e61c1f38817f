import { CoordError } from '../protocol/errors.ts'
import { isInTheWay, withoutRepeats } from '../protocol/faults.ts'
import { namedBy } from '../protocol/labels.ts'
import { nearest, onlyOne } from '../protocol/names.ts'
import { look, type Picture, type Records } from '../protocol/picture.ts'
import { formatInstant } from '../protocol/time.ts'
import { archivedIn } from '../store/archived.ts'
import type { Room } from '../store/room.ts'
import { readEverything } from '../store/snapshot.ts'
import { allNeeds, countAlerts } from './conflict-needs.ts'
import { seenSessions } from './hanging.ts'
import { callerOf } from './identify.ts'
import { unreadOf } from './inbox.ts'
import { lossNeeds } from './loss-needs.ts'
import { defineOperation } from './operation.ts'
import { withPushers } from './pushers.ts'
import { detailOf } from './session-detail.ts'
import { limited, seenClaim } from './views.ts'

/** `coord status`: what is going on, what needs an act; reads only. Throws `not_found` for an unknown session. */
export const status = defineOperation({
  name: 'status',
  summary: 'Show what is going on and what needs an act.',
  writes: false,
  input: {
    session_id: { kind: 'text', help: 'one session in full, by id or name' },
    limit: { kind: 'count', help: 'at most so many of each kind (default 50)' },
  },
  run(ctx, given) {
    const room = ctx.room()
    const now = ctx.now()
    const { records, pushing, ...known } = readEverything(room, now, true)
    const picture = look(toldOnce(withPushers(room, { records, pushing }, now.wall)), now, room.config)
    ctx.labels = picture.labels
    const only = given.session_id === undefined ? undefined : idOf(room, picture, given.session_id)
    const sessions =
      only === undefined
        ? picture.active
        : picture.sessions.filter(({ session }) => session.session_id === only)
    const claims = picture.claims.filter(({ lease }) => only === undefined || lease.claimed_by === only)
    const messages = picture.records.messages
      .map(({ message }) => message)
      .filter((message) => only === undefined || message.from === only || message.to === only)
    const me = callerOf(ctx, room)
    const reader = { id: me, agent: ctx.at.under === 'agent' }
    const unread = me === null ? null : unreadOf({ ...room, problems: [] }, me, now.wall, known)
    const needs = [...lossNeeds(me, unread ?? []), ...allNeeds(room, picture, reader)].filter(
      (need) => only === undefined || need.session_ids.includes(only),
    )
    const one = only === undefined ? undefined : picture.byId.get(only)?.session
    const quiet = { ...room, problems: [] }
    const { problems, unregistered, mailboxes } = picture.records
    const shown = limited(sessions, given.limit, 'first')
    const held = limited(claims, given.limit, 'first')
    const said = limited(messages, given.limit, 'last')
    const needed = limited(needs, given.limit, 'first')
    return {
      now: formatInstant(now.wall),
      sessions: seenSessions(picture, shown.kept),
      claims: held.kept.map(seenClaim),
      messages: said.kept,
      unread: unread?.length ?? null,
      unread_alerts: me === null && reader.agent ? null : countAlerts(quiet, picture, me ?? 'human'),
      needs: needed.kept,
      problems,
      unregistered,
      mailboxes,
      ...omittedOf({ sessions: shown, claims: held, messages: said, needs: needed }),
      ...(one ? { detail: detailOf(quiet, one, now) } : {}),
    }
  },
})

/** How many of each kind were left out, as `sessions_omitted` and so on; nothing where all are there. */
function omittedOf(lists: Record<Listed, { omitted: number }>): Partial<Record<`${Listed}_omitted`, number>> {
  const cut = Object.entries(lists).filter(([, { omitted }]) => omitted > 0)
  return Object.fromEntries(cut.map(([name, { omitted }]) => [`${name}_omitted`, omitted]))
}

type Listed = 'sessions' | 'claims' | 'messages' | 'needs'

/** Records with one problem of a path for one cause; a thing in the place of a mailbox is none. */
function toldOnce(records: Records): Records {
  const inTheWay = new Set(records.problems.filter(isInTheWay).map(({ path }) => path))
  const mailboxes = records.mailboxes.filter((id) => !inTheWay.has(`messages/direct/${id}`))
  return { ...records, problems: withoutRepeats(records.problems), mailboxes }
}

/** The id of a session by its id or name. Throws `not_found` with the nearest, `ambiguous`. */
function idOf(room: Room, picture: Picture, text: string): string {
  if (picture.byId.has(text)) return text
  const named = namedBy(text, picture.records.sessions)
  const found = onlyOne(named, `name "${text}"`, ({ session_id }) => session_id)
  if (found) return found.session_id
  const month = archivedIn(room, text)
  if (month)
    throw new CoordError(
      'not_found',
      `session ${text} is over, and archived in ${month}`,
      `Read ${month}/sessions/${text}.json in the room; coord start --id ${text} brings it back.`,
    )
  const known = picture.sessions
    .flatMap(({ session }) => [session.session_id, session.name ?? ''])
    .filter(Boolean)
  const suggestions = nearest(text, known)
  const near =
    suggestions.length > 0 ? `Did you mean ${suggestions.join(' or ')}?` : 'coord sessions lists them.'
  throw new CoordError('not_found', `there is no session "${text}"`, near, { suggestions })
}
