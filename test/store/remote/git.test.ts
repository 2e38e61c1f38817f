/** The plumbing against a real bare remote: objects, leases, limits, and remotes that do not do what is asked. */
import { once } from 'node:events'
import fs from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { fetchRefs, listRefs, openFar, pushRefs } from '../../../src/store/remote/git.ts'
import { readCommit, readFiles, writeCommit } from '../../../src/store/remote/objects.ts'
import { codeOf } from '../helpers.ts'
import { createRemote, ENV, git, untouched } from './remotes.ts'

const AT = Date.parse('2026-11-20T10:00:00.000Z')
const LIMITS = { files: 100, bytes_each: 1000, bytes: 10_000 }
const REF = 'refs/coord/claims/x'
const files = [
  { path: 'slot.json', text: '{"ä":1}\n' },
  { path: 'sessions/b.json', text: 'b' },
  { path: 'sessions/a/c.json', text: '' },
  { path: 'sessions.json', text: 'b' },
  { path: 'big', text: 'x'.repeat(900) },
]

test.each([['sha1'], ['sha256']])(
  'a commit is written by one process and is whole for git, with %s',
  (format) => {
    const remote = createRemote([`--object-format=${format}`])
    const clone = remote.clone('one')
    const far = remote.far(clone)
    const commit = writeCommit(far, files, 'a message', AT)
    git(clone, 'fsck', '--strict', '--no-dangling', commit)
    expect(git(clone, 'log', '--format=%an %at %P|%s', commit)).toBe(`coord ${AT / 1000} |a message`)
    expect(git(clone, 'ls-tree', '-r', '--name-only', commit).split('\n').sort()).toEqual(
      files.map(({ path }) => path).sort(),
    )
    expect(writeCommit(far, files, 'a message', AT)).toBe(commit)
    const many = Array.from({ length: 40 }, (_, at) => ({
      path: `many/${at}.txt`,
      text: `${at}\n`.repeat(at * 99),
    }))
    const large = writeCommit(far, many, 'many', AT)
    git(clone, 'fsck', '--strict', '--no-dangling', large)
    expect(git(clone, 'ls-tree', '-r', '--name-only', large).split('\n')).toHaveLength(40)
    expect(readCommit(far, large, { files: 99, bytes_each: 1 << 20, bytes: 1 << 24 })!.left_out).toEqual([])
    const read = readCommit(far, commit, LIMITS)!
    expect(read.commit).toBe(commit)
    const byPath = (list: typeof files) => [...list].sort((a, b) => (a.path < b.path ? -1 : 1))
    expect(byPath(read.files)).toEqual(byPath(files))
  },
)

test('a ref moves only from the value that is expected, and what is read back is what was pushed', () => {
  const remote = createRemote()
  const [one, two] = [remote.far(remote.clone('one')), remote.far(remote.clone('two'))]
  const before = [untouched(one.cwd), untouched(two.cwd)]
  const first = writeCommit(one, files, 'first', AT)
  const second = writeCommit(two, files, 'second', AT)
  expect(pushRefs(one, [{ ref: REF, to: first, was: null }])).toEqual({ ok: true, result: null })
  expect(pushRefs(two, [{ ref: REF, to: second, was: null }])).toMatchObject({ trouble: { kind: 'lease' } })
  expect(pushRefs(two, [{ ref: REF, to: second, was: second }])).toMatchObject({ trouble: { kind: 'lease' } })
  expect(listRefs(two, ['refs/coord/*'])).toEqual({ ok: true, result: new Map([[REF, first]]) })
  const own = 'refs/coord-remote/origin/x'
  expect(fetchRefs(two, [[REF, own]])).toEqual({ ok: true, result: true })
  expect(fetchRefs(two, [['refs/coord/none', 'refs/coord-remote/none']])).toEqual({ ok: true, result: false })
  expect(
    readFiles(
      two,
      [
        { name: own, path: 'slot.json' },
        { name: 'refs/coord-remote/none', path: 'slot.json' },
        { name: own, path: 'none' },
      ],
      1 << 20,
    ),
  ).toEqual([{ commit: first, text: '{"ä":1}\n' }, null, { commit: first, text: null }])
  expect(pushRefs(two, [{ ref: REF, to: second, was: first }])).toEqual({ ok: true, result: null })
  expect(pushRefs(one, [{ ref: REF, to: null, was: second }])).toEqual({ ok: true, result: null })
  expect(listRefs(one, ['refs/coord/*'])).toEqual({ ok: true, result: new Map() })
  expect([untouched(one.cwd), untouched(two.cwd)]).toEqual(before)
})

