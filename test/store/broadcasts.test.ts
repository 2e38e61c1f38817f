/** What a refresh of the board keeps of the broadcasts of late, and when it looks again. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { fileTime } from '../../src/protocol/time.ts'
import { createWorld, EPOCH, type World } from '../helpers/world.ts'

const BOX = 'messages/broadcast'
const CACHE = '.state/broadcasts'

/** A room with so many broadcasts, one each second from a time on, as scripts write them. */
function createTalkative(count: number, from = EPOCH - 500_000) {
  const world = createWorld()
  world.start('one')
  for (let i = 0; i < count; i++) say(world, i, `news ${i}`, from)
  return { world, board: () => refreshed(world) }
}

function say(world: World, i: number, subject: string, from = EPOCH - 500_000): void {
  const at = from + i * 1000
  const record = {
    from: 'one',
    to: 'broadcast',
    timestamp: new Date(at).toISOString(),
    subject,
    message: 'x',
  }
  world.write(`${BOX}/${fileTime(at)}-one-${String(i).padStart(4, '0')}.json`, JSON.stringify(record))
}

function refreshed(world: World): string {
  heartbeat.run(world.as('one'), { action: 'building' })
  return world.read('STATUS_BOARD.md')
}

/** As if the directory of broadcasts had last changed an hour ago. */
function settle(world: World): void {
  const hour = Date.now() / 1000 - 3600
  fs.utimesSync(path.join(world.root, BOX), hour, hour)
}

/** How often the board's next refresh opens a broadcast, and lists them. */
function looks(world: World): { opened: number; listed: number } {
  const open = vi.spyOn(fs, 'openSync')
  const list = vi.spyOn(fs, 'readdirSync')
  onTestFinished(() => void vi.restoreAllMocks())
  refreshed(world)
  const inBox = ([place]: unknown[]) => String(place).includes(BOX)
  const seen = { opened: open.mock.calls.filter(inBox).length, listed: list.mock.calls.filter(inBox).length }
  vi.restoreAllMocks()
  return seen
}

test('a room with few broadcasts keeps nothing of them', () => {
  const { world, board } = createTalkative(20)
  expect(board()).toContain('news 19')
  expect(fs.existsSync(path.join(world.root, CACHE))).toBe(false)
})

test('of many broadcasts those are opened that came since, and each is shown at once', () => {
  const { world, board } = createTalkative(300)
  expect(board()).toContain('news 299')
  say(world, 300, 'news of a script')
  expect(looks(world)).toEqual({ opened: 1, listed: 1 })
  expect(board()).toContain('news of a script')
  expect(looks(world)).toEqual({ opened: 0, listed: 1 })
})

test('a directory that has not changed for a while is not even listed, until it changes', () => {
  const { world, board } = createTalkative(300)
  settle(world)
  board()
  expect(looks(world)).toEqual({ opened: 0, listed: 0 })
  say(world, 300, 'after a silence')
  expect(board()).toContain('after a silence')
  fs.rmSync(path.join(world.root, BOX, fs.readdirSync(path.join(world.root, BOX)).at(-1)!))
  expect(board()).not.toContain('after a silence')
})

test('what was damaged meanwhile is named after ten minutes', () => {
  const { world, board } = createTalkative(300)
  board()
  const last = fs.readdirSync(path.join(world.root, BOX)).at(-1)!
  world.write(`${BOX}/${last}`, 'junk')
  world.advance(540_000)
  expect(board()).toContain('news 299')
  world.advance(70_000)
  expect(board()).not.toContain('news 299')
  expect(world.read('STATUS_BOARD.md')).toContain(last)
})

test('messages leave the window though nothing is read again', () => {
  const { world, board } = createTalkative(300, EPOCH - 3_500_000)
  settle(world)
  expect(board()).toMatch(/news 249\b/)
  world.advance(350_000)
  expect(looks(world)).toEqual({ opened: 0, listed: 0 })
  expect(world.read('STATUS_BOARD.md')).toMatch(/news 251\b/)
  expect(world.read('STATUS_BOARD.md')).not.toMatch(/news 249\b/)
})

test('a long message is opened each time, and the others are not', () => {
  const { world, board } = createTalkative(300)
  world.write(
    `${BOX}/${fileTime(EPOCH - 1000)}-one-long.json`,
    JSON.stringify({
      from: 'one',
      to: 'broadcast',
      timestamp: new Date(EPOCH - 1000),
      subject: 'long',
      message: 'x'.repeat(3000),
    }),
  )
  settle(world)
  board()
  settle(world)
  expect(looks(world)).toEqual({ opened: 1, listed: 1 })
})

test.each([
  ['junk', 'junk'],
  ['another form', '{"at":1,"stamp":"","sent":[{"sent":1,"message":7}]}'],
  ['a time to come', JSON.stringify({ at: EPOCH + 1e9, stamp: '', sent: [] })],
])('with %s in its place all are read', (_, text) => {
  const { world, board } = createTalkative(300)
  world.write(CACHE, text)
  expect(board()).toContain('news 299')
  expect(looks(world).opened).toBe(0)
})
