/** Handovers that a crash cut off: who finishes them, and what becomes of the note when the ledger does not remember. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { Context } from '../../src/context.ts'
import { claim } from '../../src/operations/claim.ts'
import { doctor } from '../../src/operations/doctor.ts'
import { end } from '../../src/operations/end.ts'
import { gc } from '../../src/operations/gc.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { inbox } from '../../src/operations/inbox.ts'
import { release } from '../../src/operations/release.ts'
import { renew } from '../../src/operations/renew.ts'
import { start } from '../../src/operations/start.ts'
import { machineId } from '../../src/store/machine.ts'
import { bootId, pidNamespace, readProcess } from '../../src/store/processes.ts'
import type { World } from '../helpers/world.ts'
import { errorOf, failing } from '../store/helpers.ts'
import {
  afterMove,
  beforeMove,
  church,
  createHeld,
  cutOff,
  hand,
  holders,
  isBegun,
  mailOf,
} from './handings.ts'

const fileIn = (world: World) => world.read(`handoffs/${world.list('handoffs')[0]}`)
const begun = (world: World) => world.list('.state/handing')

/** Let the domain collect every slot of before, by this many renewals. */
function collect(world: World, by: string) {
  for (let n = 0; n < 70; n++) {
    world.advance(1000)
    renew.run(world.as(by), { ...church, for: `${5 + n}h` })
  }
}

test.each<[string, (ctx: Context) => unknown]>([
  ['the upkeep of a heartbeat', (ctx) => heartbeat.run(ctx, { action: 'building' })],
  ['the inbox of the recipient', (ctx) => inbox.run({ ...ctx, at: { ...ctx.at, flagSession: 'two' } }, {})],
  ['the start of a session', (ctx) => start.run(ctx, { id: 'four' })],
  ['gc', (ctx) => gc.run(ctx, {})],
  ['doctor --fix', (ctx) => doctor.run(ctx, { fix: true })],
])('a handover that was cut off is finished by %s', (_who, run) => {
  const world = afterMove()
  world.advance(11_000)
  const ctx = world.as('three')
  run(ctx)
  expect(ctx.warnings).toEqual([
    'a handoff of droplet/church from name-one to name-two was cut off; it is finished now',
  ])
  expect([world.list('handoffs').length, begun(world), mailOf(world, 'two').length]).toEqual([1, [], 1])
})

test('what only reads tells of a handover that was cut off, and leaves it', () => {
  const world = afterMove()
  world.advance(11_000)
  const [name] = begun(world)
  expect(gc.run(world.as(null), { 'dry-run': true })).toMatchObject({
    counts: { handoffs: 1 },
    items: expect.arrayContaining([{ kind: 'handoffs', path: `.state/handing/${name}` }]),
  })
  expect(doctor.run(world.as(null), {}).problems).toContainEqual({
    path: `.state/handing/${name}`,
    kind: 'unfinished',
    detail: 'a handoff of droplet/church from name-one to name-two was cut off',
    fix: 'coord doctor --fix',
    fixable: true,
  })
  inbox.run(world.as('two'), { peek: true })
  expect(begun(world)).toEqual([name])
})

test('heartbeats look for what was cut off only when the room is tidied', () => {
  const world = afterMove()
  world.write('.state/pruned', '')
  heartbeat.run(world.as('three'), { action: 'building' })
  expect(begun(world)).toHaveLength(1)
})

test('gc and doctor --fix tell that a handover was finished', () => {
  const one = afterMove()
  expect(gc.run(one.as(null), {}).counts).toMatchObject({ handoffs: 1 })
  const two = afterMove()
  two.advance(11_000)
  expect(doctor.run(two.as(null), { fix: true })).toMatchObject({
    fixed: [{ kind: 'drifted' }, { kind: 'unmarked' }, { kind: 'unfinished', done: 'finished' }],
    problems: [],
  })
  const three = beforeMove()
  three.advance(11_000)
  expect(doctor.run(three.as(null), { fix: true })).toMatchObject({
    fixed: [{ kind: 'unfinished', done: 'dropped, as nothing had moved' }],
  })
})

test('where the ledger has forgotten the move, the recipient that holds the claim is told as ever', () => {
  const world = afterMove()
  collect(world, 'two')
  end.run(world.as('three'), {})
  expect(mailOf(world, 'two')).toMatchObject([{ subject: 'droplet/church is yours now' }])
  expect(fileIn(world)).toContain('n\n')
})

