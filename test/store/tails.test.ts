import fs from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { listHistories } from '../../src/store/history.ts'
import { readTails } from '../../src/store/tails.ts'
import { createWorld } from '../helpers/world.ts'

const line = (session: string, message: string, rest = {}) =>
  `${JSON.stringify({ timestamp: '2026-11-20T10:00:00Z', session, status: 'working', message, ...rest })}\n`
const said = (tails: ReturnType<typeof readTails>, name: string) =>
  tails.get(name)?.map(({ message }) => message)

test('a second look reads only what was appended', () => {
  const world = createWorld()
  const room = world.as(null).room()
  const memory = new Map()
  const file = path.join(world.root, 'status/a_status.json')
  world.write('status/a_status.json', line('a', 'one'.padEnd(4000)))
  readTails(room, memory)
  const { read, starts } = reading()
  fs.appendFileSync(file, line('a', 'two'))
  expect(said(readTails(room, memory), 'a')).toEqual(['one'.padEnd(4000), 'two'])
  expect(starts()).toEqual([expect.any(Number)])
  expect(read()).toBeLessThan(200)
  expect(said(readTails(room, memory), 'a')).toHaveLength(2)
  expect(starts()).toHaveLength(1)
})

test.each([
  ['longer', line('a', 'other') + line('a', 'and more of it')],
  ['as long', line('a', 'xxx')],
  ['shorter', line('a', 'x')],
])('a file that is written anew in its place, %s, is read anew', (_what, text) => {
  const world = createWorld()
  const room = world.as(null).room()
  const memory = new Map()
  const file = path.join(world.root, 'status/a_status.json')
  world.write('status/a_status.json', line('a', 'one'))
  fs.utimesSync(file, 1, 1)
  readTails(room, memory)
  const { ino } = fs.statSync(file)
  fs.writeFileSync(file, text)
  expect(fs.statSync(file).ino).toBe(ino)
  expect(said(readTails(room, memory), 'a')).toEqual(said(readTails(room), 'a'))
  expect(said(readTails(room, memory), 'a')).not.toContain('one')
})

test.each<[string, string[]]>([
  ['pretty-printed without a last newline', [pretty('one')]],
  ['pretty-printed in two writes', [pretty('one').slice(0, 50), pretty('one').slice(50)]],
  ['pretty-printed, then another', [pretty('one'), `\n${pretty('two')}`]],
  ['pretty-printed, then concatenated', [pretty('one'), pretty('two')]],
  ['concatenated', [line('a', 'one').trim() + line('a', 'two').trim()]],
  [
    'concatenated, cut in the last',
    [line('a', 'one').trim() + line('a', 'two').slice(0, 9), line('a', 'two').slice(9)],
  ],
  ['cut within a character', cutIn(Buffer.from(line('a', 'zwölf')))],
])('no line is lost, whenever one looks: %s', (_what, writes) => {
  const world = createWorld()
  const room = world.as(null).room()
  const memory = new Map()
  const file = path.join(world.root, 'status/a_status.json')
  for (const text of writes) {
    fs.appendFileSync(file, Buffer.from(text, 'latin1'))
    readTails(room, memory)
  }
  const all = said(readTails(room), 'a')
  expect(all).toHaveLength(
    Buffer.from(writes.join(''), 'latin1')
      .toString()
      .match(/message/g)!.length,
  )
  expect(said(readTails(room, memory), 'a')).toEqual(all)
})

test('a last line of any length up to a megabyte is told', () => {
  const world = createWorld()
  const room = world.as(null).room()
  const long = 'x'.repeat(300_000)
  world.write('status/a_status.json', line('a', 'one') + line('a', long))
  world.write('status/b_status.json', line('b', 'one') + line('b', long).trim())
  const tails = readTails(room)
  expect([said(tails, 'a')?.at(-1), said(tails, 'b')?.at(-1)]).toEqual([long, long])
})

function pretty(message: string) {
  return JSON.stringify(JSON.parse(line('a', message, { metadata: { items: 3, more: [{}] } })), null, 2)
}

/** Bytes as text of one byte a character, in two parts that cut a character. */
function cutIn(bytes: Buffer) {
  const at = bytes.indexOf(0xc3) + 1
  return [bytes.subarray(0, at).toString('latin1'), bytes.subarray(at).toString('latin1')]
}

