import { describe, expect, test } from 'vitest'
import { actsOf } from '../../src/protocol/history.ts'
import { firstRecord, type Kept, recordsAt } from '../../src/protocol/past.ts'
import { look } from '../../src/protocol/picture.ts'
import type { Lease, Slot, StatusLine } from '../../src/protocol/records.ts'
import { CONFIG, change, DAY, HOUR, iso, lease, MINUTE, NOW, sent, session } from './samples.ts'

function kept(given: Partial<Kept> = {}): Kept {
  return {
    sessions: [session('one', { started_at: iso(NOW) })],
    acts: new Map(),
    beats: new Map(),
    domains: new Map(),
    scripts: [],
    messages: [],
    receipts: [],
    refusals: [],
    mailboxes: new Map(),
    problems: [],
    ...given,
  }
}

const at = (after: number, given: Partial<Kept>, later = after + MINUTE) =>
  recordsAt(kept(given), NOW + after, NOW + later, CONFIG)

function slot(n: number, after: number, claims: Lease[], act = 'claim', changed = claims[0] ?? lease()) {
  const rest = { by: 'one', op_id: `${n}`, prev_op: null, counter: 9, changes: [change(act, changed)] }
  return { n, slot: { version: 1, op: act, at: iso(NOW + after), ...rest, claims } satisfies Slot }
}
const line = (event: string, after: number, message: string, token?: number): StatusLine => ({
  timestamp: iso(NOW + after),
  session: 'one',
  status: 'idle',
  message,
  metadata: { event, ...(token === undefined ? {} : { token }) },
})
const acts = (...lines: StatusLine[]) => new Map([['one', actsOf('one', lines)]])

describe('claims', () => {
  const a = lease({ token: 7 })
  const b = lease({ token: 8, claimed_by: 'two', claimed_at: iso(NOW + HOUR) })
  const domains = (...slots: { n: number; slot: Slot }[]) => new Map([['droplet-church', slots]])
  const whole = domains(slot(1, 0, [a]), slot(2, 30 * MINUTE, [], 'release', a), slot(3, HOUR, [b]))
  const cut = domains(slot(65, HOUR, [b]))

  test.each<[string, number, Kept['domains'], number[], string]>([
    ['before the first decision nothing is held', -1, whole, [], ''],
    ['from its slot on it is held', 0, whole, [7], ''],
    ['until the slot that ends it', 30 * MINUTE - 1, whole, [7], ''],
    ['then it is free', 30 * MINUTE, whole, [], ''],
    ['the last slot holds on', 2 * HOUR, whole, [8], ''],
    [
      'what was decided before the kept slots is not known',
      HOUR - 1,
      cut,
      [],
      'claims of droplet/church that ended before 11:00Z',
    ],
    [
      'but a claim in the oldest slot was held since it was made',
      0,
      domains(slot(65, HOUR, [a])),
      [7],
      'before 11:00Z',
    ],
    ['from the oldest kept slot on it is known', HOUR, cut, [8], ''],
    [
      'files are one domain',
      HOUR - 1,
      new Map([['file', [slot(65, HOUR, [b])]]]),
      [],
      'claims of files that ended before',
    ],
  ])('%s', (_what, after, given, tokens, gap) => {
    const { records, gaps } = at(after, { domains: given })
    expect(records.leases.map(({ token }) => token)).toEqual(tokens)
    if (gap === '') expect(gaps.filter((text) => text.startsWith('claims'))).toEqual([])
    else expect(gaps.join()).toContain(gap)
  })

  test.each([
    [4 * HOUR - 1, false, 1],
    [4 * HOUR, true, 0],
  ])('%i ms later, by the end that was told, the lease is over: %s', (after, expired, left) => {
    const { records, moment } = at(after, { domains: domains(slot(1, 0, [a])) })
    expect(look(records, moment, CONFIG).claims).toMatchObject([{ expired, expires_in_ms: left }])
  })

  test("a script's claim is there since it was made", () => {
    const scripts = [lease({ foreign: true, claim_id: 'script', token: 0, claimed_at: iso(NOW + MINUTE) })]
    expect(at(0, { scripts }).records.leases).toEqual([])
    expect(at(MINUTE, { scripts }).records.leases).toHaveLength(1)
  })

  const forgotten = 'one claimed droplet/church at 10:00Z (token 7)'
  test.each<[string, StatusLine[], number, string]>([
    ['of which no slot knows', [line('claim', 0, 'claimed droplet/church', 7)], HOUR, forgotten],
    [
      'given back by then',
      [line('claim', 0, 'claimed droplet/church', 7), line('release', 1, 'released droplet/church')],
      HOUR,
      '',
    ],
    [
      'of a session that ended by then',
      [line('claim', 0, 'claimed droplet/church', 7), line('end', 1, '')],
      HOUR,
      '',
    ],
    [
      'given back later',
      [line('claim', 0, 'claimed droplet/church', 7), line('release', 9, 'released droplet/church')],
      5,
      forgotten,
    ],
    [
      'while another was given back',
      [line('claim', 0, 'claimed droplet/church', 7), line('release', 1, 'released file/x')],
      HOUR,
      forgotten,
    ],
    ['of longer ago than a claim may last', [line('claim', 0, 'claimed droplet/church', 7)], 8 * DAY, ''],
    ['that a slot knows', [line('claim', 0, 'claimed droplet/church', 8)], HOUR, ''],
  ])('a claim in the status lines %s', (_what, lines, after, gap) => {
    const { gaps } = at(after, { acts: acts(...lines), domains: cut })
    const told = gaps.filter((text) => text.includes('until when it held'))
    expect(told.join()).toBe(gap && `${gap}; until when it held that is not recorded any more`)
  })
})

