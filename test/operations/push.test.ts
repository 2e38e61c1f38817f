import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { board } from '../../src/operations/board.ts'
import { claim } from '../../src/operations/claim.ts'
import { doctor } from '../../src/operations/doctor.ts'
import { overview } from '../../src/operations/overview.ts'
import { push, pushUpdate } from '../../src/operations/push.ts'
import { start } from '../../src/operations/start.ts'
import { status } from '../../src/operations/status.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { createWorld, EPOCH, worldIn } from '../helpers/world.ts'

const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

test('a push of a session is a line of its history, and its state', () => {
  const world = createWorld()
  world.start('one', { work: 'dashboard' })
  const { update, registered } = push.run(world.as('one'), {
    ...{
      status: 'blocked',
      message: 'waiting for keys',
      progress: '0.45',
      task_id: '160',
      meta: ['phase=deploy'],
    },
  })
  expect(registered).toBe(true)
  expect(update).toMatchObject({ session: 'one', status: 'blocked', progress: 0.45, task_id: '160' })
  expect(lines(world.read('status/one_status.json')).at(-1)).toEqual({
    ...{
      timestamp: new Date(EPOCH).toISOString(),
      session: 'one',
      status: 'blocked',
      progress: 0.45,
      task_id: '160',
    },
    ...{ message: 'waiting for keys', metadata: { event: 'push', phase: 'deploy' } },
  })
  const { state, last } = world.json('sessions/one.json')
  expect([state, last]).toMatchObject([
    'blocked',
    { message: 'waiting for keys', progress: '45%', task_id: '160' },
  ])
})

test('a name that nobody registered pushes too, and is among the live', () => {
  const world = createWorld()
  const { registered } = push.run(world.as('manager1'), {
    status: 'working',
    message: 'querying',
    progress: '0.5',
  })
  expect(registered).toBe(false)
  expect(lines(world.read('status/manager1_status.json'))).toEqual([
    {
      timestamp: new Date(EPOCH).toISOString(),
      session: 'manager1',
      status: 'working',
      progress: 0.5,
      message: 'querying',
    },
  ])
  const { sessions, summary } = overview.run(world.as(null), {})
  expect(sessions).toMatchObject([
    { session_id: 'manager1', registered: false, status: 'working', progress: 0.5 },
  ])
  expect(summary).toMatchObject({
    total_sessions: 1,
    by_status: { working: 1 },
    working_sessions: ['manager1'],
  })
})

test.each([
  ['a status that is none', { status: 'busy', message: 'x' }, 'state'],
  ['an empty message', { status: 'working', message: ' ' }, 'message'],
  ['a progress beyond all', { status: 'working', message: 'x', progress: 1.5 }, 'progress'],
  ['an update without a message', { status: 'working' }, 'message'],
  ['an update without a status', { message: 'x' }, 'status'],
  ['a message that is no text', { status: 'working', message: 7 }, 'message'],
  ['a progress as text', { status: 'working', message: 'x', progress: '0.4' }, 'progress'],
  ['a progress that is no number', { status: 'working', message: 'x', progress: Number.NaN }, 'progress'],
  ['a task that is no text', { status: 'working', message: 'x', task_id: 160 }, 'task_id'],
  ['metadata as a list', { status: 'working', message: 'x', metadata: [] }, 'metadata'],
  ['a name that can be no file', { status: 'working', message: 'x' }, 'session', '../evil'],
])('%s is refused, and nothing is written', (_, said, argument, name = 'm') => {
  const world = createWorld()
  expect(() => pushUpdate(world.as(name), said as never)).toThrow(
    expect.objectContaining({ code: 'invalid', details: { argument } }),
  )
  expect(world.list('status')).toEqual([])
})

test('to whoever starts a session, the names that push are here', () => {
  const world = createWorld()
  push.run(world.as('m'), { status: 'working', message: 'x' })
  const { sessions } = start.run(world.as(null), { id: 'one' })
  expect(sessions).toMatchObject([{ session_id: 'm', registered: false, state: 'working' }])
  world.advance(30 * 60_000)
  expect(start.run(world.as(null), { id: 'two' }).sessions.map((each) => each.session_id)).not.toContain('m')
})

test('a name that only pushes is no problem; one that claims, or was a session, is', () => {
  const world = createWorld()
  for (const name of ['m', 'n']) push.run(world.as(name), { status: 'working', message: 'x' })
  for (const id of ['lost', 'holder']) world.start(id)
  claim.run(world.as('holder'), { type: 'page', name: ['home'] })
  for (const id of ['lost', 'holder']) fs.unlinkSync(path.join(world.root, `sessions/${id}.json`))
  world.write(
    'status/holder_status.json',
    `{"timestamp":"${new Date(EPOCH).toISOString()}","session":"holder","status":"working"}\n`,
  )
  const { problems } = doctor.run(world.as(null), {})
  const found = problems.filter(({ kind }) => kind === 'unregistered')
  expect(found.map((each) => each.path)).toEqual(['sessions/holder.json', 'sessions/lost.json'])
})

