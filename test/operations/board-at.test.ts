import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ack } from '../../src/operations/ack.ts'
import { board } from '../../src/operations/board.ts'
import { claim } from '../../src/operations/claim.ts'
import { end } from '../../src/operations/end.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { release } from '../../src/operations/release.ts'
import { send } from '../../src/operations/send.ts'
import { createWorld, type World } from '../helpers/world.ts'
import { errorOf, listing } from '../store/helpers.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const boardAt = (world: World, at: string) => board.run(world.as(null), { at })
const printed = (world: World) => board.run(world.as(null), { print: true }).board!

/** A morning in a room: what is done, each some minutes after the one before. */
const MORNING: [minutes: number, act: (world: World) => void][] = [
  [0, (world) => world.start('one', { name: 'ann', work: 'landing page' })],
  [3, (world) => world.start('two')],
  [
    2,
    (world) =>
      void heartbeat.run(world.as('one'), {
        action: 'building',
        target: 'church',
        phase: 'BUILD',
        progress: '30%',
        next: 'tests',
        eta: '2h',
        files: ['a.ts'],
      }),
  ],
  [
    1,
    (world) =>
      void claim.run(world.as('one'), {
        type: 'droplet',
        name: ['church'],
        for: '30m',
        'no-renew': true,
        note: 'soon',
      }),
  ],
  [1, (world) => void claim.run(world.as('two'), { type: 'file', name: ['a.ts', 'b.ts'] })],
  [1, (world) => void errorOf(() => claim.run(world.as('two'), { type: 'droplet', name: ['church'] }))],
  [4, (world) => void send.run(world.as('two'), { to: 'one', subject: 'Keys?', ack: true })],
  [4, (world) => void heartbeat.run(world.as('two'), { action: 'blocked', message: 'no keys' })],
  [9, (world) => void ack.run(world.as('one'), { id: lastMessage(world) })],
  [20, (world) => void claim.run(world.as('two'), { type: 'droplet', name: ['church'] })],
  [2, (world) => void release.run(world.as('two'), { type: 'file', name: 'b.ts' })],
  [6, (world) => void heartbeat.run(world.as('one'), { action: 'idle' })],
  [5, (world) => void end.run(world.as('one'), { handoff: 'see b.ts' })],
  [
    12,
    (world) => void heartbeat.run(world.as('two'), { action: 'testing', target: 'church', progress: '0.9' }),
  ],
  [1, (world) => world.start('one', { work: 'back again' })],
  [40, (world) => void end.run(world.as('two'), {})],
]

function lastMessage(world: World): string {
  return world.list('messages/direct/one').at(-1)!.replace('.json', '')
}

test('at every moment of a morning the board rebuilt later is the board printed then', () => {
  const world = createWorld()
  const boards: [number, string][] = []
  for (const [minutes, act] of MORNING) {
    world.advance(minutes * MINUTE)
    act(world)
    boards.push([world.now, printed(world)])
    world.advance(30_000)
    boards.push([world.now, printed(world)])
  }
  world.advance(8 * HOUR)
  const before = listing(world.root)
  for (const [then, text] of boards) expect(boardAt(world, new Date(then).toISOString()).board).toBe(text)
  expect(listing(world.root)).toEqual(before)
})

test.each([
  ['10:05', '2026-11-20T10:05:00.000Z'],
  ['10:05:30Z', '2026-11-20T10:05:30.000Z'],
  ['2h ago', '2026-11-20T11:00:00.000Z'],
  ['90m', '2026-11-20T11:30:00.000Z'],
  ['2026-11-20T12:00+01:00', '2026-11-20T11:00:00.000Z'],
])('the moment %s is %s', (text, at) => {
  const world = createWorld('one')
  world.advance(3 * HOUR)
  const past = boardAt(world, text)
  expect(past.at).toBe(at)
  expect(past.board).toContain(`**Last Updated:** ${at.slice(0, 10)} ${at.slice(11, 16)} UTC`)
})

