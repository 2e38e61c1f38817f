/** Who held a resource before, as far as the kept slots of its ledger tell: each tenure with its token, and how it ended. */
import { findLease, type Resource } from './claims.ts'
import { resourceKey } from './names.ts'
import type { Change, Lease, Slot } from './records.ts'
import { parseInstant } from './time.ts'

/** A slot with its number in the domain. */
export interface Numbered {
  n: number
  slot: Slot
}

/** How a tenure ended: given back, over and taken or claimed again, released by force, passed on, or its file was removed. */
type End = 'released' | 'expired' | 'taken_over' | 'forced' | 'handed_over' | 'removed'

/** One holding of a resource under one token. `from` is null where its beginning is not kept any more. */
export interface Tenure {
  claimed_by: string
  token: number
  claim_id: string
  from: string | null
  until: string
  ended: End
  /** Who ended it: the next holder, or who used force; null for the holder itself. */
  by: string | null
  reason?: string
}

type Open = Pick<Tenure, 'claimed_by' | 'token' | 'claim_id' | 'from'> & { expires_at: string | null }

/**
 * The ended tenures of a resource, newest first. `slots` are the kept ones, ascending. The tenure that the last slot leaves open is
 * none of them.
 */
export function pastTenures(slots: Numbered[], resource: Resource): Tenure[] {
  const past: Tenure[] = []
  let open: Open | null = null
  for (const { slot } of slots) {
    const change = slot.changes.find((each) => keyOf(each) === keyOf(resource))
    const after = findLease(slot.claims, resource)
    open ??= before(change, slot)
    if (open && !(after && after.token === open.token)) {
      past.push(close(open, change, after, slot))
      open = null
    }
    if (after) open = opened(open, after, change, slot)
  }
  return past.reverse()
}

const keyOf = ({ resource_type, resource_name }: Resource) => resourceKey(resource_type, resource_name)

/** Who held before a release or force whose claim is not kept any more. */
function before(change: Change | undefined, slot: Slot): Open | null {
  if (!change || findLease(slot.claims, change)) return null
  const { claimed_by, token, claim_id } = change
  return { claimed_by, token, claim_id, from: null, expires_at: null }
}

function opened(open: Open | null, lease: Lease, change: Change | undefined, slot: Slot): Open {
  const { claimed_by, token, claim_id, expires_at } = lease
  const since = change?.act === 'transfer' ? slot.at : lease.claimed_at
  return { claimed_by, token, claim_id, from: open?.from ?? since, expires_at }
}

function close(open: Open, change: Change | undefined, after: Lease | undefined, slot: Slot): Tenure {
  const { claimed_by, token, claim_id, from } = open
  const over = (parseInstant(open.expires_at) ?? Infinity) <= (parseInstant(slot.at) ?? 0)
  const end = (ended: End, by: string | null, until = slot.at) => ({
    ...{ claimed_by, token, claim_id, from, until, ended, by },
    ...(change?.reason ? { reason: change.reason } : {}),
  })
  if (change?.act === 'force') return end('forced', slot.by)
  if (change?.act === 'release') return end('released', null)
  if (change?.act === 'displace')
    return end(over ? 'expired' : 'taken_over', slot.by, over ? open.expires_at! : slot.at)
  if (change?.act === 'transfer') return end('handed_over', after?.claimed_by ?? null)
  if (!after) return end('removed', null)
  return over ? end('expired', after.claimed_by, open.expires_at!) : end('taken_over', after.claimed_by)
}

/** Since when the kept slots tell (a record's time), where older ones are gone; null where none is. */
export function keptSince(slots: Numbered[]): string | null {
  const [oldest] = slots
  return oldest && oldest.n > 1 ? oldest.slot.at : null
}
