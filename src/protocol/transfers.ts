/** Handing claims over: the rule of the ledger transition `transfer`. */
import {
  changeOf,
  type Decision,
  findLease,
  type Holdings,
  isAbout,
  isExpired,
  type Meets,
  type Moment,
  prolong,
  type Resource,
  refuseStranger,
} from './claims.ts'
import type { Change, Lease, Slot } from './records.ts'
import { KEPT_MS, type KeptFor } from './remote/kept.ts'
import { formatInstant, parseInstant } from './time.ts'

/** What a session wishes to hand over, and to whom; `handoff` is the id of the handoff file that tells of it. */
export interface Transfer {
  by: string
  to: string
  resources: Resource[]
  handoff: string
  /** The recipient's host, as its claims name it. */
  host: string | null
  /** Whether the giver can't be asked: what ran out meanwhile, and nobody took, moves as well, and each claim gets its whole term again. */
  rescue?: boolean
  /** Who it is kept for, where the recipient is a session of another machine (remote/kept.ts). */
  kept_for?: KeptFor | null
}

/**
 * Hand live claims of one's own to another session, all or none: new tokens, the ends kept. What was handed to it before is `already`
 * done. A script's claim becomes one of coord's own, since its file can't name another holder. Refused where one that stays overlaps.
 * What is kept for a session of another machine ends in half an hour unless it is taken.
 * With `rescue` also those that ran out.
 */
export function decideTransfer(
  head: Holdings,
  ask: Transfer,
  now: Moment,
  past: Change[],
  meets: Meets = () => false,
): Decision<{ claims: (Lease | Change)[]; already: boolean }> {
  const done = ask.resources.flatMap((resource) => handedBefore(head, ask, resource, past) ?? [])
  if (done.length === ask.resources.length) return { kind: 'keep', result: { claims: done, already: true } }
  const moved: Lease[] = []
  let { claims, counter } = head
  for (const resource of ask.resources) {
    const held = findLease(claims, resource)
    const refusal = refuseStranger(held, { by: ask.by, resource, token: null }, past)
    if (refusal) return refusal
    if (!ask.rescue && isExpired(held!, now, 0))
      return { kind: 'refuse', code: 'lost', lease: held!, why: 'expired' }
    counter += 1
    const { foreign: _foreign, ...lease } = held!
    const theirs: Lease = { ...lease, host: ask.host, claimed_by: ask.to, token: counter }
    const claim = ask.kept_for
      ? keep(theirs, { ...ask.kept_for, by: ask.by }, now)
      : ask.rescue
        ? prolong(theirs, theirs.term_ms, now)
        : theirs
    claims = [...claims.filter((other) => other !== held), claim]
    moved.push(claim)
  }
  const others = claims.filter(({ claimed_by }) => claimed_by !== ask.to)
  for (const wanted of moved) {
    const lease = others.find((other) => meets(other, wanted))
    if (lease) return { kind: 'refuse', code: 'held', lease, why: 'overlap', wanted }
  }
  const changes = moved.map((claim) => ({
    ...changeOf('transfer', claim),
    from: ask.by,
    handoff: ask.handoff,
  }))
  const result = { claims: moved, already: false }
  return { kind: 'append', op: 'transfer', holdings: { claims, counter }, changes, result }
}

/** A lease that its machine keeps for a session of another one: for a term of its own, as nobody renews it. */
function keep(lease: Lease, kept_for: KeptFor, now: Moment): Lease {
  const over = { ...lease, clock: null, expires_at: formatInstant(0), renew: false, term_ms: KEPT_MS }
  return { ...prolong(over, KEPT_MS, now), kept_for }
}

/** The transfer to the same recipient that was the last the asker had to do with a resource. */
function handedBefore(head: Holdings, ask: Transfer, resource: Resource, past: Change[]): Change | undefined {
  if (findLease(head.claims, resource)?.claimed_by === ask.by) return undefined
  const last = past.find(
    (change) => isAbout(change, resource) && (change.claimed_by === ask.by || change.from === ask.by),
  )
  return last?.from === ask.by && last.claimed_by === ask.to ? last : undefined
}

/** The slots in which `doctor --fix` put what it could find out, in the place of what was lost. */
const MENDED = ['mend', 'unreadable']

/**
 * Whether the kept slots of a domain (ascending, none missing) tell of everything that was decided since an instant: they begin with the
 * first, or before it, and none of them stands for one that was lost.
 */
export function tellsAllSince(kept: { n: number; slot: Slot }[], instant: string): boolean {
  const since = parseInstant(instant)
  const first = kept[0]
  if (!first || since === null || kept.some(({ slot }) => MENDED.includes(slot.op))) return false
  return first.n === 1 || (parseInstant(first.slot.at) ?? since) < since
}
