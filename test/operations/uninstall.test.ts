import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { Context } from '../../src/context.ts'
import { createContext } from '../../src/context.ts'
import { commit } from '../../src/operations/commit.ts'
import { end } from '../../src/operations/end.ts'
import { init } from '../../src/operations/init.ts'
import { start } from '../../src/operations/start.ts'
import { uninstall } from '../../src/operations/uninstall.ts'
import { loadTexts } from '../../src/store/texts.ts'
import { everything } from '../cli/rooms.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { codeOf, errorOf, failing, git, repository } from '../store/helpers.ts'
import { lazy } from '../workers/lazy.ts'

/** What taking back of init and start gives; with a target it would be another result. */
const takeBack = (ctx: Context, given: { force?: boolean }) =>
  uninstall.run(ctx, given) as Extract<ReturnType<typeof uninstall.run>, { removed: unknown }>

const texts = () => loadTexts(path.join(import.meta.dirname, '../..'))
const contextIn = (cwd: string, session: string | null = null, env: Record<string, string> = {}) =>
  createContext({ cwd, env: { PATH: process.env.PATH, ...env }, dir: null, session, lazy, texts })
const excludeOf = (dir: string) => path.join(dir, '.git/info/exclude')

/** A repository with a line of its own in info/exclude, a room, and a linked worktree that shows its board. */
function installed(): { dir: string; linked: string; before: string } {
  const dir = repository(path.join(temporaryDirectory(), 'repo'))
  fs.mkdirSync(path.dirname(excludeOf(dir)), { recursive: true })
  const before = '# mine\n*.log\n'
  fs.writeFileSync(excludeOf(dir), before)
  init.run(contextIn(dir), {})
  const linked = path.join(path.dirname(dir), 'linked')
  git(dir, 'worktree', 'add', '--quiet', linked, '-b', 'feature')
  init.run(contextIn(linked), {})
  return { dir, linked, before }
}

test.each(['dir', 'linked'] as const)(
  'from %s it takes back exclusions and board links, keeps the room byte for byte, and may be repeated',
  (from) => {
    const { before, ...at } = installed()
    const board = path.join(at.linked, 'COORDINATION/STATUS_BOARD.md')
    const root = path.join(at.dir, 'COORDINATION')
    expect(fs.lstatSync(board).isSymbolicLink()).toBe(true)
    const room = everything(root)
    const { removed, kept, ...stays } = takeBack(contextIn(at[from]), {})
    expect(removed.map(({ path }) => path)).toEqual([excludeOf(at.dir), board])
    expect(kept).toEqual([])
    expect(stays).toEqual({ room: root, branch: null, scripts: [], installed: [] })
    expect(fs.readFileSync(excludeOf(at.dir), 'utf8')).toBe(before)
    expect(fs.existsSync(path.join(at.linked, 'COORDINATION'))).toBe(false)
    expect(everything(root)).toEqual(room)
    expect(takeBack(contextIn(at[from]), {})).toMatchObject({ removed: [], kept: [] })
  },
)

test('init sets up again what uninstall took back', () => {
  const { dir } = installed()
  const before = fs.readFileSync(excludeOf(dir), 'utf8')
  takeBack(contextIn(dir), {})
  init.run(contextIn(dir), {})
  expect(fs.readFileSync(excludeOf(dir), 'utf8')).toBe(before)
})

test('it refuses while a session is live, changing nothing, unless forced', () => {
  const { dir } = installed()
  start.run(contextIn(dir), { id: 'one', name: 'bob' })
  const before = fs.readFileSync(excludeOf(dir), 'utf8')
  expect(errorOf(() => takeBack(contextIn(dir), {}))).toMatchObject({
    code: 'conflict',
    message: 'a session is live: bob',
    details: { candidates: ['one'] },
  })
  expect(fs.readFileSync(excludeOf(dir), 'utf8')).toBe(before)
  expect(takeBack(contextIn(dir), { force: true }).removed).toHaveLength(2)
})

