/** Handoffs of other machines at the resources that they tell of, so that whoever claims one next is shown them (handoffs.ts). */
import { readHandoff } from '../../protocol/handoffs.ts'
import type { HandoffText } from '../../protocol/machines/bundle.ts'
import { idHere, type OwnerOf } from '../../protocol/machines/names.ts'
import { formatInstant, parseInstant } from '../../protocol/time.ts'
import { pointToHandoff } from '../handoffs.ts'
import type { Room } from '../room.ts'

/**
 * Let its resources remember a handoff that a machine publishes; one that is not what its name says is left alone. It is no younger than `now`
 * (epoch ms), or it would stand in the way of later ones.
 */
export function pointToForeign(
  room: Room,
  machine: string,
  { id, text }: HandoffText,
  ownerOf: OwnerOf,
  now: number,
): void {
  const { handoff } = readHandoff(text)
  const from = handoff && idHere(handoff.from, machine, ownerOf)
  const at = parseInstant(handoff?.at)
  if (!from || handoff.id !== id || at === null) return
  pointToHandoff(room, { ...handoff, from, at: formatInstant(Math.min(at, now)), machine })
}
