import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { createContext } from '../../src/context.ts'
import { claim } from '../../src/operations/claim.ts'
import { commit } from '../../src/operations/commit.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { publish } from '../../src/operations/publish.ts'
import { report } from '../../src/operations/report.ts'
import { send } from '../../src/operations/send.ts'
import { start } from '../../src/operations/start.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { createWorld } from '../helpers/world.ts'
import { codeOf, git, repository } from '../store/helpers.ts'
import { lazy } from '../workers/lazy.ts'

const texts = () => ({ readme: '# room\n', gitignore: '*\n', template: () => '' })

function createRepository() {
  const dir = repository(path.join(temporaryDirectory(), 'repo'))
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', COORD_NOW: '2026-11-20T10:00:00Z' }
  const as = (session: string | null, more: Record<string, string> = {}, cwd = dir) =>
    createContext({ cwd, env: { ...env, ...more }, dir: null, session, lazy, texts })
  start.run(as(null), { id: 'one' })
  claim.run(as('one'), { type: 'file', name: ['a.txt'] })
  send.run(as('one'), { to: 'broadcast', subject: 'hello' })
  const tree = (ref = 'coordination') => git(dir, 'ls-tree', '-r', '--name-only', ref).trim().split('\n')
  return { dir, as, tree }
}

test('the room is recorded on its own branch; branch, index and working tree of the user stay as they are', () => {
  const { dir, as, tree } = createRepository()
  fs.writeFileSync(path.join(dir, 'a.txt'), 'changed\n')
  fs.writeFileSync(path.join(dir, 'staged.txt'), 'staged\n')
  git(dir, 'add', 'staged.txt')
  const state = () => [
    git(dir, 'rev-parse', 'HEAD'),
    git(dir, 'status', '--porcelain'),
    git(dir, 'symbolic-ref', 'HEAD'),
  ]
  const before = state()
  const done = commit.run(as(null), { message: 'noon' })
  expect(state()).toEqual(before)
  expect(done).toMatchObject({ branch: 'coordination', changed: true })
  expect(git(dir, 'log', '--format=%s', 'coordination').trim()).toBe('noon')
  expect(tree()).toEqual(
    expect.arrayContaining(['STATUS_BOARD.md', 'claims/file-a.txt.claim', 'sessions/one.json']),
  )
  expect(tree().filter((name) => /^\.state|heartbeats|gitignore|index\.json/.test(name))).toEqual([])
  expect(git(dir, 'show', 'coordination:STATUS_BOARD.md')).toContain('hello')
})

test('without a change there is no second commit; with one its parent is the first', () => {
  const { dir, as } = createRepository()
  const first = commit.run(as(null), {})
  expect(commit.run(as(null), {})).toMatchObject({ commit: first.commit, changed: false })
  heartbeat.run(as('one'), { action: 'building' })
  const second = commit.run(as(null), {})
  expect(git(dir, 'rev-parse', `${second.commit}^`).trim()).toBe(first.commit)
})

test('host, machine and places are left out, unless the room wants them', () => {
  const { dir, as } = createRepository()
  commit.run(as(null), {})
  const shown = JSON.parse(git(dir, 'show', 'coordination:sessions/one.json')) as object
  for (const field of ['host', 'machine_id', 'cwd', 'tty', 'pid']) expect(shown).not.toHaveProperty(field)
  expect(git(dir, 'show', 'coordination:claims/file-a.txt.claim')).not.toContain('"host"')
  const archive = path.join(dir, 'COORDINATION/archive/2026-11/sessions')
  fs.mkdirSync(archive, { recursive: true })
  fs.copyFileSync(path.join(dir, 'COORDINATION/sessions/one.json'), path.join(archive, 'one.json'))
  commit.run(as(null), {})
  expect(git(dir, 'show', 'coordination:archive/2026-11/sessions/one.json')).not.toContain('"machine_id"')
  const config = path.join(dir, 'COORDINATION/config.json')
  fs.writeFileSync(config, JSON.stringify({ git: { publishHost: true } }))
  commit.run(as(null), {})
  expect(JSON.parse(git(dir, 'show', 'coordination:sessions/one.json'))).toHaveProperty('machine_id')
})

