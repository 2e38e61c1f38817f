/** The live room and git: runtime files never come into the user's way, on whatever branch. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { coord } from '../helpers/cli.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { inside } from '../helpers/inside.ts'
import { git, register, repository, roomOf } from './support.ts'

const DIRECTORIES = 'sessions|heartbeats|claims|messages|receipts|handoffs|status|alerts|archive|session-log'
const FILES = '\\.state|STATUS_BOARD|index\\.json|\\.current_session'
const RUNTIME = new RegExp(`^COORDINATION/(${DIRECTORIES}|${FILES})`)

/** A room in which everything has happened once. */
async function lively(dir: string): Promise<void> {
  await register(dir, 'one', 'two')
  const one = { cwd: dir, session: 'one' }
  inside(one, 'claim', 'file', 'a.txt')
  inside(one, 'heartbeat', 'building', 'a.txt')
  inside(one, 'send', 'broadcast', 'hello', 'all')
  inside(one, 'send', 'two', 'hello', 'you')
  inside({ cwd: dir, session: 'two' }, 'inbox')
}

const untracked = (dir: string) =>
  git(dir, 'status', '--porcelain', '-uall')
    .split('\n')
    .map((line) => line.slice(3))

test('runtime files never show in git status, and only the tracked ones can be added', async () => {
  const dir = repository()
  await lively(dir)
  const shown = untracked(dir)
  expect(shown).toContain('COORDINATION/config.json')
  expect(shown.filter((name) => RUNTIME.test(name))).toEqual([])
  git(dir, 'add', '-A')
  const added = git(dir, 'diff', '--cached', '--name-only').split('\n')
  expect(added.toSorted()).toEqual([
    'COORDINATION/.gitignore',
    'COORDINATION/README.md',
    'COORDINATION/config.json',
  ])
  git(dir, 'commit', '-q', '-m', 'Room')
  inside({ cwd: dir, session: 'one' }, 'heartbeat', 'testing', 'b')
  expect(git(dir, 'status', '--porcelain')).toBe('')
})

test('git add -A on a branch without COORDINATION/ adds nothing of the room, which works on', async () => {
  const dir = repository()
  git(dir, 'branch', 'other')
  await lively(dir)
  git(dir, 'add', '-A')
  git(dir, 'commit', '-q', '-m', 'Room')
  git(dir, 'checkout', '-q', 'other')
  expect(fs.existsSync(path.join(roomOf(dir), 'config.json'))).toBe(false)
  fs.writeFileSync(path.join(dir, 'b.txt'), 'two\n')
  git(dir, 'add', '-A')
  expect(git(dir, 'diff', '--cached', '--name-only')).toBe('b.txt')
  const held = await coord({ cwd: dir, session: 'two' }, 'claim', 'file', 'a.txt', '--json')
  expect(held.json.error).toMatchObject({ code: 'held', holder: { claimed_by: 'one' } })
  expect((await coord({ cwd: dir, session: 'one' }, 'heartbeat', 'testing', 'c')).code).toBe(0)
  git(dir, 'add', '-A')
  expect(git(dir, 'diff', '--cached', '--name-only')).toBe('b.txt')
})

test('the exclusions stand once between their markers and leave the lines of the user alone', async () => {
  const dir = repository()
  const file = path.join(dir, '.git', 'info', 'exclude')
  fs.writeFileSync(file, '# mine\n*.log')
  await register(dir, 'one', 'two')
  await coord({ cwd: dir }, 'init')
  const text = fs.readFileSync(file, 'utf8')
  expect(text.startsWith('# mine\n*.log\n# coord')).toBe(true)
  expect(text.match(/\(begin\)/g)).toHaveLength(1)
  expect(text.match(/^\/COORDINATION\/sessions\/$/gm)).toHaveLength(1)
})

test('git clean -fd leaves the live room alone', async () => {
  const dir = repository()
  await lively(dir)
  git(dir, 'clean', '-fdq')
  const { json } = await coord({ cwd: dir, session: 'two' }, 'claim', 'file', 'a.txt', '--json')
  expect(json.error.holder.claimed_by).toBe('one')
})

test('a linked worktree shows the board by a link that git does not see', async () => {
  const dir = repository()
  await register(dir, 'one')
  const side = path.join(path.dirname(dir), 'side')
  git(dir, 'worktree', 'add', '-q', side)
  expect((await coord({ cwd: side, env: { AI_AGENT: 'none' } }, 'start', '--id', 'two')).code).toBe(0)
  const link = path.join(roomOf(side), 'STATUS_BOARD.md')
  expect(fs.lstatSync(link).isSymbolicLink()).toBe(true)
  inside({ cwd: side, session: 'two' }, 'heartbeat', 'building', 'from the side')
  expect(fs.readFileSync(link, 'utf8')).toContain('from the side')
  expect(git(side, 'status', '--porcelain', '-uall')).toBe('')
  inside({ cwd: path.join(side), session: 'two' }, 'board')
  expect(fs.lstatSync(link).isSymbolicLink()).toBe(true)
})

test('a command deep inside a checkout uses the room at its top; a submodule has its own', async () => {
  const dir = repository()
  await register(dir, 'one')
  const deep = path.join(dir, 'src', 'deep')
  fs.mkdirSync(deep, { recursive: true })
  expect((await coord({ cwd: deep, session: 'one' }, 'claim', 'task', 'x')).code).toBe(0)
  const library = path.join(dir, 'library')
  git(dir, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', repository(), 'library')
  const unknown = await coord({ cwd: library }, 'sessions', '--json')
  expect(unknown.json.error.code).toBe('not_initialized')
  expect((await coord({ cwd: library, env: { AI_AGENT: 'none' } }, 'start', '--json')).json.sessions).toEqual(
    [],
  )
  expect(fs.existsSync(path.join(roomOf(library), 'sessions'))).toBe(true)
})

test('outside git everything but start without a room and commit works', async () => {
  const dir = temporaryDirectory()
  const start = await coord({ cwd: dir }, 'start', '--json')
  expect([start.code, start.json.error.code]).toEqual([3, 'not_initialized'])
  expect((await coord({ cwd: dir }, 'init')).code).toBe(0)
  await lively(dir)
  const commit = await coord({ cwd: dir, session: 'one' }, 'commit', '--json')
  expect([commit.code, commit.json.error.code]).toEqual([3, 'not_initialized'])
  expect((await coord({ cwd: dir }, 'status', '--json')).json.sessions).toHaveLength(2)
})
