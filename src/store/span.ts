/** What a span of the past is told from, read no further back than it takes. Reads only. */
import { CoordError } from '../protocol/errors.ts'
import type { Sent } from '../protocol/picture.ts'
import type { Numbered } from '../protocol/tenures.ts'
import { parseInstant } from '../protocol/time.ts'
import { listDomains, numbers } from './ledger.ts'
import { BROADCAST, DIRECT, listMailboxes, listMessages } from './messages.ts'
import type { Room } from './room.ts'
import { readSlot } from './slots.ts'

/** The messages that were sent since an instant (epoch ms), box by box. */
export function messagesSince(room: Room, since: number): Sent[] {
  const boxes = [BROADCAST, ...listMailboxes(room).map((box) => `${DIRECT}/${box}`)]
  return boxes.flatMap((box) => listMessages(room, box, since))
}

/**
 * The kept slots of every domain since an instant (epoch ms), ascending, with the last one before it, which tells all that was claimed
 * then. A slot that can't be read is left out.
 */
export function slotsSince(room: Room, since: number): Map<string, Numbered[]> {
  return new Map(listDomains(room).map((domain) => [domain, newestSlots(room, domain, since)]))
}

function newestSlots(room: Room, domain: string, since: number): Numbered[] {
  const slots: Numbered[] = []
  for (const n of quietly(() => numbers(room, domain), [] as number[]).reverse()) {
    const slot = quietly(() => readSlot(room, domain, n), null)
    if (slot) slots.push({ n, slot })
    if (slot && (parseInstant(slot.at) ?? 0) < since) break
  }
  return slots.reverse()
}

/** A ledger that is damaged or out of the room tells nothing; `claims` and `doctor` name it. */
function quietly<T>(read: () => T, otherwise: T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof CoordError) return otherwise
    throw error
  }
}