test('messages, answers, refusals and mailboxes count from their own time on', () => {
  const message = sent({ id: 'm', ack: true, timestamp: iso(NOW) })
  const refusal = { at: NOW, by: 'two', resource_type: 'droplet', resource_name: 'church', holder: 'one' }
  const given: Partial<Kept> = {
    messages: [message],
    receipts: [
      { at: iso(NOW + 2), message: 'm', state: 'acked' },
      { at: iso(NOW), message: 'm', state: 'read' },
    ],
    refusals: [refusal],
    mailboxes: new Map([['nobody', NOW]]),
    domains: new Map([['droplet-church', [slot(1, -1, [lease()])]]]),
  }
  const told = (after: number) => {
    const { messages, acked, refusals, mailboxes } = at(after, given).records
    return [messages.length, acked.size, refusals.length, mailboxes.length]
  }
  expect(told(-1)).toEqual([0, 0, 0, 0])
  expect(told(0)).toEqual([1, 0, 1, 1])
  expect(told(2)).toEqual([1, 1, 1, 1])
  expect(told(HOUR)[2]).toBe(0)
})

test('who speaks or claims without a session is unregistered from then on', () => {
  const guest = actsOf('guest', [{ ...line('x', 5, ''), session: 'guest' }])
  const domains = new Map([['x', [slot(1, 7, [lease({ claimed_by: 'ghost' })])]]])
  const told = (after: number) =>
    at(after, { acts: new Map([['guest', guest]]), domains }).records.unregistered
  expect([told(4), told(5), told(7)]).toEqual([[], ['guest'], ['ghost', 'guest']])
})

test.each<[string, number, number, Partial<Kept>, string[]]>([
  ['nothing of just now', 0, MINUTE, {}, []],
  [
    'refusals of more than an hour ago',
    0,
    2 * HOUR,
    {},
    ['refused claims may be missing: they are remembered for an hour'],
  ],
  [
    'processes of the quiet',
    10 * MINUTE,
    11 * MINUTE,
    {},
    ['whether the processes of quiet sessions still ran is not recorded'],
  ],
  [
    'old messages',
    0,
    30 * DAY,
    {},
    [
      'refused claims may be missing: they are remembered for an hour',
      'messages may be missing: they are kept for 30d',
    ],
  ],
  [
    'lines that are gone',
    0,
    MINUTE,
    {
      sessions: [session('one', { started_at: iso(NOW), last_seen: iso(NOW + 9) })],
      acts: acts(line('x', 9, '')),
    },
    ['what one did before 10:00Z is not recorded any more'],
  ],
  [
    'a history that is gone',
    0,
    MINUTE,
    { sessions: [session('one', { started_at: iso(NOW), last_seen: iso(NOW + 9) })] },
    ['what one did then is not recorded any more'],
  ],
  [
    'files that can not be read, but not what was repaired',
    0,
    MINUTE,
    {
      problems: [
        { path: 'a', kind: 'unreadable', detail: 'is junk' },
        { path: 'b', kind: 'repaired', detail: 'x' },
      ],
    },
    ['a: is junk'],
  ],
])('not known: %s', (_what, after, later, given, gaps) => {
  expect(at(after, given, later).gaps).toEqual(gaps)
})

test.each<[string, Partial<Kept>, number | null]>([
  ['nothing', { sessions: [] }, null],
  ['a session', {}, NOW],
  ['a line', { acts: acts(line('x', -5, '')) }, NOW - 5],
  ['a decision', { domains: new Map([['x', [slot(1, -6, [])]]]) }, NOW - 6],
  ['a message', { messages: [sent({ timestamp: iso(NOW - 7) })] }, NOW - 7],
  ['a mailbox', { mailboxes: new Map([['x', NOW - 8]]) }, NOW - 8],
])('the first record of a room with %s', (_what, given, first) => {
  expect(firstRecord(kept(given))).toBe(first)
})
