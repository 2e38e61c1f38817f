/** Races, played out: another session acts exactly between what a command read and what it links. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Context } from '../../src/context.ts'
import { claim } from '../../src/operations/claim.ts'
import { claims } from '../../src/operations/claims.ts'
import { release } from '../../src/operations/release.ts'
import { renew } from '../../src/operations/renew.ts'
import { createWorld, type World } from '../helpers/world.ts'
import { codeOf, failing } from '../store/helpers.ts'

const HOUR = 3_600_000
const church = { type: 'droplet', name: 'church' }

function createRace() {
  const world = createWorld('one', 'two', 'three')
  const take = (by: string, more: object = {}) =>
    claim.run(world.as(by), { type: 'droplet', name: ['church'], ...more }).claim
  const give = (by: string) => release.run(world.as(by), { ...church, 'no-announce': true })
  const holders = () => claims.run(world.as(null), {}).claims.map(({ claimed_by }) => claimed_by)
  return { world, take, give, holders }
}

/** A context that lets something happen after its command has read the head and decided, before it links its slot. */
function interrupted(world: World, session: string, happen: () => void): Context {
  const ctx = world.as(session)
  let pending = true
  const random = (length: number) => {
    if (length === 20 && pending) {
      pending = false
      happen()
    }
    return ctx.random(length)
  }
  return { ...ctx, random }
}

const claimAs = (ctx: Context) => claim.run(ctx, { type: 'droplet', name: ['church'] })

test('of two that claim a free resource at once the later link is refused, and there is one holder', () => {
  const { world, take, holders } = createRace()
  const ctx = interrupted(world, 'one', () => take('two'))
  expect(codeOf(() => claimAs(ctx))).toBe('held')
  expect(holders()).toEqual(['two'])
  expect(world.json('claims/droplet-church.claim')).toMatchObject({ claimed_by: 'two' })
})

test('of two that take over the same expired claim at once one wins', () => {
  const { world, take, holders } = createRace()
  take('one', { for: '1h' })
  world.advance(2 * HOUR)
  const ctx = interrupted(world, 'two', () => take('three'))
  expect(codeOf(() => claimAs(ctx))).toBe('held')
  expect(holders()).toEqual(['three'])
})

test.each([0, 1, 2, 64])(
  'a claim that slept through 70 transitions after reading head %i does not get a held resource',
  (n) => {
    const { world, take, give, holders } = createRace()
    world.write('config.json', JSON.stringify({ claims: { durability: 'process' } }))
    const held = n % 2 === 1
    for (let moved = 1; moved <= n; moved++) {
      if (moved % 2 === 1) take('two')
      else give('two')
    }
    const ctx = interrupted(world, held ? 'two' : 'one', () => {
      if (held) give('two')
      for (let moved = 0; moved < 36; moved++) {
        take('two')
        give('two')
      }
      take('three')
    })
    expect(codeOf(() => claimAs(ctx))).toBe('held')
    expect(holders()).toEqual(['three'])
  },
)

test('a claim that slept through many transitions gets the resource when it is free, with the next token', () => {
  const { world, take, give, holders } = createRace()
  let last = 0
  const ctx = interrupted(world, 'one', () => {
    for (let moved = 0; moved < 36; moved++) {
      last = take('two').token!
      give('two')
    }
  })
  expect(claimAs(ctx).claim.token).toBe(last + 1)
  expect(holders()).toEqual(['one'])
})

test('a renewal that slept until its claim was taken over is lost and changes nothing', () => {
  const { world, take, holders } = createRace()
  const { token } = take('one', { for: '1h' })
  const ctx = interrupted(world, 'one', () => {
    world.advance(2 * HOUR)
    take('two')
  })
  expect(codeOf(() => renew.run(ctx, { ...church, for: '3h', token: token! }))).toBe('lost')
  expect(holders()).toEqual(['two'])
})

test('a release that slept until its claim was taken over does not release the new holder', () => {
  const { world, take, holders } = createRace()
  take('one', { for: '1h' })
  const ctx = interrupted(world, 'one', () => {
    world.advance(2 * HOUR)
    take('two')
  })
  expect(codeOf(() => release.run(ctx, church))).toBe('lost')
  expect(holders()).toEqual(['two'])
})

test('two releases of one claim at once are both fine, the second as already done', () => {
  const { world, take, give, holders } = createRace()
  take('one')
  const ctx = interrupted(world, 'one', () => give('one'))
  expect(release.run(ctx, church)).toMatchObject({ already: true })
  expect(holders()).toEqual([])
})

test('claims of different files at once both succeed, though they share a ledger', () => {
  const { world, holders } = createRace()
  const ctx = interrupted(
    world,
    'one',
    () => void claim.run(world.as('two'), { type: 'file', name: ['b.ts'] }),
  )
  expect(claim.run(ctx, { type: 'file', name: ['a.ts'] }).claim.claimed_by).toBe('one')
  expect(holders().sort()).toEqual(['one', 'two'])
  expect(world.list('claims')).toEqual(['file-a.ts.claim', 'file-b.ts.claim'])
})

