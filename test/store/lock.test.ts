import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { withGuard } from '../../src/store/lock.ts'
import { monotonic } from '../../src/store/pid-lock.ts'
import { createWorld } from '../helpers/world.ts'

function createGuard() {
  const world = createWorld()
  const room = world.as(null).room()
  const lock = path.join(world.root, '.state/locks/droplet-church.lock')
  return { room, lock }
}

test('while it runs the guard is there, afterwards it is gone, also after a failure', () => {
  const { room, lock } = createGuard()
  expect(withGuard(room, 'droplet-church', () => fs.existsSync(lock))).toBe(true)
  const fail = () => {
    throw new Error('inside')
  }
  expect(() => withGuard(room, 'droplet-church', fail)).toThrow('inside')
  expect(fs.existsSync(lock)).toBe(false)
})

test('a guard that somebody else holds is waited for 150 ms, then the work goes on without it', () => {
  const { room, lock } = createGuard()
  fs.mkdirSync(lock, { recursive: true })
  const before = monotonic()
  expect(withGuard(room, 'droplet-church', () => 'done')).toBe('done')
  expect(monotonic() - before).toBeGreaterThanOrEqual(150)
  expect(fs.existsSync(lock)).toBe(true)
})

test('a guard that was left behind is taken over', () => {
  const { room, lock } = createGuard()
  fs.mkdirSync(lock, { recursive: true })
  const then = Date.now() / 1000 - 60
  fs.utimesSync(lock, then, then)
  withGuard(room, 'droplet-church', () => expect(Date.now() - fs.statSync(lock).mtimeMs).toBeLessThan(5000))
  expect(fs.existsSync(lock)).toBe(false)
})

test("a guard that is taken away meanwhile is nobody's loss", () => {
  const { room, lock } = createGuard()
  expect(withGuard(room, 'droplet-church', () => fs.rmdirSync(lock) ?? 'done')).toBe('done')
})

test('where no lock can be made the work is done without', () => {
  const { room } = createGuard()
  fs.rmSync(path.join(room.root, '.state/locks'), { recursive: true, force: true })
  fs.writeFileSync(path.join(room.root, '.state/locks'), '')
  expect(withGuard(room, 'droplet-church', () => 'done')).toBe('done')
})
