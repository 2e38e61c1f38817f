/** Whether what a ref tells now follows what it told before, or the remote has lost it, was set back, or had it made anew. */
import { parseInstant } from '../time.ts'
import type { FarLease, FarSlot } from './slots.ts'
import { mayBeGone } from './tombstones.ts'

/** A ref as it was seen: its value, and the slot there; both null where there is none. */
export interface Seen {
  oid: string | null
  slot: FarSlot | null
}

/** What names the beginning of a ref, so that one made anew is told from the one before; `first`: the op_id of the slot, should it be the first. */
export const bornOf = (head: FarSlot | null, first: string): { born?: string } => {
  if (head === null) return { born: first }
  const { born } = head
  return typeof born === 'string' && born.length < 100 ? { born } : {}
}

/** So many moves a ref remembers besides the last: who looks after more of them takes it on trust that it went on. */
const PAST = 32

/** What a ref remembers of the moves before its slot's `prev_op`. `head`: the slot that is followed. */
export function pastAfter(head: FarSlot | null): { past?: string[] } {
  const past = movesBefore(head).slice(0, PAST)
  return past.length === 0 ? {} : { past }
}

/** The op_ids of the slots before one, the newest first, as far as they are what they should be: they came from outside. */
function movesBefore(slot: FarSlot | null): string[] {
  if (slot === null) return []
  const told: unknown[] = [slot.prev_op, ...(Array.isArray(slot.past) ? slot.past.slice(0, PAST) : [])]
  const end = told.findIndex((op) => typeof op !== 'string' || op === '' || op.length > 100)
  return (end === -1 ? told : told.slice(0, end)) as string[]
}

/** Whether a ref went on from where it was seen: moved zero or more times, never lost, made anew or set back, also where it was moved on since. */
export function doesFollow(before: Seen | null, now: Seen): boolean {
  if (!before?.slot || before.oid === now.oid) return true
  if (now.slot === null || now.slot.born !== before.slot.born || now.slot.n <= before.slot.n) return false
  const then = movesBefore(now.slot)[now.slot.n - before.slot.n - 1]
  return then === undefined || then === before.slot.op_id
}

/** Whether that a ref does not go on is worth a word: one that held nothing for days may have been thrown away. `now_ms`: epoch ms. */
export const isAmiss = (before: Seen | null, now: Seen, now_ms: number): boolean =>
  !doesFollow(before, now) && (!mayBeGone(before!.slot!, now_ms) || isSameLine(before!, now))

const isSameLine = (before: Seen, now: Seen) => now.slot !== null && now.slot.born === before.slot!.born

/**
 * The leases of one room, by its name there (`machine`), that the remote had taken and does not have whole any more. `refsOf`: in which
 * refs one stands; `heads`: those that were read, `known` what was known of each. One that is missing in a ref that goes on was given
 * away there, and is not among them.
 */
export function forgotten(
  claims: FarLease[],
  machine: string,
  refsOf: (lease: FarLease) => string[],
  heads: Map<string, Seen>,
  known: (ref: string) => Seen | null,
): FarLease[] {
  const isLost = (ref: string, { claim_id }: FarLease) => {
    const now = heads.get(ref)
    if (!now) return false
    if (now.slot === null) return true
    return !doesFollow(known(ref), now) && !now.slot.claims.some((each) => each.claim_id === claim_id)
  }
  return claims.filter(
    (lease) => lease.machine === machine && !lease.foreign && refsOf(lease).some((ref) => isLost(ref, lease)),
  )
}

/** Whether a lease of the room is prolonged at the remote beyond what the room has: its ledger is moved first, so another clone did it in its name. */
export function isAhead(there: FarLease, here: FarLease): boolean {
  const given = ({ renewed_at, claimed_at }: FarLease) => parseInstant(renewed_at ?? claimed_at) ?? 0
  const ends = ({ expires_at }: FarLease) => parseInstant(expires_at) ?? 0
  return given(there) > given(here) && ends(there) > ends(here)
}
