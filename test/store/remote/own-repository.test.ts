/** The repository by which claims travel: what may be thrown away there, and that it is git's for any repository of the user. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { init } from '../../../src/operations/init.ts'
import { fetchRefs, listRefs, pushRefs } from '../../../src/store/remote/git.ts'
import { writeCommit } from '../../../src/store/remote/objects.ts'
import { ownRepository, tidyOwnRepository } from '../../../src/store/remote/own-repository.ts'
import { worldIn } from '../../helpers/world.ts'
import { createRemote, git } from './remotes.ts'

const AT = Date.parse('2026-11-20T10:00:00.000Z')
const REF = 'refs/coord/claims/x'

function opened(options: string[] = []) {
  const remote = createRemote(undefined, options)
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

test('what lies there for an hour is thrown away where there is much of it; what is younger stays', () => {
  const { room, own } = opened()
  const hour = 3_600_000
  const place = (name: string, age_ms: number) => {
    const file = path.join(own.common, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, '')
    fs.utimesSync(file, (AT - age_ms) / 1000, (AT - age_ms) / 1000)
    return () => fs.existsSync(file)
  }
  const old = ['objects/17/a', 'objects/ab/b', 'objects/pack/c.pack', 'refs/coord-remote/origin/x'].map(
    (name) => place(name, 1.1 * hour),
  )
  const young = ['objects/17/y', 'objects/ab/y', 'refs/coord-remote/origin/y'].map((name) =>
    place(name, 0.4 * hour),
  )
  tidyOwnRepository(room, AT)
  expect(old.map((isThere) => isThere())).toEqual(old.map(() => true))
  for (let at = 0; at < 20; at++) place(`objects/17/${at}`, 0)
  tidyOwnRepository(room, AT)
  expect(old.map((isThere) => isThere())).toEqual(old.map(() => false))
  expect(young.map((isThere) => isThere())).toEqual(young.map(() => true))
  expect(fs.readdirSync(own.common).sort()).toEqual(['HEAD', 'config', 'objects', 'refs'])
})
