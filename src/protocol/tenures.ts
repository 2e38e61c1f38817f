/** Who held a resource before, as far as the kept slots of its ledger tell: each tenure with its token, and how it ended. */
import { findLease, type Resource } from './claims.ts'
import { resourceKey } from './names.ts'
import type { Change, Lease, Slot } from './records.ts'
import type { SettledChange } from './remote/endings.ts'
import { type KeptFor, keptFor } from './remote/kept.ts'
import { parseInstant } from './time.ts'

/** A slot with its number in the domain. */
export interface Numbered {
  n: number
  slot: Slot
}

/**
 * How a tenure ended: given back, over and taken or claimed again, released by force, passed on, or its file was removed. Where a remote
 * arbitrates also: it took another's claim first, or does not hold this one any more, which is all that is known.
 */
type End = 'released' | 'expired' | 'taken_over' | 'forced' | 'handed_over' | 'removed' | 'not_taken' | 'gone'

/** One holding of a resource under one token. `from` is null where its beginning is not kept any more. */
export interface Tenure {
  claimed_by: string
  token: number
  claim_id: string
  from: string | null
  until: string
  ended: End
  /** Who ended it: the next holder, or who used force; null for the holder itself, or where nobody knows. */
  by: string | null
  /** The machines of holder and `by` at the remote, where these are others. */
  machine?: string
  by_machine?: string
  reason?: string
  /** That it was kept for a session, `claimed_by`, and not claimed by it yet (remote/kept.ts). */
  kept_for?: KeptFor
}

type Open = Pick<Tenure, 'claimed_by' | 'token' | 'claim_id' | 'from' | 'machine' | 'kept_for'> & {
  expires_at: string | null
}

/**
 * The ended tenures of a resource, newest first. `slots` are the kept ones, ascending. The tenure that the last slot leaves open is
 * none of them.
 */
export function pastTenures(slots: Numbered[], resource: Resource): Tenure[] {
  const past: Tenure[] = []
  let open: Open | null = null
  for (const { slot } of slots) {
    const about = slot.changes.filter((each) => keyOf(each) === keyOf(resource))
    const [change] = about
    const after = findLease(slot.claims, resource)
    open ??= before(change, slot)
    if (open && !(after && goesOn(open, after, change))) {
      if ((change as SettledChange | undefined)?.how !== 'refused')
        past.push(close(open, change, after, slot))
      open = null
    }
    if (after) open = opened(open ?? putBack(past, after), after, about, slot)
  }
  return past.reverse()
}

/** Whether a holding lasts: under its token, or under the one that a remote gave it. Two machines may give one token to two claims. */
function goesOn(open: Open, after: Lease, change: Change | undefined): boolean {
  if (change?.claim_id === open.claim_id && (change.act === 'gone' || change.act === 'displace')) return false
  return after.token === open.token || (change?.act === 'accept' && after.claim_id === open.claim_id)
}

/** A tenure that had ended here alone, as the remote held on to it: it has not ended. */
function putBack(past: Tenure[], { claim_id, token }: Lease): Open | null {
  const at = past.findIndex((each) => each.claim_id === claim_id && each.token === token)
  return at < 0 ? null : { ...past.splice(at, 1)[0]!, expires_at: null }
}

const keyOf = ({ resource_type, resource_name }: Resource) => resourceKey(resource_type, resource_name)

/** Who held before a release or force whose claim is not kept any more. */
function before(change: Change | undefined, slot: Slot): Open | null {
  if (!change || findLease(slot.claims, change)) return null
  const { claimed_by, token, claim_id } = change
  return { claimed_by, token, claim_id, from: null, expires_at: null }
}

function opened(open: Open | null, lease: Lease, about: SettledChange[], slot: Slot): Open {
  const { claimed_by, token, claim_id, expires_at } = lease
  const isPassed = about.some(({ act, how }) => act === 'transfer' || how === 'transfer')
  const kept_for = keptFor(lease)
  const machine = kept_for?.machine ?? open?.machine ?? about.find(({ act }) => act === 'abroad')?.machine
  const from = open?.from ?? (isPassed ? slot.at : lease.claimed_at)
  const told = { ...(machine ? { machine } : {}), ...(kept_for ? { kept_for } : {}) }
  return { claimed_by, token, claim_id, from, expires_at, ...told }
}

function close(open: Open, change: Change | undefined, after: Lease | undefined, slot: Slot): Tenure {
  const { expires_at, ...tenure } = open
  const over = (parseInstant(expires_at) ?? Infinity) <= (parseInstant(slot.at) ?? 0)
  const end = (ended: End, by: string | null, more: Partial<Tenure> = {}) => ({
    ...tenure,
    ...{ until: ended === 'expired' ? expires_at! : slot.at, ended, by },
    ...(change?.reason ? { reason: change.reason } : {}),
    ...more,
    ...(tenure.kept_for ? { machine: tenure.kept_for.machine } : {}),
  })
  const far = change?.act === 'gone' || (change?.act === 'displace' && slot.op === 'settle')
  if (far) return end(...endedFar(change, after, over))
  if (change?.act === 'force') return end('forced', slot.by)
  if (change?.act === 'release') return end('released', null)
  if (change?.act === 'displace') return end(over ? 'expired' : 'taken_over', slot.by)
  if (change?.act === 'transfer') return end('handed_over', ...heirOf(after))
  if (!after) return end('removed', null)
  return end(over ? 'expired' : 'taken_over', after.claimed_by)
}

const FAR = {
  release: 'released',
  force: 'forced',
  transfer: 'handed_over',
  first: 'not_taken',
  refused: 'not_taken',
} as const

/** Who has a claim that was handed over, and on which machine where it is kept for it. */
function heirOf(after: Lease | undefined): [string | null, Partial<Tenure>] {
  const kept = after && keptFor(after)
  return [after?.claimed_by ?? null, kept ? { by_machine: kept.machine } : {}]
}

/** The end of a claim that the remote settled: as the move there tells, else what the lease does. */
function endedFar(
  change: SettledChange,
  after: Lease | undefined,
  over: boolean,
): [End, string | null, Partial<Tenure>] {
  const { how, by = null, machine, by_machine } = change
  const where = { ...(machine ? { machine } : {}), ...(by_machine ? { by_machine } : {}) }
  if (how === 'transfer' && after && keptFor(after)) {
    const [heir, there] = heirOf(after)
    return ['handed_over', heir, { ...where, ...there }]
  }
  if (how && how !== 'takeover') return [FAR[how], by, where]
  return [over ? 'expired' : how ? 'taken_over' : 'gone', by, where]
}

/** Since when the kept slots tell (a record's time), where older ones are gone; null where none is. */
export function keptSince(slots: Numbered[]): string | null {
  const [oldest] = slots
  return oldest && oldest.n > 1 ? oldest.slot.at : null
}
