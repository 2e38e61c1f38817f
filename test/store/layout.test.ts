import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { createContext } from '../../src/context.ts'
import { claim } from '../../src/operations/claim.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { init } from '../../src/operations/init.ts'
import { send } from '../../src/operations/send.ts'
import { start } from '../../src/operations/start.ts'
import { findRepository } from '../../src/store/git-places.ts'
import { excludeFromGit, layOut, linkBoard, mirrorConfig } from '../../src/store/layout.ts'
import { RUNTIME_DIRECTORIES } from '../../src/store/room.ts'
import { loadTexts } from '../../src/store/texts.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { lazy } from '../workers/lazy.ts'
import { failing, git, repository } from './helpers.ts'

const PACKAGE = path.join(import.meta.dirname, '../..')
const texts = () => loadTexts(PACKAGE)
const contextIn = (cwd: string, session: string | null = null) =>
  createContext({ cwd, env: {}, dir: null, session, lazy, texts })

/** A repository whose room is in full use. */
function busyRepository(): string {
  const dir = repository(path.join(temporaryDirectory(), 'repo'))
  start.run(contextIn(dir), { id: 'one' })
  const ctx = () => contextIn(dir, 'one')
  heartbeat.run(ctx(), { action: 'building' })
  claim.run(ctx(), { type: 'file', name: ['a.txt'] })
  send.run(ctx(), { to: 'broadcast', subject: 'hello' })
  return dir
}

const RUNTIME =
  /COORDINATION\/(sessions|heartbeats|claims|messages|receipts|status|\.state|STATUS_BOARD|index\.json|\.current)/

test('laying out makes every directory with its own .gitignore, and the tracked files', () => {
  const root = path.join(temporaryDirectory(), 'COORDINATION')
  const made = layOut(root, texts())
  for (const name of RUNTIME_DIRECTORIES) expect(made).toContain(`${name}/`)
  for (const name of RUNTIME_DIRECTORIES.filter((name) => !name.includes('/'))) {
    expect(fs.readFileSync(path.join(root, name, '.gitignore'), 'utf8'), name).toBe('*\n')
  }
  expect(made).toEqual(expect.arrayContaining(['README.md', '.gitignore', 'config.json']))
})

test('laying out again overwrites nothing and brings back only what is missing', () => {
  const root = path.join(temporaryDirectory(), 'COORDINATION')
  layOut(root, texts())
  fs.writeFileSync(path.join(root, 'README.md'), 'ours\n')
  fs.rmSync(path.join(root, 'claims'), { recursive: true })
  expect(layOut(root, { readme: 'theirs', gitignore: 'theirs' })).toEqual(['claims/', 'claims/.gitignore'])
  expect(layOut(root, { readme: 'theirs', gitignore: 'theirs' })).toEqual([])
  expect(fs.readFileSync(path.join(root, 'README.md'), 'utf8')).toBe('ours\n')
})

test('the config is mirrored when it changes, and the mirror outlives it', () => {
  const root = path.join(temporaryDirectory(), 'COORDINATION')
  layOut(root, texts())
  const mirror = path.join(root, '.state/config.json')
  fs.writeFileSync(path.join(root, 'config.json'), '{"version":1}\n')
  mirrorConfig(root)
  expect(fs.readFileSync(mirror, 'utf8')).toBe('{"version":1}\n')
  fs.rmSync(path.join(root, 'config.json'))
  mirrorConfig(root)
  expect(fs.readFileSync(mirror, 'utf8')).toBe('{"version":1}\n')
})

test('the exclusions stand in info/exclude once, and other lines there stay', () => {
  const dir = repository(temporaryDirectory())
  const exclude = path.join(dir, '.git/info/exclude')
  fs.writeFileSync(exclude, '# mine\n*.log')
  const here = findRepository(dir)!
  const root = path.join(dir, 'COORDINATION')
  expect(excludeFromGit(here, root)).toBe(true)
  const once = fs.readFileSync(exclude, 'utf8')
  expect(excludeFromGit(here, root)).toBe(true)
  expect(fs.readFileSync(exclude, 'utf8')).toBe(once)
  expect(once.startsWith('# mine\n*.log\n# coord')).toBe(true)
  expect(once.match(/\(begin\)/g)).toHaveLength(1)
})

