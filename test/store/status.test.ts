import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { readHistories } from '../../src/store/history.ts'
import {
  appendReceipts,
  appendStatus,
  listStatusNames,
  readAllReceipts,
  readReceipts,
  readStatus,
  trimLines,
} from '../../src/store/status.ts'
import { createWorld } from '../helpers/world.ts'
import { failing } from './helpers.ts'

const at = '2026-11-20T10:00:00.000Z'
const line = (message: string) => ({ timestamp: at, session: 'one', status: 'working', message })

function createLines() {
  const world = createWorld()
  const room = world.as(null).room()
  const problems = () => room.problems.map(({ path, detail }) => `${path}: ${detail}`)
  return { world, room, problems }
}

test('status lines are appended one by one and read in order', () => {
  const { world, room } = createLines()
  for (const message of ['a', 'b', 'c']) appendStatus(room, line(message))
  expect(readStatus(room, 'one').map(({ message }) => message)).toEqual(['a', 'b', 'c'])
  expect(world.read('status/one_status.json').split('\n')).toHaveLength(4)
  expect(listStatusNames(room)).toEqual(['one'])
})

test('a status line has at most 4,096 bytes, however long its message and metadata are', () => {
  const { world, room } = createLines()
  appendStatus(room, { ...line('é'.repeat(9000)), metadata: { event: 'heartbeat', more: 'x'.repeat(9000) } })
  expect(fs.statSync(path.join(world.root, 'status/one_status.json')).size).toBeLessThanOrEqual(4096)
  expect(readStatus(room, 'one')).toMatchObject([{ metadata: { event: 'heartbeat', truncated: true } }])
})

test('a torn line is closed by the next writer, left out by readers and counted', () => {
  const { world, room, problems } = createLines()
  appendStatus(room, line('a'))
  fs.appendFileSync(path.join(world.root, 'status/one_status.json'), '{"timestamp":"2026')
  appendStatus(room, line('b'))
  expect(readStatus(room, 'one').map(({ message }) => message)).toEqual(['a', 'b'])
  expect(problems()).toEqual(["status/one_status.json: 1 line can't be read"])
})

test('lines of others are read as they come: concatenated, pretty-printed, with junk between', () => {
  const { world, room, problems } = createLines()
  const pretty = JSON.stringify(line('b'), null, 2)
  const text = `${JSON.stringify(line('a'))}${JSON.stringify(line('a2'))}\njunk\n${pretty}\n{"no":"status"}\n`
  world.write('status/one_status.json', text)
  expect(readStatus(room, 'one').map(({ message }) => message)).toEqual(['a', 'a2', 'b'])
  expect(problems()).toEqual(["status/one_status.json: 2 lines can't be read"])
})

const LIMIT = 10 << 20
const parts = (world: { list(directory: string): string[] }) =>
  world.list('status').map((name) => name.replace(/(?<=-)[a-z0-9]+(?=\.json$)/, '…'))

test('a history over 10 MB is set aside by its next writer, whose line begins the new file', () => {
  const { world, room } = createLines()
  const old = `${JSON.stringify(line('old'))}\n`
  world.write('status/one_status.json', old + ' '.repeat(LIMIT - old.length))
  appendStatus(room, line('fits'))
  expect(world.list('status')).toEqual(['one_status.json'])
  appendStatus(room, line('new'))
  expect(parts(world)).toEqual(['one_status.2026-11-20_10-00-00-000-….json', 'one_status.json'])
  expect(readStatus(room, 'one').map(({ message }) => message)).toEqual(['new'])
  expect(listStatusNames(room)).toEqual(['one'])
  expect(
    readHistories(room, 'one')
      .get('one')!
      .map(({ message }) => message),
  ).toEqual(['old', 'fits', 'new'])
})

test('two parts set aside in one millisecond do not replace each other', () => {
  const { world, room } = createLines()
  for (const message of ['a', 'b', 'c']) {
    appendStatus(room, line(message))
    if (message !== 'c') fs.appendFileSync(path.join(world.root, 'status/one_status.json'), ' '.repeat(LIMIT))
  }
  expect(parts(world)).toHaveLength(3)
  const lines = readHistories(room, 'one').get('one')!
  expect(lines.map(({ message }) => message).sort()).toEqual(['a', 'b', 'c'])
})

test.each(['EACCES', 'ENOENT', 'EBUSY'])('where it can not be set aside (%s) it grows on', (code) => {
  const { world, room } = createLines()
  world.write('status/one_status.json', '\n'.repeat(LIMIT + 1))
  failing('renameSync', code)
  appendStatus(room, line('new'))
  expect(world.list('status')).toEqual(['one_status.json'])
  expect(readStatus(room, 'one')).toHaveLength(1)
})

test('receipts are read per reader and for everybody', () => {
  const { room } = createLines()
  appendReceipts(room, 'one', [
    { at, message: 'm1', state: 'read' },
    { at, message: 'm2', state: 'acked' },
  ])
  appendReceipts(room, 'two', [{ at, message: 'm1', state: 'delivered' }])
  expect(readReceipts(room, 'one').map(({ message }) => message)).toEqual(['m1', 'm2'])
  expect(readAllReceipts(room)).toHaveLength(3)
})

test('a history that is no file, or over 16 MiB, is named and empty', () => {
  const { world, room, problems } = createLines()
  fs.mkdirSync(path.join(world.root, 'status/one_status.json'))
  const huge = path.join(world.root, 'status/two_status.json')
  fs.writeFileSync(huge, '')
  fs.truncateSync(huge, (16 << 20) + 1)
  expect([readStatus(room, 'one'), readStatus(room, 'two')]).toEqual([[], []])
  expect(problems()).toHaveLength(2)
})

test('a short machine file is left as it is, a long one is cut to what counts, in order', () => {
  const { world, room } = createLines()
  const file = '.state/recent.jsonl'
  const text = (count: number) => Array.from({ length: count }, (_, n) => `{"n":${n}}\n`).join('')
  world.write(file, text(10))
  trimLines(room, file, () => false)
  expect(world.read(file)).toBe(text(10))
  world.write(file, text(5000))
  trimLines(room, file, ({ n }) => Number(n) >= 4998)
  expect(world.read(file)).toBe('{"n":4998}\n{"n":4999}\n')
})

test('a history of a hundred megabytes is read in pieces: junk without an end costs no memory, and every record is found', () => {
  const { world, room } = createLines()
  const file = path.join(world.root, 'status/one_status.2026-11-20_12-00-00-000-abcd.json')
  const text = (n: number) => `${JSON.stringify(line(`${n} ${'x'.repeat(900)}`))}\n`
  const fd = fs.openSync(file, 'w')
  for (let n = 0; n < 20_000; n++) fs.writeSync(fd, text(n))
  fs.writeSync(fd, 'not a record\n')
  fs.ftruncateSync(fd, 100_000_000)
  fs.writeSync(fd, `\n${text(20_000)}`, 100_000_000)
  fs.closeSync(fd)
  const lines = readHistories(room, 'one').get('one')!
  expect(lines).toHaveLength(20_001)
  expect(lines.every(({ message }, n) => message!.startsWith(`${n} `))).toBe(true)
  expect(room.problems).toMatchObject([{ kind: 'skipped', detail: "2 lines can't be read" }])
})
