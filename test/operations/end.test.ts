import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { claims } from '../../src/operations/claims.ts'
import { end } from '../../src/operations/end.ts'
import { messages } from '../../src/operations/messages.ts'
import { release } from '../../src/operations/release.ts'
import { createWorld } from '../helpers/world.ts'
import { codeOf } from '../store/helpers.ts'

const HOUR = 3_600_000
const church = { type: 'droplet', name: 'church' }

function createHeld(...names: string[]) {
  const world = createWorld('one', 'two')
  const hold = (by: string, name: string) => claim.run(world.as(by), { type: 'droplet', name: [name] }).claim
  const held = names.map((name) => hold('one', name))
  const broadcasts = () => messages.run(world.as(null), {}).messages.filter(({ to }) => to === 'broadcast')
  return { world, held, hold, broadcasts }
}

test('ending a session releases its claims, tells everybody and keeps what it left behind', () => {
  const { world, broadcasts } = createHeld('church', 'tower')
  world.write('.current_session', 'one\n')
  world.advance(90 * 60_000)
  const ended = end.run(world.as('one'), { handoff: 'go on with the roof', completed: ['walls'] })
  expect(ended.released.map(({ resource_name }) => resource_name).sort()).toEqual(['church', 'tower'])
  expect(claims.run(world.as('two'), {}).claims).toEqual([])
  expect(broadcasts()).toMatchObject([
    { from: 'one', type: 'session_ended', details: { work_completed: ['walls'] } },
  ])
  expect(world.json('sessions/one.json')).toMatchObject({
    status: 'completed',
    ended_at: '2026-11-20T11:30:00.000Z',
    total_duration: '1h 30m',
    work_completed: ['walls'],
    handoff_notes: 'go on with the roof',
  })
  expect(fs.existsSync(path.join(world.root, '.current_session'))).toBe(false)
  expect(codeOf(() => release.run(world.as('one'), church))).toBe('no_session')
})

test("ending leaves another session's .current_session alone", () => {
  const { world } = createHeld()
  end.run(world.as('one'), {})
  expect(world.read('.current_session').trim()).toBe('two')
})

test('a claim that was lost meanwhile does not keep a session from ending', () => {
  const { world, hold } = createHeld('church', 'tower')
  world.advance(5 * HOUR)
  hold('two', 'church')
  expect(end.run(world.as('one'), {}).released.map(({ resource_name }) => resource_name)).toEqual(['tower'])
})

test('a damaged ledger keeps no session from ending; its claim is left to be mended', () => {
  const { world } = createHeld('church', 'tower')
  world.write('.state/ledger/droplet-church/000000000001', 'junk')
  const ctx = world.as('one')
  expect(end.run(ctx, {}).released.map(({ resource_name }) => resource_name)).toEqual(['tower'])
  expect(ctx.warnings.join()).toContain('droplet-church')
  expect(world.json('sessions/one.json').status).toBe('completed')
})
