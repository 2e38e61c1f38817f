/** The parts of the page that draw nothing. */
import { expect, test } from 'vitest'
import { actOf, wordsOf } from '../../src/faces/web/model/act.ts'
import { aged } from '../../src/faces/web/model/ages.ts'
import {
  edgesOf,
  fittingZoom,
  panned,
  rowsOfClaims,
  scaleOf,
  shortened,
  stretch,
  thingsOf,
} from '../../src/faces/web/model/day.ts'
import { filtered } from '../../src/faces/web/model/filter.ts'
import { heard, type Overview, renewed } from '../../src/faces/web/model/overview.ts'
import { hashOf, routeOf, tokenIn } from '../../src/faces/web/model/route.ts'
import { rowsInSight } from '../../src/faces/web/model/rows.ts'
import { runsOf } from '../../src/faces/web/model/runs.ts'
import { threadsOf } from '../../src/faces/web/model/threads.ts'
import type { Overview as Told } from '../../src/operations/overview.ts'
import type { LiveSession } from '../../src/protocol/live/sessions.ts'
import { quote } from '../../src/protocol/needs.ts'

const need = (kind: string, act: string | null, session_ids: string[] = ['one']) => ({
  ...{ kind, act, session_ids, text: 'x' },
})

test.each([
  [
    'writes to whom it names',
    need('blocked', `coord send ${quote("Ann's")} "…" --as human`),
    { kind: 'message', to: 'one' },
  ],
  [
    'answers by the end of an id',
    need('question', 'coord reply mmyg "…" --as human'),
    { kind: 'answer', id: 'mmyg' },
  ],
  [
    'claims for somebody',
    need('expired', `coord claim file ${quote("a b's")}`),
    { kind: 'claim', type: 'file', name: "a b's" },
  ],
  [
    'copies any other command',
    need('damaged', 'coord doctor', []),
    { kind: 'copy', command: 'coord doctor' },
  ],
  [
    'writes to the holder where no command helps',
    need('refused', null, ['by', 'holder']),
    { kind: 'message', to: 'holder' },
  ],
  ['offers nothing where nobody is concerned', need('refused', null, []), null],
])('the button of a need %s', (_, given, wanted) => {
  expect(actOf(given)).toEqual(wanted)
})

test('of who reads no mail the page is opened', () => {
  expect(actOf(need('blocked', null), () => false)).toEqual({ kind: 'open', id: 'one' })
})

test.each([
  ['a is blocked 10s on x: "is blocked 10s"', 'a is blocked 40s on x: "is blocked 10s"'],
  ['a waits for its person 26m', 'a waits for its person 27m'],
  ['a reports an error 1h 59m: "5m"', 'a reports an error 2h: "5m"'],
  ['file/x expired 45s ago, a is gone', 'file/x expired 1m ago, a is gone'],
  [
    'a is silent (last sign 1d ago, no process) and holds b',
    'a is silent (last sign 1d ago, no process) and holds b',
  ],
  ['a was refused file/x 11s ago, b holds it', 'a was refused file/x 41s ago, b holds it'],
  ['a asks: "expired 5m ago"', 'a asks: "expired 5m ago"'],
])('half a minute later, %s', (before, after) => {
  expect(aged(before, 30_000)).toBe(after)
})

test('a long name is shown without its middle', () => {
  expect([shortened('auth', 8), shortened('session-2026-a1', 8)]).toEqual(['auth', 'se…26-a1'])
})

test('the day opens at the closest zoom that shows all', () => {
  const told = (age: number) => ({
    ...{ now: iso(NOW), from: '', to: '', lanes: [] },
    messages: [{ id: 'm', from: 'a', to: 'b', at: iso(NOW - age), subject: null }],
  })
  expect([0.2, 0.9, 3, 30].map((hours) => fittingZoom(told(hours * HOUR)) / HOUR)).toEqual([0.25, 1, 4, 4])
})

test.each(["it's", 'a b', '$(rm)', '"q"', "''", 'plain', "back\\slash 'x'"])(
  '%s is read as needs.ts quotes it',
  (name) => {
    expect(wordsOf(`coord claim file ${quote(name)} "…"`)).toEqual(['coord', 'claim', 'file', name, '…'])
  },
)

