/** What is amiss on one side keeps nobody waiting, is never taken for absence, and leaves no claim that nobody speaks of. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ageLocks } from '../../../src/faces/cli/torture/remote/clones.ts'
import { claim } from '../../../src/operations/claim.ts'
import { handoff } from '../../../src/operations/handoff.ts'
import { codeOf } from '../../store/helpers.ts'
import { git } from '../../store/remote/remotes.ts'
import { twoRooms } from './clones.ts'

const refsOf = (bare: string, below = 'refs/coord/claims') =>
  git(bare, 'for-each-ref', '--format=%(refname)', below).split('\n')
const slotOf = (bare: string, ref: string) => JSON.parse(git(bare, 'show', `${ref}:slot.json`))

/** A git that refuses one of its verbs. */
function gitWithout(dir: string, verb: string): string {
  const bin = path.join(dir, 'bin')
  const whole = process.env.PATH!.split(':').find((each) => fs.existsSync(`${each}/git`))
  fs.mkdirSync(bin)
  const text = `#!/bin/sh\ncase " $* " in *" ${verb} "*) echo fatal: no space >&2; exit 1;; esac\nexec ${whole}/git "$@"\n`
  fs.writeFileSync(`${bin}/git`, text, { mode: 0o755 })
  return `${bin}:${process.env.PATH}`
}

test('a repository that takes no objects leaves a claim provisional, and the next settles it', () => {
  const { remote, a } = twoRooms()
  // Where users share a repository git writes the objects; the room's own follows it from the next hour.
  git(a.clone, 'config', 'core.sharedRepository', 'group')
  fs.rmSync(path.join(a.world.root, '.state/remote'), { recursive: true })
  const PATH = gitWithout(remote.dir, 'unpack-objects')
  const taken = claim.run(a.as('one', { PATH }), { type: 'droplet', name: ['church'] }).claim
  expect(taken).toMatchObject({ provisional: true })
  expect(a.held()).toEqual(['church one?'])
  expect(a.remote('settle').settled).toMatchObject({ taken: 1, lost: [], trouble: null })
  expect(a.held()).toEqual(['church one'])
})

/** The repository for claims that is in use: each hour one is begun, and a room that was laid out earlier has that of before too. */
const newestOf = (dir: string) =>
  fs
    .readdirSync(dir)
    .filter((name) => name.startsWith('git-'))
    .sort()
    .at(-1)!

test('locks that a killed git left in the room keep a claim waiting for seconds, with word of it, and not for ever', () => {
  const { a, b } = twoRooms()
  a.take('one', 'church')
  expect(codeOf(() => b.take('three', 'church'))).toBe('held')
  a.give('one', 'church')
  const own = newestOf(path.join(b.world.root, '.state/remote'))
  const common = path.join(b.world.root, '.state/remote', own)
  const refs = refsOf(common, 'refs/coord-remote')
  expect(refs.some((ref) => ref.includes('/claims/one/'))).toBe(true)
  const locks = [...refs, 'packed-refs'].map((each) => path.join(common, `${each}.lock`))
  for (const lock of locks) fs.writeFileSync(lock, '')
  const ctx = b.as('three')
  expect(codeOf(() => claim.run(ctx, { type: 'droplet', name: ['church'] }))).toBe('held')
  expect(ctx.warnings.join()).toMatch(/could not be asked \(.*lock/)
  for (const lock of locks) fs.utimesSync(lock, 1, 1)
  b.world.advance(31_000)
  expect(b.take('three', 'church').claim).not.toHaveProperty('provisional')
  expect(locks.filter((lock) => lock.includes('/claims/') && fs.existsSync(lock))).toEqual([])
})

test('what can not be read is not taken for what is not there', () => {
  const { remote, a, b } = twoRooms()
  a.take('one', 'church')
  expect(codeOf(() => b.take('three', 'church'))).toBe('held')
  const PATH = gitWithout(remote.dir, 'cat-file')
  const ask = () => claim.run(b.as('three', { PATH }), { type: 'droplet', name: ['church'] })
  expect(codeOf(ask)).toBe('held')
  expect(b.held()).toEqual(['church one'])
})

test('a ref that is no commit is damaged, and asked for once', () => {
  const { remote, a } = twoRooms()
  a.take('one', 'church')
  const [ref = ''] = refsOf(remote.bare)
  git(remote.bare, 'update-ref', ref, git(remote.bare, 'rev-parse', `${ref}:slot.json`))
  a.give('one', 'church')
  expect(a.take('one', 'church').claim).toMatchObject({ provisional: true })
  expect(a.remote('status').remote).toMatchObject({ trouble: null })
  expect(a.remote('settle').settled!.trouble).toMatchObject({ kind: 'damaged' })
})

test('a lock that a killed git left in a clone bars a glob until it is old, and a torture lets it be', () => {
  const { remote, a, b, advance } = twoRooms()
  b.take('three', 'x.ts')
  const [ref = ''] = refsOf(remote.bare)
  const state = path.join(a.world.root, '.state/remote')
  const own = newestOf(state)
  const left = `${path.join(state, own, ref.replace('/coord/', '/coord-remote/origin/'))}.lock`
  fs.mkdirSync(path.dirname(left), { recursive: true })
  fs.writeFileSync(left, '')
  const glob = () => a.take('one', 'src/*').claim
  expect(glob()).toMatchObject({ provisional: true })
  advance(31_000)
  ageLocks(path.dirname(a.clone), path.basename(a.clone), 60_000)
  expect(glob()).not.toHaveProperty('provisional')
})

test('one bad ref keeps the claims of others away from nobody', () => {
  const { remote, a, b } = twoRooms()
  a.take('one', 'church')
  const [bad = ''] = refsOf(remote.bare)
  a.take('one', 'tower')
  git(remote.bare, 'update-ref', bad, 'refs/heads/main')
  expect(b.remote('settle').settled).toMatchObject({ read: 1, trouble: { kind: 'damaged' } })
  expect(b.held()).toEqual(['tower one'])
})

test('a path outside of the repository is of this machine, and not told', () => {
  const { remote, a, b } = twoRooms()
  expect(a.take('one', 'x.ts', '/home/alice/secret.txt').claims).toHaveLength(2)
  a.take('one', '/home/alice/other.txt')
  expect(b.take('three', '/home/alice/other.txt').claim).not.toHaveProperty('provisional')
  const told = refsOf(remote.bare).flatMap((ref) => slotOf(remote.bare, ref).claims)
  expect(told.map(({ resource_name }) => resource_name)).toEqual(['x.ts'])
  expect(JSON.stringify(refsOf(remote.bare).map((ref) => slotOf(remote.bare, ref)))).not.toContain('alice')
  a.remote('settle')
  expect(a.held()).toEqual(['/home/alice/other.txt one', '/home/alice/secret.txt one', 'x.ts one'])
  expect(a.remote('status').pending).toEqual([])
  a.give('one', '/home/alice/other.txt')
})

test('a claim that was forced away is not handed over', () => {
  const { a, b } = twoRooms()
  a.take('one', 'church')
  codeOf(() => b.take('three', 'church'))
  b.give('three', 'church', { force: true, reason: 'gone' })
  b.take('three', 'church')
  const hand = () => handoff.run(a.as('one'), { type: 'droplet', name: 'church', to: 'two', note: 'go on' })
  expect(codeOf(hand)).toBe('lost')
  expect(a.held()).toEqual(['church three'])
})
