/** Claims of paths and the guard on the command line: globs, worktrees, directories, read-only rooms. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { coord } from '../helpers/cli.ts'
import { git, register, repository, roomOf } from '../processes/support.ts'
import { changes, everything, said } from './rooms.ts'

/** A repository with a directory, a linked worktree inside of it and one beside it, and two sessions. */
async function twoWorktrees() {
  const dir = repository()
  fs.mkdirSync(path.join(dir, 'src/auth'), { recursive: true })
  fs.writeFileSync(path.join(dir, 'src/auth/login.ts'), 'one\n')
  git(dir, 'add', 'src')
  git(dir, 'commit', '-q', '-m', 'Second')
  const beside = path.join(path.dirname(dir), 'beside')
  const inside = path.join(dir, '.agents/wt')
  git(dir, 'worktree', 'add', '-q', beside)
  git(dir, 'worktree', 'add', '-q', inside)
  await register(dir, 'one', 'two')
  const as = (session: string, cwd: string) => ({ cwd, session })
  return { dir, beside, inside, as }
}

test('a path is one resource in every worktree, from every directory, however it is written', async () => {
  const { dir, beside, inside, as } = await twoWorktrees()
  said(await coord(as('one', beside), 'claim', 'file', 'src/auth/**', '--phase', 'BUILD'))
  const spellings: [cwd: string, name: string][] = [
    [dir, 'src/auth/login.ts'],
    [path.join(dir, 'src'), 'auth/login.ts'],
    [path.join(dir, 'src'), 'src/auth/login.ts'],
    [path.join(dir, 'src/auth'), 'new.ts'],
    [path.join(dir, 'src/auth'), '../auth/new.ts'],
    [path.join(dir, 'src/auth'), '*.ts'],
    [path.join(dir, 'src/auth'), '.'],
    [dir, `${inside}/src/auth/login.ts`],
    [dir, '.agents/wt/src/auth/login.ts'],
    [inside, `${beside}/src/auth/login.ts`],
    [inside, '../../src/auth/'],
  ]
  for (const [cwd, name] of spellings) {
    const { code, json } = await coord(as('two', cwd), 'claim', 'file', name, '--json')
    expect([name, code, json.error?.code, json.error?.resource_name]).toEqual([
      name,
      1,
      'held',
      'src/auth/**',
    ])
    if (name === '*.ts') continue
    expect([name, (await coord(as('two', cwd), 'guard', name)).code]).toEqual([name, 1])
    expect([name, (await coord(as('one', cwd), 'guard', name)).code]).toEqual([name, 0])
  }
  said(await coord(as('two', dir), 'claim', 'file', 'src/a.ts'))
  said(await coord(as('one', path.join(dir, 'src')), 'release', 'file', 'auth/', '--no-announce'))
  said(await coord(as('two', dir), 'claim', 'file', 'src/auth/login.ts'))
})

test('the claim of a glob reads well wherever it is shown', async () => {
  const { dir, as } = await twoWorktrees()
  const claimed = said(await coord(as('one', dir), 'claim', 'file', 'src/auth', '--note', 'rework'))
  expect(claimed).toMatch(/^claimed file\/src\/auth\/\*\* until /)
  expect(said(await coord(as('two', dir), 'claims', 'file/src/auth/login.ts'))).toMatch(
    /^file\/src\/auth\/\*\* +one +in 4h +token \d+ +rework$/,
  )
  expect(said(await coord(as('two', dir), 'claims', 'file/README.md'))).toBe('file/README.md is free')
  expect(said(await coord(as('two', dir), 'board', '--print'))).toContain('**file/src/auth/\\*\\*** - one')
  const refused = await coord(as('two', dir), 'claim', 'file', 'src/auth/login.ts')
  expect(refused.err).toMatch(
    /^coord: file\/src\/auth\/login.ts overlaps file\/src\/auth\/\*\*, which is held by one \(idle, seen \S+ ago\) until .*\n {2}coord claim file src\/auth\/login.ts --wait 10m, or coord request file 'src\/auth\/\*\*' --reason "…"\n/,
  )
  expect(said(await coord(as('one', dir), 'release', 'file', 'src/auth', '--no-announce'))).toBe(
    'released file/src/auth/**',
  )
})

test('the guard says one line a path, and exits 1 where another holds one', async () => {
  const { dir, as } = await twoWorktrees()
  said(await coord(as('one', dir), 'claim', 'file', 'src/**', '--note', 'rework'))
  expect(said(await coord(as('one', dir), 'guard', 'src/a.ts', 'b.ts'))).toBe(
    'src/a.ts is yours for 4h (file/src/**)\nb.ts is free',
  )
  expect(said(await coord(as('one', dir), 'guard', 'src/a.ts', '--quiet'))).toBe('')
  const refused = await coord(as('two', dir), 'guard', 'src/a.ts', 'b.ts')
  expect(refused).toMatchObject({ code: 1, out: '' })
  expect(refused.err).toMatch(
    /^coord: src\/a.ts is held by one \(idle, seen \S+ ago\) as src\/\*\* until (\d{4}-\d\d-\d\d )?\d\d:\d\dZ.*: rework\n {2}Do something else; coord wait file src\/a.ts tells when it is free. Or ask: coord send one "…"$/,
  )
  const { json } = await coord(as('two', dir), 'guard', 'src/a.ts', '--json')
  expect(json.error).toMatchObject({
    code: 'held',
    conflicts: [{ path: 'src/a.ts', holder: { claimed_by: 'one' } }],
  })
  const stale = await coord(as('one', dir), 'guard', 'src/a.ts', '--token', '7', '--json')
  expect(stale).toMatchObject({ code: 1, json: { error: { code: 'lost', token: 7 } } })
  expect((await coord(as('one', dir), 'guard')).code).toBe(2)
})

test('the guard writes nothing', async () => {
  const { dir, as } = await twoWorktrees()
  said(await coord(as('one', dir), 'claim', 'file', 'src/**'))
  const before = everything(roomOf(dir))
  await coord(as('two', dir), 'guard', 'src/a.ts')
  await coord(as('one', dir), 'guard', 'src/a.ts')
  await coord({ cwd: dir, env: { AI_AGENT: 'none' } }, 'guard', 'src/a.ts', 'b.ts')
  expect(changes(before, everything(roomOf(dir)))).toEqual([])
})

test('a path that leads through a worktree within the tree is the resource of that worktree', async () => {
  const { dir, inside, as } = await twoWorktrees()
  git(dir, 'worktree', 'add', '-q', path.join(dir, 'wt2'))
  said(await coord(as('one', dir), 'claim', 'file', 'wt2/src/auth/login.ts'))
  for (const cwd of [inside, dir, path.join(dir, 'wt2')])
    expect(await coord(as('two', cwd), 'claim', 'file', 'src/auth/login.ts')).toMatchObject({ code: 1 })
})
