import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ack } from '../../src/operations/ack.ts'
import { board } from '../../src/operations/board.ts'
import { claim } from '../../src/operations/claim.ts'
import { end } from '../../src/operations/end.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { inbox } from '../../src/operations/inbox.ts'
import { keepAlive } from '../../src/operations/keep-alive.ts'
import { release } from '../../src/operations/release.ts'
import { renew } from '../../src/operations/renew.ts'
import { reply } from '../../src/operations/reply.ts'
import { send } from '../../src/operations/send.ts'
import { start } from '../../src/operations/start.ts'
import { takePidLock } from '../../src/store/pid-lock.ts'
import { readProcess } from '../../src/store/processes.ts'
import { readStatus } from '../../src/store/status.ts'
import { createWorld, type World } from '../helpers/world.ts'
import { failing, isWrite } from '../store/helpers.ts'

const church = { type: 'droplet', name: 'church' }
const claimed = { type: 'droplet', name: ['church'] }

const eventsOf = (world: World, id: string) =>
  readStatus(world.as(null).room(), id).map(({ metadata }) => metadata?.event)

/** Every act of a session, each with what the board must show of it. */
const ACTS: [string, (world: World) => unknown, RegExp][] = [
  ['heartbeat', (world) => heartbeat.run(world.as('one'), { action: 'building', target: 'roof' }), /roof/],
  ['claim', (world) => claim.run(world.as('one'), claimed), /droplet\/church/],
  ['renew', (world) => renew.run(world.as('one'), { ...church, for: '5h' }), /15:00/],
  ['send', (world) => send.run(world.as('one'), { to: 'two', subject: 'slate please' }), /slate please/],
  ['inbox', (world) => inbox.run(world.as('one'), {}), /./],
  ['ack', (world) => ack.run(world.as('one'), { id: askedOf(world) }), /./],
  ['reply', (world) => reply.run(world.as('one'), { id: askedOf(world), message: 'soon' }), /Re: how long/],
  ['release', (world) => release.run(world.as('one'), church), /church released/],
  ['alive', (world) => keepAlive(world.as('one'), process.pid), /./],
  ['end', (world) => end.run(world.as('one'), { handoff: 'to the next' }), /to the next/],
  ['start', (world) => start.run(world.as(null), { id: 'one', work: 'again' }), /again/],
]

const askedOf = (world: World) => world.list('messages/direct/one')[0]!.replace('.json', '')

test('each act stamps the session, appends one line that names it, and shows on the board at once', () => {
  const world = createWorld('two', 'one')
  send.run(world.as('two'), { to: 'one', subject: 'how long?' })
  const events = ['start']
  for (const [event, act, shown] of ACTS) {
    world.advance(1000)
    act(world)
    events.push(event)
    expect(eventsOf(world, 'one'), event).toEqual(events)
    expect(world.json('sessions/one.json').last_seen, event).toBe(new Date(world.now).toISOString())
    expect(world.read('STATUS_BOARD.md'), event).toMatch(shown)
    expect(world.json('index.json').updated_at, event).toBe(new Date(world.now).toISOString())
  }
})

test('a refused act leaves neither line nor stamp', () => {
  const world = createWorld('two', 'one')
  claim.run(world.as('two'), claimed)
  world.advance(1000)
  expect(() => claim.run(world.as('one'), claimed)).toThrow('held')
  expect(() => renew.run(world.as('one'), church)).toThrow()
  expect(() => heartbeat.run(world.as('one'), { action: ' ' })).toThrow('empty')
  expect(eventsOf(world, 'one')).toEqual(['start'])
  expect(world.json('sessions/one.json').last_seen).toBe('2026-11-20T10:00:00.000Z')
})

test('an abandoned session that comes back is active again', () => {
  const world = createWorld('one')
  world.write(
    'sessions/one.json',
    JSON.stringify({ ...world.json('sessions/one.json'), status: 'abandoned' }),
  )
  heartbeat.run(world.as('one'), { action: 'building' })
  expect(world.json('sessions/one.json').status).toBe('active')
})

test('while the session file is locked only its stamp is skipped, the act is in the history and counts', () => {
  const world = createWorld('one')
  takePidLock(world.as(null).room(), 'session-one', 0)
  world.advance(1000)
  heartbeat.run(world.as('one'), { action: 'building' })
  expect(world.list('heartbeats')).toHaveLength(1)
  expect(eventsOf(world, 'one')).toEqual(['start', 'heartbeat'])
  expect(world.json('sessions/one.json').last_seen).toBe('2026-11-20T10:00:00.000Z')
})

