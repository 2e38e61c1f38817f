/** What a disk that fails must not make a command say or forget. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { doctor } from '../../src/operations/doctor.ts'
import { gc } from '../../src/operations/gc.ts'
import { handoff } from '../../src/operations/handoff.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { release } from '../../src/operations/release.ts'
import { createWorld } from '../helpers/world.ts'
import { codeOf, failing } from '../store/helpers.ts'

const HOUR = 3_600_000
const CHURCH = { type: 'droplet', name: 'church' }

function createHolder() {
  const world = createWorld('two', 'one')
  claim.run(world.as('one'), { type: 'droplet', name: ['church'] })
  return world
}

test.each(['EACCES', 'EIO', 'EMFILE'])(
  'a ledger that %s keeps from being listed is not an empty one: nothing is told as lost or free',
  (errno) => {
    const world = createHolder()
    const spy = failing('readdirSync', errno, (dir) => String(dir).includes('/ledger/'))
    const ctx = world.as('one')
    expect(heartbeat.run(ctx, { action: 'building' }).lost).toBeUndefined()
    expect(ctx.warnings.join()).toContain('droplet-church')
    const code = errno === 'EMFILE' ? 'busy' : 'unwritable'
    expect(codeOf(() => claim.run(world.as('two'), { type: 'droplet', name: ['church'] }))).toBe(code)
    expect(codeOf(() => release.run(world.as('one'), CHURCH))).toBe(code)
    spy.mockRestore()
    expect(release.run(world.as('one'), CHURCH).claim.claimed_by).toBe('one')
  },
)

test('what follows an act that has happened does not fail it, whatever the disk says', () => {
  const world = createHolder()
  fs.rmSync(path.join(world.root, '.state/pruned'), { force: true })
  failing('readdirSync', 'EIO', (dir) => /\/(sessions|locks|heartbeats)$/.test(String(dir)))
  const ctx = world.as('one')
  expect(heartbeat.run(ctx, { action: 'building' }).heartbeat).toMatchObject({ action: 'building' })
  expect(ctx.warnings.join()).toContain('EIO')
})

test('the claim file that a handover could not write any more is told as drifted, and mended', () => {
  const world = createHolder()
  const old = world.read('claims/droplet-church.claim')
  handoff.run(world.as('one'), { ...CHURCH, to: 'two' })
  world.write('claims/droplet-church.claim', old)
  const problem = expect.objectContaining({ path: 'claims/droplet-church.claim', kind: 'drifted' })
  expect(doctor.run(world.as(null), {}).problems).toContainEqual(problem)
  doctor.run(world.as(null), { fix: true })
  expect(world.json('claims/droplet-church.claim')).toMatchObject({ claimed_by: 'two' })
  world.write('claims/droplet-church.claim', old)
  expect(codeOf(() => claim.run(world.as('one'), { type: 'droplet', name: ['church'] }))).toBe('held')
  expect(world.json('claims/droplet-church.claim')).toMatchObject({ claimed_by: 'two' })
})

test('a session that was put away by a process that crashed right then is given up with the next gc', () => {
  const world = createWorld('lost')
  world.advance(25 * HOUR)
  const archive = path.join(world.root, 'archive/2026-11/sessions')
  fs.mkdirSync(archive, { recursive: true })
  fs.renameSync(path.join(world.root, 'sessions/lost.json'), path.join(archive, 'lost.json'))
  gc.run(world.as(null), {})
  expect(world.json('archive/2026-11/sessions/lost.json')).toMatchObject({ status: 'abandoned' })
  expect(world.list('status')).toEqual([])
})
