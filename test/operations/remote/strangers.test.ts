/** What a remote tells that is not this room's, or not of this place: never taken for one's own, never granted against. */
import { once } from 'node:events'
import fs from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { claim } from '../../../src/operations/claim.ts'
import { guard } from '../../../src/operations/guard.ts'
import { remote as remoteOperation } from '../../../src/operations/remote.ts'
import { renew } from '../../../src/operations/renew.ts'
import { pushRefs } from '../../../src/store/remote/git.ts'
import { writeLayout } from '../../../src/store/remote/layout.ts'
import { writeCommit } from '../../../src/store/remote/objects.ts'
import { codeOf, errorOf } from '../../store/helpers.ts'
import { createRemote, git } from '../../store/remote/remotes.ts'
import { copyOf, type Room, roomAt, roomIn, twoRooms } from './clones.ts'

const refsOf = (bare: string) =>
  git(bare, 'for-each-ref', '--format=%(refname)', 'refs/coord/claims').split('\n').filter(Boolean)
const claimsAt = (bare: string): string[] =>
  refsOf(bare).flatMap((ref) =>
    JSON.parse(git(bare, 'show', `${ref}:slot.json`)).claims.map(
      (each: Record<string, string>) => `${each.resource_name} ${each.claimed_by}`,
    ),
  )

/** Change what a room knows of its remote. */
function setting(room: Room, changes: object) {
  const file = path.join(room.world.root, '.state/remote.json')
  fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(file, 'utf8')), ...changes }))
}

/** What a claim comes to, and how long it takes (ms). */
function timed(room: Room, name: string, more: object = {}) {
  const begun = performance.now()
  const ctx = { ...room.as('one'), ...more }
  const result = claim.run(ctx, { type: 'droplet', name: [name] }).claim
  return { claim: result, warnings: ctx.warnings, took_ms: performance.now() - begun }
}

test('the copy of a whole disk is granted nothing that its original holds, and gives nothing of it back', () => {
  const { remote, a } = twoRooms()
  const copy = copyOf(a, 'copy')
  a.take('one', 'src/api/x.ts')
  expect(copy.take('two', 'src/api/x.ts').claim).toMatchObject({ provisional: true })
  expect(copy.take('two', 'src/api/y.ts').claim).toMatchObject({ provisional: true })
  expect(copy.remote('settle').settled!.trouble).toMatchObject({
    kind: 'conflict',
    detail: expect.stringContaining('coord remote setup'),
  })
  expect(claimsAt(remote.bare)).toEqual(['src/api/x.ts one'])
  a.remote('settle')
  expect(a.held()).toEqual(['src/api/x.ts one'])
})

test('with a name of its own a copy loses what the original was first with, and keeps the rest', () => {
  const { remote, a } = twoRooms()
  const copy = copyOf(a, 'copy')
  a.take('one', 'src/api/x.ts')
  copy.take('two', 'src/api/x.ts')
  copy.take('two', 'src/api/y.ts')
  fs.rmSync(path.join(copy.world.root, '.state/remote/contact.json'))
  const { settled } = copy.remote('setup')
  expect(settled).toMatchObject({ trouble: null, lost: [{ resource: 'file/src/api/x.ts' }] })
  expect(copy.remote('status').remote!.machine).not.toBe(a.remote('status').remote!.machine)
  expect(claimsAt(remote.bare).sort()).toEqual(['src/api/x.ts one', 'src/api/y.ts two'])
  a.remote('settle')
  // A session of that id is here as well.
  expect(a.held()).toEqual(['src/api/x.ts one', expect.stringMatching(/^src\/api\/y\.ts two\.\w{8}$/)])
  expect(codeOf(() => a.take('one', 'src/api/y.ts'))).toBe('held')
})

test("what the original held when it was copied is never told as the copy's own once that is known to be one", () => {
  const { a } = twoRooms()
  a.take('one', 'src/api/x.ts')
  const guarded = (room: Room) => guard.run(room.as('one'), { path: ['src/api/x.ts'] })
  const clone = `${a.clone}-plain`
  fs.cpSync(a.clone, clone, { recursive: true })
  const plain = roomAt(clone, 'plain', 'plain')
  expect(codeOf(() => guarded(plain))).toBe('conflict')
  const ctx = plain.as(null)
  remoteOperation.run(ctx, { action: 'setup' })
  expect(ctx.warnings).toEqual([expect.stringContaining('a name of its own')])
  expect(plain.held()).toEqual([expect.stringMatching(/^src\/api\/x\.ts one\.\w{8}$/)])
  const word = { from: 'coord', type: 'claim_lost', details: { resource_name: 'src/api/x.ts' } }
  expect(plain.mail('one')).toMatchObject([word])
  plain.remote('setup')
  expect(plain.mail('one'), 'once').toHaveLength(1)
  expect(codeOf(() => guarded(plain))).toBe('held')
  // One that looks like the original is known when the other of the two has renewed a claim.
  const twin = copyOf(a, 'twin')
  a.world.advance(60_000)
  twin.world.advance(120_000)
  renew.run(a.as('one'), { type: 'file', name: 'src/api/x.ts', for: '9h' })
  expect(twin.remote('settle').settled!.trouble).toMatchObject({ kind: 'conflict' })
  twin.remote('setup')
  expect(twin.mail('one')).toMatchObject([word])
  expect(twin.mail('one')[0]!.message).toContain('coord release file src/api/x.ts --force')
  expect(a.mail('one')).toEqual([])
  expect(codeOf(() => guarded(twin))).toBe('held')
  expect(guarded(a).paths).toMatchObject([{ claim: { claimed_by: 'one' } }])
})

