import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { claims } from '../../src/operations/claims.ts'
import { end } from '../../src/operations/end.ts'
import { handoff } from '../../src/operations/handoff.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { release } from '../../src/operations/release.ts'
import { renew } from '../../src/operations/renew.ts'
import { wait } from '../../src/operations/wait.ts'
import { createWorld, type World } from '../helpers/world.ts'
import { codeOf, errorOf } from '../store/helpers.ts'

const HOUR = 3_600_000

function createRoom(...files: string[]): World {
  const world = createWorld('one', 'two', 'three')
  for (const file of files) {
    fs.mkdirSync(path.dirname(path.join(world.dir, file)), { recursive: true })
    fs.writeFileSync(path.join(world.dir, file), '')
  }
  return world
}

const take = (world: World, by: string, ...name: string[]) => claim.run(world.as(by), { type: 'file', name })
const held = (world: World) =>
  claims.run(world.as(null), {}).claims.map((each) => `${each.claimed_by} ${each.resource_name}`)

test('a glob is granted, published, renewed and released by its name', () => {
  const world = createRoom()
  const { claim: got } = take(world, 'one', 'src/**')
  expect(got).toMatchObject({ resource_name: 'src/**', glob: true, claimed_by: 'one' })
  expect(world.json('claims/file-src%2F%2A%2A.claim')).toMatchObject({ glob: true, token: got.token })
  expect(take(world, 'one', 'SRC/**')).toMatchObject({ already: true, claim: { token: got.token } })
  world.advance(HOUR)
  expect(renew.run(world.as('one'), { type: 'file', name: 'src/**', for: '9h' }).claim.token).toBe(got.token)
  release.run(world.as('one'), { type: 'file', name: 'src/**' })
  expect(held(world)).toEqual([])
  expect(world.list('claims')).toEqual([])
})

test('what it overlaps is held, and the refusal names the claim, the holder and what was wanted', () => {
  const world = createRoom()
  const { token } = take(world, 'one', 'src/**').claim
  const error = errorOf(() => take(world, 'two', 'docs/x', 'src/deep/a.ts'))
  expect(error).toMatchObject({
    code: 'held',
    message: expect.stringContaining('file/src/deep/a.ts overlaps file/src/**, which is held by one'),
    hint: expect.stringContaining('coord claim file src/deep/a.ts --wait'),
    details: {
      resource_name: 'src/**',
      wanted: { resource_type: 'file', resource_name: 'src/deep/a.ts' },
      holder: { claimed_by: 'one', token },
    },
  })
  expect(held(world)).toEqual(['one src/**'])
  expect(world.read('STATUS_BOARD.md')).toContain('two was refused file/src/\\*\\* for src/deep/a.ts')
  expect(codeOf(() => take(world, 'two', '**/*.ts'))).toBe('held')
  expect(codeOf(() => wait.run(world.as('two'), { type: 'file', name: 'src/x' }))).toBe('held')
  expect(take(world, 'two', 'docs/**').claim.token).toBe(token + 1)
  expect(claim.run(world.as('two'), { type: 'task', name: ['src/x'] }).claim).toMatchObject({
    claimed_by: 'two',
  })
})

test('names of other types are never globs', () => {
  const world = createRoom()
  const got = claim.run(world.as('one'), { type: 'task', name: ['a/**'] }).claim
  expect(got.glob).toBeUndefined()
  expect(claim.run(world.as('two'), { type: 'task', name: ['a/b'] }).claim).toMatchObject({
    claimed_by: 'two',
  })
})