test.each([
  ['15:00', 'lies ahead', "Yesterday's is 2026-11-19T15:00Z"],
  ['2027-01-01', 'lies ahead', 'past time'],
  ['09:59', "before the room's first record, of 10:00Z", 'coord board --at 2026-11-20T10:00:00.000Z'],
  ['3 days ago', 'first record', 'beginning'],
  ['soon', 'is no time', '2h'],
  ['', 'is no time', '14:30'],
])('the moment "%s" is refused, with the way out', (text, why, hint) => {
  const world = createWorld('one')
  world.advance(3 * HOUR)
  const refused = errorOf(() => boardAt(world, text))
  expect(refused).toMatchObject({ code: 'invalid', details: { argument: 'at' } })
  expect(refused.message).toContain(why)
  expect(refused.hint).toContain(hint)
})

test('an empty room has no past', () => {
  const refused = errorOf(() => boardAt(createWorld(), '1h'))
  expect(refused).toMatchObject({ code: 'invalid', message: 'nothing is recorded in this room yet' })
})

test('claims whose decisions the ledger forgot are told as not known, with what the status lines say', () => {
  const world = createWorld('one')
  claim.run(world.as('one'), { type: 'droplet', name: ['church'] })
  world.advance(10 * MINUTE)
  release.run(world.as('one'), { type: 'droplet', name: 'church' })
  const { token } = claim.run(world.as('one'), { type: 'droplet', name: ['church'] }).claim
  for (const n of [1, 2]) fs.rmSync(path.join(world.root, `.state/ledger/droplet-church/00000000000${n}`))
  world.advance(MINUTE)
  const { board: text, gaps } = boardAt(world, '10:05')
  expect(text).toContain('## 🔒 Active Claims\n\n- None')
  expect(gaps).toContain('claims of droplet/church that ended before 10:10Z are not recorded any more')
  expect(gaps!.join()).toContain('one claimed droplet/church at 10:00Z (token')
  const later = boardAt(world, '10:10')
  expect(later.board).toContain('**droplet/church** - one')
  expect(later.gaps).toEqual([])
  expect(token).toBeGreaterThan(0)
})

test('what was archived or set aside is on the board of its time', () => {
  const world = createWorld()
  world.start('one', { work: 'landing page' })
  world.advance(MINUTE)
  const then = printed(world)
  world.advance(MINUTE)
  end.run(world.as('one'), {})
  const move = (from: string, to: string) => {
    fs.mkdirSync(path.dirname(path.join(world.root, to)), { recursive: true })
    fs.renameSync(path.join(world.root, from), path.join(world.root, to))
  }
  move('sessions/one.json', 'archive/2026-11/sessions/one.json')
  move('status/one_status.json', 'archive/2026-11/status/one_status.2026-11-20_10-01-00-000-abcd.json')
  expect(boardAt(world, '10:01').board).toBe(then)
  expect(boardAt(world, '10:02').board).toContain('**Active Sessions:** 0')
})

test('a session whose lines are gone is shown as there, and that they are gone', () => {
  const world = createWorld()
  world.start('one', { work: 'landing page' })
  world.advance(HOUR)
  heartbeat.run(world.as('one'), { action: 'building', target: 'church' })
  world.write('status/one_status.json', world.read('status/one_status.json').split('\n')[1]!)
  const { board: text, gaps } = boardAt(world, '10:30')
  expect(text).toContain('### one (Started: 10:00 UTC)')
  expect(text).not.toContain('church')
  expect(gaps).toContain('what one did before 11:00Z is not recorded any more')
})

test("scripts' sessions, claims and lines are on the board of their time", () => {
  const world = createWorld()
  const at = (minute: number) => `2026-11-20T10:0${minute}:00Z`
  world.write('sessions/old.json', JSON.stringify({ session_id: 'old', status: 'active', started_at: at(0) }))
  world.write(
    'status/guest_status.json',
    `{"timestamp":"${at(2)}","session":"guest","status":"working"}\njunk\n`,
  )
  const claimed = { claimed_by: 'old', resource_type: 'task', resource_name: 'x', claimed_at: at(4) }
  world.write('claims/task-x.claim', JSON.stringify(claimed))
  world.advance(HOUR)
  const shown = (minute: number) => boardAt(world, at(minute)).board!
  expect(shown(1)).not.toContain('guest')
  expect(shown(2)).toContain('### Unregistered\n- guest')
  expect(shown(3)).not.toContain('task/x')
  expect(shown(4)).toContain('**task/x** - old')
  expect(boardAt(world, at(4)).gaps).toContain("status/guest_status.json: 1 line can't be read")
})