test('the session log is recorded only where the room wants hosts, and channels never', () => {
  const { dir, as, tree } = createRepository()
  const { log: entry } = report.run(as('one'), {})
  publish.run(as('one'), { channel: 'build', message: 'green' })
  const kept = () => tree().filter((name) => /^(session-log|messages\/channels)\//.test(name))
  commit.run(as(null), {})
  expect(kept()).toEqual([])
  const config = path.join(dir, 'COORDINATION/config.json')
  fs.writeFileSync(config, JSON.stringify({ git: { publishHost: true } }))
  commit.run(as(null), {})
  expect(kept()).toEqual([`session-log/${path.basename(entry!.path)}`])
})

test('a branch that is checked out somewhere is refused', () => {
  const { dir, as } = createRepository()
  commit.run(as(null), {})
  git(dir, 'worktree', 'add', '--quiet', path.join(path.dirname(dir), 'board'), 'coordination')
  expect(codeOf(() => commit.run(as(null), {}))).toBe('conflict')
})

test('neither hooks of the repository run nor does a surrounding git lead astray', () => {
  const { dir, as, tree } = createRepository()
  const other = repository(path.join(path.dirname(dir), 'other'))
  for (const hook of ['reference-transaction', 'post-commit', 'pre-commit']) {
    fs.writeFileSync(path.join(dir, '.git/hooks', hook), '#!/bin/sh\ntouch "$PWD/hooked"\nexit 1\n', {
      mode: 0o755,
    })
  }
  const surrounding = {
    GIT_DIR: path.join(other, '.git'),
    GIT_INDEX_FILE: path.join(other, 'idx'),
    GIT_WORK_TREE: other,
  }
  commit.run(as(null, surrounding), {})
  expect(tree()).toContain('sessions/one.json')
  expect(git(other, 'branch', '--list', 'coordination')).toBe('')
  expect(fs.readdirSync(other)).not.toContain('idx')
  expect(fs.readdirSync(dir)).not.toContain('hooked')
})

test('the user signs where git knows one, otherwise coord does', () => {
  const { dir, as } = createRepository()
  const author = () => git(dir, 'log', '-1', '--format=%an <%ae>', 'coordination').trim()
  commit.run(as(null), {})
  expect(author()).toBe('coord <coord@localhost>')
  git(dir, 'config', 'user.name', 'Mason')
  git(dir, 'config', 'user.email', 'mason@localhost')
  heartbeat.run(as('one'), { action: 'building' })
  commit.run(as(null), {})
  expect(author()).toBe('Mason <mason@localhost>')
})

test('a linked worktree records the same room on the same branch', () => {
  const { dir, as, tree } = createRepository()
  const linked = path.join(path.dirname(dir), 'linked')
  git(dir, 'worktree', 'add', '--quiet', linked, '-b', 'feature')
  commit.run(as(null, {}, linked), {})
  expect(tree()).toContain('sessions/one.json')
})

test('nothing is recorded through a symlink, and an unreadable record stays out', () => {
  const { dir, as, tree } = createRepository()
  const room = path.join(dir, 'COORDINATION')
  fs.symlinkSync('/etc', path.join(room, 'handoffs/etc'))
  fs.symlinkSync('/etc/hostname', path.join(room, 'sessions/link.json'))
  fs.writeFileSync(path.join(room, 'sessions/junk.json'), 'secret host')
  commit.run(as(null), {})
  expect(tree().filter((name) => /etc|link|junk/.test(name))).toEqual([])
})

test('outside git there is nothing to commit to', () => {
  expect(codeOf(() => commit.run(createWorld().as(null), {}))).toBe('not_initialized')
})