test('ended sessions, and those gone for good, do not stand in the way', () => {
  const { dir } = installed()
  start.run(contextIn(dir, null, { COORD_NOW: '2026-11-20T10:00:00Z' }), { id: 'old' })
  start.run(contextIn(dir), { id: 'one' })
  end.run(contextIn(dir, 'one'), {})
  const file = path.join(dir, 'COORDINATION/sessions/old.json')
  const old = JSON.parse(fs.readFileSync(file, 'utf8'))
  fs.writeFileSync(file, JSON.stringify({ ...old, pid: null }))
  const later = { COORD_NOW: '2099-11-20T10:00:00Z' }
  expect(takeBack(contextIn(dir, null, later), {}).removed).toHaveLength(2)
})

test('what people wrote around or into the place of it stays, and is named', () => {
  const { dir, linked, before } = installed()
  const board = path.join(linked, 'COORDINATION/STATUS_BOARD.md')
  fs.rmSync(board)
  fs.writeFileSync(board, 'my own board\n')
  fs.appendFileSync(excludeOf(dir), 'after\n')
  const { kept } = takeBack(contextIn(dir), {})
  expect(fs.readFileSync(excludeOf(dir), 'utf8')).toBe(`${before}after\n`)
  expect(fs.readFileSync(board, 'utf8')).toBe('my own board\n')
  expect(kept).toEqual([{ path: board, why: "is not a link to this room's board" }])
})

test('a marker without its other half is left alone and named', () => {
  const { dir, before } = installed()
  const torn = `${before}# coord: runtime files of COORDINATION/ (begin)\n/COORDINATION/x/\n`
  fs.writeFileSync(excludeOf(dir), torn)
  const { kept } = takeBack(contextIn(dir), {})
  expect(kept.map(({ path }) => path)).toEqual([excludeOf(dir)])
  expect(fs.readFileSync(excludeOf(dir), 'utf8')).toBe(torn)
})

test('an info/exclude that is a symlink is not written through', () => {
  const { dir } = installed()
  const real = path.join(dir, 'real-exclude')
  fs.renameSync(excludeOf(dir), real)
  fs.symlinkSync(real, excludeOf(dir))
  const text = fs.readFileSync(real, 'utf8')
  expect(takeBack(contextIn(dir), {}).kept).toHaveLength(1)
  expect(fs.readFileSync(real, 'utf8')).toBe(text)
})

test('a link to the board of another room stays', () => {
  const { dir, linked } = installed()
  const board = path.join(linked, 'COORDINATION/STATUS_BOARD.md')
  fs.rmSync(board)
  fs.symlinkSync('/elsewhere/COORDINATION/STATUS_BOARD.md', board)
  expect(takeBack(contextIn(dir), {}).kept.map(({ path }) => path)).toEqual([board])
  expect(fs.readlinkSync(board)).toBe('/elsewhere/COORDINATION/STATUS_BOARD.md')
})

test('the branch of coord commit is named where there is one', () => {
  const { dir } = installed()
  commit.run(contextIn(dir), {})
  expect(takeBack(contextIn(dir), {}).branch).toBe('coordination')
  expect(git(dir, 'rev-parse', 'coordination')).toMatch(/^[0-9a-f]{40}/)
})

test('without a room it still takes back the exclusions; outside git there is nothing to take back', () => {
  const { dir } = installed()
  fs.rmSync(path.join(dir, 'COORDINATION'), { recursive: true })
  expect(takeBack(contextIn(dir), {})).toMatchObject({ room: null, removed: [{}, {}] })
  const nowhere = temporaryDirectory()
  const nothing = { removed: [], kept: [], room: null, branch: null, scripts: [], installed: [] }
  expect(takeBack(contextIn(nowhere), {})).toEqual(nothing)
})

test("where git's directory can't be written it says so, and the exclusions stay whole", () => {
  const { dir } = installed()
  const before = fs.readFileSync(excludeOf(dir), 'utf8')
  failing('openSync', 'EROFS', (file) => String(file).includes('/.git/') && String(file).includes('.tmp-'))
  expect(codeOf(() => takeBack(contextIn(dir), {}))).toBe('unwritable')
  expect(fs.readFileSync(excludeOf(dir), 'utf8')).toBe(before)
})
