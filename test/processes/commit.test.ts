/** `coord commit`: the room on its own branch, and nothing else of the repository touched. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { coord } from '../helpers/cli.ts'
import { inside } from '../helpers/inside.ts'
import { editJson, git, register, repository, roomOf, sessionFile } from './support.ts'

const ONE = { session: 'one' }

async function roomIn(dir: string): Promise<void> {
  await register(dir, 'one')
  inside({ cwd: dir, ...ONE }, 'claim', 'task', 'x')
  inside({ cwd: dir, ...ONE }, 'heartbeat', 'building', 'the tower')
  inside({ cwd: dir, ...ONE }, 'send', 'broadcast', 'hello', 'all')
}

/** Everything of a checkout that belongs to the user. */
function belongings(dir: string): Record<string, string> {
  const gitDir = git(dir, 'rev-parse', '--absolute-git-dir')
  const read = (file: string) => (fs.existsSync(file) ? fs.readFileSync(file).toString('base64') : 'none')
  const names = fs.readdirSync(dir).filter((name) => fs.statSync(path.join(dir, name)).isFile())
  const refs = git(dir, 'for-each-ref')
    .split('\n')
    .filter((line) => !line.endsWith('refs/heads/coordination'))
  return {
    head: read(path.join(gitDir, 'HEAD')),
    index: read(path.join(gitDir, 'index')),
    reflog: read(path.join(gitDir, 'logs', 'HEAD')),
    refs: refs.join('\n'),
    ...Object.fromEntries(names.map((name) => [name, read(path.join(dir, name))])),
  }
}

const show = (dir: string, file: string) => git(dir, 'show', `coordination:${file}`)

test('the room is recorded on its branch; HEAD, a dirty index and files stay byte for byte', async () => {
  const dir = repository()
  await roomIn(dir)
  fs.writeFileSync(path.join(dir, 'a.txt'), 'staged\n')
  git(dir, 'add', 'a.txt')
  fs.writeFileSync(path.join(dir, 'a.txt'), 'unstaged\n')
  fs.writeFileSync(path.join(dir, 'new.txt'), 'untracked\n')
  const before = belongings(dir)
  const { json } = await coord({ cwd: dir, ...ONE }, 'commit', '--message', 'As it is', '--json')
  expect(json).toMatchObject({ ok: true, branch: 'coordination', changed: true })
  expect(belongings(dir)).toEqual(before)
  expect(git(dir, 'log', '--format=%H %s', 'coordination')).toBe(`${json.commit} As it is`)
  expect(show(dir, 'STATUS_BOARD.md')).toContain('the tower')
  expect(JSON.parse(show(dir, 'claims/task-x.claim'))).toMatchObject({
    claimed_by: 'one',
    resource_name: 'x',
  })
  expect(JSON.parse(show(dir, 'sessions/one.json'))).toMatchObject({
    session_id: 'one',
    current_work: 'the tower',
  })
  const tree = git(dir, 'ls-tree', '-r', '--name-only', 'coordination').split('\n')
  expect(tree.filter((name) => /^(\.state|heartbeats|a\.txt|new\.txt)|\.gitignore/.test(name))).toEqual([])
  expect(tree.filter((name) => name.startsWith('messages/broadcast/'))).toHaveLength(1)
  expect(git(dir, 'fsck', '--strict')).not.toMatch(/error|missing/)
})

test('a commit without a change makes none; with a change it has the last as its parent', async () => {
  const dir = repository()
  await roomIn(dir)
  const pinned = { cwd: dir, ...ONE, env: { COORD_NOW: new Date().toISOString() } }
  const first = await coord(pinned, 'commit', '--json')
  const second = await coord(pinned, 'commit', '--json')
  expect(second.json).toMatchObject({ ok: true, changed: false, commit: first.json.commit })
  inside({ cwd: dir, ...ONE }, 'heartbeat', 'testing', 'the roof')
  const third = await coord({ cwd: dir, ...ONE }, 'commit', '--json')
  expect(third.json.changed).toBe(true)
  expect(git(dir, 'rev-parse', 'coordination^')).toBe(first.json.commit)
  expect(git(dir, 'rev-list', '--count', 'coordination')).toBe('2')
})

test('host, machine, places and processes are left out unless git.publishHost', async () => {
  const dir = repository()
  await roomIn(dir)
  editJson(sessionFile(dir, 'one'), { pid: 1, pid_started: '1', tty: 'tty 4', mine: 'kept' })
  await coord({ cwd: dir, ...ONE }, 'report')
  inside({ cwd: dir, ...ONE }, 'send', 'path:src', 'beware')
  await coord({ cwd: dir, ...ONE }, 'commit')
  const fields = ['host', 'machine_id', 'cwd', 'tty', 'pid', 'pid_started', 'boot_id', 'pid_ns', 'worktree']
  const published = [JSON.parse(show(dir, 'sessions/one.json')), JSON.parse(show(dir, 'claims/task-x.claim'))]
  for (const record of published) for (const field of fields) expect(record).not.toHaveProperty(field)
  expect(published[0].mine).toBe('kept')
  const names = git(dir, 'ls-tree', '-r', '--name-only', 'coordination').split('\n')
  expect(names.length).toBeGreaterThan(5)
  expect(names.filter((name) => show(dir, name).includes(dir))).toEqual([])
})

