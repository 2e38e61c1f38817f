import fs from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { fileTime } from '../../src/protocol/time.ts'
import { addHeartbeat, newestHeartbeats } from '../../src/store/heartbeats.ts'
import { upkeepIfDue } from '../../src/store/upkeep.ts'
import { createWorld, EPOCH } from '../helpers/world.ts'
import { failing } from './helpers.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const AT = { wall: EPOCH, boot: null }
const instant = (time: number) => new Date(time).toISOString()

function createBeats() {
  const world = createWorld()
  const room = world.as(null).room()
  const marker = path.join(world.root, '.state/pruned')
  const add = (time: number, body: object | string = {}, name = `${fileTime(time)}-one.json`) => {
    const beat = { session_id: 'one', timestamp: instant(time), ...(body as object) }
    world.write(`heartbeats/${name}`, typeof body === 'string' ? body : JSON.stringify(beat))
    return name
  }
  const left = () => world.list('heartbeats')
  return { world, room, marker, add, left }
}

test('two heartbeats of one instant get names of their own', () => {
  const { room, left } = createBeats()
  const beat = { session_id: 'one', timestamp: instant(EPOCH) }
  const names = [1, 2, 3].map(() => addHeartbeat(room, beat, EPOCH))
  const stem = '2026-11-20_10-00-00-000-one'
  expect(names).toEqual([`${stem}.json`, `${stem}-2.json`, `${stem}-3.json`])
  expect(left().sort()).toEqual([...names].sort())
})

test('heartbeats past their retention go, the others stay', () => {
  const { room, add, left } = createBeats()
  add(EPOCH - DAY - 1)
  const kept = [add(EPOCH - DAY), add(EPOCH - HOUR)]
  expect(upkeepIfDue(room, AT)).toBe(1)
  expect(left()).toEqual(kept.sort())
})

test('the time of the file on disk counts for nothing, neither to prune nor to keep', () => {
  const { world, room, add, left } = createBeats()
  const young = add(EPOCH - HOUR)
  add(EPOCH - 2 * DAY)
  fs.utimesSync(path.join(world.root, 'heartbeats', young), 1, 1)
  upkeepIfDue(room, AT)
  expect(left()).toEqual([young])
})

test('name and body must both be old: an old name with a young body stays, and so does the reverse', () => {
  const { room, add, left } = createBeats()
  const kept = [
    add(EPOCH - 2 * DAY, { timestamp: instant(EPOCH - HOUR) }),
    add(EPOCH - HOUR, { timestamp: instant(EPOCH - 2 * DAY) }),
  ]
  expect(upkeepIfDue(room, AT)).toBe(0)
  expect(left()).toEqual(kept.sort())
})

test('junk under an old name goes a day later; what has no time in its name never goes', () => {
  const { room, add, left } = createBeats()
  const kept = [add(EPOCH - DAY - HOUR, 'junk'), add(0, 'junk', 'notes.json'), add(0, {}, 'README.md')]
  add(EPOCH - 2 * DAY - HOUR, 'junk')
  expect(upkeepIfDue(room, AT)).toBe(1)
  expect(left()).toEqual(kept.sort())
})

test('pruning names no problem: it only looks whether a file may go', () => {
  const { room, add } = createBeats()
  add(EPOCH - 3 * DAY, 'junk')
  upkeepIfDue(room, AT)
  expect(room.problems).toEqual([])
})

test('after a look nothing is pruned for ten minutes; an old marker or none lets it begin', () => {
  const { room, marker, add } = createBeats()
  expect(upkeepIfDue(room, AT)).toBe(0)
  add(EPOCH - 2 * DAY)
  expect(upkeepIfDue(room, AT)).toBe(0)
  const then = Date.now() / 1000 - 601
  fs.utimesSync(marker, then, then)
  expect(upkeepIfDue(room, AT)).toBe(1)
  add(EPOCH - 2 * DAY)
  fs.rmSync(marker)
  expect(upkeepIfDue(room, AT)).toBe(1)
})

test('a marker from the future does not stop the pruning', () => {
  const { room, marker, add } = createBeats()
  upkeepIfDue(room, AT)
  add(EPOCH - 2 * DAY)
  const then = Date.now() / 1000 + 3600
  fs.utimesSync(marker, then, then)
  expect(upkeepIfDue(room, AT)).toBe(1)
})

test('a backlog is taken 20 ms at a time, and ten seconds later the next portion', () => {
  const { room, marker, add, left } = createBeats()
  for (let n = 0; n < 50; n++) add(EPOCH - 3 * DAY + n)
  let clock = 0n
  const spy = vi.spyOn(process.hrtime, 'bigint').mockImplementation(() => {
    clock += 1_000_000n
    return clock
  })
  onTestFinished(() => void spy.mockRestore())
  expect(upkeepIfDue(room, AT)).toBe(20)
  expect(left()).toHaveLength(30)
  expect(upkeepIfDue(room, AT)).toBe(0)
  const later = () => {
    const then = fs.statSync(marker).mtimeMs / 1000 - 10.5
    fs.utimesSync(marker, then, then)
    return upkeepIfDue(room, AT)
  }
  expect([later(), later(), later()]).toEqual([20, 10, 0])
})

test('a room that can not be pruned is left as it is', () => {
  const { room, marker, add, left } = createBeats()
  add(EPOCH - 2 * DAY)
  failing('openSync', 'EROFS', (name) => String(name).includes('/.state/.tmp-'))
  expect(() => upkeepIfDue(room, AT)).toThrow(expect.objectContaining({ code: 'unwritable' }))
  expect(left()).toHaveLength(1)
  expect(fs.existsSync(marker)).toBe(false)
})

test('the newest heartbeat of everybody is known by names alone', () => {
  const { room, add } = createBeats()
  add(EPOCH - HOUR)
  const newest = add(EPOCH)
  add(0, 'junk', '2026-11-20_09-58-script-a.json')
  expect(newestHeartbeats(room)).toEqual(
    new Map([
      ['one', { file: `heartbeats/${newest}`, time: EPOCH, exact: true }],
      [
        'script-a',
        { file: 'heartbeats/2026-11-20_09-58-script-a.json', time: EPOCH - 120_000, exact: false },
      ],
    ]),
  )
})

test('a name with an impossible time hides no heartbeat of its id', () => {
  const { room, add } = createBeats()
  const newest = add(EPOCH)
  add(EPOCH, {}, '2026-13-99_10-00-00-000-one.json')
  add(EPOCH - HOUR)
  expect(newestHeartbeats(room).get('one')).toMatchObject({ file: `heartbeats/${newest}`, time: EPOCH })
})

test('of heartbeats up to a time the newest counts', () => {
  const { room, add } = createBeats()
  add(EPOCH)
  const before = add(EPOCH - HOUR)
  expect(newestHeartbeats(room, EPOCH - HOUR).get('one')?.file).toBe(`heartbeats/${before}`)
  expect(newestHeartbeats(room, EPOCH - HOUR - 1).get('one')).toBeUndefined()
})
