import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { claims } from '../../src/operations/claims.ts'
import { end } from '../../src/operations/end.ts'
import { release } from '../../src/operations/release.ts'
import { renew } from '../../src/operations/renew.ts'
import { status } from '../../src/operations/status.ts'
import { bootId, pidNamespace } from '../../src/store/processes.ts'
import { createWorld, type World } from '../helpers/world.ts'
import { codeOf, errorOf } from '../store/helpers.ts'

const HOUR = 3_600_000
const church = { type: 'droplet', name: ['church'] }

function createRoom(): World {
  const world = createWorld('one', 'two')
  return world
}

const mailOf = (world: World, id: string) =>
  fs.existsSync(path.join(world.root, `messages/direct/${id}`))
    ? world.list(`messages/direct/${id}`).map((name) => world.json(`messages/direct/${id}/${name}`))
    : []

test('a free resource is granted with a token and a term', () => {
  const world = createRoom()
  const { claim: held } = claim.run(world.as('one'), church)
  expect(held).toMatchObject({
    claimed_by: 'one',
    resource_name: 'church',
    expires_at: '2026-11-20T14:00:00.000Z',
  })
  expect(world.json('claims/droplet-church.claim')).toMatchObject({
    token: held.token,
    claim_id: held.claim_id,
  })
})

test('a held resource is refused with its holder, token, expiry and liveness, and the refusal is shown to all', () => {
  const world = createRoom()
  const { claim: held } = claim.run(world.as('one'), church)
  const refused = errorOf(() => claim.run(world.as('two'), { type: 'droplet', name: ['CHURCH'] }))
  expect(refused).toMatchObject({
    code: 'held',
    details: {
      resource_type: 'droplet',
      resource_name: 'church',
      holder: {
        claimed_by: 'one',
        token: held.token,
        expires_at: held.expires_at,
        liveness: { level: 'fresh' },
      },
    },
  })
  expect(status.run(world.as('two'), {}).needs).toContainEqual(expect.objectContaining({ kind: 'refused' }))
  expect(world.read('STATUS_BOARD.md')).toContain('two was refused droplet/church')
})

test('claiming again what one holds renews it under the same token', () => {
  const world = createRoom()
  const first = claim.run(world.as('one'), church)
  world.advance(HOUR)
  const again = claim.run(world.as('one'), church)
  expect(again).toMatchObject({ already: true, claim: { token: first.claim.token } })
  expect(again.claim.expires_at).toBe('2026-11-20T15:00:00.000Z')
  expect(claim.run(world.as('one'), { ...church, for: '1m' }).claim.expires_at).toBe(
    '2026-11-20T15:00:00.000Z',
  )
})

test('tokens grow from holder to holder, and begin anew at unix seconds when everything was deleted', () => {
  const world = createRoom()
  const first = claim.run(world.as('one'), church).claim.token!
  release.run(world.as('one'), { type: 'droplet', name: 'church' })
  const second = claim.run(world.as('two'), church).claim.token!
  expect(second).toBe(first + 1)
  for (const gone of ['.state/ledger', 'claims']) fs.rmSync(path.join(world.root, gone), { recursive: true })
  world.advance(60_000)
  expect(claim.run(world.as('one'), church).claim.token).toBeGreaterThan(second)
})

test('a lease that ran out is taken over, and its old holder finds a notice in its mailbox', () => {
  const world = createRoom()
  const { claim: old } = claim.run(world.as('one'), { ...church, for: '1h' })
  world.advance(HOUR)
  expect(codeOf(() => claim.run(world.as('two'), church))).toBe('held')
  world.advance(10)
  const taken = claim.run(world.as('two'), church)
  expect(taken).toMatchObject({
    claim: { claimed_by: 'two', token: old.token! + 1 },
    took_over: { claimed_by: 'one' },
  })
  expect(mailOf(world, 'one')).toMatchObject([
    { from: 'two', type: 'claim_taken_over', details: { your_token: old.token, token: taken.claim.token } },
  ])
  expect(codeOf(() => renew.run(world.as('one'), { type: 'droplet', name: 'church' }))).toBe('lost')
})

