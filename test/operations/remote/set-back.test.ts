/** Refs that the remote has lost or set back: the room's claims in them are offered again, those of others bind no more, and it is said. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { config } from '../../../src/operations/config.ts'
import { guard } from '../../../src/operations/guard.ts'
import { dropForgotten, knownBefore, listClaims } from '../../../src/operations/remote/reading.ts'
import { takeAsSeen } from '../../../src/operations/remote/set-back.ts'
import { ledgerOf } from '../../../src/operations/remote/transact.ts'
import { sync } from '../../../src/operations/sync.ts'
import { fetchHeads, knownHead } from '../../../src/store/remote/heads.ts'
import { loadRemote } from '../../../src/store/remote/setting.ts'
import { codeOf, errorOf } from '../../store/helpers.ts'
import { git } from '../../store/remote/remotes.ts'
import { type Room, twoRooms } from './clones.ts'

const refsOf = (bare: string, below = 'refs/coord/claims') =>
  git(bare, 'for-each-ref', '--format=%(refname)', below).split('\n').filter(Boolean)
const drop = (bare: string, refs: string[]) => {
  for (const ref of refs) git(bare, 'update-ref', '-d', ref)
}
const claimsAt = (bare: string) => [
  ...new Set(
    refsOf(bare).flatMap((ref) =>
      JSON.parse(git(bare, 'show', `${ref}:slot.json`)).claims.map(
        (each: Record<string, string>) => `${each.resource_name} ${each.claimed_by}`,
      ),
    ),
  ),
]
const settle = (room: Room) => room.remote('settle').settled!

test('claims of this room whose refs are gone are offered again by a round, those of others bind nobody any more', () => {
  const { remote, a, b } = twoRooms()
  a.take('one', 'church')
  a.take('one', 'src/a.ts')
  b.take('three', 'tower')
  settle(a)
  const gone = refsOf(remote.bare)
  drop(remote.bare, gone)
  expect(a.remote('status')).toMatchObject({ pending: [], behind: 3 })
  const ctx = a.as(null)
  const round = sync.run(ctx, {})
  expect([...round.claims.set_back].sort()).toEqual(gone)
  expect(round.claims).toMatchObject({ taken: 2, lost: [] })
  expect(round.notes).toHaveLength(1)
  for (const part of [
    'origin has lost or set back 3 refs of claims: 2 claims of this room are offered again (',
    'droplet/church',
    '1 of others binds nobody any more (droplet/tower of three @',
  ])
    expect(round.notes[0]).toContain(part)
  expect(ctx.warnings, 'once').toEqual([])
  expect(a.held()).toEqual(['church one', 'src/a.ts one'])
  expect(a.take('two', 'tower').claim).not.toHaveProperty('provisional')
  expect(settle(b)).toMatchObject({ taken: 0, lost: [{ resource: 'droplet/tower' }] })
  expect(b.held()).toEqual(['church one', 'src/a.ts one', 'tower two'])
  expect(b.mail('three')).toMatchObject([
    {
      type: 'claim_lost',
      subject: expect.stringContaining('the remote had lost it'),
      details: { holder: { claimed_by: 'two' } },
    },
  ])
  const again = a.as(null)
  expect([sync.run(again, {}).claims, again.warnings]).toEqual([
    { taken: 0, lost: [], read: 0, set_back: [] },
    [],
  ])
})

test('tokens grow over refs that were lost, also by a clock that is behind where the room has seen what was given', () => {
  const { remote, a, b, advance } = twoRooms()
  b.take('three', 'docs/b.ts')
  advance(6000)
  const { token } = a.take('one', 'src/api/x.ts').claim
  a.give('one', 'src/api/x.ts')
  drop(remote.bare, refsOf(remote.bare))
  advance(1000)
  const second = b.take('three', 'src/api/x.ts').claim.token
  expect(second, 'of what nobody here has seen').toBeGreaterThan(token)
  b.give('three', 'src/api/x.ts')
  a.world.advance(3_600_000)
  const third = a.take('one', 'src/api/x.ts').claim.token
  expect(third).toBeGreaterThan(second)
  a.give('one', 'src/api/x.ts')
  for (const name of ['seen', 'forgotten']) {
    settle(b)
    if (name === 'seen') drop(remote.bare, refsOf(remote.bare))
  }
  expect(b.take('three', 'src/api/x.ts').claim.token).toBeGreaterThan(third)
})

test('a claim whose file was removed, where that releases it, is not offered again to a remote that lost it', () => {
  const { remote, a, advance } = twoRooms()
  config.run(a.as(null), { action: 'set', key: 'compat.rmReleases', value: 'true' })
  a.take('one', 'church')
  advance(10_000)
  for (const file of a.world.list('claims')) fs.rmSync(path.join(a.world.root, 'claims', file))
  drop(remote.bare, refsOf(remote.bare))
  const ctx = a.as(null)
  expect(sync.run(ctx, {}).claims).toMatchObject({ taken: 0, lost: [] })
  expect(ctx.warnings.join()).not.toContain('offered again')
  expect([a.held(), claimsAt(remote.bare), a.mail('one')]).toEqual([[], [], []])
})

test('a remote that can not be reached takes away nothing', () => {
  const { remote, a, b } = twoRooms()
  a.take('one', 'church')
  settle(b)
  drop(remote.bare, refsOf(remote.bare))
  fs.renameSync(remote.bare, `${remote.bare}.away`)
  expect(errorOf(() => b.remote('settle'))).toMatchObject({
    code: 'busy',
    details: { remote: 'origin', trouble: 'unreachable', settled: { taken: 0 } },
  })
  expect(codeOf(() => sync.run(b.as(null), {}))).toBe('busy')
  expect([a.held(), b.held()]).toEqual([['church one'], ['church one']])
  fs.renameSync(`${remote.bare}.away`, remote.bare)
  settle(b)
  expect(b.held()).toEqual([])
})

test('a ref that was set back to an older value gets back what was claimed since', () => {
  const { remote, a, b } = twoRooms()
  b.take('three', 'src/api/b.ts')
  const [ref = ''] = refsOf(remote.bare)
  const old = git(remote.bare, 'rev-parse', ref)
  a.take('one', 'src/api/a.ts')
  git(remote.bare, 'update-ref', ref, old)
  expect(settle(a)).toMatchObject({ lost: [], trouble: null, set_back: [ref] })
  expect(claimsAt(remote.bare).sort()).toEqual(['src/api/a.ts one', 'src/api/b.ts three'])
})

test('a ref that was set back, and moved on by others beyond where it was seen, has lost what was claimed between', () => {
  const { remote, a, b, advance } = twoRooms()
  a.take('one', 'src/api/warm.ts')
  const [ref = ''] = refsOf(remote.bare)
  const old = git(remote.bare, 'rev-parse', ref)
  settle(b)
  const { token } = a.take('one', 'src/api/a.ts').claim
  advance(1000)
  git(remote.bare, 'update-ref', ref, old)
  for (const name of ['src/api/a.ts', 'src/api/b.ts']) b.take('three', name)
  b.give('three', 'src/api/a.ts')
  expect(settle(a)).toMatchObject({ lost: [], trouble: null, set_back: [ref] })
  expect(claimsAt(remote.bare).sort()).toEqual([
    'src/api/a.ts one',
    'src/api/b.ts three',
    'src/api/warm.ts one',
  ])
  expect(a.held().filter((each) => each.includes('?'))).toEqual([])
  expect(a.take('one', 'src/api/a.ts').claim.token).toBeGreaterThan(token)
})

test('a ref that others made anew, and moved further than it was, has lost what this room held there', () => {
  const { remote, a, b } = twoRooms()
  a.take('one', 'src/api/x.ts')
  drop(remote.bare, refsOf(remote.bare))
  b.take('three', 'src/api/y.ts')
  b.take('three', 'src/api/z.ts')
  b.give('three', 'src/api/z.ts')
  expect(settle(a)).toMatchObject({ lost: [], set_back: [expect.stringContaining('/file/')] })
  expect(claimsAt(remote.bare).sort()).toEqual(['src/api/x.ts one', 'src/api/y.ts three'])
})

test('a glob of which the remote lost a part is offered whole, and lost where another was faster', () => {
  const { remote, a, b } = twoRooms()
  a.take('one', 'src/{api,web}/**')
  const [part = '', rest = ''] = refsOf(remote.bare)
  expect(rest).not.toBe('')
  drop(remote.bare, [part])
  expect(settle(a)).toMatchObject({ taken: 1, lost: [], set_back: [part] })
  expect(refsOf(remote.bare)).toEqual([part, rest])
  for (const name of ['src/api/x.ts', 'src/web/x.ts'])
    expect(codeOf(() => b.take('three', name))).toBe('held')
  drop(remote.bare, [part])
  const free = ['src/api/x.ts', 'src/web/x.ts'].filter((name) => {
    try {
      return b.take('three', name).claim
    } catch {
      return false
    }
  })
  expect(free).toHaveLength(1)
  expect(settle(a).lost).toMatchObject([{ claimed_by: 'one' }])
  expect(claimsAt(remote.bare)).toEqual([`${free[0]} three`])
  expect(
    a
      .mail('one')
      .map(({ type }) => type)
      .sort(),
  ).toEqual(['claim_lost', 'claim_taken'])
})

test('a claim that waits after the remote lost it stays so until the remote takes it, and gives way to who is first', () => {
  const { remote, a, b } = twoRooms()
  a.take('one', 'church')
  a.take('one', 'src/a.ts')
  settle(b)
  drop(remote.bare, [...refsOf(remote.bare), 'refs/coord/layout'])
  expect(a.remote('status').remote!.trouble).toMatchObject({ kind: 'refused' })
  const failed = errorOf(() => a.remote('settle'))
  expect(failed).toMatchObject({ code: 'conflict', details: { trouble: 'refused', pending: [{}, {}] } })
  expect(failed.message).toContain('holds nothing of coord any more: coord remote setup')
  expect(a.held()).toEqual(['church one?', 'src/a.ts one?'])
  expect(guard.run(a.as('one'), { path: ['src/a.ts'] }).paths).toMatchObject([
    { claim: { provisional: true } },
  ])
  expect(b.held(), 'who knows what that remote is').toEqual(['church one', 'src/a.ts one'])
  expect(codeOf(() => sync.run(a.as(null), {}))).toBe('conflict')
  expect(a.take('two', 'tower').claim).toHaveProperty('provisional')
  expect(refsOf(remote.bare)).toEqual([])
  b.remote('setup')
  expect(b.held()).toEqual([])
  fs.rmSync(path.join(b.world.root, '.state/remote/contact.json'), { force: true })
  b.take('three', 'church')
  expect(a.remote('setup').settled).toMatchObject({ trouble: null, lost: [{ resource: 'droplet/church' }] })
  expect(a.held()).toEqual(['church three', 'src/a.ts one', 'tower two'])
})

test('what a round had read and not yet told the ledger, when it was killed, the next one tells it', () => {
  const { a, b } = twoRooms()
  // What b has kept of the remote is as new as a's, its ledger is not.
  const read = () => {
    for (const name of a.world.list('.state/remote').filter((each) => each.startsWith('one-')))
      fs.copyFileSync(
        path.join(a.world.root, '.state/remote', name),
        path.join(b.world.root, '.state/remote', name),
      )
  }
  b.take('three', 'tower')
  a.take('one', 'church')
  read()
  expect([settle(b).read, b.held()]).toEqual([0, ['church one', 'tower three']])
  a.give('one', 'church')
  read()
  expect([settle(b).read, b.held()]).toEqual([0, ['tower three']])
})

test('refs that are no slot, and names that only end like ours, are nothing to be behind of', () => {
  const { remote, a, b } = twoRooms()
  a.take('one', 'church')
  const [ref = ''] = refsOf(remote.bare)
  settle(b)
  git(remote.bare, 'update-ref', `refs/heads/${ref}`, 'refs/heads/main')
  git(remote.bare, 'update-ref', 'refs/coord/claims/strange', 'refs/heads/main')
  expect(b.remote('status').behind).toBe(0)
  git(remote.bare, 'update-ref', ref, 'refs/heads/main')
  expect(b.remote('status').behind).toBe(1)
  expect(settle(b).trouble).toMatchObject({ kind: 'damaged' })
  expect(b.remote('status').behind).toBe(0)
  expect(b.held(), 'not read is not gone').toEqual(['church one'])
})

test('what another process of the room brings to a remote that was asked already is no loss of it', () => {
  const { a } = twoRooms()
  a.take('one', 'src/api/a.ts')
  const ctx = a.as('two')
  const room = ctx.room()
  const ledger = ledgerOf(ctx, room, loadRemote(room)!)
  const before = knownBefore(ctx, ledger)
  const listed = listClaims(ledger)
  const [ref] = [...before.get('file')!.heads].flatMap(([each, head]) => (head ? each : []))
  const read = fetchHeads(ledger, [ref!], ctx.now())
  if (!listed.ok || !read.ok) throw new Error('the remote did not answer')
  a.take('one', 'src/api/b.ts')
  a.take('one', 'church')
  const newest = knownHead(room, ref!)
  const result = { taken: 0, lost: [], read: 0, set_back: [], again: [], unbound: [], trouble: null }
  dropForgotten(ctx, ledger, listed.result, before, 'two', result)
  expect(takeAsSeen(ctx, ledger, 'file', read.result, 'two', before.get('file')!)).toEqual({
    refs: [],
    again: [],
    unbound: [],
  })
  expect([result.set_back, ctx.warnings]).toEqual([[], []])
  expect(a.held()).toEqual(['church one', 'src/api/a.ts one', 'src/api/b.ts one'])
  expect(knownHead(room, ref!)).toEqual(newest)
})