test('several refs move all or none', () => {
  const remote = createRemote()
  const far = remote.far(remote.clone('one'))
  const commit = writeCommit(far, files, 'x', AT)
  const other = writeCommit(far, files, 'y', AT)
  pushRefs(far, [{ ref: REF, to: commit, was: null }])
  const both = [
    { ref: 'refs/coord/claims/y', to: other, was: null },
    { ref: REF, to: other, was: null },
  ]
  expect(pushRefs(far, both, true)).toMatchObject({ trouble: { kind: 'lease' } })
  expect(listRefs(far, ['refs/coord/*'])).toEqual({ ok: true, result: new Map([[REF, commit]]) })
})

test('what a remote does not do is told apart', () => {
  const remote = createRemote()
  const far = remote.far(remote.clone('one'))
  const commit = writeCommit(far, files, 'x', AT)
  const move = [{ ref: REF, to: commit, was: null }]
  const hook = path.join(remote.bare, 'hooks/update')
  fs.writeFileSync(hook, '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  expect(pushRefs(far, move)).toMatchObject({ trouble: { kind: 'refused' } })
  fs.writeFileSync(hook, '#!/bin/sh\nsleep 30\n', { mode: 0o755 })
  const quick = { ...far, timeout_ms: 400 }
  expect(pushRefs(quick, move)).toMatchObject({ trouble: { kind: 'unreachable' } })
  fs.rmSync(hook)
  fs.renameSync(remote.bare, `${remote.bare}.away`)
  expect(pushRefs(far, move)).toMatchObject({ trouble: { kind: 'unreachable' } })
  expect(listRefs(far, ['refs/coord/*'])).toMatchObject({ trouble: { kind: 'unreachable' } })
  expect(fetchRefs(far, [[REF, 'refs/coord-remote/x']])).toMatchObject({ trouble: { kind: 'unreachable' } })
})

test('names that git could take for something else are refused', () => {
  const remote = createRemote()
  const clone = remote.clone('one')
  const far = remote.far(clone)
  for (const name of ['--upload-pack=x', 'https://a/b', '-x', 'a b', 'a..b', ''])
    expect(codeOf(() => openFar(clone, name, ENV, 1000))).toBe('invalid')
  for (const ref of ['refs/../x', '--all', 'refs/coord/a.lock', 'refs/coord//x', 'HEAD', 'refs/coord/x:y'])
    expect(() => listRefs(far, [ref])).toThrow('no name for a ref')
  expect(codeOf(() => openFar(remote.dir, 'origin', ENV, 1000))).toBe('conflict')
})

test('of a commit from outside only plain files within the limits are read, and the rest is named', () => {
  const remote = createRemote()
  const clone = remote.clone('one')
  const far = remote.far(clone)
  fs.writeFileSync(path.join(clone, 'huge'), 'x'.repeat(2000))
  fs.symlinkSync('/etc/passwd', path.join(clone, 'link'))
  fs.writeFileSync(path.join(clone, 'new\nline'), 'odd')
  git(clone, 'add', '.')
  git(clone, 'commit', '-q', '-m', 'hostile')
  const read = readCommit(far, 'HEAD', LIMITS)!
  expect(read.files.map(({ path }) => path)).toEqual(['README', 'new\nline'])
  expect(read.left_out).toEqual(['huge', 'link'])
  expect(readCommit(far, 'HEAD', { ...LIMITS, files: 1 })!.left_out).toEqual(['huge', 'link', 'new\nline'])
  expect(readCommit(far, 'refs/heads/none', LIMITS)).toBeNull()
  expect(readCommit(far, 'HEAD:README', LIMITS)).toBeNull()
})

test('a partial clone fetches a commit with all that is in it', () => {
  const remote = createRemote()
  git(remote.bare, 'config', 'uploadpack.allowFilter', 'true')
  const one = remote.far(remote.clone('one'))
  const partial = path.join(remote.dir, 'partial')
  git(remote.dir, 'clone', '-q', '--filter=blob:none', `file://${remote.bare}`, partial)
  const commit = writeCommit(one, files, 'first', AT)
  pushRefs(one, [{ ref: REF, to: commit, was: null }])
  const far = remote.far(partial)
  expect(fetchRefs(far, [[REF, 'refs/coord-remote/origin/x']])).toEqual({ ok: true, result: true })
  fs.renameSync(remote.bare, `${remote.bare}.away`)
  expect(readFiles(far, [{ name: commit, path: 'slot.json' }], 1000)[0]!.text).toBe(files[0]!.text)
})

test('a git that its coord leaves behind ends by itself when the server says nothing', async () => {
  const remote = createRemote()
  const clone = remote.clone('one')
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  git(clone, 'remote', 'set-url', 'origin', `http://127.0.0.1:${port}/x.git`)
  const bin = path.join(remote.dir, 'bin')
  fs.mkdirSync(bin)
  // What coord is killed for: git is asked as ever, and nobody waits for it.
  const text = `#!/bin/sh\nPATH='${ENV.PATH}'\n(git "$@" >/dev/null 2>'${bin}/err'; echo over >'${bin}/over') >/dev/null 2>&1 &\nexit 1\n`
  fs.writeFileSync(`${bin}/git`, text, { mode: 0o755 })
  const far = openFar(clone, 'origin', { ...ENV, PATH: `${bin}:${ENV.PATH}` }, 1000)
  expect(listRefs(far, ['refs/coord/*'])).toMatchObject({ ok: false })
  await vi.waitUntil(() => fs.existsSync(`${bin}/over`), { timeout: 20_000, interval: 50 })
  expect(fs.readFileSync(`${bin}/err`, 'utf8')).toMatch(/too slow|timed out/i)
  server.close()
})

test('a lock on our refs that a killed git left in the clone is removed once it is old; others stay', () => {
  const remote = createRemote()
  const clone = remote.clone('one')
  const far = remote.far(clone, 2000)
  const own = 'refs/coord-remote/origin/x'
  const commit = writeCommit(far, files, 'x', AT)
  pushRefs(far, [{ ref: REF, to: commit, was: null }])
  const lock = path.join(clone, '.git', `${own}.lock`)
  const foreign = path.join(clone, '.git/refs/heads/main.lock')
  fs.mkdirSync(path.dirname(lock), { recursive: true })
  for (const file of [lock, foreign]) fs.writeFileSync(file, '')
  expect(fetchRefs(far, [[REF, own]])).toMatchObject({ ok: false })
  const old = Date.now() / 1000 - 60
  for (const file of [lock, foreign]) fs.utimesSync(file, old, old)
  expect(fetchRefs(far, [[REF, own]])).toEqual({ ok: true, result: true })
  expect([lock, foreign].map((file) => fs.existsSync(file))).toEqual([false, true])
})

test.each([[1], [2]])(
  'a ref that another push has locked is one to try again, with %d more in the same push',
  (more) => {
    const remote = createRemote()
    const far = remote.far(remote.clone('one'))
    const commit = writeCommit(far, [{ path: 'x', text: 'x' }], 'x', 0)
    const moves = ['a', 'b', 'c'].slice(0, 1 + more).map((name) => {
      return { ref: `refs/coord/claims/one/${name}`, to: commit, was: null }
    })
    fs.mkdirSync(path.join(remote.bare, 'refs/coord/claims/one'), { recursive: true })
    fs.writeFileSync(path.join(remote.bare, 'refs/coord/claims/one/a.lock'), '')
    expect(pushRefs(far, moves, true)).toMatchObject({ trouble: { kind: 'lease' } })
    expect(git(remote.bare, 'for-each-ref', 'refs/coord')).toBe('')
    fs.rmSync(path.join(remote.bare, 'refs/coord/claims/one/a.lock'))
    expect(pushRefs(far, moves, true).ok).toBe(true)
  },
)