test('after a restart of the machine a lease ends by the wall clock, and later than its holder was told', () => {
  const world = createRoom()
  claim.run(world.as('one'), { ...church, for: '1h' })
  const file = '.state/ledger/droplet-church/000000000001'
  world.write(file, world.read(file).replace('"id":"pinned"', '"id":"earlier boot"'))
  world.advance(HOUR)
  expect(codeOf(() => renew.run(world.as('one'), { type: 'droplet', name: 'church' }))).toBe('lost')
  world.advance(29_999)
  expect(codeOf(() => claim.run(world.as('two'), church))).toBe('held')
  world.advance(1)
  expect(claim.run(world.as('two'), church).took_over).toMatchObject({ claimed_by: 'one' })
})

test('what an ended session still held is free for others, and a reopened session claims it anew', () => {
  const world = createRoom()
  const { claim: old } = claim.run(world.as('one'), church)
  const session = world.json('sessions/one.json')
  world.write('sessions/one.json', JSON.stringify({ ...session, status: 'completed' }))
  expect(claim.run(world.as('two'), church)).toMatchObject({
    claim: { token: old.token! + 1 },
    took_over: { claimed_by: 'one' },
  })
})

/** Let a session's record say that it is a certain process of this machine. */
function bindProcess(world: World, id: string, more: object): void {
  const facts = { boot_id: bootId(), pid_ns: pidNamespace(), pid: 2 ** 30, pid_started: '1' }
  world.write(
    `sessions/${id}.json`,
    JSON.stringify({ ...world.json(`sessions/${id}.json`), ...facts, ...more }),
  )
}

test('a claim whose holder is proven dead is free, but only after it has been without a sign for a while', () => {
  const world = createRoom()
  claim.run(world.as('one'), church)
  bindProcess(world, 'one', {})
  world.advance(5 * 60_000 - 1)
  expect(codeOf(() => claim.run(world.as('two'), church))).toBe('held')
  world.advance(1)
  expect(claim.run(world.as('two'), church).took_over).toMatchObject({ claimed_by: 'one' })
})

test.each([
  ['on an earlier boot', { boot_id: 'other' }],
  ['in another pid namespace', { pid_ns: 'pid:[1]' }],
  ['whose process is not known', { pid: null }],
  ['whose process still runs', { pid: process.ppid, pid_started: null }],
])('silence releases nothing: a holder %s keeps its claim for its whole term', (_what, more) => {
  const world = createRoom()
  claim.run(world.as('one'), church)
  bindProcess(world, 'one', more)
  world.advance(4 * HOUR)
  const refused = errorOf(() => claim.run(world.as('two'), church))
  expect(refused).toMatchObject({ code: 'held', hint: expect.stringContaining('--force --reason') })
})

test('several files are claimed together or not at all', () => {
  const world = createRoom()
  claim.run(world.as('one'), { type: 'file', name: ['b.ts'] })
  const refused = errorOf(() => claim.run(world.as('two'), { type: 'file', name: ['a.ts', 'b.ts'] }))
  expect(refused).toMatchObject({ code: 'held', details: { resource_type: 'file', resource_name: 'b.ts' } })
  expect(world.list('claims')).toEqual(['file-b.ts.claim'])
  const granted = claim.run(world.as('two'), { type: 'file', name: ['a.ts', 'src/c d.ts', 'A.ts'] })
  expect(granted.claims?.map(({ resource_name }) => resource_name)).toEqual(['A.ts', 'src/c d.ts'])
  expect(world.list('claims')).toEqual(['file-A.ts.claim', 'file-b.ts.claim', 'file-src%2Fc%20d.ts.claim'])
})

