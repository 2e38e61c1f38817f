/** The page of `coord monitor`, without a process: what stands in which group, with which bar. */
import { expect, test } from 'vitest'
import { layOut } from '../../src/faces/cli/columns.ts'
import { printMonitor } from '../../src/faces/cli/monitor/page.ts'
import { createPage } from '../../src/faces/cli/page.ts'
import { claim } from '../../src/operations/claim.ts'
import { monitorOf } from '../../src/operations/monitor.ts'
import { pushUpdate } from '../../src/operations/push.ts'
import { createWorld, type World } from '../helpers/world.ts'

function pageOf(world: World): string[] {
  const ctx = world.as(null)
  const { page, out } = createPage({
    ...{ now: () => world.now, quiet: false, colour: false, width: 100, layOut },
  })
  printMonitor(monitorOf(ctx), page)
  return out
}

const says = (world: World, name: string, status: string, progress?: number) =>
  pushUpdate(world.as(name), { status, message: 'x', ...(progress === undefined ? {} : { progress }) })

test('who rests is not among the stale, and the totals agree with the groups', () => {
  const world = createWorld()
  for (const name of ['w1', 'w2']) says(world, name, 'working')
  for (const name of ['rests', 'done']) says(world, name, name === 'done' ? 'completed' : 'idle')
  world.start('holder')
  says(world, 'holder', 'idle')
  claim.run(world.as('holder'), { type: 'page', name: ['home'] })
  says(world, 'holder', 'idle')
  says(world, 'stuck', 'blocked')
  world.advance(10 * 60_000)
  says(world, 'w3', 'working')
  const page = pageOf(world)
  expect(page[1]).toBe('by status: blocked 1, working 3 (2 stale), idle 2 (1 stale), completed 1')
  expect(page.filter((line) => !line.startsWith(' ')).slice(2)).toEqual([
    'blocked (1)',
    'stale (3)',
    'working (1)',
    'idle (1)',
    'completed (1)',
  ])
})

test.each([
  ['working', 0.45, '████░░░░░░  45%'],
  ['working', 0.995, '█████████░  99%'],
  ['blocked', 1, '██████████  100%'],
  ['error', 0.45, null],
  ['idle', 0.45, null],
  ['waiting', 0.45, null],
  ['completed', 1, null],
])('a row that is %s at %d has the bar %j', (status, progress, bar) => {
  const world = createWorld()
  says(world, 'a', status, progress)
  const [row] = pageOf(world).filter((line) => line.startsWith(' '))
  if (bar === null) expect(row).not.toMatch(/[█░%]/)
  else expect(row).toContain(`a  ${bar}  x`)
})
