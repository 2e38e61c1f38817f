import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { release } from '../../src/operations/release.ts'
import { createWorld, EPOCH, type World } from '../helpers/world.ts'

const COUNT = 90
const CACHE = '.state/board-cache'

/** A room large enough for the cache, its sessions written as scripts write them. */
function createLarge(): World {
  const world = createWorld()
  for (let i = 0; i < COUNT; i++) writeSession(world, `many-${i}`, `work-${i}`)
  world.start('one')
  return world
}

function writeSession(world: World, id: string, work: string): void {
  const seen = new Date(EPOCH).toISOString()
  world.write(
    `sessions/${id}.json`,
    JSON.stringify({ session_id: id, status: 'active', current_work: work, last_seen: seen }),
  )
}

const boardOf = (world: World) => world.read('STATUS_BOARD.md')

test('a small room keeps no cache', () => {
  const world = createWorld('one')
  expect(fs.existsSync(path.join(world.root, CACHE))).toBe(false)
})

test('a large room is read whole once, and from the cache within ten seconds', () => {
  const world = createLarge()
  expect(boardOf(world)).toContain('work-89')
  writeSession(world, 'many-7', 'changed in place by a script')
  heartbeat.run(world.as('one'), { action: 'building', target: 'mine' })
  expect(boardOf(world)).toContain('**Working On:** mine')
  expect(boardOf(world)).toContain('work-7\n')
  world.advance(11_000)
  heartbeat.run(world.as('one'), { action: 'building', target: 'mine' })
  expect(boardOf(world)).toContain('changed in place by a script')
})

test('every act of coord is on the board at once, from the cache or not', () => {
  const world = createLarge()
  world.start('two')
  for (let i = 0; i < 12; i++) {
    const who = i % 2 === 0 ? 'one' : 'two'
    heartbeat.run(world.as(who), { action: 'building', target: `round-${i}` })
    claim.run(world.as(who), { type: 'task', name: [`t${i}`] })
    expect(boardOf(world)).toContain(`**Working On:** round-${i}`)
    expect(boardOf(world)).toContain(`**task/t${i}** - ${who}`)
    release.run(world.as(who), { type: 'task', name: `t${i}` })
    expect(boardOf(world)).not.toContain(`**task/t${i}** - ${who}`)
    world.advance(3000)
  }
})

test('new and vanished files are seen although the cache does not know them', () => {
  const world = createLarge()
  writeSession(world, 'newcomer', 'fresh work')
  fs.rmSync(path.join(world.root, 'sessions/many-3.json'))
  heartbeat.run(world.as('one'), { action: 'x' })
  expect(boardOf(world)).toContain('### newcomer')
  expect(boardOf(world)).not.toContain('### many-3\n')
})

test('what is not in the cache, being a copy or no record, is looked at and named by every refresh', () => {
  const world = createLarge()
  const copy = JSON.stringify({
    session_id: 'many-3',
    status: 'active',
    last_seen: new Date(EPOCH).toISOString(),
  })
  world.write('sessions/many-3 2.json', copy)
  world.write('sessions/odd.json', '{"session_id":"odd","status":"active",}')
  world.advance(11_000)
  for (let round = 0; round < 3; round++) {
    heartbeat.run(world.as('one'), { action: 'x', target: `round-${round}` })
    expect(boardOf(world)).toContain(`round-${round}`)
    expect(boardOf(world)).toContain('repeats session many-3')
    expect(boardOf(world)).toContain('sessions/odd.json: is no session record')
  }
})

test('a damaged, truncated or emptied cache or journal only costs a whole read', () => {
  const world = createLarge()
  const whole = world.read(CACHE)
  for (const text of ['', 'junk', whole.slice(0, whole.length / 2), `${EPOCH} 0 3\nsessions/many-1.json\n`]) {
    world.write(CACHE, text)
    heartbeat.run(world.as('one'), { action: 'x' })
    expect(boardOf(world)).toContain('work-89')
  }
  fs.truncateSync(path.join(world.root, '.state/board-journal'), 0)
  heartbeat.run(world.as('one'), { action: 'x', target: 'after' })
  expect(boardOf(world)).toContain('**Working On:** after')
})

test('a long journal is emptied before the room is read whole', () => {
  const world = createLarge()
  fs.appendFileSync(path.join(world.root, '.state/board-journal'), '.\n'.repeat(140_000))
  heartbeat.run(world.as('one'), { action: 'x', target: 'after' })
  expect(boardOf(world)).toContain('**Working On:** after')
  expect(world.read('.state/board-journal')).toBe('')
})
