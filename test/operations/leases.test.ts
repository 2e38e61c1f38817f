import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { claims } from '../../src/operations/claims.ts'
import { release } from '../../src/operations/release.ts'
import { createWorld, type World } from '../helpers/world.ts'
import { codeOf, errorOf } from '../store/helpers.ts'

const HOUR = 3_600_000
const church = { type: 'droplet', name: ['church'] }
const FILE = 'claims/droplet-church.claim'

/** A room with two sessions in which a script, that knows no ledger, has claimed a resource. */
function createScriptClaim(more: object = {}): World {
  const world = createWorld('one', 'two')
  const claimed_at = new Date(world.now).toISOString()
  const expires_at = new Date(world.now + HOUR).toISOString()
  const body = {
    claimed_by: 'script',
    claimed_at,
    resource_type: 'droplet',
    resource_name: 'church',
    expires_at,
    ...more,
  }
  world.write(FILE, `${JSON.stringify(body, null, 2)}\n`)
  return world
}

test("a script's claim is honoured, gets a token in the ledger, and its file is not touched", () => {
  const world = createScriptClaim()
  const text = world.read(FILE)
  const refused = errorOf(() => claim.run(world.as('one'), church))
  expect(refused).toMatchObject({ code: 'held', details: { holder: { claimed_by: 'script' } } })
  const { token } = refused.details.holder as { token: number }
  expect(token).toBeGreaterThan(0)
  expect(errorOf(() => claim.run(world.as('two'), church)).details.holder).toMatchObject({ token })
  expect(world.read(FILE)).toBe(text)
  expect(claims.run(world.as('one'), {}).claims).toMatchObject([{ claimed_by: 'script', token }])
})

test('a script that removes its claim file has released it, before and after it was adopted', () => {
  for (const adopt of [false, true]) {
    const world = createScriptClaim()
    if (adopt) expect(codeOf(() => claim.run(world.as('one'), church))).toBe('held')
    fs.rmSync(path.join(world.root, FILE))
    expect(claims.run(world.as('one'), {}).claims).toEqual([])
    expect(claim.run(world.as('two'), church)).toMatchObject({ claim: { claimed_by: 'two' } })
  }
})

test('tokens go on growing when a script released and another one claimed', () => {
  const world = createScriptClaim()
  const tokenOf = () =>
    (errorOf(() => claim.run(world.as('one'), church)).details.holder as { token: number }).token
  const first = tokenOf()
  const body = JSON.parse(world.read(FILE)) as object
  fs.rmSync(path.join(world.root, FILE))
  world.write(FILE, JSON.stringify({ ...body, claimed_by: 'script-2' }))
  expect(tokenOf()).toBe(first + 1)
  fs.rmSync(path.join(world.root, FILE))
  expect(claim.run(world.as('one'), church).claim.token).toBe(first + 2)
})

test("a script's claim whose time is over is taken over, its file becomes ours, and the script is told", () => {
  const world = createScriptClaim()
  world.advance(HOUR + 29_999)
  expect(codeOf(() => claim.run(world.as('one'), church))).toBe('held')
  world.advance(1)
  expect(claim.run(world.as('one'), church).took_over).toMatchObject({ claimed_by: 'script' })
  expect(world.json(FILE)).toMatchObject({ claimed_by: 'one' })
  expect(world.list('messages/direct/script')).toHaveLength(1)
})

test("a script's claim without an expiry lasts the default term", () => {
  const world = createScriptClaim({ expires_at: null })
  world.advance(4 * HOUR)
  expect(codeOf(() => claim.run(world.as('one'), church))).toBe('held')
  world.advance(30_000)
  expect(claim.run(world.as('one'), church).claim.claimed_by).toBe('one')
})

test("a script's claim is released by force with its file, also one with a space in its name", () => {
  const world = createScriptClaim()
  world.write('claims/droplet-my church.claim', world.read(FILE).replace('"church"', '"my church"'))
  for (const name of ['church', 'my church']) {
    release.run(world.as('one'), { type: 'droplet', name, force: true, reason: 'gone' })
    expect(claim.run(world.as('two'), { type: 'droplet', name: [name] }).claim.claimed_by).toBe('two')
  }
})

test('a holder that no mailbox can be named after is taken over all the same, and nothing leaves the room', () => {
  const world = createScriptClaim({ claimed_by: '../../../x', expires_at: '2026-11-20T09:00:00Z' })
  expect(claim.run(world.as('one'), church).claim.claimed_by).toBe('one')
  expect(fs.readdirSync(world.dir)).toEqual(['COORDINATION'])
})

test('a session that claims under the name of a script that is itself keeps one claim', () => {
  const world = createScriptClaim({ claimed_by: 'one' })
  const { claim: held } = claim.run(world.as('one'), church)
  expect(held).toMatchObject({ claimed_by: 'one', claim_id: expect.any(String) })
  expect(claims.run(world.as('one'), {}).claims).toHaveLength(1)
  expect(world.json(FILE)).toMatchObject({ claim_id: held.claim_id, token: held.token })
})

test('a room may let rm of a claim file mean its release, but not before the file could be there', () => {
  const world = createWorld()
  world.write('config.json', JSON.stringify({ compat: { rmReleases: true } }))
  world.start('one')
  world.start('two')
  const { claim: held } = claim.run(world.as('one'), church)
  fs.rmSync(path.join(world.root, FILE))
  expect(codeOf(() => claim.run(world.as('two'), church))).toBe('held')
  fs.rmSync(path.join(world.root, FILE), { force: true })
  world.advance(5001)
  expect(claim.run(world.as('two'), church).claim.token).toBe(held.token! + 1)
})
