/** Messages for whoever holds a path, now or next. Who that is follows from the slots of the ledger. */
import { findLease, type Resource } from './claims.ts'
import type { Message } from './records.ts'
import type { Numbered } from './tenures.ts'
import { parseInstant } from './time.ts'

/** How such a recipient begins: `path:src/auth`. */
export const PATH = 'path:'

/** The resource that a message is about; null for one that tells of none. */
export function pathOf({ resource_type, resource_name, glob }: Message): Resource | null {
  if (resource_type !== 'file' || typeof resource_name !== 'string') return null
  return { resource_type, resource_name, ...(glob === true ? { glob } : {}) }
}

/** How a claim comes to somebody. */
const COMES = ['claim', 'adopt', 'transfer']

/**
 * The first session other than the sender that came to hold something that a waiting message is about, after it was sent; null while there is
 * none. `slots` are the kept ones of the files' ledger, ascending; `meets` tells what overlaps, `isThere` who can still read.
 */
export function claimantOf(
  message: Message,
  slots: Numbered[],
  meets: (lease: Resource) => boolean,
  isThere: (id: string) => boolean,
): string | null {
  const sent = parseInstant(message.timestamp) ?? 0
  for (const { slot } of slots) {
    if ((parseInstant(slot.at) ?? 0) < sent) continue
    for (const change of slot.changes.filter(({ act }) => COMES.includes(act))) {
      const lease = findLease(slot.claims, change)
      const by = lease?.claimed_by
      if (lease && by && by !== message.from && meets(lease) && isThere(by)) return by
    }
  }
  return null
}
