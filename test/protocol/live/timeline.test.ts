import { expect, test } from 'vitest'
import type { Act } from '../../../src/protocol/history.ts'
import { lanesOf, type Told, ticksOf } from '../../../src/protocol/live/timeline.ts'
import type { Lease, Session, Slot } from '../../../src/protocol/records.ts'
import { formatInstant } from '../../../src/protocol/time.ts'

const MINUTE = 60_000
const T0 = Date.parse('2026-11-20T10:00:00.000Z')
const LIMITS = { staleAfter: 5 * MINUTE, goneAfter: 30 * MINUTE }
const span = { from: T0, to: T0 + 60 * MINUTE }
const at = (minutes: number) => formatInstant(T0 + minutes * MINUTE)
const clock = (iso: string) => iso.slice(11, 16)

/** Acts as `minutes state/phase event`. */
function acts(id: string, ...texts: string[]): [string, Act[]] {
  const all = texts.map((text): Act => {
    const [minutes, said, event] = text.split(' ')
    const [status, phase] = said!.split('/')
    const metadata = { event: event ?? 'heartbeat', ...(phase ? { phase } : {}) }
    const time = T0 + Number(minutes) * MINUTE
    return {
      id,
      time,
      line: { timestamp: formatInstant(time), session: id, status: status!, message: text, metadata },
    }
  })
  return [id, all]
}

const told = (more: Partial<Told>): Told => ({
  ...{ sessions: [], acts: new Map(), domains: new Map(), leases: [], labels: new Map() },
  ...more,
})
const lanes = (more: Partial<Told>, most = 100) => lanesOf(told(more), span, LIMITS, most)

/** A lane's phases and gaps as `10:00-10:05 working/BUILD`. */
function drawn(more: Partial<Told>) {
  const [lane] = lanes(more).lanes
  const text = ({ from, to }: { from: string; to: string }) => `${clock(from)}-${clock(to)}`
  return {
    phases: lane?.phases.map((bar) => `${text(bar)} ${bar.status}${bar.phase ? `/${bar.phase}` : ''}`),
    gaps: lane?.gaps.map(text),
    ended: lane?.ended,
  }
}

test.each<[string, string[], { phases: string[]; gaps: string[]; ended: boolean }]>([
  [
    'one phase goes on over its heartbeats',
    ['0 working/BUILD', '4 working', '8 working/BUILD', '56 working/BUILD'],
    {
      phases: ['10:00-10:13 working/BUILD', '10:56-11:00 working/BUILD'],
      gaps: ['10:13-10:56'],
      ended: false,
    },
  ],
  [
    'another state or phase is another bar',
    ['50 working/BUILD', '53 working/TEST', '57 blocked'],
    {
      phases: ['10:50-10:53 working/BUILD', '10:53-10:57 working/TEST', '10:57-11:00 blocked/TEST'],
      gaps: [],
      ended: false,
    },
  ],
  [
    'what began before the span is cut to it',
    ['-3 working/BUILD', '58 working'],
    {
      phases: ['10:00-10:02 working/BUILD', '10:58-11:00 working/BUILD'],
      gaps: ['10:02-10:58'],
      ended: false,
    },
  ],
  [
    'after its end there is neither phase nor silence',
    ['10 working/BUILD', '12 idle end'],
    { phases: ['10:10-10:12 working/BUILD'], gaps: [], ended: true },
  ],
  [
    'who is no session is over after half an hour of silence',
    ['10 working/BUILD'],
    { phases: ['10:10-10:15 working/BUILD'], gaps: [], ended: true },
  ],
  [
    'a new start forgets the phase of before',
    ['50 working/BUILD', '52 idle end', '55 idle start', '58 idle start'],
    { phases: ['10:50-10:52 working/BUILD', '10:55-11:00 idle'], gaps: [], ended: false },
  ],
])('%s', (_, texts, wanted) => {
  expect(drawn({ acts: new Map([acts('one', ...texts)]) })).toEqual(wanted)
})

