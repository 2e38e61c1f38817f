/**
 * The rule by which a ledger goes on after an unreadable head. The lost slots moved claims in a way that nobody can read any
 * more, but they left two traces: the claim files that were published, and what the sessions remember (a granted claim is
 * remembered, a released one forgotten). A token above the last readable counter comes from a lost slot and counts. A claim
 * of the last readable slot goes on, unless both its file and its holder's memory of it are gone: then its release was acknowledged.
 */
import { findLease, type Holdings, type Moment } from './claims.ts'
import { resourceKey } from './names.ts'
import type { Change, Lease, Slot } from './records.ts'
import { formatInstant, parseInstant } from './time.ts'

/** What a session remembers to hold. */
export interface Memory {
  session: string
  resource_type: string
  resource_name: string
  claim_id: string
  token: number
}

interface Traces {
  /** The last slot that can be read, null for none, and how many above it can't. */
  last: Slot | null
  unreadable: number
  /** Our own claim files of the domain. */
  files: Lease[]
  memories: Memory[]
}

/** One slot grants one token; of type `file` it may grant many at once, but not more than fit into a slot. */
const TOKENS_OF_FILES = 4096

/** What the domain holds now, and what changed against the last readable slot. `term_ms`: of a claim known by memory alone. */
export function mendHoldings(
  domain: string,
  traces: Traces,
  now: Moment,
  term_ms: number,
): { holdings: Holdings; changes: Change[] } {
  const { last, unreadable, files, memories } = traces
  const known = last?.counter ?? 0
  const kept = (last?.claims ?? []).filter((lease) => lease.foreign || isHeld(lease, files, memories))
  const granted = files.filter((file) => file.token > known)
  const remembered = memories
    .filter(({ token }) => token > known)
    .map((memory) => leaseOfMemory(memory, now, term_ms))
  const claims = newest([...kept.map((lease) => prolonged(lease, files)), ...granted, ...remembered])
  const tokens = [...files, ...memories, ...claims].map(({ token }) => token).filter(Number.isSafeInteger)
  const begin = last ? known : Math.floor(now.wall / 1000)
  const step = domain === 'file' ? TOKENS_OF_FILES : 1
  const counter = Math.max(begin, ...tokens) + unreadable * step + 1
  const changes = claims.filter((lease) => findLease(last?.claims ?? [], lease)?.token !== lease.token)
  return { holdings: { claims, counter }, changes: changes.map(changeOf) }
}

/** A transfer keeps the id of a claim, so that the token counts too. */
const isOf = (one: { claim_id: string; token: number }, lease: Lease) =>
  one.claim_id === lease.claim_id && one.token === lease.token

function isHeld(lease: Lease, files: Lease[], memories: Memory[]): boolean {
  return files.some((file) => isOf(file, lease)) || memories.some((memory) => isOf(memory, lease))
}

/** A claim that a lost slot prolonged: its file tells the later end. */
function prolonged(lease: Lease, files: Lease[]): Lease {
  const file = files.find((each) => isOf(each, lease))
  const later = (parseInstant(file?.expires_at) ?? 0) > (parseInstant(lease.expires_at) ?? 0)
  return file && later ? { ...lease, ...file, term_ms: lease.term_ms } : lease
}

/** One claim of each resource: that of the highest token. */
function newest(leases: Lease[]): Lease[] {
  const found = new Map<string, Lease>()
  for (const lease of leases) {
    const key = resourceKey(lease.resource_type, lease.resource_name)
    if (lease.token > (found.get(key)?.token ?? -1)) found.set(key, lease)
  }
  return [...found.values()]
}

function leaseOfMemory(memory: Memory, now: Moment, term_ms: number): Lease {
  const { session, ...rest } = memory
  return {
    ...rest,
    claimed_by: session,
    claimed_at: formatInstant(now.wall),
    expires_at: formatInstant(now.wall + term_ms),
    renew: true,
    term_ms,
    clock: null,
  }
}

const changeOf = ({ resource_type, resource_name, claimed_by, claim_id, token }: Lease): Change => ({
  act: 'mend',
  resource_type,
  resource_name,
  claimed_by,
  claim_id,
  token,
})

/** What stands in the place of an unreadable slot below the head: nothing but the chain, from its neighbours. */
export function fillerSlot(before: Slot | null, after: Slot | null, op_id: string, at: string): Slot {
  const near = before ?? after
  return {
    version: 1,
    op: 'unreadable',
    at,
    by: 'coord',
    op_id: after?.prev_op ?? op_id,
    prev_op: before?.op_id ?? null,
    counter: near?.counter ?? 0,
    changes: [],
    claims: near?.claims ?? [],
  }
}
