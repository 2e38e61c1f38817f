import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { createContext } from '../../src/context.ts'
import { DEFAULT_CONFIG } from '../../src/protocol/config.ts'
import { claimFileName, locateRoom, openRoom } from '../../src/store/room.ts'
import { loadTexts } from '../../src/store/texts.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { createWorld } from '../helpers/world.ts'
import { lazy } from '../workers/lazy.ts'
import { errorOf, git, repository } from './helpers.ts'

const rootOf = (cwd: string, explicit: string | null = null) => locateRoom(cwd, explicit).root

function roomIn(dir: string): string {
  const root = path.join(dir, 'COORDINATION')
  fs.mkdirSync(path.join(root, 'sessions'), { recursive: true })
  return root
}

test('in a repository without a room it would be at the top, also from a subdirectory', () => {
  const dir = repository(temporaryDirectory())
  fs.mkdirSync(path.join(dir, 'src'))
  expect(rootOf(dir)).toBe(path.join(dir, 'COORDINATION'))
  expect(rootOf(path.join(dir, 'src'))).toBe(path.join(dir, 'COORDINATION'))
})

test('the nearest room upwards wins, also inside the room itself', () => {
  const dir = repository(temporaryDirectory())
  roomIn(dir)
  const nested = roomIn(path.join(dir, 'packages/one'))
  fs.mkdirSync(path.join(dir, 'packages/one/src'))
  fs.mkdirSync(path.join(dir, 'packages/two'))
  expect(rootOf(path.join(dir, 'packages/one/src'))).toBe(nested)
  expect(rootOf(path.join(nested, 'sessions'))).toBe(nested)
  expect(rootOf(nested)).toBe(nested)
  expect(rootOf(path.join(dir, 'packages/two'))).toBe(path.join(dir, 'COORDINATION'))
})

test('a directory COORDINATION that is no room is passed by', () => {
  const dir = repository(temporaryDirectory())
  const room = roomIn(dir)
  fs.mkdirSync(path.join(dir, 'docs/COORDINATION'), { recursive: true })
  expect(rootOf(path.join(dir, 'docs'))).toBe(room)
})

test('the search stops at the top of the containing repository', () => {
  const outer = temporaryDirectory()
  roomIn(outer)
  const inner = repository(path.join(outer, 'project'))
  expect(rootOf(inner)).toBe(path.join(inner, 'COORDINATION'))
})

test('outside git the nearest room upwards is taken, and none is made up', () => {
  const dir = temporaryDirectory()
  const deep = path.join(dir, 'a/b')
  fs.mkdirSync(deep, { recursive: true })
  expect(rootOf(deep)).toBeNull()
  const room = roomIn(dir)
  expect(rootOf(deep)).toBe(room)
})

test('a linked worktree uses the room of the main worktree, even when it has one checked out itself', () => {
  const base = temporaryDirectory()
  const main = repository(path.join(base, 'main'))
  const linked = path.join(base, 'linked')
  git(main, 'worktree', 'add', '--quiet', linked, '-b', 'feature')
  roomIn(linked)
  fs.mkdirSync(path.join(linked, 'src'))
  expect(rootOf(linked)).toBe(path.join(main, 'COORDINATION'))
  expect(rootOf(path.join(linked, 'src'))).toBe(path.join(main, 'COORDINATION'))
})

test('a linked worktree inside the main one leads to the main room as well', () => {
  const main = repository(temporaryDirectory())
  const linked = path.join(main, '.worktrees/feature')
  git(main, 'worktree', 'add', '--quiet', linked, '-b', 'feature')
  expect(rootOf(linked)).toBe(path.join(main, 'COORDINATION'))
})

test('the worktrees of a bare repository share a room in its common directory', () => {
  const base = temporaryDirectory()
  repository(path.join(base, 'origin'))
  const hub = path.join(base, 'hub')
  git(base, 'clone', '--quiet', '--bare', 'origin', path.join(hub, '.git'))
  git(hub, 'worktree', 'add', '--quiet', path.join(hub, 'one'), '-b', 'one')
  git(hub, 'worktree', 'add', '--quiet', path.join(hub, 'two'), '-b', 'two')
  const room = path.join(hub, '.git/COORDINATION')
  for (const name of ['one', 'two', '.']) expect(rootOf(path.join(hub, name)), name).toBe(room)
})

