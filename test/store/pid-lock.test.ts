import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import {
  holdsPidLock,
  monotonic,
  releasePidLock,
  takePidLock,
  withPidLock,
} from '../../src/store/pid-lock.ts'
import { bootId, ownStart, pidNamespace, readProcess } from '../../src/store/processes.ts'
import { createWorld } from '../helpers/world.ts'
import { codeOf, failing } from './helpers.ts'

const HERE = `${bootId()} ${pidNamespace()}`

function createLock() {
  const world = createWorld()
  const room = world.as(null).room()
  return { room, file: path.join(world.root, '.state/locks/test') }
}

/** A lock file as another process would leave it, seconds old. */
function leave(file: string, text: string, age_s = 0): void {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, text)
  const then = Date.now() / 1000 - age_s
  fs.utimesSync(file, then, then)
}

test('a lock is held by one, given back, and taken again', () => {
  const { room, file } = createLock()
  const first = takePidLock(room, 'test', 0)!
  expect(holdsPidLock(first)).toBe(true)
  expect(takePidLock(room, 'test', 0)).toBeNull()
  releasePidLock(first)
  expect(fs.existsSync(file)).toBe(false)
  expect(takePidLock(room, 'test', 0)).not.toBeNull()
})

test('the lock of a live process is respected for as long as patience lasts', async () => {
  const { room, file } = createLock()
  const child = spawn('sleep', ['60'])
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child, 'spawn')
  leave(file, `${child.pid} ${readProcess(child.pid!)!.started} ${HERE} mark`)
  const before = monotonic()
  expect(takePidLock(room, 'test', 40)).toBeNull()
  expect(monotonic() - before).toBeGreaterThanOrEqual(40)
  expect(fs.existsSync(file)).toBe(true)
})

test('the lock of a process that is gone is broken at once', async () => {
  const { room, file } = createLock()
  const child = spawn('sleep', ['60'])
  await once(child, 'spawn')
  const started = readProcess(child.pid!)!.started
  child.kill('SIGKILL')
  await once(child, 'exit')
  leave(file, `${child.pid} ${started} ${HERE} mark`)
  expect(takePidLock(room, 'test', 0)).not.toBeNull()
})

test('the lock of an earlier process with a pid that lives again is broken at once', () => {
  const { room, file } = createLock()
  leave(file, `${process.pid} ${Number(ownStart()) - 1} ${HERE} mark`)
  expect(takePidLock(room, 'test', 0)).not.toBeNull()
})

test.each([
  ['another pid namespace', `${bootId()} pid:[1] mark`],
  ['another boot', `other ${pidNamespace()} mark`],
  ['nobody knows where', 'mark'],
])(
  'a lock from %s is respected, as nobody here can tell whether its process runs, until it is old',
  (_from, where) => {
    const { room, file } = createLock()
    leave(file, `4194305 1 ${where}`)
    expect(takePidLock(room, 'test', 0)).toBeNull()
    leave(file, `4194305 1 ${where}`, 6)
    expect(takePidLock(room, 'test', 0)).not.toBeNull()
  },
)

test.each([6, -6])('a lock whose time is %i seconds off is broken, whoever holds it', (age) => {
  const { room, file } = createLock()
  leave(file, `${process.pid} ${ownStart()} ${HERE} mark`, age)
  expect(takePidLock(room, 'test', 0)).not.toBeNull()
})

test.each(['', 'junk', '0 1 x'])('a fresh lock that says %j is respected, an old one broken', (text) => {
  const { room, file } = createLock()
  leave(file, text)
  expect(takePidLock(room, 'test', 0)).toBeNull()
  leave(file, text, 6)
  expect(takePidLock(room, 'test', 0)).not.toBeNull()
})

test('who lost the lock meanwhile neither holds it nor takes it from its new holder', () => {
  const { room, file } = createLock()
  const old = takePidLock(room, 'test', 0)!
  const then = Date.now() / 1000 - 6
  fs.utimesSync(file, then, then)
  const later = process.hrtime.bigint() + 6_000_000_000n
  vi.spyOn(process.hrtime, 'bigint').mockReturnValue(later)
  onTestFinished(() => void vi.restoreAllMocks())
  const young = takePidLock(room, 'test', 0)!
  expect(holdsPidLock(old)).toBe(false)
  releasePidLock(old)
  expect(holdsPidLock(young)).toBe(true)
})

test('a lock that can not be removed, old as it is, is given up and not tried for ever', () => {
  const { room, file } = createLock()
  fs.mkdirSync(path.join(file, 'inner'), { recursive: true })
  const then = Date.now() / 1000 - 60
  fs.utimesSync(file, then, then)
  expect(takePidLock(room, 'test', 10)).toBeNull()
})

test('running with the lock gives it back, also when it fails; without the lock nothing runs', () => {
  const { room, file } = createLock()
  expect(withPidLock(room, 'test', 0, () => fs.existsSync(file))).toBe(true)
  const fail = () => {
    throw new Error('inside')
  }
  expect(() => withPidLock(room, 'test', 0, fail)).toThrow('inside')
  expect(fs.existsSync(file)).toBe(false)
  takePidLock(room, 'test', 0)
  expect(withPidLock(room, 'test', 0, fail)).toBeNull()
})

test('a lock that can not be written is refused by its reason', () => {
  const { room, file } = createLock()
  failing('openSync', 'ENOSPC', (name) => name === file)
  expect(codeOf(() => takePidLock(room, 'test', 0))).toBe('disk_full')
})
