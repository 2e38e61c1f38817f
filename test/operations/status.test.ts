import { describe, expect, test } from 'vitest'
import { board } from '../../src/operations/board.ts'
import { claim } from '../../src/operations/claim.ts'
import { end } from '../../src/operations/end.ts'
import { handoff } from '../../src/operations/handoff.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { overviewOf } from '../../src/operations/overview.ts'
import { release } from '../../src/operations/release.ts'
import { send } from '../../src/operations/send.ts'
import { sessions } from '../../src/operations/sessions.ts'
import { status } from '../../src/operations/status.ts'
import { hostName } from '../../src/store/machine.ts'
import { bootId, ownProcess, pidNamespace } from '../../src/store/processes.ts'
import { createWorld, type World } from '../helpers/world.ts'
import { codeOf, failing, isWrite, listing } from '../store/helpers.ts'
import { createBusy, READERS } from './busy.ts'

const MINUTE = 60_000

test.each(Object.keys(READERS))('%s writes nothing', (name) => {
  const world = createBusy()
  const before = listing(world.root)
  READERS[name]!(world)
  expect(listing(world.root)).toEqual(before)
})

test.each(Object.keys(READERS))('%s works in a room that can not be written', (name) => {
  const world = createBusy()
  failing('openSync', 'EROFS', (_file, flags) => isWrite(flags))
  expect(READERS[name]!(world)).toBeTypeOf('object')
})

test.each(Object.keys(READERS))('%s refuses a --session that is nobody', (name) => {
  const world = createBusy()
  const strange = { ...world, as: () => world.as('nosuch') }
  expect(codeOf(() => READERS[name]!(strange))).toBe('no_session')
})

test('a writer in a room that can not be written is refused as such', () => {
  const world = createBusy()
  failing('openSync', 'EROFS', (_file, flags) => isWrite(flags))
  expect(codeOf(() => heartbeat.run(world.as('one'), { action: 'x' }))).toBe('unwritable')
  expect(codeOf(() => claim.run(world.as('one'), { type: 'droplet', name: ['new'] }))).toBe('unwritable')
  expect(codeOf(() => send.run(world.as('one'), { to: 'two', subject: 'x' }))).toBe('unwritable')
})

test('status tells sessions, claims, mail and what needs an act, of all or of one', () => {
  const world = createBusy()
  const all = status.run(world.as('two'), {})
  expect(all.sessions.map(({ session_id }) => session_id).sort()).toEqual(['one', 'script', 'two'])
  expect(all.claims.map(({ resource_name }) => resource_name).sort()).toEqual(['church', 'roof', 'tower'])
  expect(all.unread).toBe(1)
  expect(all.needs.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['expired', 'unanswered', 'quiet']),
  )
  const one = status.run(world.as(null), { session_id: 'one' })
  expect(one.claims.map(({ resource_name }) => resource_name).sort()).toEqual(['church', 'tower'])
  expect(codeOf(() => status.run(world.as(null), { session_id: 'on' }))).toBe('not_found')
})

test('a heartbeat or a claim of nobody registered is shown as unregistered, a status history among the sessions', () => {
  const world = createBusy()
  world.write(
    'status/echo_status.json',
    '{"timestamp":"2026-11-20T10:00:00Z","session":"echo","status":"working"}\n',
  )
  world.write(
    'heartbeats/2026-11-20_10-00-beat.json',
    '{"session_id":"beat","timestamp":"2026-11-20T10:00:00Z"}',
  )
  world.write(
    'claims/droplet-x.claim',
    '{"claimed_by":"claimer","resource_type":"droplet","resource_name":"x"}',
  )
  const { sessions, unregistered } = status.run(world.as(null), {})
  expect(unregistered).toEqual(['beat', 'claimer'])
  expect(sessions).toContainEqual(expect.objectContaining({ session_id: 'echo', registered: false }))
})

test("a script's session is as alive as its latest heartbeat, message or status line", () => {
  const world = createBusy()
  const level = () =>
    sessions.run(world.as(null), {}).sessions.find(({ session_id }) => session_id === 'script')?.liveness
      .level
  expect(level()).toBe('gone')
  const at = new Date(world.now - MINUTE).toISOString()
  world.write('status/script_status.json', `{"timestamp":"${at}","session":"script","status":"working"}\n`)
  expect(level()).toBe('fresh')
  world.advance(5 * MINUTE)
  expect(level()).toBe('stale')
  world.write(
    'heartbeats/2026-11-20_10-15-script.json',
    '{"session_id":"script","timestamp":"2026-11-20T10:15:00Z"}',
  )
  expect(level()).toBe('fresh')
})

test('a repaired session file is named once, however often it was looked at', () => {
  const world = createWorld('one')
  world.write('sessions/one.json', '{"session_id": "one", "status": "active", "current_work": "say \\! it"}')
  const { problems } = status.run(world.as('one'), {})
  expect(problems.map(({ path, kind }) => `${kind} ${path}`)).toEqual(['repaired sessions/one.json'])
})

