import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { CoordError } from '../../src/protocol/errors.ts'
import { loadRecord, parseRecord, recordText } from '../../src/store/records.ts'
import { addRefusal, listRefusals } from '../../src/store/refusals.ts'
import { keepReserve, spendReserve } from '../../src/store/reserve.ts'
import { listRoomFiles } from '../../src/store/room-files.ts'
import { createWorld, EPOCH } from '../helpers/world.ts'
import { failing } from './helpers.ts'

function createRecords() {
  const world = createWorld()
  return { world, room: world.as(null).room() }
}

test('a record is read with its text and with fields that coord does not know', () => {
  const { world, room } = createRecords()
  const text = recordText({ session_id: 'one', theirs: [1] })
  world.write('sessions/one.json', text)
  expect(loadRecord(room, 'session', 'sessions/one.json')).toEqual({
    record: { session_id: 'one', theirs: [1] },
    text,
  })
  expect(text.endsWith('}\n')).toBe(true)
})

test('a damaged record is repaired in memory, named, and left on disk as it is', () => {
  const { world, room } = createRecords()
  const text = '{"session_id": "one", "current_work": "say \\! it"}'
  world.write('sessions/one.json', text)
  expect(loadRecord(room, 'session', 'sessions/one.json')?.record.current_work).toBe('say \\! it')
  expect(room.problems).toMatchObject([{ path: 'sessions/one.json', kind: 'repaired' }])
  expect(world.read('sessions/one.json')).toBe(text)
})

test('an absent record is no problem, an unreadable one is', () => {
  const { room } = createRecords()
  expect(loadRecord(room, 'session', 'sessions/none.json')).toBeNull()
  expect(room.problems).toEqual([])
  expect(parseRecord(room, 'session', 'sessions/x.json', 'junk')).toBeNull()
  expect(room.problems).toMatchObject([{ path: 'sessions/x.json', kind: 'unreadable' }])
})

test('of refusals the last of each session and resource counts, for one hour', () => {
  const { world, room } = createRecords()
  const refusal = { resource_type: 'droplet', resource_name: 'church', holder: 'one' }
  addRefusal(room, { ...refusal, at: EPOCH - 3_600_001, by: 'two' })
  addRefusal(room, { ...refusal, at: EPOCH - 30_000, by: 'two' })
  addRefusal(room, { ...refusal, at: EPOCH - 1, by: 'two' })
  addRefusal(room, { ...refusal, at: EPOCH - 3_600_001, by: 'three' })
  fs.appendFileSync(path.join(world.root, '.state/refusals.jsonl'), 'junk\n{"at":"soon"}\n')
  expect(listRefusals(room, EPOCH)).toEqual([{ ...refusal, at: EPOCH - 1, by: 'two' }])
})

test('who tries a claim again and again is noted every twenty seconds, and told as new once', () => {
  const { world, room } = createRecords()
  const refusal = { resource_type: 'droplet', resource_name: 'church', holder: 'one', by: 'two' }
  const seconds = [0, 1, 19, 20, 39, 41]
  const isNew = seconds.map((at) => addRefusal(room, { ...refusal, at: EPOCH + at * 1000 }))
  expect(isNew).toEqual([true, false, false, false, false, false])
  const noted = world.read('.state/refusals.jsonl').trim().split('\n')
  expect(noted.map((line) => (JSON.parse(line).at - EPOCH) / 1000)).toEqual([0, 20, 41])
  addRefusal(room, { ...refusal, by: 'three', at: EPOCH + 41_000 })
  expect(listRefusals(room, EPOCH + 42_000).map(({ by }) => by)).toEqual(['two', 'three'])
})

test('the reserve is given up only when the disk is full, and what was tried is tried once more', () => {
  const { world, room } = createRecords()
  const reserve = path.join(world.root, '.state/reserve')
  keepReserve(room)
  const refuse = (code: 'disk_full' | 'held') => () => {
    if (fs.existsSync(reserve)) throw new CoordError(code, 'made by a test')
    return 'done'
  }
  expect(() => spendReserve(room, refuse('held'))).toThrow('made by a test')
  expect(fs.existsSync(reserve)).toBe(true)
  expect(spendReserve(room, refuse('disk_full'))).toBe('done')
  failing('openSync', 'ENOSPC')
  expect(() => keepReserve(room)).not.toThrow()
})

test('the files of a room are listed sorted, without hidden ones and without what is no regular file', () => {
  const { world, room } = createRecords()
  world.write('messages/direct/one/b.json', '')
  world.write('messages/broadcast/a.json', '')
  world.write('messages/broadcast/.tmp-1', '')
  world.write('messages/broadcast/new\nline.json', '')
  fs.symlinkSync('/etc', path.join(world.root, 'messages/etc'))
  fs.symlinkSync('/etc', path.join(world.root, 'handoffs/etc'))
  expect(listRoomFiles(room, ['messages', 'handoffs', 'none'], ['README.md', 'none.md', 'claims'])).toEqual([
    'README.md',
    'messages/broadcast/a.json',
    'messages/direct/one/b.json',
  ])
})
