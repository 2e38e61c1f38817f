/** What is said of sessions and claims of other machines: of whom, where it is, and what helps. */
import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { claims } from '../../src/operations/claims.ts'
import { doctor } from '../../src/operations/doctor.ts'
import { handoff } from '../../src/operations/handoff.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { history } from '../../src/operations/history.ts'
import { inbox } from '../../src/operations/inbox.ts'
import { peopleIn } from '../../src/operations/people.ts'
import { release } from '../../src/operations/release.ts'
import { remote } from '../../src/operations/remote.ts'
import { report } from '../../src/operations/report.ts'
import { rescue } from '../../src/operations/rescue.ts'
import { send } from '../../src/operations/send.ts'
import { sessions } from '../../src/operations/sessions.ts'
import { status } from '../../src/operations/status.ts'
import { sync } from '../../src/operations/sync.ts'
import { worldIn } from '../helpers/world.ts'
import { errorOf } from '../store/helpers.ts'
import { ENV, git } from '../store/remote/remotes.ts'
import { createTeam, type Machine, stateRef, type Team } from './synced.ts'

type Shown = ReturnType<typeof sessions.run>['sessions'][number]

let team: Team
let a: Machine
let b: Machine
let c: Machine

const PATH = 'src/x.ts'
const FILE = { type: 'file', name: [PATH] }

const seen = (at: Machine) =>
  sessions.run(at.as(null), { all: true }).sessions as ({ machine?: string } & Shown)[]

beforeEach(() => {
  team = createTeam(3)
  ;[a, b, c] = team.machines as [Machine, Machine, Machine]
})

test('A refusal names the holder elsewhere, never a session here that has its id', () => {
  a.world.start('s-x', { name: 'xa' })
  b.world.start('s-x', { name: 'xb' })
  claim.run(a.as('s-x'), FILE)
  const refused = () => errorOf(() => claim.run(b.as('s-b'), FILE)).message
  expect(refused()).toContain(`is held by s-x @${a.id} (not heard of yet)`)
  a.sync()
  b.sync()
  expect(refused()).toMatch(new RegExp(`is held by xa @${a.id} \\(idle, seen \\ds ago\\)`))
  claim.run(b.as('s-x'), { type: 'droplet', name: ['own'] })
  const own = errorOf(() => claim.run(b.as('s-b'), { type: 'droplet', name: ['own'] }))
  expect(own.message).toContain('is held by xb (idle')
})

test('Who loses a claim reads by whom, by name, and what to do; its history tells it', () => {
  a.world.start('s-anna', { name: 'anna' })
  b.world.start('s-bob', { name: 'bob' })
  team.round()
  team.round()
  const away = `${team.bare}.away`
  fs.renameSync(team.bare, away)
  claim.run(a.as('s-anna'), FILE)
  team.advance(1000)
  claim.run(b.as('s-bob'), FILE)
  fs.renameSync(away, team.bare)
  team.advance(60_000)
  a.sync()
  const subject = `file/${PATH} is held by anna @${a.id}: the remote took that claim before it was offered this one`
  expect(b.sync().notes).toEqual([`bob: ${subject}`])
  expect(inbox.run(b.as('s-bob'), {}).messages).toMatchObject([
    { subject: `${subject}: stop, and ask for it`, message: `coord request file ${PATH} --reason "…"` },
  ])
  const told = history.run(b.as('s-bob'), {}).acts.map(({ status: act, message }) => `${act}: ${message}`)
  expect(told).toContain(`lost: ${subject}: stop, and ask for it`)
  expect(heartbeat.run(b.as('s-bob'), { action: 'building' }).lost).toMatchObject([
    {
      why: `not taken by the remote, which had a claim of anna @${a.id}`,
      now: `anna @${a.id} holds it now`,
    },
  ])
  const [token] = claims.run(a.as('s-anna'), { mine: true }).claims.map((each) => each.token)
  expect(inbox.run(a.as('s-anna'), {}).messages).toMatchObject([{ message: `file/${PATH}: token ${token}` }])
})

test('What who it is kept for gives back counts as released, for all machines; what goes by force as forced', () => {
  b.world.start('s-bob', { name: 'bob' })
  team.round()
  team.round()
  const keep = () => {
    team.advance(1000)
    claim.run(a.as('s-a'), FILE)
    handoff.run(a.as('s-a'), { type: 'file', name: PATH, to: 'bob', note: 'go on' })
    team.round()
    team.advance(1000)
  }
  const endsAt = (at: Machine) => {
    const { past } = claims.run(at.as(null), { resource: `file/${PATH}` })
    return past!.filter((tenure) => tenure.kept_for).map(({ ended, reason }) => ({ ended, reason }))
  }
  keep()
  release.run(b.as('s-bob'), { type: 'file', name: PATH })
  team.round()
  const released = { ended: 'released', reason: undefined }
  for (const machine of team.machines) expect(endsAt(machine), machine.id).toEqual([released])
  keep()
  release.run(b.as('s-b'), { type: 'file', name: PATH, force: true, reason: 'bob is away' })
  team.round()
  for (const machine of team.machines)
    expect(endsAt(machine)[0], machine.id).toEqual({ ended: 'forced', reason: 'bob is away' })
})

