/** Where coord is run from, and what it may write there. */
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { cleanEnvironment, coord } from '../helpers/cli.ts'
import {
  changes,
  done,
  emptyDirectory,
  everything,
  makeRoom,
  PINNED,
  repository,
  roomAt,
  said,
} from './rooms.ts'

const PACKAGE = path.join(import.meta.dirname, '../..')
const BIN = path.join(PACKAGE, 'bin/coord.cjs')

test('the room of the repository is found from any directory in it, and from inside itself', async () => {
  const dir = repository()
  await done({ cwd: dir }, 'start', '--id', 'one')
  for (const below of ['src/deep', 'COORDINATION', 'COORDINATION/sessions']) {
    const cwd = path.join(dir, below)
    fs.mkdirSync(cwd, { recursive: true })
    const answer = await coord({ cwd, session: 'one', env: PINNED }, 'board')
    expect(said(answer), below).toBe(path.join(dir, 'COORDINATION/STATUS_BOARD.md'))
    expect((await coord({ cwd, session: 'one', env: PINNED }, 'claim', 'droplet', 'x')).code, below).toBe(0)
  }
  expect(fs.readdirSync(path.join(dir, 'src/deep'))).toEqual([])
  expect(fs.existsSync(path.join(dir, 'COORDINATION/COORDINATION'))).toBe(false)
})

test('start in a subdirectory makes the room at the top of the repository', async () => {
  const dir = repository()
  const cwd = path.join(dir, 'src')
  fs.mkdirSync(cwd)
  await done({ cwd }, 'start', '--id', 'one')
  expect(fs.readdirSync(cwd)).toEqual([])
  expect(roomAt(dir).files('sessions')).toEqual(['one.json'])
  await done({ cwd: path.join(dir, 'COORDINATION/claims') }, 'start', '--id', 'two')
  expect(roomAt(dir).files('sessions').sort()).toEqual(['one.json', 'two.json'])
})

test('--dir and COORD_DIR name the room itself, --dir before COORD_DIR', async () => {
  const [first, second] = [await makeRoom('one'), await makeRoom('two')]
  const cwd = emptyDirectory()
  const sessions = async (env: Record<string, string>, ...args: string[]) => {
    const { json } = await done({ cwd, env }, 'sessions', ...args, '--json')
    return json.sessions.map((session: { session_id: string }) => session.session_id)
  }
  expect(await sessions({}, '--dir', first.root)).toEqual(['one'])
  expect(await sessions({ COORD_DIR: second.root })).toEqual(['two'])
  expect(await sessions({ COORD_DIR: second.root }, '--dir', path.relative(cwd, first.root))).toEqual(['one'])
  await done({ cwd }, 'claim', 'droplet', 'x', '--dir', second.root, '--session', 'two')
  expect(second.files('claims')).toEqual(['droplet-x.claim'])
  expect(fs.readdirSync(cwd)).toEqual([])
})

test('a --dir without a room is named and not made by a reader', async () => {
  const cwd = emptyDirectory()
  const { code, err } = await coord({ cwd }, 'status', '--dir', 'elsewhere')
  expect(code).toBe(3)
  expect(err).toContain(path.join(cwd, 'elsewhere'))
  expect(fs.readdirSync(cwd)).toEqual([])
})

test('flags that every command takes may stand before the command', async () => {
  const room = await makeRoom('one')
  const { json } = await coord(
    { cwd: '/', env: PINNED },
    '--dir',
    room.root,
    '--json',
    '--session',
    'one',
    'whoami',
  )
  expect(json).toMatchObject({ ok: true, session: { session_id: 'one' } })
})

/** Run coord as a user who owns nothing. */
async function asNobody(cwd: string, bin: string, args: string[], env: Record<string, string> = {}) {
  const user = ['--reuid=65534', '--clear-groups', process.execPath, bin, ...args]
  const clean = cleanEnvironment({ ...PINNED, HOME: undefined, ...env })
  const result = await execa('setpriv', user, { cwd, env: clean, extendEnv: false, reject: false })
  return { code: result.exitCode, out: result.stdout, err: result.stderr }
}