test('what a room gave back while what it kept of the remote was lost is its own still', () => {
  const { remote, a } = twoRooms()
  a.take('one', 'church')
  fs.renameSync(remote.bare, `${remote.bare}.away`)
  a.give('one', 'church')
  fs.renameSync(`${remote.bare}.away`, remote.bare)
  fs.rmSync(path.join(a.world.root, '.state/remote'), { recursive: true })
  expect(a.take('two', 'church').claim).not.toHaveProperty('provisional')
  expect(claimsAt(remote.bare)).toEqual(['church two'])
})

test('what a room gave back after a push of which it never heard is its own still, however much it moved since', () => {
  const { remote, a } = twoRooms()
  a.take('one', 'src/api/x.ts')
  const kept = path.join(a.world.root, '.state/remote')
  for (const name of fs.readdirSync(kept)) if (name.startsWith('file-')) fs.rmSync(path.join(kept, name))
  fs.renameSync(remote.bare, `${remote.bare}.away`)
  a.give('one', 'src/api/x.ts')
  for (let turn = 0; turn < 40; turn++) {
    a.take('one', `other/${turn}.ts`)
    a.give('one', `other/${turn}.ts`)
  }
  fs.renameSync(`${remote.bare}.away`, remote.bare)
  a.world.advance(31_000)
  expect(a.remote('settle').settled!.trouble).toBeNull()
  a.remote('settle')
  expect(claimsAt(remote.bare)).toEqual([])
})

test('a lock that was left at the remote holds a claim up for a bounded time, a hook for as long as it may wait', () => {
  const { remote, a } = twoRooms()
  setting(a, { timeout_ms: 1000 })
  a.take('one', 'church')
  a.give('one', 'church')
  fs.writeFileSync(path.join(remote.bare, `${refsOf(remote.bare)[0]}.lock`), '')
  const hooked = timed(a, 'church', { far_ms: 700 })
  expect(hooked.claim).toMatchObject({ provisional: true })
  expect(hooked.took_ms).toBeLessThan(2500)
  a.give('one', 'church')
  fs.rmSync(path.join(a.world.root, '.state/remote/contact.json'))
  const { claim: taken, took_ms } = timed(a, 'church')
  expect(taken).toMatchObject({ provisional: true })
  expect(took_ms).toBeLessThan(5000)
})

test('a claim waits for a remote that hangs no longer than for one answer', async () => {
  const { a } = twoRooms()
  setting(a, { timeout_ms: 2000 })
  const server = net.createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  git(a.clone, 'remote', 'set-url', 'origin', `http://127.0.0.1:${port}/x.git`)
  const { claim: taken, took_ms } = timed(a, 'church')
  expect(taken).toMatchObject({ provisional: true })
  expect(took_ms).toBeGreaterThan(1900)
  expect(took_ms).toBeLessThan(3800)
})

test.each([
  ['takes several refs at once', true],
  ['does not', false],
])(
  'a remote in another place that is laid out otherwise, and %s, grants nothing until it is set up',
  (_, atomic) => {
    const first = createRemote()
    const { a } = twoRooms(first)
    const other = createRemote()
    if (!atomic) git(other.bare, 'config', 'receive.advertiseAtomic', 'false')
    else {
      const far = other.far(other.clone('seeds'))
      pushRefs(far, [{ ref: 'refs/coord/layout', to: writeLayout(far, 16), was: null }])
    }
    const c = roomIn(other, 'c', ['five'])
    c.remote('setup')
    c.take('five', 'src/x.ts')
    git(a.clone, 'remote', 'set-url', 'origin', other.bare)
    expect(a.take('one', 'src/x.ts').claim).toMatchObject({ provisional: true })
    expect(errorOf(() => a.remote('settle'))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('coord remote setup'),
    })
    expect(claimsAt(other.bare)).toEqual(['src/x.ts five'])
    expect(a.remote('setup').settled).toMatchObject({ trouble: null, lost: [{ resource: 'file/src/x.ts' }] })
    expect(a.held()).toEqual(['src/x.ts five'])
  },
)

test('a lease in a ref that is not its own is not believed, wherever in its slot it stands', () => {
  const { remote, a, b } = twoRooms()
  a.take('one', 'church')
  const [ref = ''] = refsOf(remote.bare)
  const slot = JSON.parse(git(remote.bare, 'show', `${ref}:slot.json`))
  slot.claims.push({ ...slot.claims[0], claim_id: 'another', resource_name: 'tower' })
  const far = remote.far(b.clone)
  const hostile = writeCommit(far, [{ path: 'slot.json', text: JSON.stringify(slot) }], 'x', 0)
  pushRefs(far, [{ ref, to: hostile, was: git(remote.bare, 'rev-parse', ref) }])
  expect(b.remote('settle').settled!.trouble).toMatchObject({
    kind: 'damaged',
    detail: expect.stringContaining('tower'),
  })
  expect(b.held()).toEqual([])
  expect(b.take('three', 'tower').claim).not.toHaveProperty('provisional')
})
