/** Handing a claim to a session of another machine: it is kept for that session until it claims it (protocol/remote/kept.ts). */
import type { Resource } from '../protocol/claims.ts'
import { CoordError } from '../protocol/errors.ts'
import { nameOf } from '../protocol/names.ts'
import { wordsOf } from '../protocol/needs.ts'
import type { KeptFor } from '../protocol/remote/kept.ts'
import { isPlaceHere } from '../protocol/remote/places.ts'
import { archivedIn } from '../store/archived.ts'
import type { Room } from '../store/room.ts'
import { loadSession } from '../store/sessions.ts'

/** Who claims handed to a session are to be kept for; null for a session of this room, which gets them at once. `now`: epoch ms. */
export const keptForOf = (room: Room, to: string, now: number): KeptFor | null =>
  loadSession(room, to) || archivedIn(room, to) ? null : room.lazy.upkeep().keptForForeign(room, to, now)

/** Throws `conflict` where one of some resources means something else on another machine. */
export function checkTravels(resources: Resource[]): void {
  const place = resources.find(isPlaceHere)
  if (!place) return
  const what = `${nameOf(place)} lies outside of the repository: on another machine it is another file`
  throw new CoordError('conflict', what, 'Its claim is of this clone alone, and goes to sessions here.')
}

/** What a session is called in words, with its machine; `machine` is where the id was heard from, if that is another one. */
export const calledHere = (room: Room, id: string, now: number, machine?: string): string =>
  room.lazy.upkeep().calledHere(room, id, now, machine)

/** How the one that claims are kept for gets them: a line for each. */
export const takingLines = (claims: Resource[]): string =>
  claims.map((claim) => `coord claim ${wordsOf(claim)}`).join('\n')
