/** What a session's record tells of a wait: whether the process that waits may still run, as far as this machine can look it up. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { tellingWait } from '../../src/operations/telling-wait.ts'
import { bootId, ownTraces, pidNamespace } from '../../src/store/processes.ts'
import { createWorld, type World } from '../helpers/world.ts'

const church = { resource_type: 'droplet', resource_name: 'church' }
const inode = (world: World, file: string) => fs.statSync(path.join(world.root, file)).ino

/** A world with a session whose record says so. */
function withSession(change: object): World {
  const world = createWorld('one')
  world.write('sessions/one.json', JSON.stringify({ ...world.json('sessions/one.json'), ...change }))
  return world
}

test('a wait of a session that comes from an earlier boot is told once, and nothing is written while it stays the same', () => {
  const world = withSession({ pid: null, boot_id: 'the one before' })
  fs.rmSync(path.join(world.root, '.state/bindings'), { recursive: true, force: true })
  const ctx = world.as('one')
  const room = ctx.room()
  const tell = tellingWait(ctx, room, world.json('sessions/one.json') as never, [church])
  tell('two')
  expect(world.json('sessions/one.json')).toMatchObject({
    boot_id: 'the one before',
    waiting_for: { type: 'droplet', name: 'church', holder: 'two', ...ownTraces() },
  })
  const before = ['sessions/one.json', 'STATUS_BOARD.md'].map((file) => inode(world, file))
  for (let n = 0; n < 3; n++) tell('two')
  expect(['sessions/one.json', 'STATUS_BOARD.md'].map((file) => inode(world, file))).toEqual(before)
})

const GONE = 2 ** 22 + 1

test.each<[string, object, boolean]>([
  ['is gone', { pid: GONE, boot_id: bootId(), pid_ns: pidNamespace() }, false],
  ['is gone, of a record that names no boot', { pid: GONE }, false],
  ['is of an earlier boot', { pid: process.ppid, boot_id: 'before', pid_ns: pidNamespace() }, false],
  ['lives', { pid: process.ppid, boot_id: bootId(), pid_ns: pidNamespace() }, true],
  ['is of another pid namespace', { pid: GONE, boot_id: bootId(), pid_ns: 'pid:[1]' }, true],
])('a wait whose process %s: a heartbeat keeps it if that may still run', (_which, facts, stays) => {
  const waiting_for = { type: 'droplet', name: 'church', holder: 'two', ...facts }
  const world = withSession({ boot_id: 'the one before', waiting_for })
  heartbeat.run(world.as('one'), { action: 'building' })
  expect(world.json('sessions/one.json').waiting_for).toEqual(stays ? waiting_for : null)
})
