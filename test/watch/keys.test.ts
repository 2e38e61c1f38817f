/** What keys do at the screen of `coord watch`, and what then stands on it. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Key, press, type Sight } from '../../src/faces/watch/keys.ts'
import { type Screen, screenOf } from '../../src/faces/watch/screen.ts'
import { START, type State } from '../../src/faces/watch/state.ts'
import { claim } from '../../src/operations/claim.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { init } from '../../src/operations/init.ts'
import { overviewOf } from '../../src/operations/overview.ts'
import { request } from '../../src/operations/request.ts'
import { send } from '../../src/operations/send.ts'
import { columnsIn } from '../../src/protocol/width.ts'
import { worldIn } from '../helpers/world.ts'

/** A room of three: `ben` is stuck and asks the person, `old` held a file that is over. */
function room() {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coord-test-'))
  const world = worldIn(dir)
  init.run(world.as(null), {})
  world.start('old', { work: 'tokens' })
  claim.run(world.as('old'), { type: 'file', name: ['src/a.ts'], for: '10m', 'no-renew': true })
  world.advance(11 * 60_000)
  world.start('ann', { name: 'landing', work: 'church-guidance' })
  world.start('ben', { work: '日本語の索引' })
  claim.run(world.as('ann'), { type: 'droplet', name: ['page'] })
  send.run(world.as('ben'), { to: 'human', subject: 'which key?', message: 'the old\nor the new', ack: true })
  heartbeat.run(world.as('ben'), { action: 'blocked', target: 'index', message: 'no \u001b[2J key' })
  const overview = overviewOf(world.as(null))
  fs.rmSync(dir, { recursive: true })
  return overview
}

/** Two sessions, one of which asks the other one for its claim. */
function requested() {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coord-test-'))
  const world = worldIn(dir)
  init.run(world.as(null), {})
  for (const id of ['ann', 'ben']) world.start(id)
  claim.run(world.as('ann'), { type: 'droplet', name: ['page'] })
  request.run(world.as('ben'), { type: 'droplet', name: 'page', reason: 'urgent' })
  const overview = overviewOf(world.as(null))
  fs.rmSync(dir, { recursive: true })
  return overview
}

const overview = room()
const sight: Sight = { overview, page: 10, most: 5 }
const keyOf = (name: string): Key => (name.length === 1 ? { name: 'text', text: name } : { name })

/** The state after some keys, and what the last one wants to be done. */
function typing(keys: string[], state: State = START) {
  return keys.reduce<ReturnType<typeof press>>((last, name) => press(last.state, keyOf(name), sight), {
    state,
  })
}

const rowsOf = (state: State, columns = 80, rows = 24, shown = overview) =>
  linesOf(
    screenOf(
      { overview: shown, gone: null, now: Date.parse(shown.now), title: '/work' },
      state,
      columns,
      rows,
    ),
  )

function linesOf({ head, list, detail, messages, foot }: Screen) {
  const text = (line: { text: string }[]) => line.map((span) => span.text).join('')
  return {
    head: text(head),
    foot: text(foot),
    list: list.map(({ line, chosen }) => (chosen ? '›' : '') + text(line)),
    detail: detail.map(({ line }) => text(line)),
    messages: messages.map(({ line, chosen }) => (chosen ? '›' : '') + text(line)),
  }
}

test('needs come first, then sessions; the first one is chosen, its detail beside it', () => {
  const { head, list, detail, messages } = rowsOf(START)
  expect(head).toMatch(/^coord {2}\/work +3 sessions, \d things need attention, 1 unread$/)
  expect(list[0]).toBe('needs attention')
  expect(list[1]).toMatch(/^›↩ ben asks: "which key\?"$/)
  expect(list).toContain('sessions')
  expect(detail.join('\n')).toContain('the old\nor the new')
  expect(messages.at(-1)).toMatch(/^↩ ben → human {2}which key\?: the old or the new +now$/)
})

