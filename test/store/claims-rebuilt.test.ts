import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { Claim, Lease, Slot } from '../../src/protocol/records.ts'
import { holdingsOf, listLeases, publish } from '../../src/store/claims.ts'
import { append, type Head, readHead } from '../../src/store/ledger.ts'
import { createWorld, EPOCH } from '../helpers/world.ts'

const NOW = EPOCH
const MOMENT = { wall: NOW, boot: { id: 'pinned', ms: NOW } }
const HOUR = 3_600_000
const resource = (resource_name: string, resource_type = 'droplet') => ({ resource_type, resource_name })

function lease(resource_name: string, more: Partial<Lease> = {}): Lease {
  return {
    ...resource(resource_name),
    claimed_by: 'one',
    claimed_at: new Date(NOW).toISOString(),
    expires_at: new Date(NOW + HOUR).toISOString(),
    claim_id: `id-${resource_name}`,
    token: 7,
    renew: true,
    term_ms: HOUR,
    clock: null,
    ...more,
  }
}

const script = (name: string, more: Partial<Claim> = {}) =>
  JSON.stringify({ claimed_by: 'script', claimed_at: '2026-11-20T09:00:00Z', ...resource(name), ...more })

function createClaims() {
  const world = createWorld()
  const room = world.as(null).room()
  /** Let a domain hold some claims, as a transition would, and publish one resource of it. */
  const hold = (name: string, claims: Lease[], of: ReturnType<typeof resource>, before: Lease[] = []) => {
    const head = readHead(room, name)
    const op_id = `op${head.n}`
    const prev_op = head.slot?.op_id ?? null
    const slot: Slot = {
      version: 1,
      op: 'claim',
      at: '',
      by: 'one',
      op_id,
      prev_op,
      counter: 9,
      changes: [],
      claims,
    }
    expect(append(room, name, head, slot)).toBe(true)
    const appended: Head = { n: head.n + 1, slot }
    publish(room, name, [of], before, appended)
    return appended
  }
  const problems = () => room.problems.map(({ path, kind }) => `${kind} ${path}`)
  return { world, room, hold, problems }
}

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
