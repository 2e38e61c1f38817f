/**
 * What a ref of a remote holds for a domain of claims: a slot as in the local ledger, numbered, with the leases of all machines. The paths
 * of the domain `file` are spread over several refs (shards) by the areas that they lie in, so that clones at work in different parts of
 * the tree do not wait for each other; a glob stands in the shards of its areas, or in all.
 */
import { areasOf } from '../areas.ts'
import { isTooDeep } from '../depth.ts'
import { isMachine } from '../machines/names.ts'
import { isSessionId, resourceKey } from '../names.ts'
import type { Lease, Slot } from '../records.ts'
import { isRecord } from '../shapes.ts'
import { parseInstant } from '../time.ts'

/**
 * A slot at a remote: `n` counts the moves of its ref, `machine` made this one; `born` names the ref's beginning, `past` the moves before
 * `prev_op`, the newest first.
 */
export type FarSlot = Slot & {
  n: number
  machine: string
  born?: string
  past?: string[]
  forced?: Forced[]
}

/** A claim that went by force, remembered over some moves of its ref: who did it, on which machine, and why. */
export interface Forced {
  claim_id: string
  by: string
  machine: string
  reason?: string
}

/**
 * A lease as the rooms of several machines know it: `machine` once a remote took it; `provisional` while it did not take the claim as it is
 * here; `taken_until` while it knows an earlier end than the room; `set_back` where it had taken the claim and lost it.
 */
export type FarLease = Lease & {
  machine?: string
  provisional?: boolean
  taken_until?: string
  set_back?: boolean
}

/** Whether the remote has not taken all of a lease. */
export const isWaiting = ({ provisional, taken_until }: FarLease) =>
  provisional === true || taken_until !== undefined

/** A lease as it is to be told: past the end that the remote knows it is provisional, whatever the room says. `now`: epoch ms. */
export function told<L extends Lease>(lease: L, now: number): L & { provisional?: boolean } {
  const known = parseInstant((lease as FarLease).taken_until)
  return known !== null && known <= now ? { ...lease, provisional: true } : lease
}

/** A lease without what says that something of it waits for the remote. */
export function unmarked({ provisional: _, taken_until: __, set_back: ___, ...lease }: FarLease): FarLease {
  return lease as FarLease
}

const TERM_MAX = 400 * 86_400_000

/** The slot in a text from outside, or null: a lease that could mislead makes the whole slot unreadable, as one left out would be lost. */
export function readFarSlot(text: string): FarSlot | null {
  try {
    return isTooDeep(text) ? null : farSlotOf(JSON.parse(text))
  } catch {
    return null
  }
}

/** The same of a value that is not too deep. */
export function farSlotOf(slot: unknown): FarSlot | null {
  if (!isRecord('slot', slot)) return null
  const { n, machine, counter, claims } = slot as FarSlot
  const counted =
    Number.isSafeInteger(n) && n > 0 && Number.isSafeInteger(counter) && counter >= 0 && counter < 1e14
  return counted && isMachine(machine) && claims.every(isSane) ? (slot as FarSlot) : null
}

function isSane(lease: FarLease): boolean {
  const { claimed_by, resource_type, resource_name, token, term_ms, expires_at, machine, claim_id } = lease
  const named =
    isSessionId(claimed_by) && /^[a-z][a-z0-9_]{0,31}$/.test(resource_type) && isName(resource_name)
  const timed = parseInstant(expires_at) !== null && term_ms > 0 && term_ms < TERM_MAX
  return (
    named &&
    timed &&
    isMachine(machine) &&
    Number.isSafeInteger(token) &&
    token < 1e14 &&
    claim_id.length < 100
  )
}

const isName = (name: string) =>
  name.length > 0 && name.length <= 1024 && !/[\u0000-\u001f\u007f-\u009f]/.test(name)

type Hash = (text: string) => string
interface Named {
  resource_type: string
  resource_name: string
  glob?: boolean | null | undefined
}

/**
 * In which shards of its domain a resource stands: those of its areas, of which a path has one; all for what may lie in any area. Two that
 * can mean one file share a shard. Other domains have but one. `compile` reads a glob.
 */
export function shardsOf(resource: Named, shards: number, compile: Parameters<typeof areasOf>[1]): number[] {
  if (resource.resource_type !== 'file' || shards === 1) return [0]
  const areas = areasOf(resource, compile)
  if (!areas) return Array.from({ length: shards }, (_, at) => at)
  return [...new Set(areas.map((area) => spread(area) % shards))]
}

/** A number for a text, spread evenly: FNV-1a over its UTF-16 units, its upper half mixed into the lower. */
function spread(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** The ref of a shard of a domain below a prefix. Names are hashed: a ref can't hold them all, and they need not stand in the open. */
export function refOf(prefix: string, domain: string, shard: number, hash: Hash): string {
  if (domain === 'file') return `${prefix}/claims/file/${shard.toString(16).padStart(2, '0')}`
  return `${prefix}/claims/one/${hash(domain).slice(0, 32)}`
}

/** Whether a ref has the name of one that holds claims: the remote lists what only ends alike as well. */
export const isClaimRef = (prefix: string, ref: string): boolean =>
  ref.startsWith(`${prefix}/claims/`) &&
  /^(file\/[0-9a-f]{2}|one\/[0-9a-f]{32})$/.test(ref.slice(`${prefix}/claims/`.length))

/** Two leases as one thing that was seen: the same claim with the same end and token. */
export const sightOf = ({ claim_id, token, expires_at }: Lease) => `${claim_id} ${token} ${expires_at}`

/** Whether two leases are of one resource. */
export const isSameResource = (one: Named, other: Named) =>
  resourceKey(one.resource_type, one.resource_name) === resourceKey(other.resource_type, other.resource_name)
