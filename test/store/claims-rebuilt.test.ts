import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { holdingsOf, listLeases } from '../../src/store/claims.ts'
import { readHead } from '../../src/store/ledger.ts'
import { EPOCH } from '../helpers/world.ts'
import { createClaims, lease, resource, script } from './claims-room.ts'

const NOW = EPOCH
const MOMENT = { wall: NOW, boot: { id: 'pinned', ms: NOW } }
test('a deleted ledger is rebuilt from our own claim file with its token, and the counter goes on from there', () => {
  const { world, room, hold } = createClaims()
  const token = 4_000_000_000
  hold('droplet-church', [lease('church', { token })], resource('church'))
  fs.rmSync(path.join(world.root, '.state/ledger'), { recursive: true })
  const head = readHead(room, 'droplet-church')
  expect(head.n).toBe(0)
  const holdings = holdingsOf(room, 'droplet-church', head, resource('CHURCH'), MOMENT)
  expect(holdings.claims).toMatchObject([{ token, claim_id: 'id-church', claimed_by: 'one' }])
  expect(holdings.counter).toBe(token)
  expect(listLeases(room, NOW)).toMatchObject([{ token }])
})

test('the deleted ledger of all files is rebuilt from all their claim files', () => {
  const { world, room } = createClaims()
  const file = (name: string, token: number) => {
    const claim = lease(name, { resource_type: 'file', token })
    world.write(`claims/file-${encodeURIComponent(name)}.claim`, JSON.stringify(claim))
  }
  file('src/a.ts', 11)
  file('src/b.ts', 12)
  world.write('claims/file-c.ts.claim', script('c.ts', { resource_type: 'file' }))
  world.write('claims/droplet-d.claim', JSON.stringify(lease('d', { token: 99 })))
  const holdings = holdingsOf(room, 'file', { n: 0, slot: null }, resource('src/a.ts', 'file'), MOMENT)
  expect(holdings.claims.map(({ token }) => token).sort()).toEqual([11, 12])
  expect(holdings.counter).toBe(Math.floor(NOW / 1000))
})

test('while a domain has a ledger our own claim file decides nothing', () => {
  const { world, room, hold, problems } = createClaims()
  const head = hold('droplet-church', [], resource('church'))
  world.write('claims/droplet-church.claim', JSON.stringify(lease('church')))
  expect(holdingsOf(room, 'droplet-church', head, resource('church'), MOMENT)).toEqual({
    claims: [],
    counter: 9,
  })
  expect(listLeases(room, NOW)).toEqual([])
  expect(problems()).toEqual(['drifted claims/droplet-church.claim'])
})

test('a claim whose file was removed by hand still counts and is named', () => {
  const { world, room, hold, problems } = createClaims()
  hold('droplet-church', [lease('church')], resource('church'))
  fs.rmSync(path.join(world.root, 'claims/droplet-church.claim'))
  expect(listLeases(room, NOW)).toMatchObject([{ claimed_by: 'one' }])
  expect(problems()).toEqual(['drifted claims/droplet-church.claim'])
})

test('a damaged ledger is named and hides no other claim', () => {
  const { world, room, hold, problems } = createClaims()
  hold('droplet-church', [lease('church')], resource('church'))
  hold('droplet-other', [lease('other')], resource('other'))
  world.write('.state/ledger/droplet-church/000000000001', 'junk')
  expect(listLeases(room, NOW).map(({ resource_name }) => resource_name)).toEqual(['other'])
  expect(problems()).toEqual(['damaged .state/ledger/droplet-church'])
})
