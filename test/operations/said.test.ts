/** Lines that scripts append for registered sessions: `echo '{…}' >> COORDINATION/status/NAME_status.json`. */
import fs from 'node:fs'
import { expect, test } from 'vitest'
import { board } from '../../src/operations/board.ts'
import { end } from '../../src/operations/end.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { menubar } from '../../src/operations/menubar.ts'
import { monitorOf } from '../../src/operations/monitor.ts'
import { overview } from '../../src/operations/overview.ts'
import { pushUpdate } from '../../src/operations/push.ts'
import { sessions } from '../../src/operations/sessions.ts'
import { status } from '../../src/operations/status.ts'
import { createWorld, type World } from '../helpers/world.ts'

const MINUTE = 60_000

/** As `date -u +%Y-%m-%dT%H:%M:%SZ` tells the time. */
function echo(world: World, line: object): void {
  const timestamp = `${new Date(world.now).toISOString().slice(0, 19)}Z`
  const text = `${JSON.stringify({ timestamp, session: 'bob', message: 'm', ...line })}\n`
  fs.appendFileSync(`${world.root}/status/bob_status.json`, text)
}

function bob(): World {
  const world = createWorld('bob')
  heartbeat.run(world.as('bob'), { action: 'building', target: 'site', phase: 'CSS', progress: '10%' })
  return world
}

test('a line of a script is the state, the words and a sign of life of a registered session on every page', () => {
  const world = bob()
  world.advance(7 * MINUTE)
  echo(world, { status: 'error', message: 'disk full', progress: 0.4, task_id: '160' })
  const { summary, sessions: rows, needs } = overview.run(world.as(null), {})
  expect(summary).toMatchObject({ error_sessions: ['bob'], stale_sessions: [] })
  expect(rows).toMatchObject([
    {
      ...{
        status: 'error',
        message: 'disk full',
        progress: 0.4,
        task_id: '160',
        target: 'site',
        phase: 'CSS',
      },
      ...{ liveness: { level: 'fresh' }, timestamp: '2026-11-20T10:07:00.000Z' },
    },
  ])
  expect(needs).toMatchObject([{ kind: 'error', text: 'bob reports an error 1s on site: "disk full"' }])
  const { severity, conditions } = monitorOf(world.as(null))
  expect([severity, conditions.map(({ kind }) => kind)]).toEqual(['critical', ['error']])
  for (const told of [status.run(world.as(null), {}), sessions.run(world.as(null), {})])
    expect(told.sessions).toMatchObject([
      { state: 'error', liveness: { level: 'fresh' }, last: { message: 'disk full', progress: '40%' } },
    ])
  expect(status.run(world.as(null), {}).needs).toMatchObject([{ kind: 'error' }])
  expect(board.run(world.as(null), { print: true }).board).toContain('- **Status:** Error\n')
})

test('an act after the line says it anew; a line within the second of an act is later than the act', () => {
  const world = bob()
  const state = () => overview.run(world.as(null), {}).sessions.map((row) => row.status)
  world.advance(MINUTE + 400)
  heartbeat.run(world.as('bob'), { action: 'building', target: 'site' })
  expect(state()).toEqual(['working'])
  echo(world, { status: 'blocked' })
  expect(state()).toEqual(['blocked'])
  world.advance(MINUTE)
  heartbeat.run(world.as('bob'), { action: 'building', target: 'site' })
  expect(state()).toEqual(['working'])
})

test('an older line, and a line of a session that ended, change nothing', () => {
  const world = bob()
  world.advance(MINUTE)
  echo(world, { status: 'error', timestamp: '2026-11-20T09:00:00Z' })
  expect(overview.run(world.as(null), {}).sessions).toMatchObject([{ status: 'working' }])
  end.run(world.as('bob'), {})
  world.advance(MINUTE)
  echo(world, { status: 'error' })
  expect(overview.run(world.as(null), {}).sessions).toEqual([])
  expect(sessions.run(world.as(null), { all: true }).sessions).toMatchObject([{ status: 'completed' }])
})

test('a word without a progress has none, on every page', () => {
  const world = createWorld('bob')
  const shown = () => [
    overview.run(world.as(null), {}).sessions.map(({ progress, eta }) => [progress, eta]),
    status.run(world.as(null), {}).sessions.map(({ last }) => last?.progress),
  ]
  pushUpdate(world.as('bob'), { status: 'working', message: 'm', progress: 0.25 })
  world.advance(MINUTE)
  pushUpdate(world.as('bob'), { status: 'working', message: 'm', progress: 0.333 })
  world.advance(1000)
  expect(shown()).toMatchObject([[[0.333, expect.any(String)]], ['33.3%']])
  heartbeat.run(world.as('bob'), { action: 'building', target: 'site' })
  expect(shown()).toEqual([[[null, null]], [null]])
  echo(world, { status: 'working', progress: 0.5 })
  expect(shown()).toMatchObject([[[0.5, expect.any(String)]], ['50%']])
})

test('a status file whose name is no id makes no row, no alert, and no word of a command', () => {
  const world = createWorld()
  const text = JSON.stringify({ timestamp: '2026-11-20T10:00:00Z', session: 'x', status: 'working' })
  world.write('status/--dir=evil_status.json', text)
  const seen = () => {
    const { menu } = menubar.run(world.as(null), {})
    return JSON.stringify([menu, monitorOf(world.as(null)), sessions.run(world.as(null), {}).sessions])
  }
  expect(seen()).not.toContain('evil')
  world.advance(40 * MINUTE)
  expect(seen()).not.toContain('evil')
})
