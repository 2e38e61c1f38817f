/** What is said of claims that the remote has given to another: to who gives them back, who had them, and who gets them. */
import { expect, test } from 'vitest'
import { claim } from '../../../src/operations/claim.ts'
import { doctor } from '../../../src/operations/doctor.ts'
import { guard } from '../../../src/operations/guard.ts'
import { heartbeat } from '../../../src/operations/heartbeat.ts'
import { inbox } from '../../../src/operations/inbox.ts'
import { release } from '../../../src/operations/release.ts'
import { request } from '../../../src/operations/request.ts'
import { status } from '../../../src/operations/status.ts'
import { sync } from '../../../src/operations/sync.ts'
import { codeOf, errorOf } from '../../store/helpers.ts'
import { git } from '../../store/remote/remotes.ts'
import { twoRooms } from './clones.ts'

const HOUR = 3_600_000

test('who gives back what another machine has taken over meanwhile has lost it, and nobody is told that it is free', () => {
  const { a, b, advance } = twoRooms()
  a.take('one', 'church')
  b.remote('settle')
  advance(6 * HOUR)
  b.take('three', 'church')
  const error = errorOf(() => release.run(a.as('one'), { type: 'droplet', name: 'church' }))
  expect(error).toMatchObject({ code: 'lost', details: { holder: { claimed_by: 'three' } } })
  expect(a.world.list('messages/broadcast')).toEqual([])
  expect([a.held(), b.held()]).toEqual([['church three'], ['church three']])
})

test('who gives back what was forced away from another machine hears so, also where nobody holds it now', () => {
  const { a, b } = twoRooms()
  a.take('one', 'church')
  b.remote('settle')
  b.give('three', 'church', { force: true, reason: 'the build waits' })
  const error = errorOf(() => a.give('one', 'church'))
  expect([error.code, error.message]).toEqual(['lost', expect.stringContaining('the build waits')])
  expect(b.mail('one'), 'its own machine tells it').toEqual([])
})

test('what a round of sync found lost, and what was forced here, the next heartbeat tells once with who and why; status until it was read', () => {
  const { a, b, advance } = twoRooms()
  a.take('one', 'church')
  b.remote('settle')
  b.give('three', 'church', { force: true, reason: 'the build waits' })
  a.remote('settle')
  a.take('one', 'tower')
  a.give('two', 'tower', { force: true, reason: 'it hangs' })
  const lost = () => status.run(a.as('one'), {}).needs.filter(({ kind }) => kind === 'lost')
  expect(lost()).toMatchObject([
    { text: expect.stringContaining('droplet/church'), act: 'coord inbox' },
    { text: expect.stringContaining('droplet/tower') },
  ])
  advance(1000)
  const beat = heartbeat.run(a.as('one'), { action: 'building' })
  const { machine } = b.world.json('.state/remote.json')
  expect(beat.lost?.sort((x, y) => (x.resource_name < y.resource_name ? -1 : 1))).toMatchObject([
    {
      ...{ resource_name: 'church', ended: 'forced', by: 'three', by_machine: machine, holder: null },
      ...{ reason: 'the build waits', why: `released by force by three @${machine}: the build waits` },
    },
    { resource_name: 'tower', ended: 'forced', by: 'two', why: 'released by force by two: it hangs' },
  ])
  expect(heartbeat.run(a.as('one'), { action: 'building' })).not.toHaveProperty('lost')
  inbox.run(a.as('one'), {})
  expect(lost()).toEqual([])
})

test('who gets what another machine held where the remote has lost that is warned whose it was', () => {
  const { remote, a, b } = twoRooms()
  a.take('one', 'church')
  b.remote('settle')
  const ref = git(remote.bare, 'for-each-ref', '--format=%(refname)', 'refs/coord/claims')
  git(remote.bare, 'update-ref', '-d', ref)
  const ctx = b.as('three')
  expect(claim.run(ctx, { type: 'droplet', name: ['church'] }).claim).not.toHaveProperty('provisional')
  expect(ctx.warnings.join()).toContain('droplet/church of one @')
})

test('doctor tells of a remote that lost what clones agree by, as soon as a claim met that, with the one way out', () => {
  const { remote, a, advance } = twoRooms()
  a.take('one', 'church')
  git(remote.bare, 'update-ref', '-d', 'refs/coord/layout')
  const amiss = () => doctor.run(a.as(null), {}).problems.filter(({ kind }) => kind === 'sync')
  expect(a.take('one', 'tower').claim).toHaveProperty('provisional')
  const detail =
    'origin has lost refs/coord/layout, by which clones agree on refs, while one other ref of coord is left'
  expect(amiss()).toMatchObject([{ detail, fix: 'coord remote setup' }])
  advance(60_000)
  expect(codeOf(() => sync.run(a.as(null), {}))).toBe('conflict')
  expect(amiss()).toMatchObject([{ detail, fix: 'coord remote setup' }])
  a.remote('setup')
  sync.run(a.as(null), {})
  expect([amiss(), a.held()]).toEqual([[], ['church one', 'tower one']])
})

test('that nobody holds something is said with the age of what is known of other machines', () => {
  const { a, advance } = twoRooms()
  expect(guard.run(a.as('one'), { path: ['x.ts'] }).as_of).toBeNull()
  sync.run(a.as('one'), {})
  const as_of = new Date(a.world.now).toISOString()
  advance(12_000)
  expect(guard.run(a.as('one'), { path: ['x.ts'] }).as_of).toBe(as_of)
  const asked = errorOf(() => request.run(a.as('one'), { type: 'droplet', name: 'church', reason: 'please' }))
  expect([asked.message, asked.details.as_of]).toEqual([
    'nobody holds droplet/church as of the last look 12s ago: coord sync',
    as_of,
  ])
  const forced = errorOf(() => a.give('one', 'church', { force: true, reason: 'now' }))
  expect([forced.code, forced.message]).toEqual([
    'not_found',
    'there is no claim of droplet/church as of the last look 12s ago: coord sync',
  ])
  a.take('one', 'x.ts')
  expect(guard.run(a.as('one'), { path: ['x.ts'] })).not.toHaveProperty('as_of')
})
