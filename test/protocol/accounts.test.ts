import { describe, expect, test } from 'vitest'
import { accountOf, isHookCost } from '../../src/protocol/hooks/accounts.ts'
import { lineOf, readLineFacts } from '../../src/protocol/hooks/statusline.ts'
import { look } from '../../src/protocol/picture.ts'
import { CONFIG, lease, moment, records, session } from './samples.ts'

const cost = (ms: number, bytes = 0) => ({ at: '2026-11-20T10:00:00.000Z', event: 'prompt', ms, bytes })

describe('accounts', () => {
  test.each([
    [[], { count: 0, p50_ms: 0, p95_ms: 0, total_ms: 0, bytes: 0 }],
    [[cost(7, 3)], { count: 1, p50_ms: 7, p95_ms: 7, total_ms: 7, bytes: 3 }],
    [
      Array.from({ length: 100 }, (_, i) => cost(100 - i, 1)),
      { count: 100, p50_ms: 50, p95_ms: 95, total_ms: 5050, bytes: 100 },
    ],
  ])('%# are counted, with percentiles that occurred', (costs, account) => {
    expect(accountOf(costs)).toEqual(account)
  })

  test('what is no line of accounts is left out', () => {
    const good = cost(1)
    expect([good, null, 7, {}, { ...good, ms: '1' }, { ...good, bytes: -1 }].filter(isHookCost)).toEqual([
      good,
    ])
  })
})

describe('the status line', () => {
  const payload = {
    session_id: 'a',
    model: { id: 'opus', display_name: 'Opus' },
    workspace: { current_dir: '/repo' },
    cost: { total_cost_usd: 1.5 },
    context_window: { used_percentage: 42.5, context_window_size: 200_000, total_input_tokens: 85_000 },
  }

  test('its payload is read as documented, and whatever is missing or null', () => {
    expect(readLineFacts(payload)).toEqual({
      ...{ agent_session: 'a', cwd: '/repo', model: 'opus', cost_usd: 1.5 },
      context: { percentage: 42.5, current_tokens: 85_000, total_tokens: 200_000 },
    })
    const bare = { agent_session: 'a', cwd: null, model: null, context: null, cost_usd: null }
    const nothing = {
      session_id: 'a',
      model: null,
      workspace: [],
      cost: 7,
      context_window: { used_percentage: null },
    }
    expect([readLineFacts({ session_id: 'a' }), readLineFacts(nothing)]).toEqual([bare, bare])
    expect(readLineFacts({})).toBeNull()
  })

  test('says who one is, who else is here, what one holds and what is unread, in one line', () => {
    const me = session('me', { name: 'me' })
    const alone = look(records({ sessions: [me] }), moment(), CONFIG)
    expect(lineOf(alone, 'me', 0)).toBe('me · alone')
    const leases = [lease({ claimed_by: 'me' }), lease({ claimed_by: 'me', resource_name: 'b\u001b[2J' })]
    const busy = look(records({ sessions: [me, session('ann')], leases }), moment(), CONFIG)
    expect(lineOf(busy, 'me', 2)).toMatch(/^me · 1 other · holds droplet\/\S+ \+1 · 2 unread$/)
  })
})
