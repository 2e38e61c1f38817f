import { expect, test } from 'vitest'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { readStatus } from '../../src/store/status.ts'
import { createWorld } from '../helpers/world.ts'
import { failing, isWrite } from '../store/helpers.ts'

test('a heartbeat is written in the form of the seed, and its line carries progress and task', () => {
  const world = createWorld('one')
  const given = {
    action: 'testing',
    target: 'church',
    phase: 'Build',
    progress: '0.3',
    next: 'roof',
    files: ['a.ts'],
    eta: '2h',
  }
  heartbeat.run(world.as('one'), { ...given, task: 'T-1', meta: ['items=15'], message: 'going well' })
  expect(world.json('heartbeats/2026-11-20_10-00-00-000-one.json')).toEqual({
    session_id: 'one',
    timestamp: '2026-11-20T10:00:00.000Z',
    action: 'testing',
    target: 'church',
    phase: 'Build',
    files_touched: ['a.ts'],
    progress: '30%',
    next_action: 'roof',
    estimated_completion: '2026-11-20T12:00:00.000Z',
    state: 'working',
    message: 'going well',
    task_id: 'T-1',
    metadata: { items: '15' },
  })
  expect(readStatus(world.as(null).room(), 'one').at(-1)).toMatchObject({
    status: 'working',
    progress: 0.3,
    task_id: 'T-1',
    message: 'going well',
    metadata: { event: 'heartbeat', items: '15' },
  })
})

test.each([
  [{ progress: '130%' }, 'progress'],
  [{ state: 'sleeping' }, 'state'],
  [{ eta: 'soon' }, 'eta'],
  [{ meta: ['novalue'] }, 'meta'],
])('a heartbeat with %j is refused naming %s and leaves no file', (more, argument) => {
  const world = createWorld('one')
  expect(() => heartbeat.run(world.as('one'), { action: 'x', ...more })).toThrow(
    expect.objectContaining({ code: 'invalid', details: { argument } }),
  )
  expect(world.list('heartbeats')).toEqual([])
})

test('an idle heartbeat clears the work, one without a target keeps it', () => {
  const world = createWorld()
  world.start('one', { work: 'church' })
  heartbeat.run(world.as('one'), { action: 'testing' })
  expect(world.json('sessions/one.json')).toMatchObject({ current_work: 'church', state: 'working' })
  heartbeat.run(world.as('one'), { action: 'idle' })
  expect(world.json('sessions/one.json')).toMatchObject({ current_work: null, state: 'idle' })
})

test('a heartbeat is acknowledged with a warning when the machine files can not be written', () => {
  const world = createWorld('one')
  failing('openSync', 'ENOSPC', (file, flags) => String(file).includes('/.state/') && isWrite(flags))
  const ctx = world.as('one')
  heartbeat.run(ctx, { action: 'building' })
  expect(ctx.warnings.join()).toContain('no space left')
  expect(world.list('heartbeats')).toHaveLength(1)
})