test('a submodule has a room of its own', () => {
  const base = temporaryDirectory()
  repository(path.join(base, 'library'))
  const main = repository(path.join(base, 'main'))
  roomIn(main)
  git(main, 'submodule', '--quiet', 'add', path.join(base, 'library'), 'lib')
  expect(rootOf(path.join(main, 'lib'))).toBe(path.join(main, 'lib/COORDINATION'))
})

test('--dir names the room itself and wins over COORD_DIR, which wins over the place', () => {
  const dir = repository(temporaryDirectory())
  roomIn(dir)
  const options = { cwd: dir, session: null, lazy, texts: () => loadTexts('') }
  const env = { COORD_DIR: '/elsewhere/room' }
  expect(createContext({ ...options, env, dir: 'relative/room' }).root).toBe(path.join(dir, 'relative/room'))
  expect(createContext({ ...options, env, dir: null }).root).toBe('/elsewhere/room')
  expect(createContext({ ...options, env: { COORD_DIR: '' }, dir: null }).root).toBe(
    path.join(dir, 'COORDINATION'),
  )
})

test('a room that is not there is refused with the command that makes one', () => {
  const dir = temporaryDirectory()
  expect(errorOf(() => openRoom(null, lazy))).toMatchObject({
    code: 'not_initialized',
    hint: expect.stringContaining('init'),
  })
  const missing = errorOf(() => openRoom(path.join(dir, 'COORDINATION'), lazy))
  expect(missing).toMatchObject({ code: 'not_initialized', hint: expect.stringContaining('start') })
})

test.each([
  ['no JSON', '{"version": 1,'],
  ['a bad value', '{"claims": {"defaultFor": "soon"}}'],
  ['an unknown key', '{"claim": {}}'],
  ['an array', '[]'],
])('a config with %s is used with defaults, and the problem is named', (_what, text) => {
  const world = createWorld()
  world.write('config.json', text)
  const room = world.as(null).room()
  expect(room.config.claims.defaultFor).toBe(4 * 3_600_000)
  expect(room.problems).toEqual([expect.objectContaining({ path: 'config.json', kind: 'config' })])
})

test('a missing config is taken from its mirror, with a warning', () => {
  const world = createWorld()
  const config = { ...DEFAULT_CONFIG, claims: { defaultFor: '10m' } }
  world.write('.state/config.json', JSON.stringify(config))
  fs.rmSync(path.join(world.root, 'config.json'))
  const room = world.as(null).room()
  expect(room.config.claims.defaultFor).toBe(600_000)
  expect(room.problems).toMatchObject([{ path: 'config.json', detail: expect.stringContaining('missing') }])
})

test('a config that is a symlink or a directory is named and not followed', () => {
  for (const spoil of [
    (file: string) => fs.symlinkSync('/etc/hostname', file),
    (file: string) => fs.mkdirSync(file),
  ]) {
    const world = createWorld()
    const file = path.join(world.root, 'config.json')
    fs.rmSync(file)
    spoil(file)
    expect(world.as(null).room().problems).toMatchObject([{ path: 'config.json', kind: 'config' }])
  }
})

test('a room of a newer protocol is refused, whether config.json or only its mirror tells so', () => {
  const world = createWorld()
  const newer = JSON.stringify({ ...DEFAULT_CONFIG, version: 2 })
  world.write('config.json', newer)
  expect(errorOf(() => world.as(null).room())).toMatchObject({ code: 'newer_room', details: { version: 2 } })
  world.write('.state/config.json', newer)
  fs.rmSync(path.join(world.root, 'config.json'))
  expect(errorOf(() => world.as(null).room())).toMatchObject({ code: 'newer_room' })
})

test('no name leads out of the claims directory', () => {
  for (const name of ['../../x', '/etc/passwd', '..', 'a\\b', 'C:x']) {
    expect(path.basename(claimFileName('file', name))).toBe(claimFileName('file', name))
    expect(claimFileName('file', name)).toMatch(/^file-[A-Za-z0-9._%-]+\.claim$/)
  }
})
