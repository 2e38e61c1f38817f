import { expect, test } from 'vitest'
import type { Session } from '../../src/protocol/records.ts'
import { gatherSigns, signsOf } from '../../src/store/signs.ts'
import { createWorld, EPOCH } from '../helpers/world.ts'
import { listing } from './helpers.ts'

const MINUTE = 60_000
const script = (session_id: string): Session => ({ session_id, status: 'active' })
const own = (session_id: string): Session => ({
  ...script(session_id),
  last_seen: new Date(EPOCH).toISOString(),
})

function createSigns() {
  const world = createWorld()
  const room = world.as(null).room()
  const beat = (name: string, time: string) =>
    world.write(`heartbeats/${name}.json`, JSON.stringify({ session_id: 'a', timestamp: time }))
  return { world, room, beat }
}

test('the newest of heartbeat, message and status line is the sign of a session that tells none itself', () => {
  const { world, room, beat } = createSigns()
  const seen = () => gatherSigns(room, [script('a')], EPOCH).seen.get('a')
  beat('2026-11-20_09-30-00-000-a', '2026-11-20T09:30:00.000Z')
  expect(seen()).toBe(EPOCH - 30 * MINUTE)
  world.write('messages/broadcast/2026-11-20_09-40-00-000-a.json', '{"from":"a","to":"broadcast"}')
  expect(seen()).toBe(EPOCH - 20 * MINUTE)
  world.write(
    'status/a_status.json',
    '{"timestamp":"2026-11-20T09:50:00Z","session":"a","status":"working"}\n',
  )
  expect(seen()).toBe(EPOCH - 10 * MINUTE)
})

test("a script's heartbeat counts by its body, since its name is in local time", () => {
  const { room, beat } = createSigns()
  beat('2026-11-20_11-30-a', '2026-11-20T09:30:00Z')
  expect(gatherSigns(room, [script('a')], EPOCH).seen.get('a')).toBe(EPOCH - 30 * MINUTE)
})

test('for sessions that tell themselves nothing is read', () => {
  const { room, beat } = createSigns()
  beat('2026-11-20_09-30-00-000-a', '2026-11-20T09:30:00.000Z')
  expect(signsOf(room, [own('a')], EPOCH, false)).toEqual(new Map())
})

test('a second heartbeat of one instant belongs to its session, and an id that ends in a number to itself', () => {
  const { room, beat } = createSigns()
  beat('2026-11-20_09-30-00-000-a-2', '2026-11-20T09:30:00.000Z')
  beat('2026-11-20_09-40-00-000-b-2', '2026-11-20T09:40:00.000Z')
  const { seen, unregistered } = gatherSigns(room, [script('a'), script('b-2')], EPOCH)
  expect(seen).toEqual(
    new Map([
      ['a', EPOCH - 30 * MINUTE],
      ['b-2', EPOCH - 20 * MINUTE],
    ]),
  )
  expect(unregistered).toEqual([])
})

test('writers keep the answer for 30 seconds, readers neither keep nor use it', () => {
  const { world, room, beat } = createSigns()
  const sessions = [script('a')]
  beat('2026-11-20_09-30-00-000-a', '2026-11-20T09:30:00.000Z')
  const before = listing(world.root)
  signsOf(room, sessions, EPOCH, false)
  expect(listing(world.root)).toEqual(before)
  const first = signsOf(room, sessions, EPOCH, true)
  beat('2026-11-20_09-59-00-000-a', '2026-11-20T09:59:00.000Z')
  expect(signsOf(room, sessions, EPOCH + 29_999, true)).toEqual(first)
  expect(signsOf(room, sessions, EPOCH, false).get('a')).toBe(EPOCH - MINUTE)
  expect(signsOf(room, sessions, EPOCH + 30_000, true).get('a')).toBe(EPOCH - MINUTE)
})

test('who speaks without being registered and mail that nobody can read are told', () => {
  const { world, room, beat } = createSigns()
  beat('2026-11-20_09-30-00-000-x', '2026-11-20T09:30:00.000Z')
  world.write(
    'status/y_status.json',
    '{"timestamp":"2026-11-20T09:50:00Z","session":"y","status":"working"}\n',
  )
  for (const to of ['human', 'a', 'z']) world.write(`messages/direct/${to}/m.json`, '{}')
  const { unregistered, mailboxes } = gatherSigns(room, [own('a')], EPOCH)
  expect([unregistered, mailboxes]).toEqual([['x', 'y'], ['z']])
})
