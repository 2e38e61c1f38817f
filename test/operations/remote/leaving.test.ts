/** How a clone stands with its remote, how it goes without, and what it leaves there. */
import fs from 'node:fs'
import { expect, test } from 'vitest'
import { send } from '../../../src/operations/send.ts'
import { sync } from '../../../src/operations/sync.ts'
import { type Room, twoRooms } from './clones.ts'

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