test('what is null in an update of a program is as if it were left out', () => {
  const world = createWorld()
  const said = { status: 'working', message: 'x', progress: null, task_id: null, metadata: null }
  const { timestamp: _, ...update } = pushUpdate(world.as('m'), said as never).update
  expect(update).toEqual({ session: 'm', status: 'working', message: 'x' })
})

test('a name that pushes where there is no room makes it; nobody else does', () => {
  const world = worldIn(temporaryDirectory())
  const here = { status: 'completed', message: 'done', progress: '1' }
  expect(() => push.run(world.as(null), here)).toThrow(expect.objectContaining({ code: 'not_initialized' }))
  expect(() => push.run(world.as('m'), { ...here, status: 'busy' })).toThrow()
  expect(() => push.run(world.as('../m'), here)).toThrow()
  expect(() => world.list('.')).toThrow()
  expect(push.run(world.as('m'), here).update).toMatchObject({ session: 'm', progress: 1 })
  expect(world.list('.')).toContain('config.json')
})

test('nothing short of all is told as all', () => {
  const world = createWorld('one')
  for (const name of ['one', 'm'])
    push.run(world.as(name), { status: 'working', message: 'x', progress: '0.9996' })
  const { sessions } = status.run(world.as(null), {})
  expect(sessions.map(({ last }) => last?.progress)).toEqual(['99.9%', '99.9%'])
})

test('a pushing name is stale after five minutes and out of the live view after thirty', () => {
  const world = createWorld()
  push.run(world.as('m'), { status: 'working', message: 'x' })
  const seen = () => overview.run(world.as(null), {}).sessions.map(({ liveness }) => liveness.level)
  expect(seen()).toEqual(['fresh'])
  world.advance(5 * 60_000)
  expect(seen()).toEqual(['stale'])
  world.advance(10 * 60_000)
  expect(seen()).toEqual(['silent'])
  world.advance(15 * 60_000)
  expect(seen()).toEqual([])
})

test('status files are opened only where somebody speaks without being registered, or a script for a session', () => {
  const world = createWorld('one')
  const act = () => fs.utimesSync(`${world.root}/status/one_status.json`, EPOCH / 1000, EPOCH / 1000)
  act()
  const look = () => {
    const ctx = world.as(null)
    const room = ctx.room()
    const { upkeep } = room.lazy
    let opened = 0
    room.lazy = {
      ...room.lazy,
      upkeep: () => ({
        ...upkeep(),
        readTails: (...given) => {
          opened++
          return upkeep().readTails(...given)
        },
      }),
    }
    const { sessions } = status.run(ctx, {})
    return { opened, ids: sessions.map(({ session_id }) => session_id) }
  }
  expect(look()).toEqual({ opened: 0, ids: ['one'] })
  fs.utimesSync(`${world.root}/status/one_status.json`, EPOCH / 1000, EPOCH / 1000 + 1)
  expect(look()).toEqual({ opened: 1, ids: ['one'] })
  act()
  push.run(world.as('m'), { status: 'working', message: 'x' })
  expect(look()).toEqual({ opened: 1, ids: ['m', 'one'] })
})

test('a name that pushes is a session on every page, and never told to read mail', () => {
  const world = createWorld()
  push.run(world.as('m'), { status: 'error', message: 'disk full', progress: '45%', meta: ['target=backup'] })
  const { sessions, needs, unregistered } = status.run(world.as(null), {})
  expect(sessions).toMatchObject([
    { session_id: 'm', registered: false, state: 'error', current_work: 'backup', last: { progress: '45%' } },
  ])
  expect(needs).toMatchObject([
    { kind: 'error', text: 'm reports an error 1s on backup: "disk full"', act: null },
  ])
  expect(unregistered).toEqual([])
  expect(overview.run(world.as(null), {}).needs).toMatchObject([{ kind: 'error' }])
  const { board: page } = board.run(world.as(null), { print: true })
  expect(page).toContain('### m\n- **Status:** Error\n- **Working On:** backup\n- **Progress:** 45%\n')
})

test('what a session said last stands, whatever it claims and sends after it', () => {
  const world = createWorld('one')
  push.run(world.as('one'), { status: 'error', message: 'the disk is full' })
  world.advance(1000)
  claim.run(world.as('one'), { type: 'file', name: ['x'] })
  const [row] = overview.run(world.as(null), {}).sessions
  expect(row).toMatchObject({ status: 'error', message: 'the disk is full' })
})
