/** What a process of the model does: acts of the product, on one resource, by the product's own decisions. */
import {
  type Decision,
  decideClaim,
  decideRelease,
  decideRenew,
  type Holdings,
  type Moment,
} from '../../src/protocol/claims.ts'
import { decideTransfer } from '../../src/protocol/transfers.ts'

export type Act = 'claim' | 'renew' | 'release' | 'transfer'

export const CHURCH = { resource_type: 'droplet', resource_name: 'church' }
const TERM_MS = 50_000
const BASE = Date.parse('2026-11-20T10:00:00.000Z')

export const nameOf = (i: number) => `p${i}`

/** A time of the model, in seconds, on both clocks. */
export const momentAt = (time: number): Moment => ({
  wall: BASE + time * 1000,
  boot: { id: 'b', ms: time * 1000 },
})

/** What a process may begin: whoever holds renews or gives away, the others claim. */
export const actsOf = (kinds: Act[], holds: boolean) => kinds.filter((kind) => (kind === 'claim') !== holds)

/** What a process decides, seeing these holdings. A transfer goes to the next process. */
export function decide(
  act: Act,
  i: number,
  of: number,
  serial: number,
  token: number | null,
  holdings: Holdings,
  now: Moment,
): Decision<unknown> {
  const ask = { by: nameOf(i), resource: CHURCH, token }
  if (act === 'renew') return decideRenew(holdings, { ...ask, term_ms: TERM_MS }, now, [])
  if (act === 'release') return decideRelease(holdings, { ...ask, force: null }, [])
  if (act === 'transfer') {
    const to = nameOf((i + 1) % of)
    return decideTransfer(
      holdings,
      { by: ask.by, to, resources: [CHURCH], handoff: 'h', host: null },
      now,
      [],
    )
  }
  const wish = {
    by: ask.by,
    resources: [CHURCH],
    term_ms: TERM_MS,
    claim_ids: [`c${i}.${serial}`],
    renew: true,
    fields: {},
  }
  return decideClaim(holdings, wish, now, 0, () => null)
}