/** How many bytes were read since, and from where. */
function reading() {
  const spy = vi.spyOn(fs, 'readSync')
  onTestFinished(() => spy.mockRestore())
  const starts = () => spy.mock.calls.map((call) => call.at(-1))
  return { starts, read: () => spy.mock.results.reduce((sum, { value }) => sum + (value as number), 0) }
}

test('a line that is half written is told when it is whole', () => {
  const world = createWorld()
  const room = world.as(null).room()
  const memory = new Map()
  const text = line('a', 'zwölf')
  world.write('status/a_status.json', line('a', 'one') + text.slice(0, 60))
  expect(said(readTails(room, memory), 'a')).toEqual(['one'])
  world.write('status/a_status.json', line('a', 'one') + text.trimEnd())
  expect(said(readTails(room, memory), 'a')).toEqual(['one', 'zwölf'])
  world.write('status/a_status.json', line('a', 'one') + text)
  expect(said(readTails(room, memory), 'a')).toEqual(['one', 'zwölf'])
})

test('of a long file the end is read, from a whole line on', () => {
  const world = createWorld()
  const all = Array.from({ length: 3000 }, (_, at) => line('a', `line ${at}`)).join('')
  world.write('status/a_status.json', all)
  const lines = said(readTails(world.as(null).room()), 'a')!
  expect(lines).toEqual(Array.from({ length: 64 }, (_, at) => `line ${3000 - 64 + at}`))
})

test('a file that was set aside and begins anew is read anew', () => {
  const world = createWorld()
  const room = world.as(null).room()
  const memory = new Map()
  world.write('status/a_status.json', line('a', 'one') + line('a', 'two'))
  readTails(room, memory)
  fs.renameSync(
    path.join(world.root, 'status/a_status.json'),
    path.join(world.root, 'status/a_status.1.json'),
  )
  world.write('status/a_status.json', line('a', 'three'))
  expect(said(readTails(room, memory), 'a')).toEqual(['three'])
})

test('junk, links, and times as numbers stop nobody', () => {
  const world = createWorld()
  world.write(
    'status/a_status.json',
    `junk\n${line('a', 'one')}{"half":\n${line('a', 'two', { timestamp: 1_795_000_000 })}`,
  )
  fs.symlinkSync('/etc/passwd', path.join(world.root, 'status/b_status.json'))
  fs.mkdirSync(path.join(world.root, 'status/c_status.json'))
  const tails = readTails(world.as(null).room())
  expect([...tails.keys()]).toEqual(['a'])
  expect(said(tails, 'a')).toEqual(['one', 'two'])
})

test.each([
  ['a path upwards', (outside: string) => `../${path.basename(outside)}`],
  ['a whole path', (outside: string) => outside],
  [
    'a link on the way',
    (outside: string, repository: string) => {
      fs.symlinkSync(path.dirname(outside), path.join(repository, 'link'))
      return `link/${path.basename(outside)}`
    },
  ],
])('a second directory out of the repository, by %s, is not read', (_, way) => {
  const world = createWorld()
  const repository = path.dirname(world.root)
  const outside = fs.mkdtempSync(path.join(repository, '..', 'coord-outside-'))
  onTestFinished(() => fs.rmSync(outside, { recursive: true }))
  fs.writeFileSync(path.join(outside, 'x_status.json'), line('x', 'secret'))
  const statusDir = way(outside, repository)
  world.write('config.json', JSON.stringify({ version: 1, compat: { statusDir } }))
  expect([...readTails(world.as(null).room()).keys()]).toEqual([])
  expect(listHistories(world.as(null).room())).toEqual([])
})

test('a second directory of status files is read beside the room', () => {
  const world = createWorld()
  world.write('config.json', JSON.stringify({ version: 1, compat: { statusDir: 'data/session_status' } }))
  world.write('status/a_status.json', line('a', 'here'))
  world.write(
    '../data/session_status/a_status.json',
    line('a', 'there', { timestamp: '2026-11-20T09:00:00Z' }),
  )
  world.write('../data/session_status/b_status.json', line('b', 'only there'))
  const tails = readTails(world.as(null).room())
  expect([said(tails, 'a'), said(tails, 'b')]).toEqual([['there', 'here'], ['only there']])
})