describe('a refusal needs nobody any more', () => {
  const refusals = (world: World) =>
    status.run(world.as('ann'), {}).needs.filter(({ kind }) => kind === 'refused').length
  const refused = () => {
    const world = createWorld('ann', 'ben')
    claim.run(world.as('ann'), { type: 'file', name: ['f'] })
    expect(codeOf(() => claim.run(world.as('ben'), { type: 'file', name: ['f'] }))).toBe('held')
    expect(refusals(world)).toBe(1)
    return world
  }
  test('when the refused one got the claim since, though the holder has it again', () => {
    const world = refused()
    release.run(world.as('ann'), { type: 'file', name: 'f' })
    claim.run(world.as('ben'), { type: 'file', name: ['f'] })
    handoff.run(world.as('ben'), { type: 'file', name: 'f', to: 'ann' })
    expect(refusals(world)).toBe(0)
    expect(world.read('STATUS_BOARD.md')).not.toContain('was refused')
  })
  test('when the refused one has ended', () => {
    const world = refused()
    end.run(world.as('ben'), {})
    expect(refusals(world)).toBe(0)
  })
})

test('who may hang is told where its process runs without a sign, alike by status, sessions and the live views', () => {
  const world = createWorld()
  const { pid, started } = ownProcess()
  const here = { boot_id: bootId(), pid_ns: pidNamespace(), host: hostName(), pid, pid_started: started }
  const silence = (id: string, change: object) =>
    world.write(
      `sessions/${id}.json`,
      JSON.stringify({ ...world.json(`sessions/${id}.json`), ...here, ...change }),
    )
  const wait = { type: 'droplet', name: 'x', holder: 'two', pid, pid_started: started }
  const changes = {
    holds: {},
    works: { state: 'working' },
    rests: {},
    waits: { state: 'waiting' },
    lines: { state: 'working', waiting_for: wait },
    died: { state: 'working', pid_started: '1' },
    elsewhere: { state: 'working', pid_ns: 'pid:[1]' },
  }
  for (const id of Object.keys(changes)) world.start(id)
  claim.run(world.as('holds'), { type: 'droplet', name: ['church'] })
  for (const [id, change] of Object.entries(changes)) silence(id, change)
  const hung = (rows: { session_id: string; may_hang?: boolean }[]) =>
    rows
      .filter(({ may_hang }) => may_hang)
      .map(({ session_id }) => session_id)
      .sort()
  const told = () => {
    const stranded = overviewOf(world.as(null)).stranded.filter(({ state }) => state === 'hung')
    return [
      hung(status.run(world.as(null), {}).sessions),
      hung(sessions.run(world.as(null), {}).sessions),
      stranded.map(({ session_id }) => session_id).sort(),
    ]
  }
  world.advance(14 * MINUTE)
  expect(told()).toEqual([[], [], []])
  world.advance(2 * MINUTE)
  const both = ['holds', 'works']
  expect(told()).toEqual([both, both, both])
})

test('whose process is no more is told at once, and not of who ended, of another boot or of no known process', () => {
  const world = createWorld()
  const { pid, started } = ownProcess()
  const here = { boot_id: bootId(), pid_ns: pidNamespace(), host: hostName(), pid, pid_started: started }
  const changes = {
    died: { pid_started: '1' },
    ended: { pid_started: '1', status: 'completed' },
    runs: {},
    rebooted: { pid_started: '1', boot_id: 'another' },
    unknown: { pid: null, pid_started: null },
  }
  for (const [id, change] of Object.entries(changes)) {
    world.start(id)
    const file = `sessions/${id}.json`
    world.write(file, JSON.stringify({ ...world.json(file), ...here, ...change }))
  }
  const gone = (rows: { session_id: string; no_process?: boolean }[]) =>
    rows.filter(({ no_process }) => no_process).map(({ session_id }) => session_id)
  expect(gone(status.run(world.as(null), {}).sessions)).toEqual(['died'])
  expect(gone(sessions.run(world.as(null), { all: true }).sessions)).toEqual(['died'])
  expect(gone(overviewOf(world.as(null)).sessions)).toEqual(['died'])
  world.advance(20 * MINUTE)
  expect(gone(status.run(world.as(null), {}).sessions)).toEqual(['died'])
})

describe('what a session waits for is told', () => {
  const { pid, started: pid_started } = ownProcess()
  const here = { boot_id: bootId(), pid_ns: pidNamespace(), host: hostName() }
  test.each<[string, object, object, boolean]>([
    ['while its process runs', {}, { pid, pid_started }, true],
    ['not when its process is gone', {}, { pid, pid_started: '1' }, false],
    ['not when the machine was started again', { boot_id: 'before' }, { pid, pid_started }, false],
    ['not when the wait itself tells of another boot', {}, { pid, pid_started, boot_id: 'before' }, false],
    ['where it is of another host', { boot_id: 'there', host: 'far' }, { pid, pid_started: '1' }, true],
    ['where it is of another pid namespace', { pid_ns: 'pid:[1]' }, { pid, pid_started: '1' }, true],
    ['where no process is named', {}, {}, true],
  ])('%s', (_what, given, waiter, told) => {
    const world = createWorld('two')
    const waiting_for = { type: 'droplet', name: 'x', holder: 'one', ...waiter }
    world.write(
      'sessions/two.json',
      JSON.stringify({ ...world.json('sessions/two.json'), ...here, ...given, waiting_for }),
    )
    const [seen] = status.run(world.as(null), {}).sessions
    expect(seen!.waiting_for).toEqual(told ? waiting_for : null)
    const [listed] = sessions.run(world.as(null), {}).sessions
    expect(listed!.waiting_for).toEqual(told ? waiting_for : null)
    const { board: text } = board.run(world.as(null), { print: true })
    expect(text!.includes('**Waiting For:** droplet/x')).toBe(told)
  })
})
