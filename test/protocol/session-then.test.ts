import { expect, test } from 'vitest'
import { actsOf } from '../../src/protocol/history.ts'
import type { Heartbeat, Session, StatusLine } from '../../src/protocol/records.ts'
import { sessionAt } from '../../src/protocol/session-then.ts'
import { CONFIG, DAY, HOUR, iso, MINUTE, NOW, session } from './samples.ts'

const line = (after: number, event: string, status: string, given: Partial<StatusLine> = {}): StatusLine => ({
  timestamp: iso(NOW + after),
  session: 'one',
  status,
  ...given,
  metadata: { event, ...given.metadata },
})
const START = line(0, 'start', 'idle', { message: 'landing page' })
const BUILD = line(MINUTE, 'heartbeat', 'working', {
  message: 'building – church – BUILD',
  progress: 0.305,
  metadata: { action: 'building', target: 'church', phase: 'BUILD' },
})
const BLOCKED = line(2 * MINUTE, 'heartbeat', 'blocked', {
  message: 'no keys',
  metadata: { action: 'blocked' },
})
const IDLE = line(3 * MINUTE, 'heartbeat', 'idle', { metadata: { action: 'idle' } })
const END = line(4 * MINUTE, 'end', 'completed', { message: 'session ended' })
const AGAIN = line(5 * MINUTE, 'start', 'idle', { message: 'session started' })
const LINES = [START, BUILD, BLOCKED, IDLE, END, AGAIN]

/** The session as its file tells an hour after all that. */
const NOWADAYS = session('one', {
  started_at: iso(NOW),
  last_seen: iso(NOW + HOUR),
  current_work: 'tower',
  waiting_for: { type: 'droplet', name: 'x' },
  last: { timestamp: iso(NOW + HOUR), action: 'testing' },
})

function at(after: number, given: Partial<Session> = {}, lines = LINES, beats: Heartbeat[] = []) {
  const acts = actsOf('one', lines).filter(({ time }) => time <= NOW + after)
  const known = new Map(beats.map((beat) => [beat.session_id, beat]))
  return sessionAt({ ...NOWADAYS, ...given }, acts, known, NOW + after, CONFIG)
}

test.each<[string, number, object | null]>([
  ['before it began', -1, null],
  ['just begun', 0, { status: 'active', state: 'idle', current_work: 'landing page', last: null }],
  [
    'at work',
    MINUTE,
    {
      state: 'working',
      current_work: 'church',
      last: { action: 'building', phase: 'BUILD', progress: '30.5%' },
    },
  ],
  ['some time after an act', 90_000, { state: 'working', last_seen: iso(NOW + MINUTE), waiting_for: null }],
  [
    'blocked: still at its work',
    2 * MINUTE,
    { state: 'blocked', current_work: 'church', last: { message: 'no keys' } },
  ],
  ['idle: at no work', 3 * MINUTE, { state: 'idle', current_work: null }],
  ['ended', 4 * MINUTE, { status: 'completed', ended_at: iso(NOW + 4 * MINUTE) }],
  ['back again', 6 * MINUTE, { status: 'active', state: 'idle', last_seen: iso(NOW + 5 * MINUTE) }],
  ['since its last act', HOUR, NOWADAYS],
])('%s', (_what, after, expected) => {
  if (expected === null) expect(at(after)).toBeNull()
  else expect(at(after)).toMatchObject(expected)
})

test('a heartbeat whose own words are only its default says no message', () => {
  expect(at(MINUTE)!.last).not.toHaveProperty('message')
})

test('the heartbeat file of that line, where it is kept, tells all of it; another does not count', () => {
  const beat = (after: number) => ({ session_id: 'one', timestamp: iso(NOW + after), next_action: 'tests' })
  expect(at(90_000, {}, LINES, [beat(MINUTE)])!.last).toMatchObject({ next_action: 'tests' })
  expect(at(90_000, {}, LINES, [beat(0)])!.last).not.toHaveProperty('next_action')
})

test('what it waits for counts until its next act, but for one that only tells that it is there', () => {
  const waiting_for = { type: 'task', name: 'y' }
  const waits = line(MINUTE, 'wait', 'idle', { metadata: { waiting_for } })
  const lines = [START, waits, line(MINUTE + 1, 'alive', 'idle'), line(MINUTE + 2, 'claim', 'idle')]
  expect(at(0, {}, lines)).toMatchObject({ waiting_for: null })
  expect(at(MINUTE, {}, lines)).toMatchObject({ waiting_for })
  expect(at(MINUTE + 1, {}, lines)).toMatchObject({ waiting_for })
  expect(at(MINUTE + 2, {}, lines)).toMatchObject({ waiting_for: null })
})

test('without lines only what can not have changed is told', () => {
  expect(at(MINUTE, {}, [])).toMatchObject({
    status: 'active',
    state: 'idle',
    current_work: null,
    last: null,
    last_seen: iso(NOW),
  })
})

test.each<[string, Partial<Session>, number, string]>([
  ['ended since', { status: 'completed', last_seen: iso(NOW), ended_at: iso(NOW + HOUR) }, MINUTE, 'active'],
  ['ended before', { status: 'completed', last_seen: iso(NOW), ended_at: iso(NOW) }, MINUTE, 'completed'],
  [
    'ended, nobody says when: at its last sign',
    { status: 'completed', last_seen: iso(NOW) },
    MINUTE,
    'completed',
  ],
  ['given up a day after its last sign', { status: 'abandoned', last_seen: iso(NOW) }, DAY - 1, 'active'],
  ['given up since a day', { status: 'abandoned', last_seen: iso(NOW) }, DAY, 'abandoned'],
])('a session that gave no sign since is %s', (_what, given, after, status) => {
  expect(at(after, { ...given, last: null }, [START])!.status).toBe(status)
})

test("a script's session, which stamps nothing, is there from its start", () => {
  const script = { last_seen: null, last: null, waiting_for: null }
  expect(at(-1, script, [])).toBeNull()
  expect(at(MINUTE, script, [])).toMatchObject({ status: 'active', current_work: 'tower' })
})