describe('keys', () => {
  test.each<[string, string[], object]>([
    ['down goes to the next row', ['down'], { row: expect.stringMatching(/^need blocked ben/) }],
    ['j too, k goes back', ['j', 'k'], { row: expect.stringMatching(/^need question ben/) }],
    ['the ends are ends', ['G', 'down'], { row: expect.stringMatching(/^session /) }],
    ['tab changes the pane', ['tab'], { pane: 'detail' }],
    ['three times it is back', ['tab', 'tab', 'tab'], { pane: 'list' }],
    ['in the detail, down scrolls, no farther than there is', ['tab', 'pagedown', 'down'], { top: 5 }],
    ['enter opens it whole', ['enter'], { whole: true }],
    ['escape leads back, a step at a time', ['c', 'enter', 'escape'], { whole: false, claims: true }],
    ['slash filters while it is typed', ['/', 'b', 'e'], { filter: 'be', mode: { kind: 'filter' } }],
    ['enter keeps the filter', ['/', 'b', 'enter'], { filter: 'b', mode: { kind: 'browse' } }],
    ['escape drops it', ['/', 'b', 'escape'], { filter: '' }],
    ['m writes to the one of the need', ['m'], { mode: { to: 'ben', label: 'ben' } }],
    ['tab to all instead', ['m', 'tab'], { mode: { to: null, label: 'all' } }],
    ['and back', ['m', 'tab', 'tab'], { mode: { to: 'ben' } }],
    ['escape writes nothing', ['m', 'x', 'escape'], { mode: { kind: 'browse' } }],
    ['r answers the open question', ['r'], { mode: { kind: 'write', to: 'ben', reply: expect.any(String) } }],
    ['c shows the claims of a session', ['G', 'c'], { claims: true }],
    ['a key that means nothing does nothing', ['x'], { mode: { kind: 'browse' }, row: null }],
    ['letters are letters while one writes', ['m', 'q', '?'], { mode: { text: 'q?' } }],
    ['ctrl+w takes a word', ['m', 'a', ' ', 'b', 'ctrl+w'], { mode: { text: 'a ', at: 2 } }],
    ['left and backspace', ['m', 'a', 'b', 'left', 'backspace'], { mode: { text: 'b', at: 0 } }],
  ])('%s', (_, keys, state) => {
    expect(typing(keys)).toMatchObject({ state })
  })

  test.each<[string, string[], object | undefined]>([
    ['q quits', ['q'], { kind: 'quit', code: 0 }],
    ['ctrl+c quits also while one writes', ['m', 'ctrl+c'], { kind: 'quit', code: null }],
    ['ctrl+z stops', ['ctrl+z'], { kind: 'stop' }],
    ['enter sends', ['m', 'h', 'i', 'enter'], { kind: 'send', to: 'ben', text: 'hi' }],
    ['to all', ['m', 'tab', 'h', 'enter'], { kind: 'send', to: 'broadcast', text: 'h' }],
    ['an empty line is not sent', ['m', ' ', 'enter'], undefined],
    [
      'an answer has the id of the question',
      ['r', 'y', 'enter'],
      { kind: 'reply', id: expect.any(String), text: 'y' },
    ],
    ['a only acknowledges the question', ['a'], { kind: 'acknowledge', message: expect.any(String) }],
    ['a means nothing on a session', ['G', 'k', 'a'], undefined],
    [
      'in the messages too',
      ['tab', 'tab', 'r', 'y', 'enter'],
      { kind: 'reply', id: expect.any(String), text: 'y' },
    ],
  ])('%s', (_, keys, effect) => {
    expect(typing(keys).effect).toEqual(effect)
  })

  test('c asks before it takes a claim that is over, and only y takes it', () => {
    const expired = overview.needs.findIndex(({ kind }) => kind === 'expired')
    const down = Array.from({ length: expired }, () => 'down')
    expect(rowsOf(typing([...down, 'c']).state).foot).toMatch(
      /^claim file\/src\/a.ts for your session\? {2}y claims it/,
    )
    expect(typing([...down, 'c', 'y']).effect).toEqual({ kind: 'claim', type: 'file', name: 'src/a.ts' })
    const refused = typing([...down, 'c', 'n'])
    expect([refused.effect, refused.state.mode]).toEqual([undefined, { kind: 'browse' }])
  })

  test('r without a message says so', () => {
    expect(rowsOf(typing(['G', 'k', 'r', 'r']).state).foot).toMatch(/no message here|answer/)
  })
})

