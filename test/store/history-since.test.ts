/** Of a long past only what a span needs is read. */
import fs from 'node:fs'
import { expect, test, vi } from 'vitest'
import { readHistories, readHistoriesSince } from '../../src/store/history.ts'
import { createWorld, EPOCH } from '../helpers/world.ts'

const MINUTE = 60_000
const at = (minutes: number) => new Date(EPOCH + minutes * MINUTE).toISOString()
const lineAt = (minutes: number, session = 'a') =>
  `${JSON.stringify({ timestamp: at(minutes), session, status: 'working', message: 'x'.repeat(200) })}\n`
const linesBetween = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => lineAt(from + index)).join('')

/** The bytes that are read while `run` runs, with what it gives. */
function counted<T>(run: () => T): { made: T; bytes: number } {
  const spy = vi.spyOn(fs, 'readSync')
  try {
    const made = run()
    return { made, bytes: spy.mock.results.reduce((sum, { value }) => sum + Number(value), 0) }
  } finally {
    spy.mockRestore()
  }
}

test('a file is read backwards to the span, and parts from before it are not opened', () => {
  const world = createWorld()
  world.write('status/a_status.2026-11-10_00-00-00-000-x.json', linesBetween(-40_000, -20_000))
  world.write('status/a_status.json', linesBetween(-20_000, 0))
  const room = world.as(null).room()
  const since = EPOCH - 30 * MINUTE
  const { made, bytes } = counted(() => readHistoriesSince(room, since))
  expect(bytes).toBeLessThan(300 * 1024)
  expect(made.unread).toBe(0)
  const wanted = readHistories(room)
    .get('a')!
    .filter(({ timestamp }) => Date.parse(timestamp) >= since)
  const lines = made.lines.get('a')!
  expect(wanted).toHaveLength(30)
  expect(lines.slice(-30)).toEqual(wanted)
  expect(lines.length).toBeGreaterThan(30)
})

test('a span over several parts has the lines of all of them, and the times of files count for nothing', () => {
  const world = createWorld()
  world.write('status/a_status.2026-11-19_00-00-00-000-x.json', linesBetween(-3000, -2000))
  world.write('status/a_status.2026-11-20_00-00-00-000-x.json', linesBetween(-2000, -1000))
  world.write('status/a_status.json', linesBetween(-1000, 0))
  world.write('archive/2026-11/status/a_status.json', linesBetween(-4000, -3900))
  for (const name of fs.readdirSync(`${world.root}/status`))
    fs.utimesSync(`${world.root}/status/${name}`, 1, 1)
  const room = world.as(null).room()
  const { lines } = readHistoriesSince(room, EPOCH - 5000 * MINUTE)
  expect(lines).toEqual(readHistories(room))
})

test('months of the archive that were over before are not looked at', () => {
  const world = createWorld()
  world.write('archive/2026-09/status/old_status.json', lineAt(-80_000, 'old'))
  world.write('archive/2026-11/status/new_status.json', lineAt(-8000, 'new'))
  const { lines } = readHistoriesSince(world.as(null).room(), EPOCH - MINUTE)
  expect([...lines.keys()]).toEqual(['new'])
})

test('what is too much is left out from the oldest on, and counted', () => {
  const world = createWorld()
  world.write('status/a_status.json', linesBetween(-20_000, 0))
  const { lines, unread } = readHistoriesSince(world.as(null).room(), 0, 1 << 20)
  const size = fs.statSync(`${world.root}/status/a_status.json`).size
  expect(unread).toBe(size - (1 << 20))
  expect(lines.get('a')!.at(-1)!.timestamp).toBe(at(-1))
})
