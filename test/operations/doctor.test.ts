import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { doctor } from '../../src/operations/doctor.ts'
import { gc } from '../../src/operations/gc.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { messages } from '../../src/operations/messages.ts'
import { release } from '../../src/operations/release.ts'
import { send } from '../../src/operations/send.ts'
import { createWorld, type World } from '../helpers/world.ts'
import { failing, listing } from '../store/helpers.ts'
import { createBusy } from './busy.ts'

const look = (world: World) => doctor.run(world.as(null), { limit: 1000 })
const fix = (world: World) => doctor.run(world.as(null), { fix: true, limit: 1000 })
const named = ({ problems }: { problems: { kind: string; path: string }[] }) =>
  problems.map(({ kind, path }) => `${kind} ${path}`)

test('a look touches nothing, whatever lies in the room', () => {
  const world = createBusy()
  world.write('sessions/junk.json', 'junk')
  world.write('.state/ledger/droplet-tower/000000000001', 'junk')
  fs.symlinkSync('/etc', path.join(world.root, 'alerts/link'))
  const before = listing(world.root)
  expect(look(world).problems.length).toBeGreaterThan(2)
  expect(listing(world.root)).toEqual(before)
})

test('every fault tells its path, its kind, what is wrong, and what mends it', () => {
  const world = createBusy()
  world.write('sessions/junk.json', 'junk')
  for (const fault of look(world).problems) {
    expect(Object.keys(fault)).toEqual(['path', 'kind', 'detail', 'fix', 'fixable'])
    expect(fault.fixable).toBe(fault.fix === 'coord doctor --fix')
  }
})

test('a holder of a damaged ledger keeps its claim and token, and whoever comes next gets a greater one', () => {
  const world = createWorld('one', 'two')
  const church = { type: 'droplet', name: ['church'] }
  const { token } = claim.run(world.as('one'), church).claim
  world.write('.state/ledger/droplet-church/000000000001', 'junk')
  expect(() => claim.run(world.as('two'), church)).toThrow("can't be read")
  expect(fix(world)).toMatchObject({ problems: [] })
  expect(() => claim.run(world.as('two'), church)).toThrow('is held by one')
  expect(claim.run(world.as('one'), church)).toMatchObject({ already: true, claim: { token } })
  release.run(world.as('one'), { type: 'droplet', name: 'church' })
  expect(claim.run(world.as('two'), church).claim.token).toBeGreaterThanOrEqual(token! + 2)
})

test('a claim of a holder that forgot it is renewed again by its heartbeats', () => {
  const world = createWorld('one')
  claim.run(world.as('one'), { type: 'droplet', name: ['church'] })
  fs.rmSync(path.join(world.root, '.state/held'), { recursive: true })
  expect(named(look(world))).toEqual(['unmarked .state/held/one/droplet-church.claim'])
  expect(fix(world).problems).toEqual([])
  world.advance(3 * 3_600_000)
  heartbeat.run(world.as('one'), { action: 'building' })
  expect(world.json('claims/droplet-church.claim').expires_at).toBe('2026-11-20T17:00:00.000Z')
})

test("a script's claim is neither rewritten without need nor released", () => {
  const world = createBusy()
  const before = world.read('claims/droplet-roof.claim')
  fix(world)
  expect(world.read('claims/droplet-roof.claim')).toBe(before)
  world.write('claims/droplet-roof.claim', before.replace('}', ',"note":"a\nb"}'))
  expect(fix(world).proof!.lost).toEqual([])
  expect(world.json('claims/droplet-roof.claim')).toMatchObject({ claimed_by: 'script', note: 'a\nb' })
})

test('with files in place of the machine directories all claims live on from their files', () => {
  const world = createBusy()
  const token = world.json('claims/droplet-tower.claim').token
  fs.rmSync(path.join(world.root, '.state'), { recursive: true })
  world.write('.state', 'in the way')
  const { fixed, quarantine, proof } = fix(world)
  expect(fixed).toContainEqual(expect.objectContaining({ path: '.state', kind: 'not-a-directory' }))
  expect(fs.readdirSync(path.join(world.root, quarantine!))).toEqual([
    expect.stringMatching(/^\.state-aside-/),
  ])
  expect(proof!.lost).toEqual([])
  expect(claim.run(world.as('one'), { type: 'droplet', name: ['tower'] }).claim.token).toBe(token)
})

test('a message that was in the way of nothing but its copy is found by its id again', () => {
  const world = createWorld('one', 'two')
  const { message } = send.run(world.as('one'), { to: 'two', subject: 'hello' })
  const file = (name: string) => path.join(world.root, 'messages/direct/two', `${name}.json`)
  fs.renameSync(file(message.id!), file(`${message.id} (conflicted copy)`))
  expect(messages.run(world.as(null), {}).messages).toEqual([])
  expect(fix(world).problems).toEqual([])
  expect(messages.run(world.as(null), {}).messages).toMatchObject([{ subject: 'hello' }])
})

test('what doctor calls left over is what gc would remove, and either takes it away', () => {
  const world = createBusy()
  world.write('.state/locks/board', '4194305 1 x')
  world.write('.state/waiting/task-x/000000000000001-1-abcd', 'one\t\t1\t1\t\t\n')
  world.write('.state/terminals/pts1', 'ghost')
  world.write('.state/processes/00000000-1-99-1/ghost', 'person')
  world.write('.state/processes/00000000-1-99-1/one', 'person')
  world.write('.current_session', 'ghost')
  for (const name of ['locks/board', 'waiting/task-x/000000000000001-1-abcd', 'terminals/pts1'])
    fs.utimesSync(path.join(world.root, '.state', name), 1, 1)
  const named = () => look(world).problems.flatMap(({ kind, path }) => (kind === 'leftover' ? path : []))
  const planned = gc.run(world.as(null), { 'dry-run': true }).items
  const faults = planned.flatMap(({ path, why }) => (why ? path : []))
  expect(named()).toHaveLength(5)
  expect(named().sort()).toEqual(faults.sort())
  expect(planned).toContainEqual({ kind: 'marks', path: '.state/processes/00000000-1-99-1/one' })
  fix(world)
  expect(gc.run(world.as(null), {}).items.map(({ path }) => path)).toEqual([
    '.state/processes/00000000-1-99-1/one',
  ])
  expect(named()).toEqual([])
})

test('a link in place of the quarantine is taken away first, and nothing goes through it', () => {
  const world = createWorld()
  const elsewhere = path.join(world.dir, 'elsewhere')
  fs.mkdirSync(elsewhere)
  world.write('sessions/junk.json', 'junk')
  fs.symlinkSync(elsewhere, path.join(world.root, '.state/quarantine'))
  expect(named(look(world))).toContain('not-a-directory .state/quarantine')
  expect(fix(world)).toMatchObject({ problems: [], fixed: { length: 2 } })
  expect(fs.readdirSync(elsewhere)).toEqual([])
})

test('a mender that is refused leaves a warning, and the fault stays named', () => {
  const world = createWorld()
  world.write('sessions/junk.json', 'junk')
  const ctx = world.as(null)
  failing('renameSync', 'EACCES', (from) => String(from).endsWith('junk.json'))
  expect(named(doctor.run(ctx, { fix: true }))).toEqual(['unreadable sessions/junk.json'])
  expect(ctx.warnings.join()).toContain("junk.json can't be written (EACCES)")
  expect(world.read('sessions/junk.json')).toBe('junk')
})
