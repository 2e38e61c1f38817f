/** Claims between clones: what one holds no other gets, whatever the network does meanwhile. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { claim } from '../../../src/operations/claim.ts'
import { doctor } from '../../../src/operations/doctor.ts'
import { handoff } from '../../../src/operations/handoff.ts'
import { heartbeat } from '../../../src/operations/heartbeat.ts'
import { release } from '../../../src/operations/release.ts'
import { renew } from '../../../src/operations/renew.ts'
import { status } from '../../../src/operations/status.ts'
import { pushRefs } from '../../../src/store/remote/git.ts'
import { writeCommit } from '../../../src/store/remote/objects.ts'
import { codeOf, errorOf } from '../../store/helpers.ts'
import { createRemote, git, untouched } from '../../store/remote/remotes.ts'
import { type Room, roomIn, twoRooms } from './clones.ts'

const HOUR = 3_600_000
const away = (bare: string, run: () => void) => {
  fs.renameSync(bare, `${bare}.away`)
  try {
    run()
  } finally {
    fs.renameSync(`${bare}.away`, bare)
  }
}

test('what one clone holds another does not get, until it is given back; tokens only grow', () => {
  const { a, b } = twoRooms()
  const first = a.take('one', 'church').claim
  expect(first).not.toHaveProperty('provisional')
  expect(errorOf(() => b.take('three', 'CHURCH'))).toMatchObject({
    code: 'held',
    details: { holder: { claimed_by: 'one', token: first.token } },
  })
  expect(b.held()).toEqual(['church one'])
  const seen = status.run(b.as('three'), {})
  expect([seen.needs.filter(({ kind }) => kind === 'orphaned'), seen.unregistered]).toEqual([[], []])
  expect(doctor.run(b.as(null), {}).problems.filter(({ kind }) => kind === 'orphaned')).toEqual([])
  a.give('one', 'church')
  const second = b.take('three', 'church').claim
  expect(second.token).toBeGreaterThan(first.token)
  expect(codeOf(() => a.take('one', 'church'))).toBe('held')
  expect(a.held()).toEqual(['church three'])
})

test('within one room its own ledger still decides, and the other room sees who won', () => {
  const { a, b } = twoRooms()
  a.take('one', 'church')
  expect(codeOf(() => a.take('two', 'church'))).toBe('held')
  expect(codeOf(() => b.take('three', 'church'))).toBe('held')
})

test('paths and globs of two clones exclude each other over all refs', () => {
  const { a, b } = twoRooms()
  a.take('one', 'src/a.ts', 'src/b.ts', 'lib/c.ts')
  expect(codeOf(() => b.take('three', 'src/**'))).toBe('held')
  expect(codeOf(() => b.take('three', 'docs/x.md', 'lib/c.ts'))).toBe('held')
  expect(b.held().filter((each) => each.endsWith('three'))).toEqual([])
  b.take('three', 'docs/x.md')
  b.take('three', 'test/**')
  expect(codeOf(() => a.take('one', 'test/deep/y.ts'))).toBe('held')
  b.give('three', 'test/**')
  a.take('one', 'test/deep/y.ts')
})

test('a renewal and a handoff reach the other clone', () => {
  const { a, b } = twoRooms()
  const held = a.take('one', 'church').claim
  const longer = renew.run(a.as('one'), { type: 'droplet', name: 'church', for: '10h' }).claim
  handoff.run(a.as('one'), { type: 'droplet', name: 'church', to: 'two', note: 'go on' })
  const { holder } = errorOf(() => b.take('three', 'church')).details as { holder: Record<string, unknown> }
  expect(holder).toMatchObject({ claimed_by: 'two', expires_at: longer.expires_at })
  expect(Number(holder.token)).toBeGreaterThan(held.token)
})

test('a claim of another machine is over only past its end and margin, and seen unmoved; then it is taken over', () => {
  const { a, b, advance } = twoRooms()
  const old = a.take('one', 'church').claim
  advance(HOUR)
  expect(b.remote('settle').settled).toMatchObject({ read: 1 })
  advance(3 * HOUR + 10_000)
  expect(codeOf(() => b.take('three', 'church'))).toBe('held')
  advance(40_000)
  expect(codeOf(() => b.take('three', 'church'))).toBe('held')
  advance(HOUR - 51_000)
  expect(codeOf(() => b.take('three', 'church'))).toBe('held')
  advance(2000)
  const { claim, took_over } = b.take('three', 'church')
  expect(took_over).toMatchObject({ claimed_by: 'one' })
  expect(claim.token).toBeGreaterThan(old.token)
  expect(codeOf(() => renew.run(a.as('one'), { type: 'droplet', name: 'church' }))).toBe('lost')
})

test('a claim that the remote took while another process of the room gave it up is decided anew, and then stands', () => {
  const { a, b, advance } = twoRooms()
  a.take('one', 'church')
  expect(codeOf(() => b.take('three', 'church'))).toBe('held')
  advance(5 * HOUR)
  const ctx = b.as('three')
  let isGivenUp = false
  const random = (length: number) => {
    // It is offered, and not pushed yet: another process looks that was stopped while the lease before still ran.
    if (!isGivenUp && b.held().includes('church three?')) {
      isGivenUp = true
      b.world.advance(-4 * HOUR)
      b.remote('settle')
      b.world.advance(4 * HOUR)
      expect(b.held()).toEqual(['church one'])
    }
    return ctx.random(length)
  }
  const taken = claim.run({ ...ctx, random }, { type: 'droplet', name: ['church'] }).claim
  expect(isGivenUp).toBe(true)
  expect(taken).not.toHaveProperty('provisional')
  expect(b.held()).toEqual(['church three'])
  expect(b.give('three', 'church', { token: taken.token })).not.toHaveProperty('already')
})

test('a clock that runs hours ahead does not take over a claim that its holder renews in time', () => {
  const { a, b, advance } = twoRooms()
  a.take('one', 'church')
  b.world.advance(24 * HOUR)
  expect(codeOf(() => b.take('three', 'church'))).toBe('held')
  for (let turn = 0; turn < 5; turn++) {
    advance(2 * HOUR)
    expect(codeOf(() => b.take('three', 'church'))).toBe('held')
    renew.run(a.as('one'), { type: 'droplet', name: 'church' })
  }
  expect(a.held()).toEqual(['church one'])
})

test('a claim is forced away from another machine, whose holder loses it', () => {
  const { a, b } = twoRooms()
  a.take('one', 'church')
  codeOf(() => b.take('three', 'church'))
  b.give('three', 'church', { force: true, reason: 'gone' })
  b.take('three', 'church')
  expect(codeOf(() => renew.run(a.as('one'), { type: 'droplet', name: 'church', for: '9h' }))).toBe('lost')
  expect(a.held()).toEqual(['church three'])
})

test('without the remote a claim is provisional, and says so; the first that the remote takes stands, the loser is told', () => {
  const { remote, a, b, advance } = twoRooms()
  away(remote.bare, () => {
    const ctx = a.as('one')
    expect(a.take('one', 'church').claim).toMatchObject({ provisional: true, claimed_by: 'one' })
    expect(b.take('three', 'church').claim).toMatchObject({ provisional: true })
    expect(a.held()).toEqual(['church one?'])
    expect(ctx.warnings).toEqual([])
    expect(a.remote('status')).toMatchObject({
      pending: [{ what: 'claim', resource_name: 'church', claimed_by: 'one' }],
      remote: { trouble: { kind: 'unreachable' } },
      behind: null,
    })
    expect(a.world.json('claims/droplet-church.claim')).toMatchObject({ provisional: true })
  })
  advance(60_000)
  expect(b.remote('settle').settled).toMatchObject({ taken: 1, lost: [], trouble: null })
  expect(a.remote('settle').settled).toMatchObject({
    taken: 0,
    lost: [{ resource: 'droplet/church', claimed_by: 'one' }],
  })
  expect([a.held(), b.held()]).toEqual([['church three'], ['church three']])
  expect(a.mail('one')).toMatchObject([{ type: 'claim_lost', from: 'coord' }])
  expect(b.mail('three')).toMatchObject([
    { type: 'claim_taken', subject: expect.stringContaining('droplet/church is yours') },
  ])
  expect(a.remote('status')).toMatchObject({ pending: [], behind: 0 })
})

test('a claim that the remote takes under another token is told to its session, which goes on with that', () => {
  const { remote, a, b, advance } = twoRooms()
  a.take('one', 'church')
  b.take('three', 'tower')
  a.give('one', 'church')
  for (let turn = 0; turn < 3; turn++) {
    b.take('three', 'church')
    b.give('three', 'church')
  }
  away(remote.bare, () => void a.take('one', 'church'))
  advance(60_000)
  expect(a.remote('settle').settled).toMatchObject({ taken: 1, lost: [] })
  const { token } = a.world.json('claims/droplet-church.claim')
  expect(a.mail('one')).toMatchObject([{ type: 'claim_taken', details: { your_token: token } }])
  expect(heartbeat.run(a.as('one'), { action: 'building' })).not.toHaveProperty('lost')
  expect(a.mail('one')).toHaveLength(1)
})

test('what was given back and prolonged without the remote goes there with the next move', () => {
  const { remote, a, b, advance } = twoRooms()
  a.take('one', 'x.ts')
  a.take('one', 'church')
  away(remote.bare, () => {
    a.give('one', 'x.ts')
    const until = '2026-11-20T14:00:00.000Z'
    const renewed = renew.run(a.as('one'), { type: 'droplet', name: 'church', for: '9h' })
    expect(renewed.claim).toMatchObject({ expires_at: '2026-11-20T19:00:00.000Z', taken_until: until })
    expect(a.held()).toEqual(['church one'])
    expect(
      a
        .remote('status')
        .pending.map(({ what }) => what)
        .sort(),
    ).toEqual(['release', 'renew'])
  })
  advance(60_000)
  expect(a.remote('settle').settled).toMatchObject({ taken: 2, lost: [] })
  b.take('three', 'x.ts')
  expect(errorOf(() => b.take('three', 'church')).details.holder).toMatchObject({
    expires_at: '2026-11-20T19:00:00.000Z',
  })
  expect(a.held()).toContain('church one')
})

test('a heartbeat renews without a question to the remote, which learns of it by the next round', () => {
  const { remote, a, b, advance } = twoRooms()
  a.take('one', 'church')
  advance(3 * HOUR)
  away(remote.bare, () => {
    heartbeat.run(a.as('one'), { action: 'building' })
    expect(a.remote('status').pending).toMatchObject([{ what: 'renew', resource_name: 'church' }])
    expect(a.held()).toEqual(['church one'])
    expect(a.world.json('claims/droplet-church.claim')).toMatchObject({
      expires_at: '2026-11-20T17:00:00.000Z',
      taken_until: '2026-11-20T14:00:00.000Z',
    })
    advance(1.5 * HOUR)
    expect(a.held(), 'others may have it now').toEqual(['church one?'])
  })
  expect(a.remote('settle').settled).toMatchObject({ taken: 1, lost: [] })
  expect(a.held()).toEqual(['church one'])
  expect(a.world.json('claims/droplet-church.claim')).not.toHaveProperty('taken_until')
  expect(codeOf(() => b.take('three', 'church'))).toBe('held')
})

test('a hook does not wait for a remote that hangs: what is new is provisional, the rest is for the next round', () => {
  const { a, advance } = twoRooms()
  a.take('one', 'church')
  git(a.clone, 'config', 'protocol.ext.allow', 'always')
  git(a.clone, 'remote', 'set-url', 'origin', 'ext::sleep 60')
  const hook = () => ({ ...a.as('one'), far_ms: 300 })
  const take = (name: string) => claim.run(hook(), { type: 'droplet', name: [name] }).claim
  const since = performance.now()
  expect(take('tower')).toMatchObject({ provisional: true })
  const waited = performance.now() - since
  expect(waited, 'one limit for all questions').toBeLessThan(9000)
  expect(take('nave')).toMatchObject({ provisional: true })
  advance(3 * HOUR)
  renew.run(hook(), { type: 'droplet', name: 'church' })
  release.run(hook(), { type: 'droplet', name: 'nave', 'no-announce': true })
  git(a.clone, 'remote', 'set-url', 'origin', '../remote.git')
  expect(a.take('one', 'crypt').claim, 'others ask it at once').not.toHaveProperty('provisional')
  expect(a.remote('settle').settled).toMatchObject({ taken: 2, lost: [], trouble: null })
  expect(a.held()).toEqual(['church one', 'crypt one', 'tower one'])
})

test('a remote that did not answer is left alone for half a minute', () => {
  const { remote, a, advance } = twoRooms()
  away(remote.bare, () => void a.take('one', 'church'))
  expect(a.take('one', 'tower').claim).toHaveProperty('provisional')
  advance(31_000)
  expect(a.take('one', 'nave').claim).not.toHaveProperty('provisional')
})

test('a claim of another machine is not forced away while the remote is', () => {
  const { remote, a, b } = twoRooms()
  a.take('one', 'church')
  codeOf(() => b.take('three', 'church'))
  away(remote.bare, () => {
    expect(codeOf(() => b.give('three', 'church', { force: true, reason: 'gone' }))).toBe('busy')
    expect(b.held()).toEqual(['church one'])
  })
})

test('a remote that was set back is named, and the claims it forgot are offered again', () => {
  const { remote, a, b } = twoRooms()
  a.take('one', 'church')
  const refs = git(remote.bare, 'for-each-ref', '--format=%(refname)', 'refs/coord/claims').split('\n')
  for (const ref of refs) git(remote.bare, 'update-ref', '-d', ref)
  const ctx = a.as('one')
  renew.run(ctx, { type: 'droplet', name: 'church', for: '9h' })
  expect(ctx.warnings.join()).toContain('1 claim of this room is offered again')
  expect(codeOf(() => b.take('three', 'church'))).toBe('held')
})

test('a ref that holds something else is named, stops nobody else, and no name in it leads out of the room', () => {
  const { remote, a, b } = twoRooms()
  a.take('one', 'church')
  const [ref] = git(remote.bare, 'for-each-ref', '--format=%(refname)', 'refs/coord/claims').split('\n')
  const was = git(remote.bare, 'rev-parse', ref!)
  const far = remote.far(b.clone)
  git(b.clone, 'fetch', '-q', 'origin', ref!)
  const slot = JSON.parse(git(b.clone, 'show', 'FETCH_HEAD:slot.json'))
  slot.claims[0].claimed_by = '../../../evil'
  const hostile = writeCommit(far, [{ path: 'slot.json', text: JSON.stringify(slot) }], 'x', 0)
  pushRefs(far, [{ ref: ref!, to: hostile, was }])
  const ctx = b.as('three')
  expect(b.take('three', 'church').claim).toHaveProperty('provisional')
  expect(ctx.warnings).toEqual([])
  expect(b.remote('status').remote!.trouble).toBeNull()
  expect(b.remote('settle').settled!.trouble).toMatchObject({
    kind: 'damaged',
    detail: expect.stringContaining(ref!),
  })
  expect(fs.readdirSync(path.dirname(b.clone)).sort()).toEqual(['a', 'b', 'remote.git', 'seed'])
  b.world.advance(60_000)
  expect(b.take('three', 'tower').claim).not.toHaveProperty('provisional')
})

test('one name on two machines is two holders', () => {
  const remote = createRemote()
  const a = roomIn(remote, 'a', ['one'])
  const b = roomIn(remote, 'b', ['one'])
  a.remote('setup')
  b.remote('setup')
  a.take('one', 'church')
  expect(codeOf(() => b.take('one', 'church'))).toBe('held')
  expect(b.held()[0]).toMatch(/^church one\.[a-z2-7]{8}$/)
  expect(codeOf(() => b.take('one', 'church'))).toBe('held')
  expect(codeOf(() => b.give('one', 'church'))).toBe('not_owner')
})

test('branch, index, files, refs and objects of the user stay as they are', () => {
  const remote = createRemote()
  const rooms = [roomIn(remote, 'a', ['one']), roomIn(remote, 'b', ['three'])] as const
  const [a, b] = rooms
  const look = () =>
    rooms.map(({ clone }) => [
      ...untouched(clone),
      git(clone, 'for-each-ref'),
      git(clone, 'count-objects', '-v').replace(/^size.*$/gm, ''),
    ])
  fs.writeFileSync(path.join(a.clone, 'README'), 'changed\n')
  const before = look()
  for (const room of rooms) room.remote('setup')
  a.take('one', 'church')
  codeOf(() => b.take('three', 'church'))
  b.take('three', 'src/**')
  b.remote('settle')
  a.give('one', 'church')
  expect(look().map((each) => each.slice(1))).toEqual(before.map((each) => each.slice(1)))
})

test('what is kept of the remote may be lost at any time, and is thrown away after hours', () => {
  const { a, b } = twoRooms()
  const kept = (room: Room) => room.world.list('.state/remote').filter((name) => name.startsWith('git-'))
  a.take('one', 'church')
  const old = path.join(a.world.root, '.state/remote/git-7')
  fs.renameSync(path.join(a.world.root, '.state/remote', kept(a)[0]!), old)
  a.give('one', 'church')
  b.take('three', 'church')
  expect(codeOf(() => a.take('one', 'church'))).toBe('held')
  expect(kept(a)).toHaveLength(1)
  expect(fs.existsSync(old)).toBe(false)
})

test('a glob that was given back is gone in the other clone, whatever it stood beside', () => {
  const { a, b } = twoRooms()
  a.take('one', 'src/a.ts')
  a.take('one', '**')
  b.remote('settle')
  expect(b.held()).toEqual(['** one', 'src/a.ts one'])
  a.give('one', 'src/a.ts')
  a.give('one', '**')
  const { settled } = b.remote('settle')
  expect([b.held(), settled!.read > 1]).toEqual([[], true])
})

/** The context of a session in whose room a round settles what waits, as soon as a claim of its own is there. */
function disturbed(room: ReturnType<typeof roomIn>, by: string, waits: string) {
  const ctx = room.as(by)
  let isDone = false
  const now = () => {
    if (!isDone && room.held().includes(waits)) {
      isDone = true
      room.remote('settle')
    }
    return ctx.now()
  }
  return { ...ctx, now }
}