test('threads: unread first, then what wants an answer, then the newest', () => {
  const message = (id: string, minute: number, more = {}) => ({
    ...{ id, from: 'one', to: 'human', timestamp: `2026-11-20T10:0${minute}:00.000Z`, subject: id },
    ...more,
  })
  const messages = [
    message('old', 1, { ack: true }),
    message('done', 2, { ack: true }),
    message('fresh', 3),
    message('re', 4, { thread: 'new' }),
  ]
  const threads = threadsOf({ messages, unread_ids: ['new'], acked: ['done'] }, [message('new', 0)])
  expect(threads.map(({ id, unread, asks }) => [id, unread, asks?.id])).toEqual([
    ['new', 1, undefined],
    ['old', 0, 'old'],
    ['fresh', 0, undefined],
    ['done', 0, undefined],
  ])
  expect(threads[0]!.messages.map(({ id }) => id)).toEqual(['new', 're'])
})

const session = (id: string, more: Partial<LiveSession> = {}) =>
  ({
    session_id: id,
    label: id,
    status: 'working',
    claims: [],
    liveness: { level: 'fresh' },
    eta: null,
    ...more,
  }) as unknown as LiveSession

test('the filter wants every word, anywhere, and a state', () => {
  const all = [
    session('auth', { claims: [{ resource_type: 'file', resource_name: 'src/a.ts' }] }),
    session('docs', { status: 'idle', phase: 'WRITE' }),
  ]
  const ids = (text: string, status: string | null = null) =>
    filtered(all, text, status).map(({ label }) => label)
  expect([ids(''), ids('A.TS auth'), ids('write'), ids('auth docs'), ids('', 'idle')]).toEqual([
    ...[['auth', 'docs'], ['auth'], ['docs'], [], ['docs']],
  ])
})

const overview = (more: Partial<Overview>): Overview => ({
  ...{ now: '1', project: 'p', needs: [], sessions: [], claims: [], messages: [], acked: [] },
  ...{ unread: 0, unread_ids: [], problems: [] },
  ...{ alerts: [], requests: [], rollcall: null, channels: [], stranded: [] },
  ...more,
})

test('what the server tells is what the page knows, or this does not compile', () => {
  const same = (told: Told): Overview => told
  expect(same).toBeTypeOf('function')
})

test('a change is applied to what was heard, and rows that say the same stay the same objects', () => {
  const before = overview({ sessions: [session('one'), session('two')] })
  const change = { now: '2', sessions: { set: [session('two', { status: 'idle' })], gone: [] } }
  const after = heard(before, { type: 'change', change })!
  expect(after.sessions[0]).toBe(before.sessions[0])
  expect(after.sessions[1]!.status).toBe('idle')
  expect(heard(null, { type: 'change', change })).toBeNull()
  expect(heard(after, { type: 'gone' })).toBe(after)
  const fresh = overview({
    now: '3',
    sessions: [session('one'), session('two', { status: 'idle', eta: 'soon' })],
  })
  const then = renewed(after, fresh)
  expect([then.sessions[0], then.sessions[1]!.eta, then.now]).toEqual([after.sessions[0], 'soon', '3'])
  expect(then.sessions[0]).toBe(before.sessions[0])
})

test.each([
  ['', { view: 'room' }],
  ['#/', { view: 'room' }],
  ['#/session/one', { view: 'session', id: 'one' }],
  [hashOf('a/b c'), { view: 'session', id: 'a/b c' }],
  ['#/session/%E0%A4%A', { view: 'room' }],
])('the address %s leads to %o', (hash, route) => {
  expect(routeOf(hash)).toEqual(route)
})

test('a token is taken from an address that is nothing but it', () => {
  expect([tokenIn('#token=abc2'), tokenIn('#/session/token=x'), tokenIn('#token=<b>')]).toEqual([
    'abc2',
    null,
    null,
  ])
})

test('only the rows in sight are there, with two to spare on either side', () => {
  expect(rowsInSight(0, 300, 1000, 100)).toEqual({ first: 0, last: 5 })
  expect(rowsInSight(5000, 300, 1000, 100)).toEqual({ first: 48, last: 55 })
  expect(rowsInSight(99_999, 300, 10, 100)).toEqual({ first: 8, last: 10 })
  expect(rowsInSight(0, 0, 0, 100)).toEqual({ first: 0, last: 0 })
})

