/** `coord start -- CMD`: a command that is a session. */

import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { describe, expect, test, vi } from 'vitest'
import { cleanEnvironment, coord } from '../helpers/cli.ts'
import { changes, done, makeRoom, PINNED, repository, roomAt } from './rooms.ts'

const BIN = path.join(import.meta.dirname, '../../bin/coord.cjs')
const CLAIM = `"${process.execPath}" "${BIN}" claim droplet x`

/** Start coord with a command that waits, and give it back once the command runs. */
async function startWaiting(dir: string, script: string) {
  const mark = path.join(dir, 'running')
  const args = [BIN, 'start', '--id', 'runner', '--', 'bash', '-c', `${script}; touch running; exec sleep 60`]
  const child = execa(process.execPath, args, {
    cwd: dir,
    env: cleanEnvironment(),
    extendEnv: false,
    reject: false,
  })
  await vi.waitFor(() => expect(fs.existsSync(mark)).toBe(true), { timeout: 20_000, interval: 20 })
  return { child }
}

const sessionIn = (dir: string) => JSON.parse(roomAt(dir).read('sessions/runner.json'))

test('the command sees COORD_SESSION, acts as it, and the session ends with it', async () => {
  const dir = repository()
  const script = `echo "$COORD_SESSION"; ${CLAIM}; ls COORDINATION/claims`
  const answer = await coord(
    { cwd: dir, env: PINNED },
    'start',
    '--id',
    'runner',
    '--work',
    'demo',
    '--',
    'bash',
    '-c',
    script,
  )
  expect(answer).toMatchObject({ code: 0, err: 'coord: session runner' })
  const lines = answer.out.split('\n')
  expect(lines[0]).toBe('runner')
  expect(lines[1]).toMatch(/^claimed droplet\/x/)
  expect(lines[2]).toBe('droplet-x.claim')
  expect(lines).toHaveLength(3)
  const room = roomAt(dir)
  expect(room.files('claims')).toEqual([])
  expect(sessionIn(dir)).toMatchObject({
    status: 'completed',
    current_work: 'demo',
    ended_at: expect.any(String),
  })
})

test('the exit code of the command is passed on', async () => {
  const room = await makeRoom()
  const answer = await room.plain('start', '--quiet', '--', 'bash', '-c', 'echo out; echo err >&2; exit 7')
  expect(answer).toMatchObject({ code: 7, out: 'out', err: 'err' })
})

test('standard input and arguments reach the command as they are', async () => {
  const room = await makeRoom()
  const script = 'console.log(JSON.stringify(process.argv.slice(1)), require("fs").readFileSync(0, "utf8"))'
  const call = { cwd: room.dir, env: PINNED, input: 'piped' }
  const words = ['a b', '--json', '--', '$x', '']
  const answer = await coord(call, 'start', '--quiet', '--', process.execPath, '-e', script, '--', ...words)
  expect(answer.out).toBe(`${JSON.stringify(words)} piped`)
})

describe('signals', () => {
  test.each([
    ['TERM', 143],
    ['INT', 130],
    ['KILL', 137],
  ])('a command that dies of SIG%s makes %i, and its claims are released', async (signal, exit) => {
    const room = await makeRoom()
    const script = `${CLAIM}; kill -${signal} $$`
    const answer = await room.plain('start', '--id', 'runner', '--', 'bash', '-c', script)
    expect(answer.code).toBe(exit)
    expect(room.files('claims')).toEqual([])
    expect(sessionIn(room.dir).status).toBe('completed')
  })

  test('SIGTERM to coord is handed to the command, and the session ends', async () => {
    const room = await makeRoom()
    const { child } = await startWaiting(room.dir, CLAIM)
    expect(room.files('claims')).toEqual(['droplet-x.claim'])
    child.kill('SIGTERM')
    expect((await child).exitCode).toBe(143)
    expect(room.files('claims')).toEqual([])
    expect(sessionIn(room.dir).status).toBe('completed')
  })

  test('while the command runs, the session has the process that stands for it', async () => {
    const room = await makeRoom()
    const { child } = await startWaiting(room.dir, ':')
    await vi.waitFor(() => expect(sessionIn(room.dir).pid).toBe(child.pid), { timeout: 20_000, interval: 20 })
    expect(sessionIn(room.dir)).toMatchObject({ status: 'active', pid_started: expect.any(String) })
    child.kill('SIGHUP')
    expect((await child).exitCode).toBe(129)
  })
})

test('a command that ends its session itself leaves nothing to complain about', async () => {
  const room = await makeRoom()
  const answer = await room.plain('start', '--quiet', '--', process.execPath, BIN, 'end', '--quiet')
  expect(answer).toMatchObject({ code: 0, out: '', err: '' })
})

test('a command that is not there is invalid, and nobody hears of a session', async () => {
  const room = await makeRoom('one')
  const before = room.everything()
  const answer = await room.plain('start', '--id', 'runner', '--', 'no-such-command')
  expect(answer).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringContaining('"no-such-command" was not found'),
  })
  expect(changes(before, room.everything())).toEqual([])
})

test('a file that can not be run is invalid, and the session is ended', async () => {
  const room = await makeRoom()
  fs.writeFileSync(path.join(room.dir, 'plain.txt'), 'text')
  const answer = await room.plain('start', '--id', 'runner', '--json', '--', './plain.txt')
  expect(answer).toMatchObject({ code: 2, json: { ok: false, error: { code: 'invalid', argument: 'CMD' } } })
  expect(sessionIn(room.dir).status).toBe('completed')
})

test('a second session of the same id is refused before its command runs', async () => {
  const room = await makeRoom('one')
  await done({ cwd: room.dir }, 'start', '--id', 'two')
  const answer = await coord(
    { cwd: room.dir, session: 'two', env: PINNED },
    'start',
    '--id',
    'one',
    '--',
    'touch',
    'ran',
  )
  expect(answer.code).toBe(1)
  expect(fs.existsSync(path.join(room.dir, 'ran'))).toBe(false)
})
