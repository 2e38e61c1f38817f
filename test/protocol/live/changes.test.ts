import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyOverviewChange, factsOf, overviewChange } from '../../../src/protocol/live/changes.ts'

const overview = {
  now: '2026-11-20T10:00:00.000Z',
  sessions: [
    { session_id: 'a', status: 'working', age_ms: 1 },
    { session_id: 'b', status: 'idle', age_ms: 2 },
  ],
  claims: [{ resource_type: 'file', resource_name: 'x', expires_in_ms: 5 }],
  messages: [{ id: '1', from: 'a', timestamp: null }],
  needs: [{ kind: 'blocked', text: 'a is blocked 1m' }],
  summary: { total_sessions: 2 },
}
const later = { ...overview, now: '2026-11-20T10:01:00.000Z' }

test.each([
  ['nothing but time went on', {}, null],
  [
    'ages are no change',
    {
      sessions: overview.sessions.map((row) => ({ ...row, age_ms: 99 })),
      needs: [{ kind: 'blocked', text: 'a is blocked 2m' }],
    },
    null,
  ],
  [
    'one row is told of one act',
    { sessions: [overview.sessions[0]!, { session_id: 'b', status: 'error', age_ms: 0 }] },
    { sessions: { set: [{ session_id: 'b', status: 'error', age_ms: 0 }], gone: [] } },
  ],
  [
    'an order of its own is told as one',
    { sessions: overview.sessions.toReversed() },
    { sessions: { set: [], gone: [], order: ['b', 'a'] } },
  ],
  ['what went is told by its key', { claims: [] }, { claims: { set: [], gone: ['file/x'], order: [] } }],
  [
    'a need whose text alone changed is told',
    { needs: [{ kind: 'blocked', text: 'a is blocked 2m: "PRODUCTION IS DOWN"' }] },
    { needs: [{ kind: 'blocked', text: 'a is blocked 2m: "PRODUCTION IS DOWN"' }] },
  ],
  ['a need that is new is told with all others', { needs: [] }, { needs: [] }],
])('%s', (_, difference, change) => {
  const told = overviewChange(overview, { ...later, ...difference } as typeof overview)
  expect(told).toEqual(change === null ? null : { now: later.now, ...change })
})

const rows = fc.uniqueArray(
  fc.record({ session_id: fc.constantFrom('a', 'b', 'c', 'd'), status: fc.constantFrom('idle', 'working') }),
  { selector: ({ session_id }) => session_id },
)

test('an overview with its change applied is the next overview', () => {
  fc.assert(
    fc.property(rows, rows, (before, after) => {
      const [one, two] = [before, after].map((sessions) => ({
        ...overview,
        sessions: sessions as typeof overview.sessions,
      }))
      const change = overviewChange(one!, two!)
      expect(change === null ? one : applyOverviewChange(one!, change)).toEqual(two)
    }),
  )
})

test.each<[string, unknown, unknown, boolean]>([
  ['hours that become hours and minutes', need('blocked 59m on x'), need('blocked 1h 1m on x'), true],
  ['a span at the end', need('a is blocked 1h'), need('a is blocked 1h 1m'), true],
  ['numbers that are no spans', need('disk 90'), need('disk 91'), false],
  [
    'conditions, as needs',
    { conditions: need('x 5m ago').needs },
    { conditions: need('x 6m ago').needs },
    true,
  ],
  ['other texts with spans', { message: 'in 5m' }, { message: 'in 6m' }, false],
  ['what others call needs', { metadata: { needs: ['5m'] } }, { metadata: { needs: ['6m'] } }, false],
  ['an age deep below', { a: [{ age_ms: 1, reason: 'x' }] }, { a: [{ age_ms: 2, reason: 'y' }] }, true],
])('%s', (_, before, after, isSame) => {
  expect(factsOf(before) === factsOf(after)).toBe(isSame)
})

function need(text: string) {
  return { needs: [{ kind: 'blocked', text }] }
}