const NOW = Date.parse('2026-11-20T10:00:00.000Z')
const HOUR = 3_600_000
const iso = (time: number) => new Date(time).toISOString()

test('panning back leaves now, and panning forth comes back to it', () => {
  const view = { span: HOUR, end: 'now' as const }
  const back = panned(view, -0.5, NOW)
  expect(edgesOf(back, NOW).to).toBeCloseTo(NOW + HOUR * 0.03 - HOUR / 2)
  expect(panned(back, 0.25, NOW).end).not.toBe('now')
  expect(panned(back, 5, NOW).end).toBe('now')
})

test('bars are cut to what is in view, and those that reach the last look go on to now', () => {
  const edges = { from: NOW - HOUR, to: NOW + HOUR }
  const told = iso(NOW - 60_000)
  const at = (from: number, to: number) => stretch({ from: iso(from), to: iso(to) }, edges, told, NOW)
  expect(at(NOW - 2 * HOUR, NOW - HOUR / 2)).toEqual({ left: 0, width: 25 })
  expect(at(NOW - HOUR / 2, NOW - 60_000)).toEqual({ left: 25, width: 25 })
  expect(at(NOW - 3 * HOUR, NOW - 2 * HOUR)).toBeNull()
})

test('the scale tells round times that do not run into each other', () => {
  const texts = (span: number, width: number) =>
    scaleOf({ from: NOW - span, to: NOW }, width).map(({ text }) => text)
  expect(texts(HOUR, 400)).toEqual(['09:00', '09:15', '09:30', '09:45'])
  expect(texts(24 * HOUR, 400)).toEqual(['12:00', '18:00', '00:00', '06:00'])
})

test('claims held at once lie below each other, and share the last row where there are more', () => {
  const bar = (from: number, to: number) => ({
    from: iso(NOW + from),
    to: iso(NOW + to),
    resource_type: 'x',
    resource_name: 'y',
    token: 1,
    ended: null,
  })
  expect(rowsOfClaims([bar(0, 10), bar(2, 5), bar(3, 9), bar(10, 12)], 2)).toEqual([0, 1, 1, 0])
})

test('the things of a lane come in the order of time, each with what is told of it', () => {
  const bar = (from: number, to: number) => ({ from: iso(NOW + from), to: iso(NOW + to) })
  const lane = {
    ...{ session_id: 'one', label: 'one', ended: false, omitted: 0 },
    phases: [{ ...bar(0, HOUR), status: 'working', phase: 'BUILD', message: 'forms', progress: 0.5 }],
    gaps: [bar(HOUR, 2 * HOUR)],
    claims: [
      { ...bar(60_000, HOUR), resource_type: 'file', resource_name: 'a', token: 1, ended: 'taken_over' },
    ],
  }
  const tick = { id: 'm', from: 'one', to: 'two', at: iso(NOW + 120_000), subject: 'hi' }
  const things = thingsOf(lane, 3, [tick], NOW, (id) => id.toUpperCase())
  expect(things.map(({ key, title }) => [key, title])).toEqual([
    ['3:p0', 'working · BUILD 50%'],
    ['3:c0', 'holds file/a'],
    ['3:m0', 'to TWO: hi'],
    ['3:g0', 'no sign of life'],
  ])
  expect(things[0]!.text).toBe('10:00Z to 11:00Z, 1h · forms')
  expect(things[1]!.text).toContain('taken over')
})

test('what was said again and again is one line of the history, newest first', () => {
  const act = (timestamp: string, message: string, progress?: number, status = 'working') => ({
    ...{ timestamp, status, message },
    ...(progress === undefined ? {} : { progress }),
  })
  const runs = runsOf([
    act('1', 'x', 0.1),
    act('2', 'x', 0.2),
    act('3', 'x'),
    act('3', 'y'),
    act('4', 'y', 1, 'error'),
  ])
  expect(runs.map(({ key, last, times }) => [key, last.timestamp, last.progress, times])).toEqual([
    ['4 0', '4', 1, 1],
    ['3 1', '3', undefined, 1],
    ['1 0', '3', 0.2, 3],
  ])
})