describe('a request for a claim of the person', () => {
  const asked = requested()
  const at = (keys: string[]) =>
    keys.reduce((last, name) => press(last.state, keyOf(name), { ...sight, overview: asked }), {
      state: START,
    } as ReturnType<typeof press>)
  const [{ id } = { id: '' }] = asked.requests
  test('y asks before it gives the claim, and only y gives it', () => {
    expect(asked.needs[0]).toMatchObject({ kind: 'requested', message_id: id })
    const { foot, detail } = rowsOf(START, 100, 40, asked)
    expect(foot).toMatch(/ y grant {2}n refuse /)
    expect(detail).toContain('y grants it, n refuses with a reason')
    expect(rowsOf(at(['y']).state, 80, 24, asked).foot).toMatch(/^give droplet\/page to ben\? {2}y gives it/)
    expect(at(['y', 'y']).effect).toEqual({ kind: 'grant', id, session: 'ann' })
    expect(at(['y', 'n'])).toMatchObject({ state: { mode: { kind: 'browse' } } })
    expect(at(['y', 'n']).effect).toBeUndefined()
  })

  test('n writes why not; tab does not send it to all, an empty line refuses nothing', () => {
    expect(rowsOf(at(['n']).state, 80, 24, asked).foot).toMatch(
      /^refuse ben: .*why\? enter refuses, esc leaves/,
    )
    expect(at(['n', 'tab', 'm', 'y', 'enter']).effect).toEqual({
      ...{ kind: 'refuse', id, session: 'ann', reason: 'my' },
    })
    expect(at(['n', 'enter']).effect).toBeUndefined()
  })

  test('m writes to who asks, in the messages the request is answered too', () => {
    expect(at(['m']).state.mode).toMatchObject({ to: 'ben', reply: null })
    expect(at(['tab', 'tab', 'y', 'y']).effect).toEqual({ kind: 'grant', id, session: 'ann' })
  })

  test('where nothing is asked of the person y and n say so, as where an agent holds it', () => {
    const [request] = asked.requests
    const agents = { ...asked, requests: [{ ...request!, to_person: false }] }
    for (const overview of [agents, { ...asked, requests: [{ ...request!, outcome: 'over' as const }] }])
      for (const key of ['y', 'n'])
        expect(press(START, keyOf(key), { ...sight, overview }).state).toMatchObject({
          ...{ mode: { kind: 'browse' }, notice: { text: expect.stringContaining('no request here') } },
        })
  })
})

const alert = (id: string, more: object = {}) => ({
  ...{ id, kind: 'cwd_overlap', severity: 'warning' as const, priority: 'high', text: `${id} in /work` },
  ...{ session_ids: ['ann', 'ben'], action: 'One in a worktree', at: overview.now, since: overview.now },
  ...more,
})
const busy: typeof overview = {
  ...overview,
  alerts: [alert('a1'), alert('a2')],
  stranded: [{ session_id: 'old', state: 'orphaned', text: 'no process', act: 'coord rescue old' }],
  requests: [],
  channels: [{ channel: 'build', messages: [{ from: 'ben', to: 'channel:build', message: 'red' }] }],
  rollcall: {
    ...{ id: 'r', from: 'ann', subject: 'who?', timestamp: overview.now, expires_at: null },
    counts: { answered: 1, open: 1, missing: 0, gone: 0 },
    answers: [
      { session_id: 'ben', answer: 'answered', late: false, at: overview.now, message: 'here' },
      { session_id: 'old', answer: 'open', late: false, at: null, message: null },
    ],
  },
}

test('several alerts are one row, which opens; each is acknowledged by itself', () => {
  const there = { ...sight, overview: busy }
  const after = (keys: string[], from: State) =>
    keys.reduce((last, name) => press(last.state, keyOf(name), there), { state: from } as ReturnType<
      typeof press
    >)
  const folded: State = { ...START, row: 'alerts' }
  expect(rowsOf(folded, 100, 40, busy).list).toContain('›! 2 alerts; enter shows them')
  const { state } = after(['enter'], folded)
  const { list, detail, foot } = rowsOf(state, 100, 40, busy)
  expect(list).toContain('›! a1 in /work')
  expect(detail.join('\n')).toMatch(/high, .*\n.*a1 in \/work\n+One in a worktree\n+concerns landing, ben/)
  expect(foot).toContain('a ack')
  expect(after(['down', 'a'], state).effect).toEqual({ kind: 'acknowledge', alert: 'a2' })
})

