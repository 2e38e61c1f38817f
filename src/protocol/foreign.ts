/**
 * Claim files that others wrote: the seed's scripts know no ledger, so their files are *adopted* into it while they last,
 * and the absence of such a file is its release. Our own files are only a projection of the ledger and never adopted,
 * unless the ledger itself is gone.
 */
import { append, type Decision, findLease, type Holdings, type Resource } from './claims.ts'
import type { Config } from './config.ts'
import { resourceKey } from './names.ts'
import type { Claim, Lease } from './records.ts'
import { formatInstant, parseInstant } from './time.ts'

/** Whether a claim file was written by coord. */
export function isNative(claim: Claim): boolean {
  return typeof claim.claim_id === 'string' && claim.claim_id !== ''
}

/**
 * A claim file as a lease. Ours keeps its id and token; a script's has no token yet (0), and where its `expires_at` is
 * missing or bad, the default term from `claimed_at` (that too missing: from `fallback`, epoch ms).
 */
export function leaseOfFile(claim: Claim, limits: Config['claims'], fallback: number): Lease {
  const claimed = parseInstant(claim.claimed_at) ?? fallback
  const expires = parseInstant(claim.expires_at) ?? claimed + limits.defaultFor
  const native = isNative(claim)
  const lease: Lease = {
    ...claim,
    claimed_at: claim.claimed_at ?? formatInstant(claimed),
    expires_at: claim.expires_at?.length === 24 && native ? claim.expires_at : formatInstant(expires),
    claim_id: native ? claim.claim_id! : `script-${claim.claimed_by}-${claim.claimed_at ?? ''}`,
    token: native ? (claim.token ?? 0) : 0,
    renew: native && claim.renew !== false,
    term_ms: Math.max(1, expires - claimed),
    clock: null,
  }
  if (!native) lease.foreign = true
  return lease
}

/** The claim that people and scripts read: the lease without the ledger's own bookkeeping. */
export function toClaim(lease: Lease): Claim {
  const { term_ms: _term, clock: _clock, foreign: _foreign, ...claim } = lease
  return claim
}

/**
 * A domain's holdings with what the visible file of one resource says: an adopted claim whose file is gone is released; a
 * script's file that the ledger does not know is put in with token 0 (`unknown`), to be adopted or taken over. With
 * `rmReleases` (compat.rmReleases, and the claim is old enough for its file to be there) a missing file of ours is a release.
 */
export function reconcile(
  holdings: Holdings,
  resource: Resource,
  visible: Lease | null,
  rmReleases = false,
): { holdings: Holdings; unknown: Lease | null } {
  const held = findLease(holdings.claims, resource)
  const script = visible?.foreign ? visible : null
  const kept = held?.foreign ? held.claim_id === script?.claim_id : visible !== null || !rmReleases
  if (held && kept) return { holdings, unknown: null }
  const others = holdings.claims.filter((claim) => claim !== held)
  return { holdings: { ...holdings, claims: script ? [...others, script] : others }, unknown: script }
}

/** Take a script's claim into the ledger, so that it has a token; its file stays as it is. */
export function adopt(head: Holdings, foreign: Lease): Decision<Lease> {
  const held = findLease(head.claims, foreign)
  const counter = head.counter + 1
  const claim = { ...foreign, token: counter }
  return append('adopt', { ...head, counter }, held ?? null, claim, claim)
}

/** The claims that count: the ledgers' own, and script files that no ledger knows. `files` are all claim files. */
export function mergeClaims(ledgers: Lease[], files: Lease[]): { leases: Lease[]; drifted: Lease[] } {
  const visible = new Map(files.map((file) => [keyOf(file), file]))
  const kept = ledgers.filter(
    (lease) => !lease.foreign || visible.get(keyOf(lease))?.claim_id === lease.claim_id,
  )
  const known = new Map(kept.map((lease) => [keyOf(lease), lease]))
  const scripts = files.filter((file) => file.foreign && !known.has(keyOf(file)))
  const drifted = kept.filter((lease) => !isPublished(lease, visible.get(keyOf(lease))))
  return { leases: [...kept, ...scripts], drifted }
}

/** Whether a claim file tells the claim of its ledger: a transfer keeps the claim's id and changes the token. A script's has none. */
export const isPublished = (lease: Lease, file?: Pick<Claim, 'claim_id' | 'token'>) =>
  file?.claim_id === lease.claim_id && (lease.foreign === true || file.token === lease.token)

const keyOf = (lease: Lease) => resourceKey(lease.resource_type, lease.resource_name)
