import { CoordError } from '../protocol/errors.ts'
import { nearest } from '../protocol/names.ts'
import { findNeeds } from '../protocol/needs.ts'
import { look, type Picture } from '../protocol/picture.ts'
import { formatInstant } from '../protocol/time.ts'
import { archivedIn } from '../store/archived.ts'
import type { Room } from '../store/room.ts'
import { readEverything } from '../store/snapshot.ts'
import { identify } from './identify.ts'
import { unreadOf } from './inbox.ts'
import { defineOperation } from './operation.ts'
import { seenClaim, seenSession } from './views.ts'

/** `coord status`: what is going on, what needs an act; reads only. Throws `not_found` for an unknown session. */
export const status = defineOperation({
  name: 'status',
  summary: 'Show what is going on and what needs an act.',
  writes: false,
  input: { session_id: { kind: 'text', help: 'one session in full, by id or name' } },
  run(ctx, given) {
    const room = ctx.room()
    const now = ctx.now()
    const picture = look(readEverything(room, now, true).records, now, room.config)
    const only = given.session_id === undefined ? undefined : idOf(room, picture, given.session_id)
    const sessions =
      only === undefined
        ? picture.active
        : picture.sessions.filter(({ session }) => session.session_id === only)
    const claims = picture.claims.filter(({ lease }) => only === undefined || lease.claimed_by === only)
    const messages = picture.records.messages
      .map(({ message }) => message)
      .filter((message) => only === undefined || message.from === only || message.to === only)
    const needs = findNeeds(picture).filter((need) => only === undefined || need.sessions.includes(only))
    const { problems, unregistered, mailboxes } = picture.records
    return {
      now: formatInstant(now.wall),
      sessions: sessions.map(seenSession),
      claims: claims.map(seenClaim),
      messages,
      unread: unreadHere(),
      needs,
      problems,
      unregistered,
      mailboxes,
    }

    /** How much mail waits for whoever asks; null where that is not known: status needs no session. */
    function unreadHere(): number | null {
      const quiet = { ...room, problems: [] }
      try {
        return unreadOf(quiet, identify(ctx, quiet, now.wall).session, now.wall).length
      } catch (error) {
        if (error instanceof CoordError) return null
        throw error
      }
    }
  },
})

/** The id of a session by its id or name. Throws `not_found` with the nearest. */
function idOf(room: Room, picture: Picture, text: string): string {
  const found =
    picture.sessions.find(({ session }) => session.session_id === text) ??
    picture.sessions.find(({ session }) => session.name === text)
  if (found) return found.session.session_id
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
