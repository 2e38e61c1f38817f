import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
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
  world.write('status/a_status.json', line('a', 'one'))
  expect(said(readTails(room, memory), 'a')).toEqual(['one'])
  const file = path.join(world.root, 'status/a_status.json')
  // What was read is not read again: damaged behind its back, it is still told.
  fs.writeFileSync(file, line('a', 'xxx') + line('a', 'two'))
  expect(said(readTails(room, memory), 'a')).toEqual(['one', 'two'])
  expect(said(readTails(room), 'a')).toEqual(['xxx', 'two'])
})

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