test('an act whose traces can not be written is acknowledged with a warning, since it has happened', () => {
  const world = createWorld('one')
  failing(
    'openSync',
    'EACCES',
    (file, flags) => /\/(status|\.state|sessions)\//.test(String(file)) && isWrite(flags),
  )
  const ctx = world.as('one')
  expect(send.run(ctx, { to: 'broadcast', subject: 'hello' }).message.subject).toBe('hello')
  expect(ctx.warnings.length).toBeGreaterThan(0)
  expect(world.list('messages/broadcast')).toHaveLength(1)
})

test('the process of a session is learned by its second command, and forgotten when its ancestors are others', () => {
  const world = createWorld('one')
  expect(world.json('sessions/one.json').pid).toBeNull()
  heartbeat.run(world.as('one'), { action: 'x' })
  expect(world.json('sessions/one.json')).toMatchObject({ pid: process.ppid })
  world.write(
    'sessions/one.json',
    JSON.stringify({ ...world.json('sessions/one.json'), pid: 2 ** 30, pid_started: '1' }),
  )
  fs.rmSync(path.join(world.root, '.state/bindings'), { recursive: true })
  heartbeat.run(world.as('one'), { action: 'x' })
  expect(world.json('sessions/one.json')).toMatchObject({ pid: null, pid_started: null })
})

test('index.json holds each active session with its record as detail, in the shape of MON-001', () => {
  const world = createWorld('two')
  world.start('one', { work: 'church' })
  end.run(world.as('two'), {})
  const { sessions, summary } = world.json('index.json') as {
    sessions: { detail: object }[]
    summary: object
  }
  expect(sessions).toEqual([
    {
      session_id: 'one',
      task: 'church',
      context_pct: 0,
      agents: 0,
      status: 'active',
      updated_at: '2026-11-20T10:00:00.000Z',
      detail: world.json('sessions/one.json'),
    },
  ])
  expect(summary).toMatchObject({ total_sessions: 1, active_sessions: 1, stale_sessions: 0 })
})

test('the board is derived: deleted it comes back with the next act, and board alone refreshes it', () => {
  const world = createWorld('one')
  for (const file of ['STATUS_BOARD.md', 'index.json']) fs.rmSync(path.join(world.root, file))
  const { path: where } = board.run(world.as(null), {})
  expect(fs.readFileSync(where, 'utf8')).toContain('one')
  expect(world.json('index.json')).toHaveProperty('summary')
})

test('a room may bring its own template; a broken one falls back and is named', () => {
  const world = createWorld()
  world.write('templates/STATUS_BOARD.md.hbs', 'OURS')
  board.run(world.as(null), {})
  expect(world.read('STATUS_BOARD.md')).toBe('OURS')
  world.write('templates/STATUS_BOARD.md.hbs', '{{#each')
  board.run(world.as(null), {})
  expect(world.read('STATUS_BOARD.md')).toContain('Active Sessions')
})

test('a wait ends with its process, also when another has its pid by now', () => {
  const own = process.ppid
  const started = readProcess(own)!.started
  const waits = (pid_started: string | undefined) => {
    const world = createWorld('one')
    const waiting_for = { type: 'task', name: 'x', pid: own, ...(pid_started ? { pid_started } : {}) }
    world.write('sessions/one.json', JSON.stringify({ ...world.json('sessions/one.json'), waiting_for }))
    heartbeat.run(world.as('one'), { action: 'building' })
    return world.json('sessions/one.json').waiting_for !== null
  }
  expect([waits(started), waits(undefined), waits(String(Number(started) - 1))]).toEqual([true, true, false])
})

test('a board that can not be written is a warning that names the command which tells more', () => {
  const world = createWorld('one')
  fs.rmSync(path.join(world.root, 'STATUS_BOARD.md'))
  fs.mkdirSync(path.join(world.root, 'STATUS_BOARD.md'))
  const ctx = world.as('one')
  heartbeat.run(ctx, { action: 'building' })
  expect(ctx.warnings).toEqual([expect.stringMatching(/STATUS_BOARD\.md is .*; coord doctor tells more$/)])
})
