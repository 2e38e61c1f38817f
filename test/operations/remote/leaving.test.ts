/** How a clone stands with its remote, how it goes without, and what it leaves there. */
import fs from 'node:fs'
import { expect, test } from 'vitest'
import { claim } from '../../../src/operations/claim.ts'
import { doctor } from '../../../src/operations/doctor.ts'
import { overview } from '../../../src/operations/overview.ts'
import { send } from '../../../src/operations/send.ts'
import { sync } from '../../../src/operations/sync.ts'
import { codeOf } from '../../store/helpers.ts'
import { git } from '../../store/remote/remotes.ts'
import { type Room, twoRooms } from './clones.ts'

const DAY = 86_400_000
const round = (room: Room) => sync.run(room.as(null), {})
const tell = (room: Room, from: string, to: string) =>
  send.run(room.as(from), { to, subject: 'hello', 'to-unknown': true })

test('status tells how the exchange stands: what is not published, who is known, who published since, what failed', () => {
  const { remote, a, b, advance } = twoRooms()
  expect(a.remote('status')).toMatchObject({
    machines_behind: 0,
    sync: { synced_at: null, published_at: null, unpublished: true, machines: [] },
  })
  round(a)
  const at = '2026-11-20T10:00:00.000Z'
  expect(a.remote('status').sync).toMatchObject({ synced_at: at, published_at: at, unpublished: false })
  tell(a, 'one', 'three')
  expect(a.remote('status').sync).toMatchObject({ unpublished: true })
  round(b)
  advance(60_000)
  expect(a.remote('status')).toMatchObject({ machines_behind: 1 })
  round(a)
  expect(a.remote('status')).toMatchObject({
    machines_behind: 0,
    sync: {
      unpublished: false,
      failures: 0,
      machines: [{ sessions: 1, at, read_at: '2026-11-20T10:01:00.000Z' }],
    },
  })
  fs.renameSync(remote.bare, `${remote.bare}.away`)
  expect(() => round(a)).toThrow('does not answer')
  expect(a.remote('status')).toMatchObject({
    machines_behind: null,
    sync: { failures: 1, trouble: expect.stringContaining('unreachable'), machines: [{}] },
  })
})

test('who goes without gives back what it has there and keeps nothing of it; claims go on here', () => {
  const { remote, a, b } = twoRooms()
  a.take('one', 'church')
  a.take('one', 'src/**')
  b.take('three', 'tower')
  round(a)
  round(b)
  const states = () => git(remote.bare, 'for-each-ref', '--format=%(refname)', 'refs/coord/state').split('\n')
  expect(states()).toHaveLength(2)
  expect(a.remote('off').leaving).toEqual({
    ...{ remote: 'origin', given_back: 2, left_refs: [], left_claims: 0, left_until: null, trouble: null },
  })
  expect(states()).toHaveLength(1)
  expect(a.held()).toEqual(['church one', 'src/** one'])
  expect(a.world.list('.state').filter((name) => /^(remote|sync)/.test(name))).toEqual(['remote-off.json'])
  const ctx = b.as(null)
  sync.run(ctx, {})
  expect(ctx.warnings).toEqual([])
  b.take('three', 'church')
  b.take('three', 'src/a.ts')
  expect(b.held()).toEqual(['church three', 'src/a.ts three', 'tower three'])
  expect(
    a
      .remote('setup')
      .settled!.lost.map(({ resource }) => resource)
      .sort(),
  ).toEqual(['droplet/church', 'file/src/**'])
})

test('who goes without while the remote is away is told what is left there', () => {
  const { remote, a } = twoRooms()
  a.take('one', 'church')
  round(a)
  const { machine } = a.world.json('.state/remote.json')
  fs.renameSync(remote.bare, `${remote.bare}.away`)
  expect(a.remote('off').leaving).toMatchObject({
    ...{ given_back: 0, left_refs: [`refs/coord/state/${machine}`], left_claims: 1 },
    ...{ left_until: '2026-11-20T14:00:00.000Z', trouble: { kind: 'unreachable' } },
  })
  expect(a.held()).toEqual(['church one'])
  expect(a.remote('off')).toMatchObject({ already: true })
})

test('a copy of a room gives back nothing of the room that it was copied from', () => {
  const { remote, a } = twoRooms()
  a.take('one', 'church')
  round(a)
  const before = git(remote.bare, 'for-each-ref')
  fs.renameSync(a.world.root, `${a.world.root}.old`)
  fs.cpSync(`${a.world.root}.old`, a.world.root, { recursive: true })
  a.remote('off')
  expect(git(remote.bare, 'for-each-ref')).toBe(before)
})

test('what went by force is told as that though who used it goes without the remote then', () => {
  const { a, b } = twoRooms()
  a.take('one', 'src/api/x.ts')
  b.take('three', 'src/api/y.ts')
  b.give('three', 'src/api/x.ts', { force: true, reason: 'gone' })
  b.remote('off')
  a.remote('settle')
  expect(a.mail('one')).toMatchObject([
    { type: 'claim_lost', details: { how: 'force', by: 'three', reason: 'gone' } },
  ])
})

test('a ref without claims goes after a week; its successor gives higher tokens, and nobody takes that for a set back', () => {
  const { remote, a, b, advance } = twoRooms()
  const refs = () =>
    git(remote.bare, 'for-each-ref', '--format=%(refname)', 'refs/coord/claims/one').split('\n')
  a.take('one', 'church')
  a.give('one', 'church')
  for (let turn = 0; turn < 3; turn++) {
    b.take('three', 'church')
    if (turn < 2) b.give('three', 'church')
  }
  const { token } = b.give('three', 'church').claim
  b.take('three', 'tower')
  round(b)
  expect(refs()).toHaveLength(2)
  advance(8 * DAY)
  b.take('three', 'nave')
  round(b)
  expect(refs(), 'that of church is gone').toHaveLength(2)
  const ctx = a.as('one')
  const again = claim.run(ctx, { type: 'droplet', name: ['church'] }).claim
  expect(ctx.warnings).toEqual([])
  expect(again).not.toHaveProperty('provisional')
  expect(again.token).toBeGreaterThan(token!)
  expect(codeOf(() => b.take('three', 'church'))).toBe('held')
  expect(refs()).toHaveLength(3)
})

test('a claim that waits for hours is told by doctor and as an alert, a copied room by doctor', () => {
  const { remote, a, advance } = twoRooms()
  const faults = () =>
    doctor
      .run(a.as(null), {})
      .problems.filter(({ kind }) => ['provisional', 'sync'].includes(kind))
      .map(({ kind, path }) => `${kind} ${path}`)
  const alerting = () => overview.run(a.as(null), {}).sessions.flatMap(({ claims }) => claims)
  fs.renameSync(remote.bare, `${remote.bare}.away`)
  a.take('one', 'church')
  expect(faults()).toEqual([])
  advance(2 * 3_600_000)
  expect(faults()).toEqual(['provisional claims/droplet-church.claim'])
  expect(alerting()).toMatchObject([{ provisional_since: '2026-11-20T10:00:00.000Z' }])
  fs.renameSync(`${remote.bare}.away`, remote.bare)
  a.remote('settle')
  expect(faults()).toEqual([])
  expect(alerting()[0]).not.toHaveProperty('provisional_since')
  fs.renameSync(a.world.root, `${a.world.root}.old`)
  fs.cpSync(`${a.world.root}.old`, a.world.root, { recursive: true })
  expect(faults()).toEqual(['sync .state/remote.json'])
})
