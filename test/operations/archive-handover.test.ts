/** A claim that is handed to a session at the very moment it is put away: it never lies in the archive with a live lease. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { gc } from '../../src/operations/gc.ts'
import { handoff } from '../../src/operations/handoff.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { CoordError } from '../../src/protocol/errors.ts'
import { archiveDue } from '../../src/store/archive.ts'
import { createWorld, type World } from '../helpers/world.ts'
import { beforeCall } from '../store/helpers.ts'

const HOUR = 3_600_000

/** A session that is due to be given up, and one that holds a claim and has just beaten. */
function createDue() {
  const world = createWorld('one', 'two')
  world.advance(25 * HOUR)
  world.write('.state/pruned', '')
  heartbeat.run(world.as('one'), { action: 'building' })
  claim.run(world.as('one'), { type: 'droplet', name: ['church'] })
  /** As another process: the locks of the one that it interrupts do not count. */
  const unlocked = () => {
    fs.rmSync(path.join(world.root, '.state/locks'), { recursive: true, force: true })
    fs.mkdirSync(path.join(world.root, '.state/locks'))
  }
  const hand = () => {
    unlocked()
    return given(() => handoff.run(world.as('one'), { to: 'two', note: 'n' }))
  }
  const put = () => {
    unlocked()
    archiveDue(world.as(null).room(), world.as(null).now(), 20)
  }
  return { world, hand, put, unlocked }
}

/** Whether it was not refused. */
function given(run: () => unknown): boolean {
  try {
    run()
    return true
  } catch (error) {
    if (error instanceof CoordError && ['invalid', 'conflict'].includes(error.code)) return false
    throw error
  }
}

const archived = (world: World) =>
  fs.existsSync(path.join(world.root, 'archive/2026-11/sessions'))
    ? world.list('archive/2026-11/sessions')
    : []
const holder = (world: World) => world.json('claims/droplet-church.claim').claimed_by

function expectWhole(world: World, handed: boolean, at: string) {
  expect(holder(world), at).toBe(handed ? 'two' : 'one')
  expect(archived(world), at).toEqual(handed ? [] : ['two.json'])
  if (!handed) return
  expect(world.json('sessions/two.json'), at).toMatchObject({ session_id: 'two', status: 'active' })
  expect(world.read('status/two_status.json'), at).toContain('session started')
  const { warnings } = heartbeatOf(world)
  expect(warnings, at).toEqual([])
}

/** The recipient is there and holds what it was given. */
function heartbeatOf(world: World) {
  const ctx = world.as('two')
  expect(heartbeat.run(ctx, { action: 'building' }).lost).toBeUndefined()
  return ctx
}

test('a claim handed over between any two steps of archiving keeps its recipient live', () => {
  const seen = new Set<boolean>()
  for (let n = 1; ; n++) {
    const { world, hand, put } = createDue()
    let handed = false
    const reached = beforeCall(n, () => {
      handed = hand()
    })
    put()
    if (!reached()) break
    seen.add(handed)
    expectWhole(world, handed, `at ${n}`)
  }
  expect(seen).toEqual(new Set([true, false]))
})

test('a session archived between any two steps of a handover is live when it has the claim', () => {
  const seen = new Set<boolean>()
  for (let n = 1; ; n++) {
    const { world, put } = createDue()
    const reached = beforeCall(n, put)
    const handed = given(() => handoff.run(world.as('one'), { to: 'two', note: 'n' }))
    if (!reached()) break
    seen.add(handed)
    expectWhole(world, handed, `at ${n}`)
  }
  expect(seen).toEqual(new Set([true, false]))
})

test('gc does not tell of a session as archived that it has brought back', () => {
  const { world, hand } = createDue()
  let handed = false
  const reached = beforeCall(1, () => {
    handed = hand()
  })
  const { counts } = gc.run(world.as(null), {})
  expect([reached(), handed]).toEqual([true, true])
  expect(counts).toMatchObject({ sessions: 0, histories: 0 })
  expectWhole(world, true, 'gc')
})

test.each<[string, (world: World) => unknown]>([
  ['the upkeep of a heartbeat', (world) => heartbeat.run(world.as('one'), { action: 'testing' })],
  ['gc', (world) => gc.run(world.as(null), {})],
])('what a crash left in the archive with a live lease is brought back by %s', (_who, run) => {
  const { world, hand } = createDue()
  hand()
  const record = { ...world.json('sessions/two.json'), status: 'abandoned' }
  world.write('archive/2026-11/sessions/two.json', JSON.stringify(record))
  fs.rmSync(path.join(world.root, 'sessions/two.json'))
  fs.rmSync(path.join(world.root, '.state/pruned'))
  run(world)
  expectWhole(world, true, 'crash')
})