test('what goes on between sessions is a row each below them, and told in full beside it', () => {
  const at = (name: string) => rowsOf({ ...START, row: `between ${name}` }, 100, 40, busy)
  const { list } = at('rollcall')
  expect(list.slice(list.indexOf('between sessions'))).toEqual([
    'between sessions',
    '◌ hung or orphaned: old',
    '›· roll call: 1 of 2 answered',
    '# 1 channel, build: red',
  ])
  expect(at('rollcall').detail.join('\n')).toMatch(
    /landing called: who\?.*✓ ben {2}answered.*here.*· old {2}not yet/s,
  )
  expect(at('stranded').detail).toContain('coord rescue old')
  expect(at('channels').detail.join('\n')).toContain('build\nben: red')
  const calm = { ...busy, alerts: [], stranded: [], channels: [], rollcall: null }
  expect(rowsOf(START, 100, 40, calm).list.join('\n')).not.toMatch(/between sessions|alert/)
})

test('who may hang is marked in its row, and told the command that looks closely', () => {
  const hung = {
    session_id: 'ann',
    state: 'hung' as const,
    text: 'its process runs',
    act: 'coord rescue landing',
  }
  const shown = { ...busy, stranded: [...busy.stranded, hung] }
  const { list, detail } = rowsOf({ ...START, row: 'session ann' }, 120, 40, shown)
  expect(list.filter((line) => line.includes('may hang'))).toEqual([
    expect.stringMatching(/^›. . landing {2}may hang {2}church-guidance /),
  ])
  expect(detail).toContain('may hang  coord rescue landing')
  expect(rowsOf(START, 40, 40, shown).list.join('\n')).toContain('landing')
})

test('whose process is no more is marked in its row and in full', () => {
  const sessions = busy.sessions.map((each) =>
    each.session_id === 'ann' ? { ...each, no_process: true as const } : each,
  )
  const { list, detail } = rowsOf({ ...START, row: 'session ann' }, 120, 40, { ...busy, sessions })
  expect(list.filter((line) => line.includes('no process'))).toEqual([
    expect.stringMatching(/^›. . landing {2}no process {2}church-guidance /),
  ])
  expect(detail.join('\n')).toMatch(/process +is no more/)
})

test('a choice stays with its row when others come before it', () => {
  const { state } = typing(['G'])
  const more = { ...overview, needs: [{ ...overview.needs[0]!, text: 'a new one' }, ...overview.needs] }
  expect(rowsOf(state, 80, 40, more).list.find((line) => line.startsWith('›'))).toBe(
    rowsOf(state, 80, 40).list.find((line) => line.startsWith('›')),
  )
})

test('what others wrote is shown, not obeyed', () => {
  const all = Object.values(rowsOf(typing(['down', 'enter']).state, 120, 40))
    .flat()
    .join('\n')
  expect(all).toContain('no \\u{1b}[2J key')
  expect(all).not.toMatch(/\u001b/)
})

test.each([
  [80, 24],
  [40, 10],
  [20, 6],
  [200, 60],
])('in %i columns and %i rows nothing is wider or higher than there is room', (columns, rows) => {
  for (const keys of [[], ['?'], ['enter'], ['tab'], ['m', 'x'], ['tab', 'tab']]) {
    const screen = screenOf(
      { overview, gone: 'away', now: Date.parse(overview.now), title: '/a/long/path/to/a/room' },
      typing(keys).state,
      columns,
      rows,
    )
    const { layout, list, detail, messages } = screen
    expect(layout.body + layout.messages).toBe(rows - 2)
    expect(list.length).toBeLessThanOrEqual(layout.body)
    expect(detail.length).toBeLessThanOrEqual(layout.body)
    expect(messages.length).toBeLessThanOrEqual(layout.messages)
    for (const { line } of list.filter(({ line }) => line.length > 3))
      expect(columnsIn(line.map(({ text }) => text).join(''))).toBeLessThanOrEqual(Math.max(40, layout.list))
  }
})

test('of a thousand sessions only what is seen is drawn, the chosen one among them', () => {
  const sessions = Array.from({ length: 1000 }, (_, at) => ({
    ...overview.sessions[0]!,
    session_id: `s${at}`,
    label: `s${at}`,
  }))
  const many = { ...overview, needs: [], sessions }
  const state = { ...START, row: 'session s700' }
  const { list } = rowsOf(state, 80, 24, many)
  expect(list.length).toBeLessThanOrEqual(22)
  expect(list.find((line) => line.startsWith('›'))).toMatch(/ s700 /)
})

test('an empty room says how to begin', () => {
  const empty = { ...overview, needs: [], sessions: [], messages: [], claims: [], alerts: [] }
  expect(rowsOf(START, 80, 24, empty).list.join('\n')).toContain('coord start --work')
})
