/** A claim that another machine keeps for a session here: it is met as one's own to take, shown as such, and nobody's once its session has ended. */
import fs from 'node:fs'
import { beforeEach, expect, test, vi } from 'vitest'
import { board } from '../../src/operations/board.ts'
import { claim } from '../../src/operations/claim.ts'
import { claims } from '../../src/operations/claims.ts'
import { end } from '../../src/operations/end.ts'
import { guard } from '../../src/operations/guard.ts'
import { handoff } from '../../src/operations/handoff.ts'
import { guardWrites } from '../../src/operations/hook-guard.ts'
import { inbox } from '../../src/operations/inbox.ts'
import { release } from '../../src/operations/release.ts'
import { remote } from '../../src/operations/remote.ts'
import { request } from '../../src/operations/request.ts'
import { status } from '../../src/operations/status.ts'
import { timeline } from '../../src/operations/timeline.ts'
import { wait } from '../../src/operations/wait.ts'
import { loadSession } from '../../src/store/sessions.ts'
import { errorOf } from '../store/helpers.ts'
import { createTeam, type Machine, type Team } from './synced.ts'

let team: Team
let a: Machine
let b: Machine
let c: Machine

const PATH = 'src/x.ts'
const FILE = { type: 'file', name: [PATH] }

const tell = (...machines: Machine[]) => {
  for (const machine of machines) machine.sync()
}

/** `anna` on machine a has handed what she claimed to `bob` on b, and all have read it; `id` is hers, also where another room has it. */
function kept(id = 's-anna', name = PATH) {
  a.world.start(id, { name: 'anna' })
  tell(b, a)
  claim.run(a.as(id), { type: 'file', name: [name] })
  handoff.run(a.as(id), { type: 'file', name, to: 'bob', note: 'go on' })
  tell(a, b)
}

const hook = (at: Machine, id: string, path: string) => {
  const ctx = at.as(id)
  const room = ctx.room()
  const session = loadSession(room, id)!
  const memory = { refused: [] } as never
  return guardWrites({ ctx, room, id, session, memory, coord: () => null }, [path], at.dir)
}

const held = (at: Machine) => claims.run(at.as(null), {}).claims

beforeEach(() => {
  team = createTeam(3)
  ;[a, b, c] = team.machines as [Machine, Machine, Machine]
  b.world.start('s-bob', { name: 'bob' })
  b.world.start('s-eve', { name: 'eve' })
})

test('The guard before a write takes what is kept for the session over, a glob as a whole, and no other may write it', () => {
  kept('s-anna', 'src/**')
  tell(c)
  expect(hook(b, 's-eve', PATH)).toContain(`held by bob, for whom @${a.id} keeps it until claimed (`)
  expect(hook(c, 's-c', PATH)).toContain(`held by bob @${b.id}, for whom @${a.id} keeps it until claimed (`)
  expect(hook(b, 's-bob', PATH)).toBeNull()
  expect(held(b)).toMatchObject([{ claimed_by: 's-bob', resource_name: 'src/**', machine: b.id }])
  expect(held(b)[0]).not.toHaveProperty('kept_for')
  tell(a)
  expect(held(a)).toMatchObject([{ claimed_by: 's-bob', machine: b.id }])
})

test('What a hook claims waits for the disk where a remote is set, and nowhere else', () => {
  const waited: string[] = []
  const { fsyncSync } = fs
  const spy = vi.spyOn(fs, 'fsyncSync').mockImplementation((fd) => {
    waited.push(fs.readlinkSync(`/proc/self/fd/${fd}`))
    fsyncSync(fd)
  })
  const slots = () => waited.splice(0).filter((file) => file.includes('.state/ledger/'))
  expect(hook(b, 's-bob', PATH)).toBeNull()
  expect(slots()).not.toEqual([])
  remote.run(b.as(null), { action: 'off' })
  waited.length = 0
  expect(hook(b, 's-bob', 'src/y.ts')).toBeNull()
  expect(held(b).map(({ resource_name }) => resource_name)).toEqual([PATH, 'src/y.ts'])
  expect(slots()).toEqual([])
  spy.mockRestore()
})

test('Guard and wait say that it is kept for who asks, who need not wait for itself; a token is only that of a claim', () => {
  kept()
  const { paths } = guard.run(b.as('s-bob'), { path: [PATH] })
  expect(paths).toMatchObject([{ path: PATH, kept: true, claim: { claimed_by: 's-bob' } }])
  expect(errorOf(() => guard.run(b.as('s-eve'), { path: [PATH] })).code).toBe('held')
  expect(errorOf(() => guard.run(b.as(null), { path: [PATH] })).code).toBe('held')
  const { token } = paths[0]!.claim!
  expect(errorOf(() => guard.run(b.as('s-bob'), { path: [PATH], token })).code).toBe('lost')
  expect(wait.run(b.as('s-bob'), { type: 'file', name: PATH })).toMatchObject({
    ...{ free: false, already: true, claim: { claimed_by: 's-bob' } },
  })
  expect(errorOf(() => wait.run(b.as('s-eve'), { type: 'file', name: PATH })).code).toBe('held')
})

test('Released by the session that it is kept for it is given back: everybody may have it', () => {
  kept()
  expect(errorOf(() => release.run(b.as('s-eve'), { type: 'file', name: PATH })).code).toBe('not_owner')
  expect(release.run(b.as('s-bob'), { type: 'file', name: PATH }).claim.resource_name).toBe(PATH)
  expect(claim.run(c.as('s-c'), FILE).claim.claimed_by).toBe('s-c')
  tell(a)
  expect(held(a)).toMatchObject([{ claimed_by: 's-c', machine: c.id }])
})

