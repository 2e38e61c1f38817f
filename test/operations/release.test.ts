import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { claims } from '../../src/operations/claims.ts'
import { messages } from '../../src/operations/messages.ts'
import { release } from '../../src/operations/release.ts'
import { createWorld } from '../helpers/world.ts'
import { codeOf, errorOf, failing, isWrite } from '../store/helpers.ts'

const HOUR = 3_600_000
const church = { type: 'droplet', name: 'church' }

function createHeld(...names: string[]) {
  const world = createWorld('one', 'two')
  const hold = (by: string, name: string) => claim.run(world.as(by), { type: 'droplet', name: [name] }).claim
  const held = names.map((name) => hold('one', name))
  const broadcasts = () => messages.run(world.as(null), {}).messages.filter(({ to }) => to === 'broadcast')
  return { world, held, hold, broadcasts }
}

test('a released resource is free, its file is gone, and the completed work is announced once', () => {
  const { world, held, hold, broadcasts } = createHeld('church')
  const given = {
    ...church,
    'phase-completed': 'Build',
    'next-phase': 'Test',
    files: ['a.ts'],
    'tests-passing': 'yes',
  }
  expect(release.run(world.as('one'), given)).toMatchObject({ claim: { token: held[0]!.token } })
  expect(world.list('claims')).toEqual([])
  const details = {
    resource: 'church',
    phase_completed: 'Build',
    next_phase: 'Test',
    files_modified: ['a.ts'],
    tests_passing: true,
  }
  expect(broadcasts()).toMatchObject([
    { from: 'one', type: 'work_completed', subject: 'church Build phase complete', details },
  ])
  expect(release.run(world.as('one'), church)).toMatchObject({ already: true })
  expect(broadcasts()).toHaveLength(1)
  expect(hold('two', 'church').claimed_by).toBe('two')
})

test('a release can be quiet', () => {
  const { world, broadcasts } = createHeld('church')
  release.run(world.as('one'), { ...church, 'no-announce': true })
  expect(broadcasts()).toEqual([])
})

test("who never held it can't release it, and where nothing was there is nothing to release", () => {
  const { world } = createHeld('church')
  expect(codeOf(() => release.run(world.as('two'), church))).toBe('not_owner')
  expect(codeOf(() => release.run(world.as('two'), { type: 'droplet', name: 'none' }))).toBe('not_found')
})

test('a release after a takeover is lost and leaves the new holder alone', () => {
  const { world, hold } = createHeld('church')
  world.advance(5 * HOUR)
  hold('two', 'church')
  const refused = errorOf(() => release.run(world.as('one'), church))
  expect(refused).toMatchObject({ code: 'lost', details: { holder: { claimed_by: 'two' } } })
  expect(claims.run(world.as('one'), {}).claims).toMatchObject([{ claimed_by: 'two' }])
})

test('a wrong token releases nothing', () => {
  const { world, held } = createHeld('church')
  expect(codeOf(() => release.run(world.as('one'), { ...church, token: held[0]!.token! + 1 }))).toBe(
    'not_owner',
  )
  expect(release.run(world.as('one'), { ...church, token: held[0]!.token! }).already).toBeUndefined()
})

test('without a name the only claim is released; of several all or a named one', () => {
  const { world } = createHeld('church', 'tower')
  const refused = errorOf(() => release.run(world.as('one'), {}))
  expect(refused).toMatchObject({
    code: 'ambiguous',
    details: { candidates: expect.arrayContaining([{ resource_type: 'droplet', resource_name: 'tower' }]) },
  })
  release.run(world.as('one'), { type: 'droplet', name: 'tower' })
  expect(release.run(world.as('one'), {}).claim).toMatchObject({ resource_name: 'church' })
  expect(codeOf(() => release.run(world.as('one'), {}))).toBe('not_found')
})

test('all that one holds is released at once and announced in one message', () => {
  const { world, broadcasts } = createHeld('church', 'tower')
  expect(release.run(world.as('one'), { all: true }).claims).toHaveLength(2)
  expect(claims.run(world.as('one'), {}).claims).toEqual([])
  expect(broadcasts()).toHaveLength(1)
})

test('by force another session or the person may release, with a reason that the holder is told', () => {
  for (const [by, as] of [
    ['two', undefined],
    [null, 'human'],
  ] as const) {
    const { world, held } = createHeld('church')
    const given = { ...church, force: true, ...(as ? { as } : {}) }
    expect(errorOf(() => release.run(world.as(by), given))).toMatchObject({ details: { argument: 'reason' } })
    release.run(world.as(by), { ...given, reason: 'it crashed' })
    expect(claims.run(world.as('one'), {}).claims).toEqual([])
    const [name] = world.list('messages/direct/one')
    expect(world.json(`messages/direct/one/${name}`)).toMatchObject({
      from: by ?? 'human',
      type: 'claim_forced',
      details: { your_token: held[0]!.token, reason: 'it crashed' },
    })
    expect(claims.run(world.as('one'), { resource: 'droplet/church' }).past![0]).toMatchObject({
      ended: 'forced',
      by: by ?? 'human',
      reason: 'it crashed',
    })
  }
})

test.each([
  [{ type: 'droplet' }, 'name'],
  [{ force: true, reason: 'x' }, 'type'],
  [{ ...church, 'tests-passing': 'maybe' }, 'tests-passing'],
])('%j is refused naming the argument %s', (given, argument) => {
  const { world } = createHeld('church')
  expect(errorOf(() => release.run(world.as('one'), given))).toMatchObject({
    code: 'invalid',
    details: { argument },
  })
})

test('on a full disk a release gets through by giving up the reserve', () => {
  const { world } = createHeld('church')
  const reserve = path.join(world.root, '.state/reserve')
  expect(fs.statSync(reserve).size).toBe(64 * 1024)
  failing('writeSync', 'ENOSPC', () => fs.existsSync(reserve))
  release.run(world.as('one'), church)
  expect(fs.existsSync(reserve)).toBe(false)
  expect(claims.run(world.as('one'), {}).claims).toEqual([])
})

test('a disk that stays full refuses the release as such and the claim stays held', () => {
  const { world } = createHeld('church')
  const spy = failing('writeSync', 'ENOSPC')
  expect(codeOf(() => release.run(world.as('one'), church))).toBe('disk_full')
  spy.mockRestore()
  expect(claims.run(world.as('one'), {}).claims).toMatchObject([{ claimed_by: 'one' }])
})

test('a release that got through on a full disk is acknowledged, whatever else could not be written', () => {
  const { world } = createHeld('church')
  failing('openSync', 'ENOSPC', (file, flags) => !/ledger|claims/.test(String(file)) && isWrite(flags))
  const ctx = world.as('one')
  expect(release.run(ctx, church).claim).toMatchObject({ resource_name: 'church' })
  expect(ctx.warnings.join()).toContain('no space left')
  expect(claims.run(world.as('two'), {}).claims).toEqual([])
})