test('a claim that a round of its room settles away while it is offered is decided anew, not granted', () => {
  const { a, b } = twoRooms()
  a.take('one', 'church')
  const asked = { type: 'droplet', name: ['church'] }
  expect(codeOf(() => claim.run(disturbed(b, 'three', 'church three?'), asked))).toBe('held')
  expect(b.held()).toEqual(['church one'])
  // Offered by the round, it is granted as the remote took it.
  const taken = claim.run(disturbed(b, 'three', 'tower three?'), { type: 'droplet', name: ['tower'] }).claim
  expect(taken).toMatchObject({ claimed_by: 'three', machine: expect.any(String) })
  expect(codeOf(() => a.take('one', 'tower'))).toBe('held')
})

test('a renewal of a claim that waits, and that a round settles away meanwhile, is refused', () => {
  const { remote, a, b } = twoRooms()
  away(remote.bare, () => b.take('three', 'church'))
  a.take('one', 'church')
  b.world.advance(31_000)
  // It has longer than is asked for, so nothing is to be changed.
  const asked = { type: 'droplet', name: 'church', for: '1m' }
  const ctx = b.as('three')
  let looks = 0
  const now = () => {
    if (looks++ === 1) b.remote('settle')
    return ctx.now()
  }
  expect(codeOf(() => renew.run({ ...ctx, now }, asked))).toBe('lost')
  expect(b.held()).toEqual(['church one'])
})
