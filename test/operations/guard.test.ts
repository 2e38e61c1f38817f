import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { end } from '../../src/operations/end.ts'
import { guard, judgePaths } from '../../src/operations/guard.ts'
import { createWorld, type World } from '../helpers/world.ts'
import { codeOf, errorOf } from '../store/helpers.ts'

const HOUR = 3_600_000

function createRoom(): World {
  const world = createWorld('one', 'two')
  fs.mkdirSync(path.join(world.dir, 'src'))
  return world
}

/** As a session, or as an agent whose session nobody knows. */
const as = (world: World, by: string | null) => world.as(by, by === null ? { AI_AGENT: 'none' } : {})
const take = (world: World, by: string, ...name: string[]) =>
  claim.run(world.as(by), { type: 'file', name, phase: 'BUILD', note: 'rework' }).claim
const ask = (world: World, by: string | null, ...paths: string[]) => guard.run(as(world, by), { path: paths })

test('paths that are free or mine are told, in order', () => {
  const world = createRoom()
  const { token } = take(world, 'one', 'src/**')
  expect(ask(world, 'one', 'b.ts', 'src/a.ts').paths).toEqual([
    { path: 'b.ts', free: true },
    { path: 'src/a.ts', free: false, claim: expect.objectContaining({ token, resource_name: 'src/**' }) },
  ])
})

test('every held path is refused with who, until when and why', () => {
  const world = createRoom()
  const held = take(world, 'one', 'src/**')
  const error = errorOf(() => ask(world, 'two', 'src/a.ts', 'free.ts', 'src/b.ts'))
  expect(error).toMatchObject({
    code: 'held',
    message:
      'src/a.ts is held by one (idle, seen 1s ago) as src/** until 14:00Z, in 4h: BUILD – rework\n' +
      'src/b.ts is held by one (idle, seen 1s ago) as src/** until 14:00Z, in 4h: BUILD – rework',
    hint: 'Do something else; coord wait file src/a.ts tells when it is free. Or ask: coord send one "…"',
    details: {
      resource_name: 'src/**',
      holder: { claimed_by: 'one', token: held.token },
      conflicts: [
        { path: 'src/a.ts', claim: { token: held.token }, holder: { claimed_by: 'one' } },
        { path: 'src/b.ts' },
      ],
    },
  })
})

test('without a session all that is held is held by another', () => {
  const world = createRoom()
  take(world, 'one', 'a.ts')
  expect(codeOf(() => ask(world, null, 'a.ts'))).toBe('held')
  expect(ask(world, null, 'b.ts').paths).toEqual([{ path: 'b.ts', free: true }])
})

test('a session that is misspelt is refused', () => {
  expect(codeOf(() => ask(createRoom(), 'onne', 'a.ts'))).toBe('no_session')
})

test('with a token the claim must still have it', () => {
  const world = createRoom()
  const { token } = take(world, 'one', 'a.ts')
  const check = (by: string | null, given: number) => () =>
    guard.run(as(world, by), { path: ['a.ts'], token: given })
  expect(check('one', token!)().paths).toMatchObject([{ free: false }])
  expect(check(null, token!)().paths).toMatchObject([{ free: false }])
  expect(errorOf(check('one', token! - 1))).toMatchObject({ code: 'lost', details: { paths: ['a.ts'] } })
  world.advance(5 * HOUR)
  expect(codeOf(check('one', token!))).toBe('lost')
  take(world, 'two', 'a.ts')
  expect(codeOf(check('one', token!))).toBe('held')
})

test('a lease that is over, or whose holder ended, stands in nobody’s way', () => {
  const world = createRoom()
  take(world, 'one', 'a.ts')
  world.advance(5 * HOUR)
  expect(ask(world, 'two', 'a.ts').paths).toMatchObject([{ free: true }])
  take(world, 'two', 'b.ts')
  end.run(world.as('two'), {})
  expect(ask(world, 'one', 'b.ts').paths).toMatchObject([{ free: true }])
})

test('paths are what they lead to: absolute, through links, not there yet, in a directory', () => {
  const world = createRoom()
  take(world, 'one', 'src/new.ts')
  const at = (name: string) => path.join(world.dir, name)
  fs.symlinkSync('src', at('link'))
  fs.symlinkSync('src/new.ts', at('dangling'))
  for (const each of [
    at('src/new.ts'),
    'link/new.ts',
    at('link/new.ts'),
    'dangling',
    'src',
    'src/../src/NEW.ts',
    '.',
  ])
    expect(
      codeOf(() => ask(world, 'two', each)),
      each,
    ).toBe('held')
  expect(ask(world, 'two', 'src/other.ts', 'link/other.ts', '/etc/passwd').paths).toHaveLength(3)
})

test('a path is never a glob: brackets are of its name, and what no shell has expanded is refused', () => {
  const world = createRoom()
  take(world, 'one', 'src/*.ts')
  expect(codeOf(() => ask(world, 'two', '*'))).toBe('invalid')
  expect(ask(world, 'two', 'lib/[id].ts').paths).toMatchObject([{ free: true }])
  expect(codeOf(() => ask(world, 'two', 'src/[id].ts'))).toBe('held')
})

test('a claim of a script counts', () => {
  const world = createRoom()
  const claimed = { claimed_by: 'script', claimed_at: new Date(world.now).toISOString() }
  const text = JSON.stringify({ ...claimed, resource_type: 'file', resource_name: 'setup.py' })
  world.write('claims/file-setup.py.claim', text)
  for (const each of ['setup.py', '.'])
    expect(
      codeOf(() => ask(world, 'two', each)),
      each,
    ).toBe('held')
})

test('who decides alone gets all that is known, without an error', () => {
  const world = createRoom()
  take(world, 'one', 'src/**')
  const ctx = world.as('two')
  const decision = judgePaths(ctx, ctx.room(), ['src/a.ts', 'b.ts'], { by: 'two' }, ctx.now())
  expect(decision).toMatchObject({
    conflicts: [{ path: 'src/a.ts', lease: { claimed_by: 'one' } }],
    own: [],
    stale: [],
  })
})