test.each([
  [{ type: 'Droplet', name: ['a'] }, 'type'],
  [{ type: 'droplet', name: [' '] }, 'name'],
  [{ type: 'droplet', name: ['a', 'b'] }, 'name'],
  [{ type: 'droplet', name: ['a'], for: 'soon' }, 'for'],
  [{ type: 'droplet', name: ['a'], for: '8d' }, 'for'],
])('%j is refused naming the argument %s, and nothing is claimed', (given, argument) => {
  const world = createRoom()
  expect(errorOf(() => claim.run(world.as('one'), given))).toMatchObject({
    code: 'invalid',
    details: { argument },
  })
  expect(world.list('claims')).toEqual([])
})

test('claims lists what is held with the time left, and of one resource the past holders', () => {
  const world = createRoom()
  claim.run(world.as('one'), church)
  release.run(world.as('one'), { type: 'droplet', name: 'church' })
  claim.run(world.as('two'), { ...church, for: '1h' })
  const { claims: listed, past } = claims.run(world.as('one'), { resource: 'droplet/CHURCH' })
  expect(listed).toMatchObject([
    { claimed_by: 'two', expires_at: '2026-11-20T11:00:00.000Z', expired: false },
  ])
  expect(past?.map(({ ended, claimed_by }) => `${ended} ${claimed_by}`)).toEqual(['released one'])
  expect(claims.run(world.as('one'), { mine: true }).claims).toEqual([])
  expect(claims.run(world.as('one'), { type: 'file' }).claims).toEqual([])
  world.advance(2 * HOUR)
  expect(claims.run(world.as('one'), { expired: true }).claims).toMatchObject([
    { claimed_by: 'two', expired: true },
  ])
})

test('a claim file that was removed by hand is not free, and the next act on it brings it back', () => {
  const world = createRoom()
  const { claim: held } = claim.run(world.as('one'), church)
  fs.rmSync(path.join(world.root, 'claims/droplet-church.claim'))
  expect(codeOf(() => claim.run(world.as('two'), church))).toBe('held')
  expect(claims.run(world.as('two'), {}).claims).toMatchObject([{ claimed_by: 'one' }])
  renew.run(world.as('one'), { type: 'droplet', name: 'church', for: '5h' })
  expect(world.json('claims/droplet-church.claim')).toMatchObject({ token: held.token })
})

test('with its ledger deleted a claim lives on in its file, under its token', () => {
  const world = createRoom()
  const { claim: held } = claim.run(world.as('one'), church)
  fs.rmSync(path.join(world.root, '.state/ledger'), { recursive: true })
  expect(codeOf(() => claim.run(world.as('two'), church))).toBe('held')
  expect(
    renew.run(world.as('one'), { type: 'droplet', name: 'church', token: held.token!, for: '6h' }).claim
      .token,
  ).toBe(held.token)
  end.run(world.as('one'), {})
  expect(claim.run(world.as('two'), church).claim.token).toBeGreaterThan(held.token!)
})

test.each([
  ['files', 'file'],
  ['tasks', 'task'],
  ['dropet', 'droplet'],
])('a claim of type %s is granted, with the question whether %s was meant', (type, meant) => {
  const world = createWorld('one')
  const ctx = world.as('one')
  expect(claim.run(ctx, { type, name: ['x'] }).claim.resource_type).toBe(type)
  expect(ctx.warnings).toEqual([`did you mean ${meant}? "${type}" is a type of its own, apart from it`])
  const again = world.as('one')
  claim.run(again, { type, name: ['x'] })
  expect(again.warnings).toEqual([])
  expect(errorOf(() => claim.run(world.as('one'), { type, name: ['x', 'y z'] })).hint).toBe(
    `Did you mean ${meant}? coord claim ${meant} x 'y z'`,
  )
})

test.each(['file', 'test', 'role', 'service', 'port'])('the type %s is taken as it is', (type) => {
  const world = createWorld('one')
  const ctx = world.as('one')
  claim.run(ctx, { type, name: ['x'] })
  expect(ctx.warnings).toEqual([])
})