test('where links are refused the races end the same way', () => {
  const { world, take, holders } = createRace()
  failing('linkSync', 'EPERM')
  const ctx = interrupted(world, 'one', () => take('two'))
  expect(codeOf(() => claimAs(ctx))).toBe('held')
  expect(holders()).toEqual(['two'])
})

test('with the lock directory broken the ledger alone decides', () => {
  const { world, take, holders } = createRace()
  fs.rmSync(path.join(world.root, '.state/locks'), { recursive: true, force: true })
  world.write('.state/locks', 'a file')
  const ctx = interrupted(world, 'one', () => take('two'))
  expect(codeOf(() => claimAs(ctx))).toBe('held')
  expect(holders()).toEqual(['two'])
})

test('a claim that crashed between its link and its file holds, is shown, and its file comes with the next act', () => {
  const { world, holders } = createRace()
  const real = fs.renameSync.bind(fs)
  const spy = vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
    if (String(to).endsWith('.claim')) throw new Error('crashed')
    real(from, to)
  })
  expect(() => claimAs(world.as('one'))).toThrow('crashed')
  spy.mockRestore()
  expect(holders()).toEqual(['one'])
  expect(world.list('claims')).toEqual([])
  expect(codeOf(() => claimAs(world.as('two')))).toBe('held')
  expect(world.json('claims/droplet-church.claim')).toMatchObject({ claimed_by: 'one' })
  expect(claimAs(world.as('one'))).toMatchObject({ already: true })
})

/** Delete the ledgers right before claim files are next written or removed. */
function deletedBeforePublish(world: World): void {
  const deleteLedgers = () =>
    fs.rmSync(path.join(world.root, '.state/ledger'), { recursive: true, force: true })
  const { renameSync, unlinkSync } = fs
  vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
    if (String(to).endsWith('.claim') && String(to).includes('/claims/')) deleteLedgers()
    renameSync(from, to)
  })
  vi.spyOn(fs, 'unlinkSync').mockImplementation((file) => {
    if (String(file).endsWith('.claim') && String(file).includes('/claims/')) deleteLedgers()
    unlinkSync(file)
  })
  onTestFinished(() => {
    vi.restoreAllMocks()
  })
}

test('a claim whose ledger is deleted before its file is there is not acknowledged, and is had by trying again', () => {
  const { world, take, holders } = createRace()
  deletedBeforePublish(world)
  expect(codeOf(() => take('one'))).toBe('busy')
  vi.restoreAllMocks()
  expect(take('one')).toMatchObject({ claimed_by: 'one' })
  expect(codeOf(() => take('two'))).toBe('held')
  expect(holders()).toEqual(['one'])
})

test('a release whose ledger is deleted before its file is gone is not acknowledged', () => {
  const { world, take, give } = createRace()
  take('one')
  deletedBeforePublish(world)
  expect(codeOf(() => give('one'))).toBe('busy')
})

test('who found nothing claimed, slept while a claim came and its ledger went, does not get it', () => {
  const { world, take, holders } = createRace()
  const ctx = interrupted(world, 'one', () => {
    take('two')
    fs.rmSync(path.join(world.root, '.state/ledger'), { recursive: true })
  })
  expect(codeOf(() => claimAs(ctx))).toBe('held')
  expect(holders()).toEqual(['two'])
})

test.each([
  ['was deleted and holds something unreadable since', 'nonsense\n'],
  ['was deleted and is somebody else\u2019s since', null],
])('a claim is not told as made where the ledger %s, before its claim file was looked after', (_, text) => {
  const { world } = createRace()
  const ledger = path.join(world.root, '.state/ledger/droplet-church')
  const rename = vi.spyOn(fs, 'renameSync')
  onTestFinished(() => rename.mockRestore())
  rename.mockImplementation((from, to) => {
    rename.mockRestore()
    fs.renameSync(from, to)
    if (!String(to).endsWith('droplet-church.claim')) throw new Error(`${to} came first`)
    fs.rmSync(ledger, { recursive: true })
    fs.mkdirSync(ledger)
    fs.rmSync(to)
    if (text) fs.writeFileSync(path.join(ledger, '000000000001'), text)
    else claimAs(world.as('two'))
  })
  expect(codeOf(() => claimAs(world.as('one')))).toBe('busy')
})

test('a claim whose file can\u2019t be written is made, with a warning, as the ledger has it', () => {
  const { world } = createRace()
  const file = path.join(world.root, 'claims/droplet-church.claim')
  failing('renameSync', 'EIO', (_, to) => to === file)
  const ctx = world.as('one')
  expect(claimAs(ctx).claim).toMatchObject({ claimed_by: 'one' })
  expect(ctx.warnings.join()).toContain('droplet-church.claim')
  expect(fs.existsSync(file)).toBe(false)
})

test('a claim that can not be looked after, nor its slot be read, is not told as made', () => {
  const { world } = createRace()
  let isBroken = false
  failing('renameSync', 'EIO', (_, to) => {
    if (String(to).endsWith('droplet-church.claim')) isBroken = true
    return isBroken
  })
  failing('openSync', 'EMFILE', (file) => isBroken && String(file).includes('.state/ledger/'))
  expect(codeOf(() => claimAs(world.as('one')))).toBe('busy')
})
