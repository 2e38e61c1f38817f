import { describe, expect, test } from 'vitest'
import { decideRelease, decideRenew, timeLeft } from '../../src/protocol/claims.ts'
import type { Change, Lease } from '../../src/protocol/records.ts'
import { change, HOUR, holdings, iso, lease, MINUTE, moment, NOW, rebooted, stepped } from './samples.ts'

const church = { resource_type: 'droplet', resource_name: 'church' }
const taken = lease({ claimed_by: 'two', token: 8 })

describe('renewing', () => {
  const past = [
    change('claim'),
    change('claim', { claimed_by: 'three', token: 5 }),
    change('claim', { token: 3 }),
  ]
  const ask = (by: string, token: number | null = null) => ({
    by,
    resource: church,
    token,
    term_ms: 2 * HOUR,
  })
  test.each<[string, Lease[], string, number | null, ReturnType<typeof moment>, string]>([
    ['own and live', [lease()], 'one', 7, moment(3 * HOUR), 'until 15:00'],
    ['without a token', [lease()], 'one', null, moment(3 * HOUR), 'until 15:00'],
    ['more left than asked', [lease()], 'one', 7, moment(MINUTE), 'keep'],
    ['own and expired', [lease()], 'one', 7, moment(4 * HOUR), 'lost expired'],
    ['own, expired, wall an hour behind', [lease()], 'one', 7, stepped(4 * HOUR, -HOUR), 'lost expired'],
    ['own, live, wall an hour ahead', [lease()], 'one', 7, stepped(4 * HOUR - 1, HOUR), 'until 16:59'],
    ['own, expired after a reboot', [lease()], 'one', 7, rebooted(4 * HOUR), 'lost expired'],
    ['an older token of mine', [lease()], 'one', 3, moment(3 * HOUR), 'lost token'],
    ['a token that was never mine', [lease()], 'one', 99, moment(3 * HOUR), 'not_owner token'],
    ['taken over', [taken], 'one', 7, moment(), 'lost taken'],
    ['gone', [], 'one', 7, moment(), 'lost gone'],
    ['never mine', [lease()], 'two', null, moment(), 'not_owner never'],
    ['nothing there', [], 'two', null, moment(), 'not_found nothing'],
  ])('%s', (_what, head, by, token, now, expected) => {
    const decision = decideRenew(holdings(...head), ask(by, token), now, past)
    if (decision.kind === 'keep') expect('keep').toBe(expected)
    else if (decision.kind === 'refuse') expect(`${decision.code} ${decision.why}`).toBe(expected)
    else {
      expect(`until ${decision.result.expires_at.slice(11, 16)}`).toBe(expected)
      expect(decision.result).toMatchObject({ token: 7, claim_id: 'id-1', renewed_at: iso(now.wall) })
      expect(decision.holdings).toEqual({ claims: [decision.result], counter: 7 })
    }
  })

  test('automatic renewal never goes past its cap', () => {
    const capped = decideRenew(
      holdings(lease()),
      { ...ask('one'), until: NOW + 4.5 * HOUR },
      moment(3 * HOUR),
      [],
    )
    expect(capped).toMatchObject({ kind: 'append', result: { expires_at: iso(NOW + 4.5 * HOUR) } })
    const over = decideRenew(holdings(lease()), { ...ask('one'), until: NOW + HOUR }, moment(3 * HOUR), [])
    expect(over.kind).toBe('keep')
  })

  test.each([0, 10, 20, 1000])(
    'a renewal %i ms after another lasts its whole term, from the end of the step in which the boot clock was read',
    (after) => {
      const first = decideRenew(holdings(lease()), ask('one'), moment(3 * HOUR), [])
      if (first.kind !== 'append') throw new Error(first.kind)
      const now = moment(3 * HOUR + after)
      const second = decideRenew(first.holdings, ask('one'), now, [])
      const { clock } = second.kind === 'refuse' ? lease() : second.result
      expect(clock?.expires_ms).toBeGreaterThanOrEqual(now.boot!.ms + 10 + 2 * HOUR)
    },
  )

  test('a wall clock set back does not bring the told end forward', () => {
    const decision = decideRenew(holdings(lease()), ask('one'), stepped(3 * HOUR, -2 * HOUR), [])
    expect(decision).toMatchObject({ kind: 'append', result: { expires_at: iso(NOW + 4 * HOUR) } })
    expect(decision.kind === 'append' && timeLeft(decision.result, moment(3 * HOUR))).toBeGreaterThanOrEqual(
      2 * HOUR,
    )
  })
})

describe('releasing', () => {
  const mine = change('claim')
  const released = change('release')
  const older = change('claim', { token: 3 })
  const takenBack = change('release', { claimed_by: 'two', token: 8 })
  test.each<[string, Lease[], string, number | null, string | null, Change[], string]>([
    ['own and live', [lease()], 'one', 7, null, [mine], 'release'],
    ['own, without a token', [lease()], 'one', null, null, [mine], 'release'],
    ['again', [], 'one', 7, null, [released, mine], 'already'],
    ['again, without a token', [], 'one', null, null, [released, mine], 'already'],
    ['again, another holds it now', [taken], 'one', 7, null, [released, mine], 'already'],
    ['an older token, mine again', [lease()], 'one', 3, null, [mine, older], 'lost'],
    ['an older token, released again since', [], 'one', 3, null, [released, mine, older], 'lost'],
    ['taken over', [taken], 'one', 7, null, [mine], 'lost'],
    ['taken over and released', [], 'one', 7, null, [takenBack, mine], 'lost'],
    ['forced away', [], 'one', 7, null, [change('force'), mine], 'lost'],
    ['never mine', [lease()], 'two', null, null, [mine], 'not_owner'],
    ['a token that was never mine', [lease()], 'one', 99, null, [mine], 'not_owner'],
    ['nothing there', [], 'two', null, null, [released, mine], 'not_found'],
    ['released, claimed anew, released', [lease()], 'one', null, null, [mine, released], 'release'],
    ['by force', [lease()], 'two', null, 'stuck', [mine], 'force'],
    ['by force, by a person', [lease()], 'human', null, 'stuck', [mine], 'force'],
    ['by force, but it is mine', [lease()], 'one', null, 'stuck', [mine], 'release'],
    ['by force, nothing there', [], 'two', null, 'stuck', [], 'not_found'],
  ])('%s: %j', (_what, head, by, token, force, past, expected) => {
    const decision = decideRelease(holdings(...head), { by, resource: church, token, force }, past)
    const got =
      decision.kind === 'keep' ? 'already' : decision.kind === 'refuse' ? decision.code : decision.op
    expect(got).toBe(expected)
    if (decision.kind === 'keep') expect(decision.result.already).toBe(true)
    if (decision.kind !== 'append') return
    expect(decision.holdings).toEqual({ claims: [], counter: 7 })
    expect(decision.changes).toMatchObject([
      {
        act: expected,
        claimed_by: 'one',
        token: 7,
        ...(force && expected === 'force' ? { reason: force } : {}),
      },
    ])
  })
})