test('where the ledger has forgotten whether it moved, the note is kept, shown, and nothing claimed of it', () => {
  const world = afterMove()
  release.run(world.as('two'), church)
  claim.run(world.as('three'), { type: 'droplet', name: ['church'] })
  collect(world, 'three')
  const ctx = world.as('three')
  gc.run(ctx, {})
  const file = `handoffs/${world.list('handoffs')[0]}`
  expect(ctx.warnings).toEqual([
    `a handoff of droplet/church from name-one to name-two was cut off, and whether it took place is not recorded any more; its note is kept in ${file}`,
  ])
  expect(fileIn(world)).toContain('- **droplet/church** - cut off; coord claims tells who holds it')
  expect(fileIn(world)).toContain('```text\nn\n```')
  expect(mailOf(world, 'two')).toMatchObject([{ subject: 'handoff of droplet/church, cut off' }])
  expect([begun(world), holders(world)[0]!.startsWith('church three')]).toEqual([[], true])
  release.run(world.as('three'), church)
  expect(claim.run(world.as('one'), { type: 'droplet', name: ['church'] }).handoff).toMatchObject({
    note: 'n',
  })
})

test('one that did not move is dropped while anything proves it: the ledger, or the token of who still holds it', () => {
  const short = beforeMove()
  release.run(short.as('one'), church)
  claim.run(short.as('two'), { type: 'droplet', name: ['church'] })
  const long = beforeMove()
  collect(long, 'one')
  for (const world of [short, long]) {
    end.run(world.as('three'), {})
    expect([world.list('handoffs'), begun(world), mailOf(world, 'two')]).toEqual([[], [], []])
  }
})

test('a slot that was lost and mended may have been the move, so the note is kept', () => {
  const world = afterMove()
  release.run(world.as('two'), church)
  const slots = world.list('.state/ledger/droplet-church')
  world.write(`.state/ledger/droplet-church/${slots.at(-2)}`, 'junk')
  world.advance(11_000)
  doctor.run(world.as(null), { fix: true })
  expect([fileIn(world).includes('```text\nn\n```'), begun(world)]).toEqual([true, []])
})

test('a recipient that ends between two ledgers gets the first claims, with the note, and not the others', () => {
  const { world } = createHeld('church', 'tower')
  const real = fs.linkSync.bind(fs)
  let links = 0
  failing('linkSync', 'EKILLED', (from, to) => {
    if (!String(to).includes('/ledger/droplet-') || ++links > 1) return false
    real(from as string, to as string)
    world.write(
      'sessions/two.json',
      JSON.stringify({ ...world.json('sessions/two.json'), status: 'completed' }),
    )
    fs.rmSync(to as string)
    return false
  })
  const ctx = world.as('one')
  const done = hand(world, 'one', { all: true, to: 'two', note: 'half' })
  expect(done.handoff.claims).toHaveLength(1)
  expect([world.list('handoffs').length, begun(world)]).toEqual([1, []])
  expect(ctx.warnings).toEqual([])
  expect(holders(world).map((line) => line.split(' ')[1])).toEqual(['two', 'one'])
})

test('a disk that fails while the ledger moves leaves no note in the dark', () => {
  const { world } = createHeld('church')
  failing('linkSync', 'ENOSPC', (_from, to) => String(to).includes('/ledger/'))
  expect(errorOf(() => hand(world, 'one', { to: 'two', note: 'n' })).code).toBe('disk_full')
  expect([begun(world), world.list('handoffs'), holders(world)[0]!.split(' ')[1]]).toEqual([[], [], 'one'])
})

test('what lies among the begun handoffs under a name that is not its own is left alone', () => {
  const { world } = createHeld()
  const evil = { id: '../../x', at: '2026-11-20T10:00:00.000Z', from: 'one', to: 'two', claims: [] }
  world.write('.state/handing/evil.json', JSON.stringify(evil))
  end.run(world.as('three'), {})
  expect([begun(world), fs.existsSync(path.join(world.dir, 'x.md'))]).toEqual([['evil.json'], false])
})

/** Let the handover that was cut off be of such a process. */
function begunBy(world: World, process: object | null) {
  const file = `.state/handing/${begun(world)[0]}`
  world.write(file, JSON.stringify({ ...world.json(file), process }))
}

const alive = () => ({
  pid: process.ppid,
  pid_started: readProcess(process.ppid)!.started,
  boot_id: bootId(),
  pid_ns: pidNamespace(),
  machine_id: 'ours',
})
const HOUR = 3_600_000

