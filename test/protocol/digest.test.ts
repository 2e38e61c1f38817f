import fc from 'fast-check'
import { expect, test } from 'vitest'
import { boardView } from '../../src/protocol/board.ts'
import { digestOf } from '../../src/protocol/digest.ts'
import { findNeeds } from '../../src/protocol/needs.ts'
import { look } from '../../src/protocol/picture.ts'
import type { Session } from '../../src/protocol/records.ts'
import { indexText } from '../../src/protocol/summary.ts'
import { CONFIG, iso, lease, MINUTE, moment, NOW, records } from './samples.ts'

const text = fc.constantFrom('one', 'two words', '*bold*', '')
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 3 })
const time = fc.integer({ min: -90, max: 5 }).map((minutes) => iso(NOW + minutes * MINUTE))
const instant = fc.oneof({ arbitrary: time, weight: 5 }, { arbitrary: fc.constant('junk'), weight: 1 })
const last = fc.record(
  {
    timestamp: instant,
    action: fc.constantFrom('building', 'testing', 'blocked', 'idle'),
    phase: text,
    progress: fc.constantFrom('30%', null),
    message: text,
    files_touched: fc.array(fc.constantFrom('a.ts', 'b.ts'), { maxLength: 2 }),
    next_action: text,
  },
  { requiredKeys: [] },
)
const facts = fc.record(
  {
    status: fc.constantFrom('active', 'completed', 'abandoned'),
    name: fc.constantFrom('ann', 'bob', 'x y'),
    current_work: maybe(text),
    capabilities: fc.array(text),
    started_at: maybe(instant),
    last_heartbeat: maybe(instant),
    last_seen: maybe(instant),
    state: maybe(fc.constantFrom('working', 'idle', 'blocked', 'error', 'waiting', 'completed', 'odd')),
    last: maybe(last),
    waiting_for: maybe(fc.record({ type: fc.constant('task'), name: fc.constantFrom('r0', 'r1', 'r2') })),
    context: maybe(fc.record({ percentage: fc.integer({ min: 0, max: 100 }) })),
    agents: maybe(fc.record({ active: fc.nat(3) })),
    load: maybe(fc.constant({ load_avg: 1 })),
    agent: maybe(fc.record({ vendor: fc.constantFrom('claude', ''), model: fc.constant('m') })),
    cwd: text,
    branch: text,
    odd: text,
  },
  { requiredKeys: [] },
)
const sessions = fc
  .array(facts, { maxLength: 6 })
  .map((all): Session[] => all.map((each, i) => ({ ...each, session_id: `s${i}` })))

function told(seen: Session[], whole: (session: Session) => Session, texts: Map<string, string>) {
  const leases = [0, 1, 2].map((i) =>
    lease({ resource_type: 'task', resource_name: `r${i}`, claimed_by: `s${i}`, expires_at: iso(NOW + i) }),
  )
  const picture = look(records({ sessions: seen, leases, whole }), moment(), CONFIG)
  const needs = findNeeds(picture)
  return { board: boardView(picture, needs, 3_600_000), needs, index: indexText(picture, texts) }
}

test('digests tell the same needs, index and board as the whole records', () => {
  fc.assert(
    fc.property(sessions, (all) => {
      const byId = new Map(all.map((each) => [each.session_id, each]))
      const texts = new Map(all.map((each) => [each.session_id, JSON.stringify(each)]))
      const digests = all.map((each) => digestOf(each))
      const fromDigests = told(digests, ({ session_id }) => byId.get(session_id)!, texts)
      expect(fromDigests).toEqual(told(all, (session) => session, texts))
    }),
    { numRuns: 500 },
  )
})

test('the digest of a session at work is a fraction of its record', () => {
  const work = { action: 'building', target: 'x', phase: 'BUILD', files_touched: [], next_action: 'more' }
  const whole = { session_id: 's', last_seen: iso(NOW), state: 'working', cwd: '/home/x', last: work }
  expect(digestOf(whole)).toEqual({ session_id: 's', last_seen: iso(NOW), state: 'working' })
})
