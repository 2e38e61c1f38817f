/** Claims to try things on, without the operations above them. */
import { expect } from 'vitest'
import type { Head } from '../../src/protocol/ledger.ts'
import type { Claim, Lease, Slot } from '../../src/protocol/records.ts'
import { publish } from '../../src/store/claims.ts'
import { append, readHead } from '../../src/store/ledger.ts'
import { createWorld, EPOCH } from '../helpers/world.ts'

const NOW = EPOCH
const HOUR = 3_600_000
export const resource = (resource_name: string, resource_type = 'droplet') => ({
  resource_type,
  resource_name,
})

/** A lease of an hour, held by session `one`. */
export function lease(resource_name: string, more: Partial<Lease> = {}): Lease {
  return {
    ...resource(resource_name),
    claimed_by: 'one',
    claimed_at: new Date(NOW).toISOString(),
    expires_at: new Date(NOW + HOUR).toISOString(),
    claim_id: `id-${resource_name}`,
    token: 7,
    renew: true,
    term_ms: HOUR,
    clock: null,
    ...more,
  }
}

/** A claim file as the seed's scripts write it. */
export const script = (name: string, more: Partial<Claim> = {}) =>
  JSON.stringify({ claimed_by: 'script', claimed_at: '2026-11-20T09:00:00Z', ...resource(name), ...more })

/** A room whose domains can be made to hold claims. */
export function createClaims() {
  const world = createWorld()
  const room = world.as(null).room()
  /** Let a domain hold some claims, as a transition would, and publish one resource of it. */
  const hold = (name: string, claims: Lease[], of: ReturnType<typeof resource>, before: Lease[] = []) => {
    const head = readHead(room, name)
    const op_id = `op${head.n}`
    const prev_op = head.slot?.op_id ?? null
    const slot: Slot = {
      version: 1,
      op: 'claim',
      at: '',
      by: 'one',
      op_id,
      prev_op,
      counter: 9,
      changes: [],
      claims,
    }
    expect(append(room, name, head, slot)).toBe(true)
    const appended: Head = { n: head.n + 1, slot }
    publish(room, name, [of], before, appended)
    return appended
  }
  const problems = () => room.problems.map(({ path, kind }) => `${kind} ${path}`)
  return { world, room, hold, problems }
}
