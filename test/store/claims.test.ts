import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { findClaimFile, listClaimFiles, listLeases, publish } from '../../src/store/claims.ts'
import { domain } from '../../src/store/room.ts'
import { EPOCH } from '../helpers/world.ts'
import { createClaims, lease, resource, script } from './claims-room.ts'
import { codeOf } from './helpers.ts'

const NOW = EPOCH
test('a claim is published as its file without the bookkeeping of the ledger, and removed with its release', () => {
  const { world, hold } = createClaims()
  const held = lease('church')
  hold('droplet-church', [held], resource('church'))
  const file = world.json('claims/droplet-church.claim')
  expect(file).toMatchObject({ claimed_by: 'one', token: 7, claim_id: 'id-church' })
  for (const inner of ['term_ms', 'clock', 'foreign']) expect(file).not.toHaveProperty(inner)
  hold('droplet-church', [], resource('church'), [held])
  expect(world.list('claims')).toEqual([])
})

test('a claim published under a changed spelling removes the file of the old one', () => {
  const { world, hold } = createClaims()
  const old = lease('Church', { claim_id: 'old' })
  hold('droplet-church', [old], resource('Church'))
  hold('droplet-church', [lease('church', { claim_id: 'new' })], resource('church'), [old])
  expect(world.list('claims')).toEqual(['droplet-church.claim'])
})

test('nothing is removed through a symlink in place of the claims directory', () => {
  const { world, room: known } = createClaims()
  const room = { ...known, root: path.join(world.dir, 'unknown yet') }
  const outside = path.join(world.dir, 'outside')
  fs.symlinkSync(world.root, room.root)
  fs.renameSync(path.join(world.root, 'claims'), outside)
  fs.symlinkSync(outside, path.join(world.root, 'claims'))
  fs.writeFileSync(path.join(outside, 'droplet-church.claim'), JSON.stringify(lease('church')))
  const remove = () =>
    publish(room, 'droplet-church', [resource('church')], [lease('church')], { n: 0, slot: null })
  expect(codeOf(remove)).toBe('unwritable')
  expect(fs.readdirSync(outside)).toContain('droplet-church.claim')
})

test('a head that moved while it was published is published instead', () => {
  const { world, room, hold } = createClaims()
  const old = hold('droplet-church', [lease('church', { token: 1 })], resource('church'))
  hold('droplet-church', [lease('church', { token: 2 })], resource('church'))
  publish(room, 'droplet-church', [resource('church')], [], old)
  expect(world.json('claims/droplet-church.claim').token).toBe(2)
})

test("publishing removes no script's file but the one that was released", () => {
  const { world, hold } = createClaims()
  const old = lease('church', { foreign: true, claim_id: 'script-script-2026-11-20T09:00:00Z' })
  world.write('claims/droplet-church.claim', script('church', { claimed_at: '2026-11-20T09:30:00Z' }))
  hold('droplet-church', [], resource('church'), [old])
  expect(world.list('claims')).toEqual(['droplet-church.claim'])
  world.write('claims/droplet-church.claim', script('church'))
  hold('droplet-church', [], resource('church'), [old])
  expect(world.list('claims')).toEqual([])
})

test("a script's file whose name was put in as it is goes with its release, too", () => {
  const { world, hold } = createClaims()
  world.write('claims/droplet-my church.claim', script('my church'))
  const old = lease('my church', { foreign: true, claim_id: 'script-script-2026-11-20T09:00:00Z' })
  hold(domain('droplet', 'my church'), [], resource('my church'), [old])
  expect(world.list('claims')).toEqual([])
})

test('a claim file is found by any spelling of its name, encoded or not', () => {
  const { world, room } = createClaims()
  world.write('claims/droplet-Caf%C3%A9.claim', script('Café'))
  world.write('claims/droplet-my church.claim', script('my church'))
  for (const name of ['Café', 'CAFÉ', 'café', 'Cafe\u0301']) {
    expect(findClaimFile(room, resource(name), NOW)?.resource_name, name).toBe('Café')
  }
  expect(findClaimFile(room, resource('My Church'), NOW)?.claimed_by).toBe('script')
  expect(findClaimFile(room, resource('cafe'), NOW)).toBeNull()
})

test('the body decides which resource a claim file is of', () => {
  const { world, room } = createClaims()
  world.write('claims/droplet-church.claim', script('other'))
  expect(findClaimFile(room, resource('church'), NOW)).toBeNull()
})

test("a script's claim has token 0, is foreign, and without an expiry lasts the default term", () => {
  const { world, room } = createClaims()
  world.write('claims/droplet-church.claim', script('church', { expires_at: 'whenever' }))
  expect(findClaimFile(room, resource('church'), NOW)).toMatchObject({
    token: 0,
    foreign: true,
    renew: false,
    expires_at: '2026-11-20T13:00:00.000Z',
  })
})

test('a sync copy of a claim file is named and counts for nothing', () => {
  const { world, room, hold, problems } = createClaims()
  hold('droplet-church', [lease('church')], resource('church'))
  const stale = JSON.stringify({ ...lease('church', { claim_id: 'older', token: 3 }), clock: undefined })
  world.write('claims/droplet-church 2.claim', stale)
  expect(listClaimFiles(room, NOW).map(({ token }) => token)).toEqual([7])
  expect(listLeases(room, NOW).map(({ token }) => token)).toEqual([7])
  expect(new Set(problems())).toEqual(new Set(['copy claims/droplet-church 2.claim']))
})
