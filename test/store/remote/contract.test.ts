/** What every ledger of claims promises, whatever it stands on: the same tests for the room's own and for one at a remote. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { init } from '../../../src/operations/init.ts'
import type { Slot } from '../../../src/protocol/records.ts'
import { append, readHead } from '../../../src/store/ledger.ts'
import { appendFar, type FarHead, type FarLedger, fetchHeads } from '../../../src/store/remote/heads.ts'
import type { RemoteSetting } from '../../../src/store/remote/setting.ts'
import { temporaryDirectory } from '../../helpers/directories.ts'
import { worldIn } from '../../helpers/world.ts'
import { DOMAIN, slotAfter } from '../ledger-room.ts'
import { createRemote, git } from './remotes.ts'

interface Read {
  n: number
  slot: Slot | null
}

/** One of several who use a ledger at once. */
interface User {
  read(): Read
  append(head: Read, slot: Slot): boolean
}

const REF = 'refs/coord/claims/one/0'
const NOW = { wall: Date.parse('2026-11-20T10:00:00.000Z'), boot: null }

/** Two who use the ledger of one room. */
function atHome(): [User, User] {
  const world = worldIn(temporaryDirectory())
  init.run(world.as(null), {})
  const user = (): User => {
    const room = world.as(null).room()
    return { read: () => readHead(room, DOMAIN), append: (head, slot) => append(room, DOMAIN, head, slot) }
  }
  return [user(), user()]
}

/** Two clones that use one ref. */
function abroad(remote = createRemote(), ...settings: string[]): [User, User] {
  const user = (name: string, machine: string): User => {
    const clone = remote.clone(name)
    if (settings.length > 0) git(clone, 'config', ...settings)
    const world = worldIn(clone)
    init.run(world.as(null), {})
    const ledger: FarLedger = {
      room: world.as(null).room(),
      setting: { machine } as RemoteSetting,
      far: remote.far(clone),
    }
    let latest: FarHead = { ref: REF, oid: null, slot: null, sights: {} }
    const heads = new Map<Slot | null, FarHead>([[null, latest]])
    return {
      read() {
        const answer = fetchHeads(ledger, [REF], NOW)
        if (!answer.ok) throw new Error(answer.trouble.detail)
        latest = answer.result[0]!
        heads.set(latest.slot, latest)
        return { n: latest.slot?.n ?? 0, slot: latest.slot }
      },
      append(head, slot) {
        const sent = { ...slot, n: head.n + 1, machine }
        const answer = appendFar(ledger, [{ head: heads.get(head.slot)!, slot: sent }], NOW)
        if (!answer.ok) expect(answer.trouble.kind).toBe('lease')
        return answer.ok
      },
    }
  }
  return [user('one', 'aaaaaaaa'), user('two', 'bbbbbbbb')]
}

const LEDGERS: [string, () => [User, User]][] = [
  ["a room's own", atHome],
  ['at a remote on this disk', () => abroad()],
  // As anywhere else: by git push.
  ['at a remote', () => abroad(createRemote(), 'remote.origin.receivepack', 'git-receive-pack')],
]

test.each(LEDGERS)(
  '%s: nothing was decided at first; each append is the next head, for everybody',
  (_what, create) => {
    const [one, two] = create()
    expect(two.read()).toEqual({ n: 0, slot: null })
    for (let n = 1; n <= 3; n++) {
      const [user, other] = n % 2 ? [one, two] : [two, one]
      const head = user.read()
      const slot = slotAfter(head)
      expect(user.append(head, slot)).toBe(true)
      expect(other.read()).toMatchObject({ n, slot })
      expect(slot.prev_op).toBe(head.slot?.op_id ?? null)
    }
  },
)

test.each(LEDGERS)('%s: of two that read the same head one wins, and its slot stays', (_what, create) => {
  const [one, two] = create()
  for (let round = 0; round < 3; round++) {
    const [mine, yours] = [one.read(), two.read()]
    expect(one.append(mine, slotAfter(mine, `winner${round}`))).toBe(true)
    expect(two.append(yours, slotAfter(yours, `loser${round}`))).toBe(false)
    expect(two.read()).toMatchObject({ n: mine.n + 1, slot: { op_id: `winner${round}` } })
  }
})

test.each(LEDGERS)('%s: who slept through a hundred moves does not write into the past', (_what, create) => {
  const [one, two] = create()
  const early = two.read()
  const moves = create === atHome ? 100 : 12
  for (let n = 0; n < moves; n++) {
    const head = one.read()
    one.append(head, slotAfter(head))
  }
  expect(two.append(early, slotAfter(early, 'late'))).toBe(false)
  expect(one.read()).toMatchObject({ n: moves })
  expect(one.read().slot!.op_id).not.toBe('late')
})

test.each(LEDGERS)('%s: a move whose answer was lost is found again by its id', (_what, create) => {
  const [one] = create()
  const head = one.read()
  const slot = slotAfter(head)
  expect(one.append(head, slot)).toBe(true)
  const again = one.read()
  expect(again).toMatchObject({ n: 1, slot: { op_id: slot.op_id } })
})

test.each([[[]], [['remote.origin.receivepack', 'git-receive-pack']]])(
  'a push that was cut off after the remote took it counts, since the ref is read back (%j)',
  (settings) => {
    const remote = createRemote()
    const [one, two] = abroad(remote, ...settings)
    // The hook runs when the refs are moved, and takes the connection with it.
    const hook = path.join(remote.bare, 'hooks/post-receive')
    fs.writeFileSync(hook, '#!/bin/sh\nkill -9 $PPID\n', { mode: 0o755 })
    const head = one.read()
    expect(one.append(head, slotAfter(head, 'cut'))).toBe(true)
    fs.rmSync(hook)
    expect(two.read()).toMatchObject({ n: 1, slot: { op_id: 'cut' } })
    git(remote.bare, 'fsck', '--strict')
  },
)
