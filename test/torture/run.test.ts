/** The command on a healthy disk, interrupted, and bereft of its parent: in the end nothing is left. */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { cleanEnvironment, coord } from '../helpers/cli.ts'
import { BIN, git, register, repository, roomOf } from '../processes/support.ts'

const HISTORY = /^history-(?:worker-|m\d+-).*?(\d+)$/

/** The directories of running tortures in a repository's git directory. */
const arenas = (dir: string) =>
  fs.readdirSync(path.join(dir, '.git')).filter((name) => name.startsWith('coord-torture-'))

function pidsIn(dir: string): number[] {
  const names = arenas(dir).flatMap((name) => fs.readdirSync(path.join(dir, '.git', name)))
  return names.flatMap((name) => Number(HISTORY.exec(name)?.[1] ?? []) || [])
}

/** Started in the background; resolves with its workers' pids once they work. */
async function begin(dir: string, ...flags: string[]) {
  const child = spawn(process.execPath, [BIN, 'torture', ...flags], {
    cwd: dir,
    env: cleanEnvironment(),
    stdio: 'ignore',
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const pids = await vi.waitFor(
    () => {
      const found = pidsIn(dir)
      expect(found.length).toBeGreaterThan(2)
      return found
    },
    { timeout: 20_000, interval: 50 },
  )
  return { child, ended, pids }
}

const runs = (pid: number) => fs.existsSync(`/proc/${pid}`)

test('it holds on this disk, tells how fast it was, and leaves room and repository as they were', async () => {
  const dir = repository()
  await register(dir, 'one')
  const before = fs.readdirSync(roomOf(dir), { recursive: true }).toSorted()
  const status = git(dir, 'status', '--porcelain')
  const { code, out, err } = await coord({ cwd: dir }, 'torture', '--seconds', '4', '--processes', '3')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(/^held: .*\n\d+ acts of 3 processes .*\n\d+ killed, \d+ stopped, .*\n\nact .*p99\n/)
  expect(fs.readdirSync(roomOf(dir), { recursive: true }).toSorted()).toEqual(before)
  expect(git(dir, 'status', '--porcelain')).toBe(status)
  expect(arenas(dir)).toEqual([])
})

test('between clones it holds as well, tells how fast it was, and leaves nothing', async () => {
  const dir = repository()
  const flags = ['--remote', '--seconds', '3', '--processes', '2']
  const { code, out, err } = await coord({ cwd: dir }, 'torture', ...flags)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(
    /^held: .*all clones.*\n\d+ acts of 2 clones .*\n.*takeovers.*\nthe remote was away \d+ times.*\n\nact .*p99\n/,
  )
  expect(arenas(dir)).toEqual([])
})

test('without git it says so, and makes nothing', async () => {
  const dir = repository()
  const { code, json } = await coord({ cwd: dir, env: { PATH: dir } }, 'torture', '--remote', '--json')
  expect({ code, error: json.error.code }).toEqual({ code: 1, error: 'conflict' })
  expect(json.error.message).toMatch(/wants git/)
  expect(arenas(dir)).toEqual([])
})

test('Ctrl-C ends it at once with 130, without a process or a file left', async () => {
  const dir = repository()
  const { child, ended, pids } = await begin(dir)
  child.kill('SIGINT')
  expect(await ended).toBe(130)
  expect(arenas(dir)).toEqual([])
  expect(pids.filter(runs)).toEqual([])
})

test('when it is killed itself, its processes, or its clones and their git, end and take its files with them', async () => {
  const both = [[], ['--remote', '--processes', '2']].map(async (flags) => {
    const dir = repository()
    const { child, ended, pids } = await begin(dir, ...flags)
    child.kill('SIGKILL')
    await ended
    await vi.waitFor(
      () =>
        expect({ flags, alive: pids.filter(runs), left: arenas(dir) }).toEqual({
          flags,
          alive: [],
          left: [],
        }),
      { timeout: 30_000, interval: 100 },
    )
  })
  await Promise.all(both)
})

test.each([
  [['--seconds', '4000'], 'seconds'],
  [['--processes', '1'], 'processes'],
  [['--remote', '--processes', '33'], 'processes'],
  [['--in', 'nowhere'], 'in'],
])('%j is refused, naming the argument', async (flags, argument) => {
  const { code, json } = await coord({ cwd: repository() }, 'torture', ...flags, '--json')
  expect({ code, argument: json.error.argument }).toEqual({ code: 2, argument })
})
