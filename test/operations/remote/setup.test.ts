/** Choosing a remote: what it allows is tried, all clones come to the same, and it can be given up. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { claim } from '../../../src/operations/claim.ts'
import { remote as remoteOperation } from '../../../src/operations/remote.ts'
import { sync } from '../../../src/operations/sync.ts'
import { pushRefs } from '../../../src/store/remote/git.ts'
import { writeCommit } from '../../../src/store/remote/objects.ts'
import { worldIn } from '../../helpers/world.ts'
import { codeOf, errorOf } from '../../store/helpers.ts'
import { createRemote, ENV, git } from '../../store/remote/remotes.ts'
import { roomIn, twoRooms } from './clones.ts'

const refsOf = (bare: string) => git(bare, 'for-each-ref', '--format=%(refname)').split('\n')
const hookIn = (bare: string, text: string) =>
  fs.writeFileSync(path.join(bare, 'hooks/update'), `#!/bin/sh\n${text}\n`, { mode: 0o755 })

test('setup records the choice, leaves nothing of its trial, and is repeated without harm', () => {
  const { remote, a } = twoRooms()
  const first = a.world.json('.state/remote.json')
  expect(first).toMatchObject({ remote: 'origin', prefix: 'refs/coord', atomic: true, shards: 64 })
  expect(refsOf(remote.bare)).toEqual(['refs/coord/layout', 'refs/heads/main'])
  expect(a.remote('setup')).toMatchObject({ already: true, remote: { machine: first.machine } })
})

test('claims made before are offered, the same rule for those of two rooms', () => {
  const remote = createRemote()
  const a = roomIn(remote, 'a', ['one'])
  const b = roomIn(remote, 'b', ['three'])
  a.take('one', 'church')
  b.take('three', 'church')
  b.take('three', 'tower')
  expect(a.remote('setup').settled).toMatchObject({ taken: 1, lost: [] })
  expect(b.remote('setup').settled).toMatchObject({ taken: 1, lost: [{ resource: 'droplet/church' }] })
  expect(b.held()).toEqual(['church one', 'tower three'])
})

test('a remote that wants branches gets branches, and the next clone finds them', () => {
  const remote = createRemote()
  hookIn(remote.bare, 'case "$1" in refs/heads/*) exit 0;; *) exit 1;; esac')
  const { a, b } = twoRooms(remote)
  expect(a.world.json('.state/remote.json')).toMatchObject({ prefix: 'refs/heads/coord' })
  a.take('one', 'church')
  expect(codeOf(() => b.take('three', 'church'))).toBe('held')
  expect(refsOf(remote.bare)).toContain('refs/heads/coord/layout')
  expect(git(a.clone, 'branch', '--list', '--all')).not.toContain('coord')
})

test('branches at the remote become no branches of the user, and name nothing that the clone does not have', () => {
  const remote = createRemote()
  hookIn(remote.bare, 'case "$1" in refs/heads/*) exit 0;; *) exit 1;; esac')
  const { a } = twoRooms(remote)
  const before = git(a.clone, 'for-each-ref', 'refs/remotes')
  a.take('one', 'church')
  a.take('one', 'src/**')
  sync.run(a.as('one'), {})
  expect(git(a.clone, 'for-each-ref', 'refs/remotes')).toBe(before)
  git(a.clone, 'fsck', '--no-dangling')
})

test('a remote that lets a branch be made but not moved is refused before a claim relies on it', () => {
  const remote = createRemote()
  hookIn(remote.bare, 'case "$1" in refs/heads/*) exit 0;; *) exit 1;; esac')
  git(remote.bare, 'config', 'receive.denyNonFastForwards', 'true')
  const a = roomIn(remote, 'a', ['one'])
  expect(errorOf(() => a.remote('setup'))).toMatchObject({ code: 'conflict', details: { remote: 'refused' } })
  expect(refsOf(remote.bare)).toEqual(['refs/heads/main'])
})

test('a push URL that names another repository is found out', () => {
  const remote = createRemote()
  const a = roomIn(remote, 'a', ['one'])
  const other = path.join(remote.dir, 'other.git')
  git(remote.dir, 'clone', '-q', '--bare', remote.bare, other)
  git(a.clone, 'config', 'remote.origin.pushurl', other)
  expect(errorOf(() => a.remote('setup'))).toMatchObject({ details: { remote: 'unsupported' } })
  expect([remote.bare, other].map(refsOf)).toEqual([['refs/heads/main'], ['refs/heads/main']])
})

test('what the user lets pushes and fetches do besides is not done', () => {
  const remote = createRemote()
  const a = roomIn(remote, 'a', ['one'])
  for (const [name, value] of [
    ['push.pushOption', 'ci.skip'],
    ['push.followTags', 'true'],
    ['push.gpgSign', 'true'],
    ['fetch.prune', 'true'],
    ['fetch.pruneTags', 'true'],
    ['remote.origin.pruneTags', 'true'],
    ['core.logAllRefUpdates', 'always'],
  ] as const)
    git(a.clone, 'config', name, value)
  git(a.clone, 'tag', '-a', '-m', 'mine', 'mine')
  a.remote('setup')
  a.take('one', 'src/**')
  a.remote('settle')
  expect(git(a.clone, 'tag')).toBe('mine')
  expect(git(remote.bare, 'tag')).toBe('')
  expect(fs.existsSync(path.join(a.clone, '.git/logs/refs/coord-remote'))).toBe(false)
})

test('a way to the remote that the environment names is taken, and nothing of a hook that runs around it', () => {
  const remote = createRemote()
  const a = roomIn(remote, 'a', ['one'])
  const ssh = path.join(remote.dir, 'ssh')
  fs.writeFileSync(ssh, '#!/bin/sh\nshift\nexec sh -c "$*"\n', { mode: 0o755 })
  git(a.clone, 'remote', 'set-url', 'origin', `host:${remote.bare}`)
  const hook = { GIT_DIR: remote.bare, GIT_INDEX_FILE: '/nowhere', GIT_QUARANTINE_PATH: '/nowhere' }
  const ctx = a.as('one', { GIT_SSH_COMMAND: ssh, GIT_SSH_VARIANT: 'simple', ...hook })
  expect(remoteOperation.run(ctx, { action: 'setup' }).remote).toMatchObject({ prefix: 'refs/coord' })
  expect(Object.keys(ctx.gitEnvironment())).not.toContain('GIT_DIR')
})

test('without atomic pushes all files share one ref', () => {
  const remote = createRemote()
  git(remote.bare, 'config', 'receive.advertiseAtomic', 'false')
  const { a, b } = twoRooms(remote)
  expect(a.world.json('.state/remote.json')).toMatchObject({ atomic: false, shards: 1 })
  a.take('one', 'x.ts', 'y.ts')
  expect(codeOf(() => b.take('three', '*.ts'))).toBe('held')
})

test('a clone that may not write where others do is refused, and so is one that finds another layout', () => {
  const { remote } = twoRooms()
  hookIn(remote.bare, 'case "$1" in refs/heads/*) exit 0;; *) exit 1;; esac')
  const c = roomIn(remote, 'c', ['four'])
  expect(errorOf(() => c.remote('setup'))).toMatchObject({ code: 'conflict', details: { remote: 'refused' } })
  expect(fs.existsSync(path.join(c.world.root, '.state/remote.json'))).toBe(false)
})

test('what can not be set up says why', () => {
  const remote = createRemote()
  const a = roomIn(remote, 'a', ['one'])
  expect(codeOf(() => a.remote('setup', 'nowhere'))).toBe('invalid')
  expect(codeOf(() => a.remote('setup', '--all'))).toBe('invalid')
  expect(codeOf(() => a.remote('settle'))).toBe('conflict')
  expect(codeOf(() => a.remote('stauts'))).toBe('invalid')
  expect(codeOf(() => a.remote('status', 'origin'))).toBe('invalid')
  expect(a.remote('status')).toEqual({ remote: null, pending: [] })
  fs.renameSync(remote.bare, `${remote.bare}.away`)
  expect(errorOf(() => a.remote('setup'))).toMatchObject({ code: 'busy', details: { remote: 'unreachable' } })
})

test('off: the room decides alone, keeps its claims, forgets those of others, and keeps its name for later', () => {
  const { a, b } = twoRooms()
  const { machine } = a.world.json('.state/remote.json')
  a.take('one', 'church')
  b.take('three', 'tower')
  a.remote('settle')
  expect(a.held()).toEqual(['church one', 'tower three'])
  a.remote('off')
  expect(a.held()).toEqual(['church one'])
  a.take('two', 'tower')
  expect(a.remote('off')).toMatchObject({ already: true })
  expect(a.remote('setup').settled).toMatchObject({
    lost: [{ resource: 'droplet/tower', claimed_by: 'two' }],
  })
  expect(a.world.json('.state/remote.json')).toMatchObject({ machine })
})

test('a setting that can not be read refuses claims instead of deciding alone', () => {
  const { a } = twoRooms()
  a.world.write('.state/remote.json', '{')
  expect(codeOf(() => a.take('one', 'church'))).toBe('damaged')
  a.remote('setup')
  expect(a.take('one', 'church').claim).not.toHaveProperty('provisional')
})

test('a copy of a clone is another room: it is refused until it has a name of its own', () => {
  const { a, remote } = twoRooms()
  a.take('one', 'church')
  const copy = path.join(remote.dir, 'copy')
  fs.cpSync(a.clone, copy, { recursive: true })
  const world = worldIn(copy, 7_000_000)
  const inCopy = (session: string | null) => world.as(session, ENV)
  expect(codeOf(() => claim.run(inCopy('two'), { type: 'droplet', name: ['tower'] }))).toBe('conflict')
  remoteOperation.run(inCopy(null), { action: 'setup' })
  expect(world.json('.state/remote.json').machine).not.toBe(a.world.json('.state/remote.json').machine)
  expect(codeOf(() => claim.run(inCopy('two'), { type: 'droplet', name: ['church'] }))).toBe('held')
  expect(a.take('one', 'church')).toMatchObject({ already: true })
})

test('machines that were met at another remote are forgotten where this one does not have them', () => {
  const { remote, a, b } = twoRooms()
  const other = createRemote()
  const names = () => a.remote('status').sync!.machines.map(({ machine }) => machine)
  for (const room of [b, a]) sync.run(room.as(null), {})
  const met = b.remote('status').remote!.machine
  expect(names()).toEqual([met])
  a.remote('setup')
  expect(names(), 'the same one').toEqual([met])
  git(a.clone, 'remote', 'set-url', 'origin', other.bare)
  a.remote('setup')
  expect(names()).toEqual([])
  git(a.clone, 'remote', 'set-url', 'origin', remote.bare)
  a.remote('setup')
  sync.run(a.as(null), {})
  expect(names()).toEqual([met])
})

test.each([
  [1, 'conflict', 'laid out by an earlier coord'],
  [3, 'newer_room', 'laid out by a newer coord'],
])('a remote whose claims stand in refs by rule %i is not set up', (version, code, text) => {
  const remote = createRemote()
  const far = remote.far(remote.clone('seeds'))
  const layout = writeCommit(
    far,
    [{ path: 'layout.json', text: JSON.stringify({ version, shards: 64 }) }],
    'x',
    0,
  )
  pushRefs(far, [{ ref: 'refs/coord/layout', to: layout, was: null }])
  const a = roomIn(remote, 'a', ['one'])
  expect(errorOf(() => a.remote('setup'))).toMatchObject({ code, message: expect.stringContaining(text) })
  expect(a.remote('status').remote).toBeNull()
})
