/** What the old holder of a claim is told when its lease was over and another session took the resource. */
import { nameOf } from './names.ts'
import type { Lease } from './records.ts'

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
