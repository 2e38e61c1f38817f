/** How long a claim of one's own lasts, in words. */
import type { ShownClaim } from '../../operations/views.ts'
import { nameOf } from '../../protocol/names.ts'
import { formatClock, formatSpan, parseInstant } from '../../protocol/time.ts'
import type { Page } from './page.ts'

/** `droplet/a until 14:00Z, in 4h (token 7)`; `provisional` beside the token while a remote has not taken it. */
export function termOf(claim: ShownClaim, { now }: Page): string {
  const until = parseInstant(claim.expires_at) ?? now
  const doubt = claim.provisional ? ', provisional' : ''
  return `${nameOf(claim)} until ${formatClock(until, now)}, in ${formatSpan(until - now)} (token ${claim.token}${doubt})`
}
