/**
 * What a session leaves behind: the handoff as a file, and a pointer to it at each of its resources. Written before the claims are
 * released, so that whoever claims next finds it; killed between, the claims are still held and the file stands.
 */
import type { Context } from '../context.ts'
import type { Moment } from '../protocol/claims.ts'
import { CoordError } from '../protocol/errors.ts'
import { composeHandoff, type HandedClaim, type Words } from '../protocol/handoffs.ts'
import { checkText, messageId } from '../protocol/messages.ts'
import type { Claim, Handoff, Lease, Session } from '../protocol/records.ts'
import { renderHandoff } from '../render.ts'
import { addHandoff, freeHandoffId, handoffPath, pointToHandoff } from '../store/handoffs.ts'
import { checkSize } from '../store/records.ts'
import type { Room } from '../store/room.ts'
import { attempt } from './act.ts'
import { releaseOne } from './release.ts'

/** Throws `invalid` naming the argument for words that are empty or too long. */
export function checkWords(room: Room, given: Record<string, string | string[] | undefined>): void {
  for (const [argument, value] of Object.entries(given))
    for (const text of [value ?? []].flat()) checkText(argument, text, room.config.messages)
}

/** A handoff of some claims, to be written. `to` null: for the next claimer. Throws `invalid` for one that is too long to be read. */
export function composeFor(
  ctx: Context,
  room: Room,
  parties: { from: Session; to: Session | null },
  words: Words,
  claims: HandedClaim[],
  now: Moment,
): Handoff {
  const id = freeHandoffId(room, messageId(now.wall, parties.from.session_id, ctx.random(4)))
  const handoff = composeHandoff(parties.from, parties.to, words, claims, id, now.wall)
  checkSize('handoff', handoff)
  return handoff
}

/** Write a handoff for the next claimer. */
export function leaveHandoff(ctx: Context, room: Room, handoff: Handoff): Handoff & { path: string } {
  addHandoff(room, handoff.id, renderHandoff(room, handoff))
  attempt(ctx, () => pointToHandoff(room, handoff))
  return { path: handoffPath(handoff.id), ...handoff }
}

/** Release what a session holds; a claim lost meanwhile is no reason to stop, and is left out of the answer. */
export function releaseHeld(ctx: Context, room: Room, id: string, own: Lease[], now: Moment): Claim[] {
  return own.flatMap((lease) => {
    try {
      return [releaseOne(ctx, room, id, lease, {}, now).claim]
    } catch (error) {
      if (error instanceof CoordError && error.code === 'lost') return []
      throw error
    }
  })
}
