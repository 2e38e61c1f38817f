/**
 * Who may take a lease, and who may count on it, by whatever clock they look: the same boot with its wall clock set, the machine after
 * a restart, another time namespace, another host whose clock is wrong.
 */
import { describe, expect, test } from 'vitest'
import { decideClaim, decideRenew, isExpired, type Moment, timeLeft } from '../../src/protocol/claims.ts'
import { liveness } from '../../src/protocol/sessions.ts'
import { CONFIG, HOUR, holdings, iso, lease, MARGIN, MINUTE, NOW, SECOND, session } from './samples.ts'

const TERM = HOUR
const STEP_10MS = 10
/** An hour from NOW, as a clock that is off by `skew` and counts boot time as `boot` would grant it. */
function granted(skew = 0, boot: Moment['boot'] = { id: 'boot-1/time-1', ms: 1_000_000 }) {
  const wall = NOW + skew
  const wish = { by: 'one', resources: [{ resource_type: 'droplet', resource_name: 'church' }], renew: true }
  const all = { ...wish, term_ms: TERM, claim_ids: ['c'], fields: {} }
  const decision = decideClaim({ claims: [], counter: 7 }, all, { wall, boot }, MARGIN, () => null)
  if (decision.kind !== 'append') throw new Error('not granted')
  return decision.result[0]!.claim
}

/** Who looks: by the holder's own boot clock, or by one that says nothing about it. */
const LOOKERS: Record<string, (after: number) => Moment['boot']> = {
  'the same boot': (after) => ({ id: 'boot-1/time-1', ms: 1_000_000 + after }),
  'the machine after a restart': (after) => ({ id: 'boot-2/time-1', ms: 20_000 + after }),
  'a time namespace that is far ahead': (after) => ({ id: 'boot-1/time-2', ms: 90 * 24 * HOUR + after }),
  'a time namespace that is far behind': (after) => ({ id: 'boot-1/time-3', ms: after }),
  'another host': (after) => ({ id: 'boot-9/time-1', ms: 5_000_000 + after }),
  'a machine without a boot clock': () => null,
}
const STEPS = [-HOUR, -10 * MINUTE, -30 * SECOND, 0, 30 * SECOND, 10 * MINUTE, HOUR]
/** How long after the grant, in true time. */
const WHEN = [
  ...[0, 1, MINUTE, TERM / 2, TERM - 10 * MINUTE, TERM - MARGIN, TERM - 1],
  ...[TERM, TERM + STEP_10MS, TERM + MARGIN, TERM + 11 * MINUTE, 2 * TERM, 2 * TERM + MARGIN, 3 * TERM],
]
const table = Object.keys(LOOKERS).flatMap((who) => STEPS.map((step) => [who, step] as const))
const seen = (who: string, step: number, after: number): Moment => ({
  wall: NOW + after + step,
  boot: LOOKERS[who]!(after),
})
const ofBoot = (who: string) => who === 'the same boot'

describe.each(table)('%s, its wall clock set by %i ms', (who, step) => {
  const early = ofBoot(who) ? 0 : Math.max(0, step - MARGIN)
  const late = ofBoot(who) ? STEP_10MS : Math.max(0, MARGIN - step)

  test('takes no lease before its end, but by what its clock is more off than the margin', () => {
    for (const after of WHEN.filter((after) => after < TERM - early))
      expect(isExpired(granted(), seen(who, step, after), MARGIN), `after ${after}`).toBe(false)
  })

  test('may take it when the end, the margin and what its clock is behind have passed, and ever after', () => {
    for (const after of WHEN.filter((after) => after >= TERM + late))
      expect(isExpired(granted(), seen(who, step, after), MARGIN), `after ${after}`).toBe(true)
  })

  test('and whoever may take it is granted it with a greater token, all others are refused', () => {
    for (const after of WHEN) {
      const now = seen(who, step, after)
      const ask = {
        by: 'two',
        resources: [lease()],
        term_ms: TERM,
        claim_ids: ['d'],
        renew: true,
        fields: {},
      }
      const decision = decideClaim(holdings(granted()), ask, now, MARGIN, () => null)
      if (isExpired(granted(), now, MARGIN)) {
        if (decision.kind !== 'append') throw new Error('not granted')
        expect(decision.result[0]!.claim.token).toBeGreaterThan(granted().token)
      } else expect(decision).toMatchObject({ kind: 'refuse', code: 'held' })
    }
  })
})

describe.each(STEPS)('a holder whose wall clock was set by %i ms', (step) => {
  const ask = { by: 'one', resource: lease(), token: null, term_ms: TERM }

  test('renews until the end of its lease and not after it, for a whole term on both clocks', () => {
    for (const after of WHEN) {
      const now = seen('the same boot', step, after)
      const decision = decideRenew(holdings(granted()), ask, now, [])
      if (after >= TERM + STEP_10MS) {
        expect(decision, `after ${after}`).toMatchObject({ kind: 'refuse', code: 'lost' })
        continue
      }
      const renewed = decision.kind === 'refuse' ? null : decision.result
      if (!renewed) throw new Error(`refused after ${after}`)
      expect(renewed.token).toBe(granted().token)
      expect(timeLeft(renewed, now)).toBeGreaterThanOrEqual(TERM)
      for (const other of ['another host', 'the machine after a restart'])
        expect(isExpired(renewed, seen(other, 0, after + TERM - 1 + Math.min(0, step)), MARGIN)).toBe(false)
    }
  })

  test('is not cut short by a longest term that its clock says is over', () => {
    const until = NOW + TERM
    const now = seen('the same boot', step, TERM / 2)
    const decision = decideRenew(holdings(granted()), { ...ask, until }, now, [])
    const left = decision.kind === 'refuse' ? null : timeLeft(decision.result, now)
    expect(left).toBeGreaterThanOrEqual(TERM / 2)
  })
})

describe.each(STEPS)('leases of a host whose clock is off by %i ms', (skew) => {
  const foreign = granted(skew, { id: 'boot-9/time-1', ms: 5_000_000 })
  const here = (after: number) => seen('the same boot', 0, after)

  test('are never taken early by more than the skew beyond the margin, nor stuck beyond skew and margin', () => {
    const early = Math.max(0, -skew - MARGIN)
    const free = TERM + skew + MARGIN
    expect(isExpired(foreign, here(TERM - early - 1), MARGIN)).toBe(false)
    expect(isExpired(foreign, here(free), MARGIN)).toBe(true)
    expect(isExpired(foreign, here(free - 1), MARGIN)).toBe(false)
  })

  test('are safe where the margin is as large as the skew', () => {
    expect(isExpired(foreign, here(TERM - 1), Math.abs(skew))).toBe(false)
    expect(isExpired(foreign, here(TERM + 2 * Math.abs(skew)), Math.abs(skew))).toBe(true)
  })

  test('of the usual term, renewed at its half, are not taken by an hour', () => {
    const usual = { ...foreign, term_ms: 4 * HOUR, expires_at: iso(NOW + skew + 4 * HOUR) }
    expect(isExpired(usual, here(2 * HOUR), MARGIN)).toBe(false)
  })
})

test.each(STEPS)(
  'the age of a session is never negative, and a clock set by %i ms proves nobody dead',
  (step) => {
    for (const process of ['alive', 'unknown'] as const) {
      const seen = liveness(session('one'), NOW, process, NOW + step, CONFIG.sessions)
      expect(seen.age_ms).toBe(Math.max(0, step))
      expect(seen.level).not.toBe('ended')
      if (process === 'alive') expect(seen.level).not.toBe('gone')
      expect(seen.reason).not.toMatch(/-\d/)
    }
  },
)