test('an older block in info/exclude is replaced, what people wrote around it stays', () => {
  const dir = repository(temporaryDirectory())
  const exclude = path.join(dir, '.git/info/exclude')
  const here = findRepository(dir)!
  const root = path.join(dir, 'COORDINATION')
  fs.writeFileSync(exclude, 'before\n')
  excludeFromGit(here, root)
  fs.appendFileSync(exclude, 'after\n')
  fs.writeFileSync(
    exclude,
    fs.readFileSync(exclude, 'utf8').replace('/COORDINATION/sessions/', '/COORDINATION/old/'),
  )
  excludeFromGit(here, root)
  const text = fs.readFileSync(exclude, 'utf8')
  expect(text).toMatch(/^before\nafter\n# coord/)
  expect(text).not.toContain('/old/')
  expect(text.match(/\(begin\)/g)).toHaveLength(1)
})

test('a room at two places of one repository keeps both out of git', () => {
  const dir = repository(path.join(temporaryDirectory(), 'repo'))
  for (const place of ['', 'packages/one']) {
    const cwd = path.join(dir, place)
    fs.mkdirSync(path.join(cwd, 'COORDINATION'), { recursive: true })
    init.run(
      createContext({ cwd, env: {}, dir: path.join(cwd, 'COORDINATION'), session: null, lazy, texts }),
      {},
    )
  }
  expect(git(dir, 'status', '--porcelain', '-uall')).not.toMatch(RUNTIME)
})

test("where git's directory can't be written, the room is still made and a warning says so", () => {
  const dir = repository(path.join(temporaryDirectory(), 'repo'))
  failing('openSync', 'EROFS', (file) => String(file).includes('/.git/'))
  const ctx = contextIn(dir)
  start.run(ctx, { id: 'one' })
  expect(ctx.warnings.join()).toContain('info/exclude')
  expect(git(dir, 'status', '--porcelain', '-uall')).not.toMatch(RUNTIME)
})

test('git status and git add -A never see a runtime file', () => {
  const dir = busyRepository()
  expect(git(dir, 'status', '--porcelain', '-uall')).not.toMatch(RUNTIME)
  git(dir, 'add', '-A')
  const staged = git(dir, 'diff', '--cached', '--name-only').trim().split('\n')
  expect(staged).toEqual(['COORDINATION/.gitignore', 'COORDINATION/README.md', 'COORDINATION/config.json'])
})

test('neither do they after switching to a branch without COORDINATION/, and the room lives on there', () => {
  const dir = busyRepository()
  git(dir, 'add', '-A')
  git(dir, 'commit', '--quiet', '-m', 'with the room')
  git(dir, 'branch', 'bare', 'HEAD~1')
  git(dir, 'checkout', '--quiet', 'bare')
  expect(fs.existsSync(path.join(dir, 'COORDINATION/config.json'))).toBe(false)
  heartbeat.run(contextIn(dir, 'one'), { action: 'testing' })
  expect(git(dir, 'status', '--porcelain', '-uall')).toBe('')
  git(dir, 'add', '-A')
  expect(git(dir, 'diff', '--cached', '--name-only')).toBe('')
  git(dir, 'checkout', '--quiet', 'main')
  expect(git(dir, 'status', '--porcelain', '-uall')).toBe('')
})

test('in a linked worktree nothing of the room shows up in git either, and the board is at its usual place', () => {
  const dir = busyRepository()
  const linked = path.join(path.dirname(dir), 'linked')
  git(dir, 'worktree', 'add', '--quiet', linked, '-b', 'feature')
  start.run(contextIn(linked), { id: 'two' })
  const board = path.join(linked, 'COORDINATION/STATUS_BOARD.md')
  expect(fs.readlinkSync(board)).toBe(path.join(dir, 'COORDINATION/STATUS_BOARD.md'))
  expect(fs.readFileSync(board, 'utf8')).toContain('two')
  expect(git(linked, 'status', '--porcelain', '-uall')).toBe('')
})

test('where symlinks fail the linked worktree gets a copy of the board, and what lies there is kept', () => {
  const dir = busyRepository()
  const linked = path.join(path.dirname(dir), 'linked')
  git(dir, 'worktree', 'add', '--quiet', linked, '-b', 'feature')
  failing('symlinkSync', 'EPERM')
  const root = path.join(dir, 'COORDINATION')
  const board = path.join(linked, 'COORDINATION/STATUS_BOARD.md')
  linkBoard(findRepository(linked)!, root)
  expect(fs.lstatSync(board).isFile()).toBe(true)
  expect(fs.readFileSync(board, 'utf8')).toBe(fs.readFileSync(path.join(root, 'STATUS_BOARD.md'), 'utf8'))
  fs.writeFileSync(board, 'mine')
  linkBoard(findRepository(linked)!, root)
  expect(fs.readFileSync(board, 'utf8')).toBe('mine')
})