test('a session is there up to its end, and a last sign without a line counts', () => {
  const base = { session_id: 'one', started_at: at(0) }
  const log = new Map([acts('one', '50 working/BUILD')])
  const ended = { ...base, status: 'completed', ended_at: at(52), last_seen: at(52) } as Session
  expect(drawn({ acts: log, sessions: [ended] })).toEqual({
    ...{ phases: ['10:50-10:52 working/BUILD'], gaps: [], ended: true },
  })
  const seen = { ...base, status: 'active', last_seen: at(58) } as Session
  expect(drawn({ acts: log, sessions: [seen] })).toEqual({
    ...{
      phases: ['10:50-10:55 working/BUILD', '10:58-11:00 working/BUILD'],
      gaps: ['10:55-10:58'],
      ended: false,
    },
  })
})

test('who is there comes first by its begin, who ended after, and too many are counted', () => {
  const log = new Map([
    acts('early', '1 working', '2 idle end'),
    acts('late', '10 working', '12 idle end'),
    acts('second', '40 working', '58 working'),
    acts('first', '30 working', '59 working'),
  ])
  const ids = (most?: number) => lanes({ acts: log }, most).lanes.map(({ session_id }) => session_id)
  expect(ids()).toEqual(['first', 'second', 'late', 'early'])
  expect(ids(2)).toEqual(['first', 'second'])
  expect(lanes({ acts: log }, 2).omitted).toBe(2)
})

test('claims are bars: those of before by the slots, those that are held by the leases', () => {
  const lease = {
    claimed_by: 'two',
    claimed_at: at(30),
    expires_at: at(45),
    resource_type: 'file',
    resource_name: 'a',
  }
  const held = { ...lease, token: 7, claim_id: 'c7', renew: false, term_ms: 1, clock: null } as Lease
  const before = {
    ...held,
    claimed_by: 'one',
    claimed_at: at(-10),
    expires_at: at(90),
    token: 5,
    claim_id: 'c5',
  }
  const slot = (minutes: number, claims: Lease[], act: string, by: Lease): Slot => ({
    ...{
      version: 1,
      op: act,
      at: at(minutes),
      by: by.claimed_by,
      op_id: 'x',
      prev_op: null,
      counter: 9,
      claims,
    },
    changes: [
      {
        act,
        resource_type: 'file',
        resource_name: 'a',
        claimed_by: by.claimed_by,
        claim_id: by.claim_id,
        token: by.token,
      },
    ],
  })
  const domains = new Map([
    [
      'file',
      [
        slot(-10, [before], 'claim', before),
        slot(20, [], 'release', before),
        slot(30, [held], 'claim', held),
      ].map((each, n) => ({ n: n + 1, slot: each })),
    ],
  ])
  const bars = lanes({ domains, leases: [held] }).lanes.map(({ session_id, claims }) => [
    session_id,
    claims.map(
      ({ from, to, resource_type, resource_name, ended }) =>
        `${clock(from)}-${clock(to)} ${resource_type}/${resource_name} ${ended}`,
    ),
  ])
  expect(bars).toEqual([
    ['one', ['10:00-10:20 file/a released']],
    ['two', ['10:30-10:45 file/a expired']],
  ])
})

test('a lane tells at most 400 bars, the newest, and how many it left out', () => {
  const texts = Array.from({ length: 500 }, (_, index) => `${index / 10} ${index % 2 ? 'working' : 'idle'}`)
  const [lane] = lanes({ acts: new Map([acts('one', ...texts)]) }).lanes
  expect([lane!.phases.length, lane!.omitted]).toEqual([400, 100])
  expect(lane!.phases.at(-1)!.from).toBe(at(49.9))
})

test('messages are ticks: those of the span, the newest 2,000', () => {
  const sent = (minutes: number) => ({
    message: { id: `m${minutes}`, from: 'one', to: 'broadcast', subject: 's' },
    sent: T0 + minutes * MINUTE,
  })
  expect(ticksOf([sent(5), sent(-1), sent(61), sent(3)], span)).toEqual({
    messages: [3, 5].map((minutes) => ({
      id: `m${minutes}`,
      from: 'one',
      to: 'broadcast',
      at: at(minutes),
      subject: 's',
    })),
    omitted: 0,
  })
  const many = Array.from({ length: 2500 }, (_, index) => sent(index / 100))
  expect(ticksOf(many, span)).toMatchObject({ omitted: 500 })
})
