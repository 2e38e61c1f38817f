import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { blankBadLines } from '../../src/store/doctor/lines.ts'
import { isWhole, rewrite, setRecordAside } from '../../src/store/doctor/records.ts'
import { keepOriginal, moveAside, openQuarantine, restoreFinished } from '../../src/store/quarantine.ts'
import { createWorld, EPOCH } from '../helpers/world.ts'
import { failing } from './helpers.ts'

function createQuarantine() {
  const world = createWorld()
  const room = world.as(null).room()
  const quarantine = openQuarantine(room, EPOCH, 'test')
  const file = (name: string) => path.join(world.root, name)
  const kept = (name: string) => path.join(world.root, quarantine.path, name)
  return { world, room, quarantine, file, kept }
}

test('an original that is replaced is at no moment absent, and both are there afterwards', () => {
  const { world, quarantine, file, kept } = createQuarantine()
  world.write('sessions/a.json', 'old')
  expect(keepOriginal(quarantine, 'sessions/a.json')).toBe(true)
  expect(fs.readFileSync(file('sessions/a.json'), 'utf8')).toBe('old')
  expect(fs.readFileSync(kept('sessions/a.json'), 'utf8')).toBe('old')
  expect(keepOriginal(quarantine, 'sessions/none.json')).toBe(false)
})

test('where links are refused the original is copied', () => {
  const { world, quarantine, kept } = createQuarantine()
  world.write('sessions/a.json', 'old')
  failing('linkSync', 'EPERM')
  expect(keepOriginal(quarantine, 'sessions/a.json')).toBe(true)
  expect(fs.readFileSync(kept('sessions/a.json'), 'utf8')).toBe('old')
})

test('the same path twice keeps both', () => {
  const { world, quarantine, kept } = createQuarantine()
  for (const text of ['first', 'second']) {
    world.write('sessions/a.json', text)
    expect(
      moveAside(quarantine, 'sessions/a.json', fs.lstatSync(path.join(world.root, 'sessions/a.json'))),
    ).toBe(true)
  }
  expect(fs.readFileSync(kept('sessions/a.json'), 'utf8')).toBe('first')
  expect(fs.readFileSync(kept('sessions/a.json~2'), 'utf8')).toBe('second')
})

test('what was replaced since it was looked at is not taken away', () => {
  const { world, quarantine, file } = createQuarantine()
  world.write('sessions/a.json', 'junk')
  const seen = fs.lstatSync(file('sessions/a.json'))
  fs.writeFileSync(file('sessions/b.json'), 'good')
  fs.renameSync(file('sessions/b.json'), file('sessions/a.json'))
  expect(moveAside(quarantine, 'sessions/a.json', seen)).toBe(false)
  expect(world.read('sessions/a.json')).toBe('good')
})

test('what is replaced in the very moment of the move is put back', () => {
  const { world, quarantine, file } = createQuarantine()
  world.write('sessions/a.json', 'junk')
  const seen = fs.lstatSync(file('sessions/a.json'))
  fs.writeFileSync(file('sessions/b.json'), 'good')
  const real = fs.renameSync.bind(fs)
  let moved = false
  const spy = failing('renameSync', 'EIO', (from) => {
    if (!moved && from === file('sessions/a.json')) {
      moved = true
      real(file('sessions/b.json'), file('sessions/a.json'))
    }
    return false
  })
  expect(moveAside(quarantine, 'sessions/a.json', seen)).toBe(false)
  spy.mockRestore()
  expect(world.read('sessions/a.json')).toBe('good')
  expect(quarantine.kept).toEqual([])
})

test('a record that its slow writer finishes after it was taken aside is put back', () => {
  const { world, room, quarantine, file } = createQuarantine()
  const fd = fs.openSync(file('sessions/slow.json'), 'w')
  fs.writeSync(fd, '{"session_id":')
  expect(setRecordAside(room, quarantine, 'sessions/slow.json', 'unreadable')).toBe('moved aside')
  const isFinished = (name: string, at: string) => isWhole(room, name, at)
  expect(restoreFinished(quarantine, isFinished)).toEqual([])
  fs.writeSync(fd, '"slow"}')
  fs.closeSync(fd)
  expect(restoreFinished(quarantine, isFinished)).toEqual(['sessions/slow.json'])
  expect(world.json('sessions/slow.json')).toEqual({ session_id: 'slow' })
})

test('a record that is whole is neither rewritten nor moved', () => {
  const { world, room, quarantine } = createQuarantine()
  world.write('sessions/a.json', '{"session_id":"a"}')
  expect(rewrite(room, quarantine, 'sessions/a.json')).toBeNull()
  expect(setRecordAside(room, quarantine, 'sessions/a.json', 'unreadable')).toBeNull()
  expect(world.read('sessions/a.json')).toBe('{"session_id":"a"}')
})

test('bad lines are blanked in their place: what others append is kept, good lines stay byte for byte', () => {
  const { world, room, quarantine, kept } = createQuarantine()
  const good = '{"at":"1","message":"ü","state":"read"}'
  const text = `${good}\njunk é\n{"at":"2"}\n${good}\n`
  world.write('receipts/one.jsonl', text)
  const inode = fs.statSync(path.join(world.root, 'receipts/one.jsonl')).ino
  const appender = fs.openSync(path.join(world.root, 'receipts/one.jsonl'), 'a')
  expect(blankBadLines(room, quarantine, 'receipts/one.jsonl')).toBe('2 unreadable lines blanked')
  fs.writeSync(appender, `${good}\n`)
  fs.closeSync(appender)
  expect(world.read('receipts/one.jsonl')).toBe(
    `${good}\n${' '.repeat(7)}\n${' '.repeat(10)}\n${good}\n${good}\n`,
  )
  expect(fs.statSync(path.join(world.root, 'receipts/one.jsonl')).ino).toBe(inode)
  expect(fs.readFileSync(kept('receipts/one.jsonl'), 'utf8')).toBe(text)
  expect(blankBadLines(room, quarantine, 'receipts/one.jsonl')).toBeNull()
})
