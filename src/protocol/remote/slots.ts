/**
 * What a ref of a remote holds for a domain of claims: a slot as in the local ledger, numbered, with the leases of all machines. The paths
 * of the domain `file` are spread over several refs (shards), so that thirty clones do not wait for one; a glob stands in all of them.
 */
import { isTooDeep } from '../depth.ts'
import { fold, isSessionId, resourceKey } from '../names.ts'
import type { Lease, Slot } from '../records.ts'
import { isRecord } from '../shapes.ts'
import { parseInstant } from '../time.ts'

/** A slot at a remote: `n` counts the moves of its ref, `machine` made this one. */
export type FarSlot = Slot & { n: number; machine: string }

/** A lease as the rooms of several machines know it: `machine` once a remote took it; `provisional` while it did not take all of it. */
export type FarLease = Lease & { machine?: string; provisional?: boolean }

/** A room's name at a remote. */
export const isMachine = (text: unknown): text is string =>
  typeof text === 'string' && /^[a-z2-7]{8}$/.test(text)

const TERM_MAX = 400 * 86_400_000

/** The slot in a text from outside, or null: a lease that could mislead makes the whole slot unreadable, as one left out would be lost. */
export function readFarSlot(text: string): FarSlot | null {
  try {
    const slot: unknown = !isTooDeep(text) && JSON.parse(text)
    if (!isRecord('slot', slot)) return null
    const { n, machine, counter, claims } = slot as FarSlot
    const counted =
      Number.isSafeInteger(n) && n > 0 && Number.isSafeInteger(counter) && counter >= 0 && counter < 1e14
    return counted && isMachine(machine) && claims.every(isSane) ? (slot as FarSlot) : null
  } catch {
    return null
  }
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

/** In which shards of its domain a resource stands: a path in one, a glob in all; other domains have but one. */
export function shardsOf(resource: Named, shards: number, hash: Hash): number[] {
  if (resource.resource_type !== 'file' || shards === 1) return [0]
  if (resource.glob) return Array.from({ length: shards }, (_, at) => at)
  return [Number.parseInt(hash(fold(resource.resource_name)).slice(0, 8), 16) % shards]
}

/** The ref of a shard of a domain below a prefix. Names are hashed: a ref can't hold them all, and they need not stand in the open. */
export function refOf(prefix: string, domain: string, shard: number, hash: Hash): string {
  if (domain === 'file') return `${prefix}/claims/file/${shard.toString(16).padStart(2, '0')}`
  return `${prefix}/claims/one/${hash(domain).slice(0, 32)}`
}

/** Two leases as one thing that was seen: the same claim with the same end and token. */
export const sightOf = ({ claim_id, token, expires_at }: Lease) => `${claim_id} ${token} ${expires_at}`

/** Whether two leases are of one resource. */
export const isSameResource = (one: Named, other: Named) =>
  resourceKey(one.resource_type, one.resource_name) === resourceKey(other.resource_type, other.resource_name)
