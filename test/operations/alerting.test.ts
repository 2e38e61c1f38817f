/** Alerts are told once: whatever monitors come, go, or look at once. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { type AlertBook, mayTell, newBook, noteAlerts } from '../../src/operations/alerting.ts'
import { gc } from '../../src/operations/gc.ts'
import { monitorOf } from '../../src/operations/monitor.ts'
import { pushUpdate } from '../../src/operations/push.ts'
import { createWorld, type World } from '../helpers/world.ts'

const MINUTE = 60_000
const push = (world: World, status: string, message = 'x') =>
  void pushUpdate(world.as('m'), { status, message })

/** One look of a monitor; what it tells on a channel. */
function look(world: World, book: AlertBook, channel = 'exec-1'): string[] {
  const ctx = world.as(null)
  const { conditions } = monitorOf(ctx)
  const { open } = noteAlerts(ctx, conditions, book)
  return open.filter((alert) => mayTell(ctx, alert, channel, book)).map(({ kind }) => kind)
}

test('each level of silence is told once, and closed when the next one begins', () => {
  const world = createWorld()
  const book = newBook()
  push(world, 'working')
  const told = [0, 5, 1, 9, 1, 14, 1, 29].map((minutes) => {
    world.advance(minutes * MINUTE)
    return look(world, book).join()
  })
  expect(told).toEqual(['', 'stale', '', 'silent', '', 'gone', '', ''])
  const closed = world.list('alerts').map((name) => world.json(`alerts/${name}`))
  expect(closed.map(({ kind, closed_at }) => [kind, typeof closed_at])).toEqual([
    ['gone', 'string'],
    ['silent', 'string'],
    ['stale', 'string'],
  ])
})

test('a second monitor, and one that is started again, tell nothing that was told; another channel does', () => {
  const world = createWorld()
  push(world, 'error', 'disk full')
  expect(look(world, newBook())).toEqual(['error'])
  expect(look(world, newBook())).toEqual([])
  expect(look(world, newBook(), 'webhook-2')).toEqual(['error'])
  expect(world.list('alerts')).toEqual(['2026-11-20_10-00-00-000-error-m.json'])
})

test('what flaps is told once; what comes back after a while is told again', () => {
  const world = createWorld()
  const book = newBook()
  const told = [0, 1, 1, 1, 1, 20, 1].map((minutes, at) => {
    world.advance(minutes * MINUTE)
    push(world, at % 2 === 0 ? 'blocked' : 'working')
    return look(world, book).length
  })
  expect(told).toEqual([1, 0, 0, 0, 0, 0, 0])
  world.advance(MINUTE)
  push(world, 'working')
  look(world, book)
  world.advance(11 * MINUTE)
  push(world, 'blocked')
  expect(look(world, book)).toEqual(['blocked'])
})

test('a room that takes no alerts is still watched, and each cause told once', () => {
  const world = createWorld()
  push(world, 'error')
  fs.rmSync(path.join(world.root, 'alerts'), { recursive: true })
  world.write('alerts', 'in the way')
  const book = newBook()
  expect([look(world, book), look(world, book)]).toEqual([['error'], []])
  push(world, 'working')
  expect(look(world, book)).toEqual([])
})

test('an alert file that is no alert is left alone', () => {
  const world = createWorld()
  world.write('alerts/x.json', '{')
  world.write('alerts/other.json', JSON.stringify({ id: 'not other' }))
  push(world, 'error')
  expect(look(world, newBook())).toEqual(['error'])
  expect(world.list('alerts')).toHaveLength(3)
})

test('gc removes alerts a month after they ended, with the notes of who was told', () => {
  const world = createWorld()
  push(world, 'error')
  look(world, newBook())
  push(world, 'completed')
  world.advance(MINUTE)
  look(world, newBook())
  world.advance(29 * 86_400_000)
  expect(gc.run(world.as(null), { 'dry-run': true }).counts.alerts).toBe(0)
  world.advance(86_400_000)
  expect(gc.run(world.as(null), {}).counts.alerts).toBe(2)
  expect(world.list('alerts')).toEqual([])
  expect(world.list('.state/alerts')).toEqual([])
  expect(gc.run(world.as(null), {}).total).toBe(0)
})

test('the monitor reads only, and knows who is gone', () => {
  const world = createWorld()
  push(world, 'working')
  world.start('one', { work: 'dashboard' })
  world.advance(31 * MINUTE)
  const seen = monitorOf(world.as(null))
  expect(seen).toMatchObject({
    severity: 'critical',
    gone_sessions: ['one', 'm'],
    summary: { total_sessions: 0 },
  })
  expect(seen.conditions.map(({ kind, session_id }) => `${kind} ${session_id}`)).toEqual(['gone m'])
  expect(world.list('alerts')).toEqual([])
})