test('several leases that are over are taken over together; the old holders are told and learn of the loss', () => {
  const world = createRoom()
  const first = take(world, 'one', 'src/a.ts').claim
  const second = take(world, 'two', 'src/b.ts').claim
  world.advance(5 * HOUR)
  const got = take(world, 'three', 'src/**')
  expect(got.took_over).toMatchObject({ resource_name: 'src/a.ts', token: first.token })
  expect(got.taken_over).toMatchObject([{ token: first.token }, { token: second.token }])
  expect(held(world)).toEqual(['three src/**'])
  expect(world.list('claims')).toEqual(['file-src%2F%2A%2A.claim'])
  const [mail] = world.list('messages/direct/one')
  expect(world.json(`messages/direct/one/${mail}`)).toMatchObject({
    type: 'claim_taken_over',
    details: { resource_name: 'src/a.ts', your_token: first.token },
  })
  expect(heartbeat.run(world.as('two'), { action: 'building' })).toMatchObject({
    lost: [{ resource_name: 'src/b.ts' }],
  })
  expect(codeOf(() => release.run(world.as('one'), { type: 'file', name: 'src/a.ts' }))).toBe('lost')
  expect(claims.run(world.as(null), { resource: 'file/src/a.ts' })).toMatchObject({
    claims: [{ resource_name: 'src/**' }],
    past: [{ claimed_by: 'one', ended: 'expired', by: 'three' }],
  })
})

test('while one of them is live none is taken over', () => {
  const world = createRoom()
  take(world, 'one', 'src/a.ts')
  end.run(world.as('one'), {})
  world.start('one')
  take(world, 'one', 'src/a.ts')
  take(world, 'two', 'src/b.ts')
  expect(codeOf(() => take(world, 'three', 'src/**'))).toBe('held')
  expect(held(world)).toEqual(['one src/a.ts', 'two src/b.ts'])
})

test('the claim of a script counts, is given a token when it stands in the way, and its file is its release', () => {
  const world = createRoom()
  const script = { claimed_by: 'two', claimed_at: new Date(world.now).toISOString() }
  world.write(
    'claims/file-setup.py.claim',
    JSON.stringify({ ...script, resource_type: 'file', resource_name: 'setup.py' }),
  )
  const error = errorOf(() => take(world, 'one', '*.py'))
  expect(error).toMatchObject({ code: 'held', details: { resource_name: 'setup.py' } })
  expect((error.details.holder as { token: number }).token).toBeGreaterThan(1e9)
  fs.rmSync(path.join(world.root, 'claims/file-setup.py.claim'))
  expect(take(world, 'one', '*.py').claim.claimed_by).toBe('one')
})

test('an existing path is itself, however it looks; a directory is all below it', () => {
  const world = createRoom('app/[id]/page.tsx', 'src/auth/login.ts', 'one*two')
  const nameOf = (name: string) => {
    const { resource_name, glob } = take(world, 'one', name).claim
    return [resource_name, glob ?? false]
  }
  expect(nameOf('app/[id]/page.tsx')).toEqual(['app/[id]/page.tsx', false])
  expect(nameOf('app/[id]/other.tsx')).toEqual(['app/[id]/other.tsx', true])
  expect(nameOf('app/\\[id\\]/new.tsx')).toEqual(['app/[id]/new.tsx', false])
  expect(nameOf('app/[id]')).toEqual(['app/\\[id\\]/**', true])
  expect(nameOf('one*two')).toEqual(['one*two', false])
  expect(nameOf('src/auth')).toEqual(['src/auth/**', true])
  expect(nameOf('not/there/yet/')).toEqual(['not/there/yet/**', true])
  expect(nameOf('not/there/yet')).toEqual(['not/there/yet', false])
  expect(nameOf('.')).toEqual(['**', true])
  expect(nameOf(`${world.dir}/src/auth`)).toEqual(['src/auth/**', true])
  expect(nameOf(`${world.dir}/src/*.ts`)).toEqual(['src/*.ts', true])
  expect(nameOf('../elsewhere.ts')).toEqual([path.join(path.dirname(world.dir), 'elsewhere.ts'), false])
})

test.each(['src/[z-a]', 'src/{1..3}', 'src/*/../x', 'a//\u0000', '{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}'])(
  'what is no readable glob is invalid: %j',
  (name) => {
    expect(errorOf(() => take(createRoom(), 'one', name))).toMatchObject({
      code: 'invalid',
      details: { argument: 'name' },
    })
  },
)

