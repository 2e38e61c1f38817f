import { expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { claims } from '../../src/operations/claims.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { keepAlive } from '../../src/operations/keep-alive.ts'
import { release } from '../../src/operations/release.ts'
import { renew } from '../../src/operations/renew.ts'
import { createWorld, type World } from '../helpers/world.ts'
import { codeOf } from '../store/helpers.ts'

const HOUR = 3_600_000
const resource = { type: 'droplet', name: 'church' }

function createHeld(more: object = {}) {
  const world = createWorld('one', 'two')
  const { claim: held } = claim.run(world.as('one'), { type: 'droplet', name: ['church'], ...more })
  return { world, held }
}

const expiry = (world: World) => claims.run(world.as('two'), {}).claims[0]?.expires_at

test('a lease is prolonged from now, never shortened, and keeps its token', () => {
  const { world, held } = createHeld()
  world.advance(HOUR)
  const renewed = renew.run(world.as('one'), resource).claim
  expect(renewed).toMatchObject({ token: held.token, expires_at: '2026-11-20T15:00:00.000Z' })
  expect(renew.run(world.as('one'), { ...resource, for: '10m' }).claim.expires_at).toBe(renewed.expires_at)
  expect(world.json('claims/droplet-church.claim')).toMatchObject({ expires_at: renewed.expires_at })
})

test('who never held it is not the owner; where nothing is there is nothing to renew', () => {
  const { world } = createHeld()
  expect(codeOf(() => renew.run(world.as('two'), resource))).toBe('not_owner')
  expect(codeOf(() => renew.run(world.as('two'), { type: 'droplet', name: 'other' }))).toBe('not_found')
})

test("an older token of one's own is lost, a foreign one is not the owner's", () => {
  const { world, held } = createHeld()
  release.run(world.as('one'), resource)
  claim.run(world.as('one'), { type: 'droplet', name: ['church'] })
  expect(codeOf(() => renew.run(world.as('one'), { ...resource, token: held.token! }))).toBe('lost')
  expect(codeOf(() => renew.run(world.as('one'), { ...resource, token: 1 }))).toBe('not_owner')
})

test('a lease that ran out is lost for its holder the moment it ends', () => {
  const { world } = createHeld({ for: '1h' })
  world.advance(HOUR + 10)
  expect(codeOf(() => renew.run(world.as('one'), resource))).toBe('lost')
})

test('a heartbeat renews a claim with less than half its time left by its own term', () => {
  const { world } = createHeld({ for: '2h' })
  world.advance(HOUR)
  heartbeat.run(world.as('one'), { action: 'building' })
  expect(expiry(world)).toBe('2026-11-20T12:00:00.000Z')
  world.advance(60_000)
  heartbeat.run(world.as('one'), { action: 'building' })
  expect(expiry(world)).toBe('2026-11-20T13:01:00.000Z')
})

test('so does a sign of life from outside', () => {
  const { world } = createHeld({ for: '2h' })
  world.advance(HOUR + 60_000)
  keepAlive(world.as('one'), process.pid)
  expect(expiry(world)).toBe('2026-11-20T13:01:00.000Z')
  expect(world.json('sessions/one.json')).toMatchObject({ last_seen: '2026-11-20T11:01:00.000Z' })
})

test.each([
  ['the claim', { 'no-renew': true }, {}],
  ['the heartbeat', {}, { 'no-renew': true }],
])('with no-renew at %s a heartbeat leaves the lease as it is', (_where, atClaim, atHeartbeat) => {
  const { world } = createHeld({ for: '2h', ...atClaim })
  world.advance(HOUR + 60_000)
  heartbeat.run(world.as('one'), { action: 'building', ...atHeartbeat })
  expect(expiry(world)).toBe('2026-11-20T12:00:00.000Z')
})

test('a room can turn the renewal by heartbeats off', () => {
  const { world } = createHeld({ for: '2h' })
  world.write('config.json', JSON.stringify({ claims: { autoRenew: false } }))
  world.advance(HOUR + 60_000)
  heartbeat.run(world.as('one'), { action: 'building' })
  expect(expiry(world)).toBe('2026-11-20T12:00:00.000Z')
})

test('heartbeats never carry a lease past the longest term since it was claimed', () => {
  const { world } = createHeld({ for: '2h' })
  world.write('config.json', JSON.stringify({ claims: { maxFor: '3h' } }))
  for (let minutes = 0; minutes < 180; minutes += 30) {
    world.advance(30 * 60_000)
    heartbeat.run(world.as('one'), { action: 'building' })
    expect(Date.parse(expiry(world)!)).toBeLessThanOrEqual(Date.parse('2026-11-20T13:00:00.000Z'))
  }
  world.advance(60_000)
  expect(heartbeat.run(world.as('one'), { action: 'building' }).lost).toBeUndefined()
  expect(claim.run(world.as('two'), { type: 'droplet', name: ['church'] }).took_over).toMatchObject({
    claimed_by: 'one',
  })
})

test('a heartbeat after the lease ran out does not revive it', () => {
  const { world } = createHeld({ for: '1h' })
  world.advance(2 * HOUR)
  heartbeat.run(world.as('one'), { action: 'building' })
  expect(expiry(world)).toBe('2026-11-20T11:00:00.000Z')
})

test('a heartbeat tells once what was lost, with the new holder, and the claim is forgotten then', () => {
  const { world, held } = createHeld({ for: '1h' })
  world.advance(2 * HOUR)
  claim.run(world.as('two'), { type: 'droplet', name: ['church'] })
  const { lost } = heartbeat.run(world.as('one'), { action: 'building' })
  expect(lost).toMatchObject([{ resource_name: 'church', token: held.token, holder: 'two' }])
  expect(heartbeat.run(world.as('one'), { action: 'building' }).lost).toBeUndefined()
})