const mayBecomeNobody =
  process.getuid?.() === 0 &&
  spawnSync('setpriv', ['--reuid=65534', '--clear-groups', 'test', '-r', BIN]).status === 0

describe.skipIf(!mayBecomeNobody)('a user who may only read', () => {
  test('can look at everything', async () => {
    const room = await makeRoom('one', 'two')
    await room.did('one', 'claim', 'droplet', 'x')
    await room.did('one', 'send', 'two', 'hello', 'there')
    const before = room.everything()
    const readers: [args: string[], sees: string][] = [
      [['status'], 'droplet/x'],
      [['sessions'], 'one'],
      [['claims', 'droplet/x'], 'one'],
      [['messages'], 'hello'],
      [['board', '--print'], 'Active Claims'],
      [['whoami', '--why'], 'COORD_SESSION'],
      [['inbox', '--peek'], 'hello'],
      [['doctor'], "can't be written by this user  chmod u+rwx"],
    ]
    for (const [args, sees] of readers) {
      const answer = await asNobody(room.dir, BIN, args, { COORD_SESSION: 'two' })
      expect(answer, args.join(' ')).toMatchObject({ code: 0, err: '', out: expect.stringContaining(sees) })
    }
    expect(changes(before, room.everything())).toEqual([])
  })

  test('is told which file can not be written, and nothing is half done', async () => {
    const room = await makeRoom('one', 'two')
    await room.did('one', 'claim', 'droplet', 'x')
    const before = room.everything()
    const writers = [
      ['claim', 'droplet', 'y'],
      ['heartbeat', 'x'],
      ['send', 'two', 's'],
      ['release'],
      ['start'],
      ['end'],
      ['renew', 'droplet', 'x', '--for', '6h'],
    ]
    for (const args of writers) {
      const { code, out, err } = await asNobody(room.dir, BIN, [...args, '--json'], { COORD_SESSION: 'one' })
      expect({ code, err }, args.join(' ')).toEqual({ code: 3, err: '' })
      const { error } = JSON.parse(out)
      expect(error, args.join(' ')).toMatchObject({
        code: 'unwritable',
        path: expect.stringContaining(room.root),
      })
      expect(error.hint).toContain('writ')
    }
    expect(changes(before, room.everything())).toEqual([])
  })

  test('is told so in words without a stack', async () => {
    const room = await makeRoom('one')
    const { code, out, err } = await asNobody(room.dir, BIN, ['claim', 'droplet', 'y'], {
      COORD_SESSION: 'one',
    })
    expect({ code, out }).toEqual({ code: 3, out: '' })
    expect(err).toMatch(/^coord: .* can't be written \(EACCES\)\n {2}\S.*$/)
  })

  test('can run coord from a package directory that is read-only, without a home', async () => {
    const home = emptyDirectory()
    for (const part of ['bin', 'dist', 'templates', 'package.json'])
      fs.cpSync(path.join(PACKAGE, part), path.join(home, part), { recursive: true })
    fs.rmSync(path.join(home, 'dist/cache'), { recursive: true, force: true })
    execFileSync('chmod', ['-R', 'a=rX', home])
    const before = everything(home)
    const dir = emptyDirectory()
    fs.chmodSync(dir, 0o777)
    const bin = path.join(home, 'bin/coord.cjs')
    expect(await asNobody(dir, bin, ['init'])).toMatchObject({ code: 0, err: '' })
    const started = await asNobody(dir, bin, ['start', '--id', 'one'])
    expect(started).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^one\n/) })
    for (const args of [['claim', 'droplet', 'x'], ['status'], ['--help'], ['claim', '--help']])
      expect(await asNobody(dir, bin, args, { COORD_SESSION: 'one' }), args.join(' ')).toMatchObject({
        code: 0,
        err: '',
      })
    expect(Object.keys(everything(home))).toEqual(Object.keys(before))
  })
})