test('Lists name the session, also where the giver has an id that is somebody else’s here, until it was claimed', () => {
  kept('s-bob')
  const giver = `s-bob.${a.id}`
  expect(held(b)).toMatchObject([
    { claimed_by: 's-bob', holder_name: 'bob', kept_for: { machine: b.id, by: giver } },
  ])
  const needs = () => status.run(b.as('s-bob'), {}).needs.filter(({ kind }) => kind === 'kept')
  inbox.run(b.as('s-bob'), {})
  expect(needs()).toMatchObject([
    {
      text: `file/${PATH} is kept for bob (you) by anna @${a.id} for 30m more`,
      session_ids: ['s-bob'],
      act: `coord claim file ${PATH}`,
    },
  ])
  claim.run(b.as('s-bob'), FILE)
  expect(needs()).toEqual([])
  const { past } = claims.run(b.as('s-bob'), { resource: `file/${PATH}` })
  expect(past![0]).toMatchObject({ claimed_by: 's-bob', holder_name: 'bob', kept_for: { by: giver } })
})

test('Board, lanes and past holders tell of it in the name of the session, and where its giver is', () => {
  a.world.start('s-anna', { name: 'anna' })
  tell(b, a)
  claim.run(a.as('s-anna'), FILE)
  tell(b)
  team.advance(1000)
  handoff.run(a.as('s-anna'), { type: 'file', name: PATH, to: 'bob', note: 'go on' })
  tell(a, b)
  const boardAt = (at: Machine) => board.run(at.as(null), { print: true }).board!.replaceAll('\u2060', '')
  const line = `- **file/${PATH}** - bob`
  expect(boardAt(b)).toContain(
    `- file/${PATH} is kept for bob by anna @${a.id} for 30m more · \`coord claim file ${PATH}\``,
  )
  expect(boardAt(b)).toMatch(/- bob \(expires in 30m, [^)]*, kept until claimed\)/)
  expect(boardAt(a)).toContain(`${line} @${b.id} (`)
  expect(boardAt(a)).toContain('None detected')
  team.advance(10 * 60_000)
  tell(c)
  const quiet = () => status.run(c.as(null), {}).needs.filter(({ kind }) => kind === 'quiet')
  expect(quiet(), 'what is kept for it nobody holds').toEqual([])
  claim.run(b.as('s-bob'), FILE)
  tell(a, c)
  const pastAt = (at: Machine) => claims.run(at.as(null), { resource: `file/${PATH}` }).past
  const ofBob = { claimed_by: 's-bob', ended: 'taken_over', by: 's-bob' }
  const ofAnna = { claimed_by: 's-anna', ended: 'handed_over', by: 's-bob' }
  expect(pastAt(b)).toMatchObject([ofBob, { ...ofAnna, machine: a.id }])
  expect(pastAt(b)![0]).not.toHaveProperty('machine')
  expect(pastAt(b)![1]).not.toHaveProperty('by_machine')
  expect(pastAt(a)).toMatchObject([
    { ...ofBob, machine: b.id, by_machine: b.id, kept_for: { session: 's-bob' } },
    { ...ofAnna, by_machine: b.id },
  ])
  expect(pastAt(c)).toMatchObject([{ ...ofBob, machine: b.id, by_machine: b.id }])
  const lanes = timeline.run(b.as(null), {}).lanes.filter(({ claims: bars }) => bars.length > 0)
  expect(lanes.map(({ label }) => label).sort()).toEqual([`anna @${a.id}`, 'bob'])
})

test('It is nobody’s once the session that it was kept for has ended, there, at its keeper, and elsewhere', () => {
  kept()
  tell(c)
  end.run(b.as('s-bob'), {})
  expect(errorOf(() => claim.run(c.as('s-c'), FILE)).code).toBe('held')
  expect(guard.run(b.as('s-eve'), { path: [PATH] }).paths).toMatchObject([{ free: true }])
  tell(b, c, a)
  expect(guard.run(a.as('s-a'), { path: [PATH] }).paths).toMatchObject([{ free: true }])
  expect(hook(c, 's-c', PATH)).toBeNull()
  tell(a, b)
  expect(held(b)).toMatchObject([{ claimed_by: 's-c', machine: c.id }])
  expect(held(a)).toMatchObject([{ claimed_by: 's-c', machine: c.id }])
})

test('Who asks a holder elsewhere learns when it is asked, and that nobody can grant what is kept', () => {
  a.world.start('s-anna', { name: 'anna' })
  claim.run(a.as('s-anna'), FILE)
  tell(b, a, c)
  const ask = (at: Machine, by: string) =>
    request.run(at.as(by), { type: 'file', name: PATH, reason: 'a fix' }) as Record<string, unknown>
  expect(ask(c, 's-c')).toMatchObject({ recipient: 'other_machine' })
  expect(ask(a, 's-a')).not.toHaveProperty('recipient')
  handoff.run(a.as('s-anna'), { type: 'file', name: PATH, to: 'bob', note: 'go on' })
  tell(c)
  expect(errorOf(() => ask(c, 's-c'))).toMatchObject({
    code: 'conflict',
    message: `file/${PATH} is kept for bob @${b.id}, who has not claimed it: nobody can grant it yet`,
  })
})