test.each<[string, object, number]>([
  ['that lives', {}, HOUR],
  ['of another pid namespace', { pid_ns: 'pid:[1]', pid: 2 ** 22 + 1 }, HOUR],
  ['of another machine', { boot_id: 'another', machine_id: 'another' }, HOUR],
  ['that is dead', { pid_started: '1' }, 0],
  ['of a boot that is over', { boot_id: 'before', machine_id: machineId() }, 0],
  ['without a pid', { pid: null }, 0],
])('what a process %s has begun is left to it for as long as it may be at it', (_which, facts, time) => {
  const world = afterMove()
  begunBy(world, { ...alive(), ...facts })
  const isLeft = () => {
    const { counts } = gc.run(world.as(null), { 'dry-run': true })
    const { problems } = doctor.run(world.as(null), {})
    inbox.run(world.as('two'), {})
    hand(world, 'three', { note: 'another' })
    return [counts.handoffs, problems.some(({ kind }) => kind === 'unfinished'), begun(world).length]
  }
  claim.run(world.as('three'), { type: 'task', name: ['other'] })
  if (time > 0) {
    world.advance(time - 1000)
    expect(isLeft()).toEqual([0, false, 1])
    claim.run(world.as('three'), { type: 'task', name: ['other'] })
    world.advance(1000)
  }
  expect(isLeft()).toEqual([1, true, 0])
  expect(mailOf(world, 'two')).toHaveLength(1)
})

test('the process that hands over is named while it does, and nobody is once it goes on without', () => {
  const { world } = createHeld('church')
  fs.rmSync(path.join(world.root, 'handoffs'), { recursive: true })
  world.write('handoffs', 'a file')
  const seen: unknown[] = []
  failing('linkSync', 'EKILLED', (_from, to) => {
    if (String(to).includes('/ledger/droplet-'))
      seen.push(world.json(`.state/handing/${begun(world)[0]}`).process)
    return false
  })
  hand(world, 'one', { to: 'two' })
  expect(seen).toEqual([
    expect.objectContaining({ pid: process.pid, boot_id: bootId(), pid_ns: pidNamespace() }),
  ])
  expect(world.json(`.state/handing/${begun(world)[0]}`).process).toBe(null)
})

test('while no handoff file can be written the recipient is told once, and nobody is told that it is finished', () => {
  const { world } = createHeld('church')
  fs.rmSync(path.join(world.root, 'handoffs'), { recursive: true })
  world.write('handoffs', 'a file')
  hand(world, 'one', { to: 'two', note: 'n' })
  for (const by of ['two', 'three']) {
    world.advance(1000)
    const ctx = world.as(by)
    inbox.run(ctx, {})
    expect(ctx.warnings).toContain(
      'a handoff of droplet/church from name-one to name-two was cut off; it will be finished later',
    )
  }
  expect([mailOf(world, 'two').length, begun(world).length]).toEqual([1, 1])
  fs.rmSync(path.join(world.root, 'handoffs'))
  start.run(world.as('three'), { id: 'four' })
  expect([mailOf(world, 'two').length, begun(world), fileIn(world).includes('```text\nn\n')]).toEqual([
    1,
    [],
    true,
  ])
})

test('a recipient that has been told is not told again by who finishes', () => {
  const world = cutOff('told', (each) => isBegun(each) && mailOf(each, 'two').length === 1)
  expect(world.list('handoffs')).toEqual([])
  end.run(world.as('three'), {})
  expect([world.list('handoffs').length, mailOf(world, 'two').length]).toEqual([1, 1])
})

test('who was taken for dead between two ledgers tells of the claims that moved since', () => {
  const { world } = createHeld('church', 'tower')
  let links = 0
  failing('linkSync', 'EKILLED', (_from, to) => {
    if (!String(to).includes('/ledger/droplet-') || ++links !== 2) return false
    fs.rmSync(path.join(world.root, '.state/locks'), { recursive: true })
    inbox.run(world.as('three'), {})
    return false
  })
  const done = hand(world, 'one', { all: true, to: 'two', note: 'both' })
  expect(done.handoff.claims).toHaveLength(2)
  expect(holders(world).map((line) => line.split(' ')[1])).toEqual(['two', 'two'])
  const told = mailOf(world, 'two').map(({ subject }) => subject)
  expect(told.sort()).toEqual(['droplet/church is yours now', 'droplet/tower is yours now'])
  const [whole, part] = [done.handoff.path, done.handoff.path.replace('.md', '-part2.md')].map(world.read)
  expect([whole!.includes('**droplet/church**'), whole!.includes('**droplet/tower**')]).toEqual([true, false])
  expect([part!.includes('**droplet/church**'), part!.includes('**droplet/tower**')]).toEqual([false, true])
  expect([begun(world), world.list('handoffs').length]).toEqual([[], 2])
})
