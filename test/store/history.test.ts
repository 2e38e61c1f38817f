import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { listEveryReceipt, listEverySession, listHistories, readHistories } from '../../src/store/history.ts'
import { createWorld } from '../helpers/world.ts'
import { listing } from './helpers.ts'

const line = (message: string, session = 'one') =>
  `${JSON.stringify({ timestamp: '2026-11-20T10:00:00.000Z', session, status: 'working', message })}\n`
const record = (session_id: string, given = {}) =>
  JSON.stringify({ session_id, status: 'completed', ...given })

function createArchive() {
  const world = createWorld()
  const room = world.as(null).room()
  const told = (id: string) =>
    readHistories(room, id)
      .get(id)!
      .map(({ message }) => message)
  return { world, room, told }
}

test('a history is read from the archive, from what was set aside, and from its file, oldest first', () => {
  const { world, room, told } = createArchive()
  world.write('status/one_status.json', line('5'))
  world.write('status/one_status.2026-11-20_09-00-00-000-b2c3.json', line('4'))
  world.write('status/one_status.2026-11-19_09-00-00-000-zzzz.json', line('3'))
  world.write('archive/2026-10/status/one_status.json', line('2'))
  world.write('archive/2026-09/status/one_status.1.json', line('1'))
  expect(told('one')).toEqual(['1', '2', '3', '4', '5'])
  expect(room.problems).toEqual([])
})

test('names are those that have any file, also if only an archived or a set-aside one', () => {
  const { world, room } = createArchive()
  world.write('status/guest_status.2026-11-19_09-00-00-000-zzzz.json', line('a', 'guest'))
  world.write('status/a_status.b_status.json', line('b', 'a_status.b'))
  world.write('status/other.json', '{}')
  world.write('status/.tmp-1_status.json', line('c'))
  world.write('archive/2026-10/status/gone_status.json', line('d', 'gone'))
  world.write('archive/notes/status/no_status.json', line('e', 'no'))
  expect(listHistories(room)).toEqual(['a_status.b', 'gone', 'guest'])
  expect([...readHistories(room)].map(([id, lines]) => [id, lines.length]).sort()).toEqual([
    ['a_status.b', 1],
    ['gone', 1],
    ['guest', 1],
  ])
})

test('what a move that was cut short left at two places is told once; what one file says twice, twice', () => {
  const { world, told } = createArchive()
  world.write('archive/2026-11/status/one_status.json', line('a') + line('b'))
  world.write('status/one_status.json', line('a') + line('b') + line('c') + line('c'))
  expect(told('one')).toEqual(['a', 'b', 'c', 'c'])
})

test('a file that is set aside while it is read is neither missed nor read twice', () => {
  const { world, room, told } = createArchive()
  world.write('status/one_status.json', line('a'))
  const file = path.join(world.root, 'status/one_status.json')
  const real = fs.openSync
  let moved = false
  fs.openSync = ((...args: Parameters<typeof real>) => {
    if (!moved && args[0] === file) {
      moved = true
      fs.renameSync(file, file.replace('json', '2026-11-20_10-00-00-000-aaaa.json'))
      fs.writeFileSync(file, line('b'))
    }
    return real(...args)
  }) as typeof real
  try {
    expect(told('one')).toEqual(['a', 'b'])
  } finally {
    fs.openSync = real
  }
  expect(room.problems).toEqual([])
})

test('archived sessions and receipts count, a live record before an archived one', () => {
  const { world, room } = createArchive()
  world.write('archive/2026-10/sessions/old.json', record('old'))
  world.write('archive/2026-10/sessions/back.json', record('back'))
  world.write('sessions/back.json', record('back', { status: 'active' }))
  const receipt = '{"at":"2026-10-20T10:00:00.000Z","message":"m1","state":"acked"}\n'
  world.write('archive/2026-10/receipts/old.jsonl', receipt)
  const status = new Map(listEverySession(room).map((session) => [session.session_id, session.status]))
  expect(status).toEqual(
    new Map([
      ['old', 'completed'],
      ['back', 'active'],
    ]),
  )
  expect(listEveryReceipt(room)).toMatchObject([{ message: 'm1' }])
})

test('junk in the archive is named and changes nothing', () => {
  const { world, room } = createArchive()
  world.write('archive/2026-10/sessions/bad.json', 'junk')
  world.write('archive/2026-11', 'a file')
  world.write('archive/2026-10/status/one_status.json', `junk\n${line('a')}`)
  fs.symlinkSync('/etc', path.join(world.root, 'archive/2026-09'))
  const before = listing(world.root)
  expect(listEverySession(room)).toEqual([])
  expect(listHistories(room)).toEqual(['one'])
  expect(readHistories(room).get('one')).toHaveLength(1)
  expect(new Set(room.problems.map(({ path: file }) => file))).toEqual(
    new Set([
      'archive/2026-09',
      'archive/2026-11',
      'archive/2026-10/sessions/bad.json',
      'archive/2026-10/status/one_status.json',
    ]),
  )
  expect(listing(world.root)).toEqual(before)
})
