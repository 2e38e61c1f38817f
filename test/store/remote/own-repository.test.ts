/** The repository by which claims travel: that it is git's for any repository of the user. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { init } from '../../../src/operations/init.ts'
import { fetchRefs, listRefs, openFar, pushRefs } from '../../../src/store/remote/git.ts'
import { writeCommit } from '../../../src/store/remote/objects.ts'
import { ownRepository } from '../../../src/store/remote/own-repository.ts'
import { worldIn } from '../../helpers/world.ts'
import { createRemote, ENV, git } from './remotes.ts'

const AT = Date.parse('2026-11-20T10:00:00.000Z')
const REF = 'refs/coord/claims/x'

function opened(options: string[] = []) {
  const remote = createRemote(options)
  const clone = remote.clone('one')
  const world = worldIn(clone)
  init.run(world.as(null), {})
  const room = world.as(null).room()
  return { remote, clone, room, far: remote.far(clone), own: ownRepository(room, remote.far(clone)) }
}

test.each([[[]], [['--object-format=sha256']], [['--shared=group']]])(
  'it pushes and fetches for a repository made with %j, which gets neither objects nor refs',
  (options) => {
    const { clone, own } = opened(options)
    git(clone, 'config', 'remote.origin.fetch', '+refs/*:refs/all/*')
    const before = [git(clone, 'count-objects'), git(clone, 'for-each-ref')]
    const commit = writeCommit(own, [{ path: 'slot.json', text: '{}' }], 'x', AT)
    expect(pushRefs(own, [{ ref: REF, to: commit, was: null }])).toEqual({ ok: true, result: null })
    expect(listRefs(own, ['refs/coord/*'])).toEqual({ ok: true, result: new Map([[REF, commit]]) })
    expect(fetchRefs(own, [[REF, 'refs/coord-remote/x']])).toEqual({ ok: true, result: true })
    expect([git(clone, 'count-objects'), git(clone, 'for-each-ref')]).toEqual(before)
    expect(git(own.common, 'rev-parse', 'refs/coord-remote/x')).toBe(commit)
  },
)

test('it follows the config of the repository, whatever changes there', () => {
  const { remote, clone, room, far } = opened()
  git(clone, 'remote', 'set-url', 'origin', '../away.git')
  expect(listRefs(ownRepository(room, far), ['refs/heads/*'])).toMatchObject({
    trouble: { kind: 'unreachable' },
  })
  fs.renameSync(remote.bare, path.join(remote.dir, 'away.git'))
  expect(listRefs(ownRepository(room, far), ['refs/heads/*']).ok).toBe(true)
})

test('it is begun anew each hour, and the one before the last is thrown away', () => {
  const { room, far, own } = opened()
  const hour = Number(path.basename(own.common).slice(4))
  const at = (each: number) => path.join(path.dirname(own.common), `git-${each}`)
  for (const each of [7, hour - 2, hour - 1]) fs.cpSync(own.common, at(each), { recursive: true })
  fs.rmSync(own.common, { recursive: true })
  expect(ownRepository(room, far).common).toBe(own.common)
  expect([7, hour - 2, hour - 1, hour].map((each) => fs.existsSync(at(each)))).toEqual([
    false,
    false,
    true,
    true,
  ])
})

test('what a worktree has set for itself counts there too', () => {
  const { clone, remote, room, far } = opened()
  git(clone, 'config', 'extensions.worktreeConfig', 'true')
  git(clone, 'config', '--worktree', 'remote.origin.url', remote.bare)
  git(clone, 'config', '--local', '--unset', 'remote.origin.url')
  expect(listRefs(ownRepository(room, far), ['refs/heads/*']).ok).toBe(true)
})

test("what the user's config says for a directory above counts there too; what it says for .git alone does not", () => {
  const { remote, clone, room } = opened()
  git(clone, 'remote', 'set-url', 'origin', 'there:remote.git')
  const asking = (condition: string) => {
    const [all, some] = ['all', 'some'].map((name) => path.join(remote.dir, `${name}.config`)) as [
      string,
      string,
    ]
    fs.writeFileSync(some, `[url "${remote.dir}/"]\n\tinsteadOf = "there:"\n`)
    fs.writeFileSync(all, `[includeIf "gitdir:${condition}"]\n\tpath = ${some}\n`)
    const env = { ...ENV, GIT_CONFIG_GLOBAL: all, GIT_SSH_COMMAND: 'false' }
    return listRefs(ownRepository(room, openFar(clone, 'origin', env, 20_000)), ['refs/heads/*']).ok
  }
  expect(asking(`${clone}/`)).toBe(true)
  expect(asking(`${clone}/.git`)).toBe(false)
})

test('a lock on packed refs that a killed git left there is removed once it is old, and never one of the user', () => {
  const { clone, own } = opened()
  const commit = writeCommit(own, [{ path: 'slot.json', text: '{}' }], 'x', AT)
  pushRefs(own, [{ ref: REF, to: commit, was: null }])
  const bring = () => fetchRefs(own, [['refs/coord/claims/*', 'refs/coord-remote/origin/claims/*']])
  expect(bring().ok).toBe(true)
  pushRefs(own, [{ ref: REF, to: null, was: commit }])
  const locks = [own.common, path.join(clone, '.git')].map((dir) => path.join(dir, 'packed-refs.lock'))
  for (const lock of locks) fs.writeFileSync(lock, '')
  expect(bring().ok).toBe(false)
  for (const lock of locks) fs.utimesSync(lock, AT / 1000 - 1e6, AT / 1000 - 1e6)
  expect(bring().ok).toBe(true)
  expect(locks.map((lock) => fs.existsSync(lock))).toEqual([false, true])
})
