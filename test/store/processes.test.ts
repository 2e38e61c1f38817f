import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  ancestors,
  bootClock,
  bootId,
  isAlive,
  ownStart,
  pidNamespace,
  readProcess,
  walkAncestors,
} from '../../src/store/processes.ts'
import { temporaryDirectory } from '../helpers/directories.ts'

async function started(command: string, ...args: string[]) {
  const child = spawn(command, args)
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child, 'spawn')
  return child
}

test('this process is found with its parent and its start', () => {
  const own = readProcess(process.pid)!
  expect(own).toMatchObject({ pid: process.pid, parent: process.ppid, started: ownStart() })
  expect(own.started).toMatch(/^\d+$/)
})

test.each(['a) S 1 1 (b', 'has space', '((x)'])('a process called "%s" is read right', async (name) => {
  const link = path.join(temporaryDirectory(), name)
  fs.copyFileSync(fs.realpathSync('/bin/sleep'), link)
  const child = await started(link, '60')
  expect(readProcess(child.pid!)).toMatchObject({ name, parent: process.pid })
  expect(isAlive(child.pid!, readProcess(child.pid!)!.started)).toBe('alive')
})

test('a process that is not there is null', () => {
  expect(readProcess(2 ** 30)).toBeNull()
})

test('the ancestors begin with the parent, follow each other, and end before pid 1', () => {
  const chain = ancestors()
  expect(chain[0]?.pid).toBe(process.ppid)
  for (const [index, { parent }] of chain.slice(0, -1).entries()) expect(chain[index + 1]!.pid).toBe(parent)
  expect(chain.every(({ pid }) => pid > 1)).toBe(true)
  expect([...walkAncestors()]).toEqual(chain)
})

test('a process lives only with the start time it was known by', async () => {
  const child = await started('sleep', '60')
  const { started: start } = readProcess(child.pid!)!
  expect(isAlive(child.pid!, start)).toBe('alive')
  expect(isAlive(child.pid!, String(Number(start) + 1))).toBe('dead')
  expect(isAlive(child.pid!, null)).toBe('unknown')
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isAlive(child.pid!, start)).toBe('dead')
})

test.each([0, -1, 1.5, Number.NaN])('%d is no process and never dead', (pid) => {
  expect(isAlive(pid, '1')).toBe('unknown')
})

test('boot, pid namespace and boot clock are known on this machine, and the clock moves on', () => {
  expect(bootId()).toMatch(/^[0-9a-f-]{36}$/)
  expect(pidNamespace()).toMatch(/^pid:\[\d+\]$/)
  const first = bootClock()!
  const second = bootClock()!
  expect(first.id).toContain(bootId())
  expect(second.ms).toBeGreaterThanOrEqual(first.ms)
})
