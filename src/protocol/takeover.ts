/** What the old holder of a claim is told when another session took the resource, or took it away. */
import { nameOf } from './names.ts'
import type { Change, Lease } from './records.ts'

/** The message from `by`, who holds `claim` now, to the holder of `old`; without its time. */
export function takenOver(by: string, claim: Lease, old: Lease) {
  const { resource_type, resource_name } = old
  return {
    from: by,
    to: old.claimed_by,
    type: 'claim_taken_over',
    subject: `${nameOf(old)} is mine now: your lease was over`,
    details: {
      resource_type,
      resource_name,
      your_token: old.token,
      token: claim.token,
      expired_at: old.expires_at,
    },
    priority: 'high',
  }
}

/** The message from `by`, who released `claim` by force, to its holder; without its time. */
export function forcedAway(by: string, claim: Lease | Change, reason: string) {
  const { claimed_by, resource_type, resource_name, token } = claim
  return {
    from: by,
    to: claimed_by,
    type: 'claim_forced',
    subject: `${nameOf(claim)} was released by force: ${reason}`,
    details: { resource_type, resource_name, your_token: token, reason },
    priority: 'high',
  }
}