test('a claim is not handed over while another of the giver overlaps it', () => {
  const world = createRoom()
  take(world, 'one', 'src/**', 'src/a.ts')
  expect(
    errorOf(() => handoff.run(world.as('one'), { type: 'file', name: 'src/a.ts', to: 'two' })),
  ).toMatchObject({
    code: 'conflict',
    message: 'file/src/a.ts overlaps file/src/**, which would stay',
  })
  handoff.run(world.as('one'), { all: true, to: 'two' })
  expect(held(world).sort()).toEqual(['two src/**', 'two src/a.ts'])
})

test('a deleted ledger is rebuilt from the claim files, globs and all', () => {
  const world = createRoom()
  take(world, 'one', 'src/**')
  fs.rmSync(path.join(world.root, '.state/ledger'), { recursive: true })
  expect(codeOf(() => take(world, 'two', 'src/a.ts'))).toBe('held')
})

test('a glob of somebody else that can not be read holds everything, and names itself', () => {
  const world = createRoom()
  take(world, 'one', 'src/**')
  fs.rmSync(path.join(world.root, '.state/ledger'), { recursive: true })
  const file = 'claims/file-src%2F%2A%2A.claim'
  world.write(file, JSON.stringify({ ...world.json(file), resource_name: 'src/[z-a]' }))
  expect(errorOf(() => take(world, 'two', 'docs/a')).details).toMatchObject({ resource_name: 'src/[z-a]' })
})

test('what is no glob, in a domain without one, is claimed without what globs need', () => {
  const world = createRoom('src/a.ts')
  const plain = (by: string) => {
    const ctx = world.as(by)
    const paths = () => {
      throw new Error('loaded')
    }
    return {
      ...ctx,
      lazy: { ...ctx.lazy, paths },
      room: () => ({ ...ctx.room(), lazy: { ...ctx.lazy, paths } }),
    }
  }
  expect(claim.run(plain('one'), { type: 'file', name: ['src/a.ts', 'src/new.ts'] }).claims).toHaveLength(2)
  expect(codeOf(() => claim.run(plain('two'), { type: 'file', name: ['SRC/A.ts'] }))).toBe('held')
  expect(claim.run(plain('two'), { type: 'task', name: ['src/**'] }).claim.claimed_by).toBe('two')
  release.run(plain('one'), { type: 'file', name: 'src/a.ts' })
  take(world, 'two', 'docs/**')
  expect(claim.run(plain('two'), { type: 'task', name: ['x'] }).claim.claimed_by).toBe('two')
  expect(() => claim.run(plain('one'), { type: 'file', name: ['src/a.ts'] })).toThrow('loaded')
})

test.each([release, renew])(
  'to $name a file below a glob of ours names the glob, and the command for it',
  ({ name, run }) => {
    const world = createRoom('src/a.ts')
    take(world, 'one', 'src/**')
    take(world, 'one', 's*/a.ts')
    take(world, 'two', 'docs/**')
    const refusal = (by: string, file: string) =>
      errorOf(() => run(world.as(by), { type: 'file', name: file }))
    expect(refusal('one', 'src/a.ts')).toMatchObject({
      code: 'not_found',
      message:
        'there is no claim of file/src/a.ts by itself; you hold file/s*/a.ts, file/src/**, which it is part of',
      hint: `A claim moves as a whole: coord ${name} file 's*/a.ts'; coord ${name} file 'src/**'`,
    })
    expect(refusal('one', 'src/b*').message).toContain('you hold file/src/**, which overlaps it')
    for (const [by, file] of [
      ['one', 'docs/x.md'],
      ['two', 'src/a.ts'],
    ] as const)
      expect(refusal(by, file).message).toBe(`there is no claim of file/${file}`)
    expect(held(world)).toHaveLength(3)
  },
)