test('with git.publishHost the records are published as they are', async () => {
  const dir = repository()
  await roomIn(dir)
  editJson(path.join(roomOf(dir), 'config.json'), { git: { branch: 'coordination', publishHost: true } })
  await coord({ cwd: dir, ...ONE }, 'commit')
  expect(JSON.parse(show(dir, 'sessions/one.json'))).toMatchObject({ cwd: dir, worktree: dir })
  expect(JSON.parse(show(dir, 'claims/task-x.claim')).host).toBeTruthy()
})

test('it works with a detached HEAD and on an unborn branch', async () => {
  const detached = repository()
  git(detached, 'checkout', '-q', '--detach')
  await roomIn(detached)
  const before = belongings(detached)
  expect((await coord({ cwd: detached, ...ONE }, 'commit')).code).toBe(0)
  expect(belongings(detached)).toEqual(before)
  const unborn = path.join(path.dirname(detached), 'unborn')
  fs.mkdirSync(unborn)
  git(unborn, 'init', '-q', '-b', 'main')
  await roomIn(unborn)
  expect((await coord({ cwd: unborn, ...ONE }, 'commit')).code).toBe(0)
  expect(show(unborn, 'STATUS_BOARD.md')).toContain('the tower')
  expect(git(unborn, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/coordination')
  expect(git(unborn, 'symbolic-ref', 'HEAD')).toBe('refs/heads/main')
})

test('inside a linked worktree it records the shared room and touches neither checkout', async () => {
  const dir = repository()
  await roomIn(dir)
  const side = path.join(path.dirname(dir), 'side')
  git(dir, 'worktree', 'add', '-q', side)
  const before = [belongings(dir), belongings(side)]
  expect((await coord({ cwd: side, ...ONE }, 'commit')).code).toBe(0)
  expect([belongings(dir), belongings(side)]).toEqual(before)
  expect(show(side, 'sessions/one.json')).toContain('"one"')
})

test('hostile git variables, hooks that fail and a missing signing key do not disturb it', async () => {
  const dir = repository()
  await roomIn(dir)
  const decoy = repository()
  const hooks = path.join(path.dirname(decoy), 'hooks')
  fs.mkdirSync(hooks)
  for (const name of ['pre-commit', 'commit-msg', 'reference-transaction', 'post-index-change']) {
    fs.writeFileSync(path.join(hooks, name), `#!/bin/sh\necho ${name} >> '${hooks}/ran'\nexit 1\n`, {
      mode: 0o755,
    })
  }
  git(dir, 'config', 'core.hooksPath', hooks)
  git(dir, 'config', 'commit.gpgSign', 'true')
  git(dir, 'config', 'core.fsmonitor', `${hooks}/pre-commit`)
  const before = [belongings(dir), belongings(decoy)]
  const env = {
    GIT_DIR: path.join(decoy, '.git'),
    GIT_WORK_TREE: decoy,
    GIT_INDEX_FILE: path.join(decoy, '.git', 'index'),
    GIT_OBJECT_DIRECTORY: path.join(decoy, '.git', 'objects'),
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'core.bare',
    GIT_CONFIG_VALUE_0: 'true',
  }
  const { code, err } = await coord({ cwd: dir, ...ONE, env }, 'commit')
  expect([code, err]).toEqual([0, ''])
  expect([belongings(dir), belongings(decoy)]).toEqual(before)
  expect(git(decoy, 'branch', '--list', 'coordination')).toBe('')
  expect(fs.existsSync(path.join(hooks, 'ran'))).toBe(false)
  git(dir, 'config', '--unset', 'core.hooksPath')
  expect(show(dir, 'STATUS_BOARD.md')).toContain('the tower')
})

test('it refuses while the branch is checked out, here or in a worktree', async () => {
  const dir = repository()
  await roomIn(dir)
  await coord({ cwd: dir, ...ONE }, 'commit')
  const side = path.join(path.dirname(dir), 'side')
  git(dir, 'worktree', 'add', '-q', side, 'coordination')
  const tip = git(dir, 'rev-parse', 'coordination')
  const { code, json } = await coord({ cwd: dir, ...ONE }, 'commit', '--json')
  expect([code, json.error.code]).toEqual([1, 'conflict'])
  expect(json.error.message).toContain(side)
  expect(git(dir, 'rev-parse', 'coordination')).toBe(tip)
  git(dir, 'worktree', 'remove', '--force', side)
  expect((await coord({ cwd: dir, ...ONE }, 'commit')).code).toBe(0)
})

test('of commits at the same time none is lost and none breaks the branch', async () => {
  const dir = repository()
  await roomIn(dir)
  const answers = await Promise.all(
    [1, 2, 3, 4].map((i) => coord({ cwd: dir, ...ONE }, 'commit', '--message', `m${i}`, '--json')),
  )
  const made = answers.filter(({ json }) => json.ok && json.changed)
  expect(made.length).toBeGreaterThan(0)
  for (const { code, json } of answers) if (code !== 0) expect(json.error.code).toBe('conflict')
  const log = git(dir, 'log', '--format=%H', 'coordination').split('\n')
  for (const { json } of made) expect(log).toContain(json.commit)
})