test('Without a remote, mail of sessions elsewhere needs nobody', () => {
  b.world.start('s-bob', { name: 'bob' })
  team.round()
  team.round()
  send.run(a.as('s-a'), { to: 'bob', subject: 'hello' })
  remote.run(a.as(null), { action: 'off' })
  expect(status.run(a.as('s-a'), {})).toMatchObject({ needs: [], mailboxes: [] })
  expect(doctor.run(a.as(null), {}).problems).toEqual([])
})

test('Status says when the remote takes no claims until somebody acts, and nothing while it is only away', () => {
  for (const action of ['off', 'setup']) remote.run(a.as(null), { action })
  const needs = () => status.run(a.as('s-a'), {}).needs.filter(({ kind }) => kind === 'remote')
  const away = `${team.bare}.away`
  fs.renameSync(team.bare, away)
  claim.run(a.as('s-a'), FILE)
  expect(needs()).toEqual([])
  git(team.dir, 'init', '-q', '--bare', team.bare)
  team.advance(60_000)
  claim.run(a.as('s-a'), { type: 'file', name: ['src/y.ts'] })
  expect(needs()).toMatchObject([
    {
      text: 'claims here are provisional: origin holds nothing of coord any more',
      act: 'coord remote setup',
    },
  ])
  remote.run(a.as(null), { action: 'setup' })
  expect(needs()).toEqual([])
  const copy = path.join(team.dir, 'copy')
  fs.cpSync(a.dir, copy, { recursive: true })
  expect(status.run(worldIn(copy, 98_000).as('s-a', ENV), {}).needs).toMatchObject([
    { kind: 'remote', text: expect.stringContaining('is a copy of another'), act: 'coord remote setup' },
  ])
})

test('A machine that goes without the remote has left; one whose ref the remote lost with all others has not', () => {
  team.round()
  team.round()
  const gone = () => {
    const absent = a.sync().machines.filter(({ state }) => state === 'absent')
    return absent.map(({ machine, detail }) => `${machine}: ${detail}`)
  }
  for (const { id } of team.machines) git(team.bare, 'update-ref', '-d', stateRef(id))
  const lost = [b, c].map(({ id }) => `${id}: its ref is not at the remote`)
  expect(gone()).toEqual(lost)
  expect(gone(), 'its own ref is there again').toEqual(lost)
  expect(seen(a).map(({ liveness }) => liveness.level)).toEqual(['fresh', 'fresh', 'fresh'])
  b.sync()
  expect(gone()).toEqual(lost.slice(1))
  remote.run(b.as(null), { action: 'off' })
  expect(gone()).toEqual([`${b.id}: it left: its ref is not at the remote`, lost[1]])
  const [left] = seen(a).filter(({ machine }) => machine === b.id)
  expect(left).toMatchObject({ status: 'abandoned', ended_how: 'its machine left the remote' })
})

test('A copied clone shows the sessions of its original once, until one gives a sign in it', () => {
  b.world.start('s-bob', { name: 'bob' })
  team.round()
  team.round()
  const dir = path.join(team.dir, 'copy')
  fs.cpSync(b.dir, dir, { recursive: true })
  const world = worldIn(dir, 99_000)
  const as = (session: string | null) => world.as(session, ENV)
  world.advance(1000)
  remote.run(as(null), { action: 'setup' })
  const copy: Machine = { id: '', dir, world, as, sync: () => b.sync() }
  const live = () =>
    seen(copy).flatMap(({ session_id, status: state }) => (state === 'abandoned' ? [] : session_id))
  sync.run(as(null), {})
  const there = ['s-a', `s-b.${b.id}`, `s-bob.${b.id}`, 's-c']
  expect(live().sort()).toEqual(there)
  expect(peopleIn(as(null)).called(`s-bob.${b.id}`)).toBe('bob')
  world.advance(1000)
  world.start('s-bob')
  expect(live().sort()).toEqual([...there, 's-bob'].sort())
})

test('The report says which sessions are on other machines; rescue what may be done for one here', () => {
  a.sync()
  b.sync()
  const { sessions: reported, observations } = report.run(b.as('s-b'), { 'no-log': true })
  expect(reported!.find(({ session_id }) => session_id === 's-a')).toMatchObject({ machine: a.id })
  const texts = observations!.map(({ text }) => text).join('\n')
  expect(texts).toMatch(new RegExp(`Sessions on 2 machines: .*@${a.id}: s-a`))
  expect(texts).not.toMatch(/no PID known: .*s-a/)
  const error = errorOf(() => rescue.run(b.as('s-b'), { session_id: 's-a' }))
  expect(error.hint).toContain('coord release TYPE NAME --force --reason "…", then coord claim TYPE NAME')
})
