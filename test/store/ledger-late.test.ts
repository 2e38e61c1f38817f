import fs from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import type { Head } from '../../src/protocol/ledger.ts'
import { append, readHead, topNumber } from '../../src/store/ledger.ts'
import { failing } from './helpers.ts'
import { createLedger, DOMAIN, slotAfter } from './ledger-room.ts'

test.each([0, 1, 2, 64])('whoever read head %i and links after 70 more transitions does not win', (n) => {
  const { room, file, move } = createLedger()
  const stale: Head = n === 0 ? { n: 0, slot: null } : move(n)
  const head = move(70)
  expect(fs.existsSync(file(n + 1))).toBe(false)
  expect(append(room, DOMAIN, stale, slotAfter(stale, 'late'))).toBe(false)
  expect(readHead(room, DOMAIN)).toEqual(head)
  expect(fs.existsSync(file(n + 1))).toBe(false)
})

test.each([0, 1, 2])(
  'whoever read head %i and finds the slot above it collected as well does not win',
  (n) => {
    const { room, file, move } = createLedger()
    const stale: Head = n === 0 ? { n: 0, slot: null } : move(n)
    move(5)
    for (let gone = 1; gone <= n + 1; gone++) fs.rmSync(file(gone))
    const head = readHead(room, DOMAIN)
    expect(append(room, DOMAIN, stale, slotAfter(stale, 'late'))).toBe(false)
    expect(readHead(room, DOMAIN)).toEqual(head)
  },
)

test('a late slot whose writer died before it looked again is ignored by everybody', () => {
  const { room, file, move } = createLedger()
  const stale = move(2)
  const head = move(70)
  fs.writeFileSync(file(3), JSON.stringify(slotAfter(stale, 'late')))
  expect(readHead(room, DOMAIN)).toEqual(head)
  expect(move().n).toBe(head.n + 1)
})

test.each(['EPERM', 'ENOTSUP', 'ENOSYS'])(
  'where links fail with %s slots are directories, as exclusive',
  (errno) => {
    const { room, file, names, move } = createLedger()
    failing('linkSync', errno)
    const head = move(2)
    expect(fs.statSync(file(2)).isDirectory()).toBe(true)
    expect(append(room, DOMAIN, head, slotAfter(head, 'winner'))).toBe(true)
    expect(append(room, DOMAIN, head, slotAfter(head, 'loser'))).toBe(false)
    expect(readHead(room, DOMAIN).slot!.op_id).toBe('winner')
    expect(names()).toEqual(['000000000001', '000000000002', '000000000003'])
  },
)

test('file slots and directory slots exclude each other', () => {
  const { room, file, move } = createLedger()
  const first = move()
  const spy = failing('linkSync', 'EPERM')
  expect(append(room, DOMAIN, { n: 0, slot: null }, slotAfter({ n: 0, slot: null }))).toBe(false)
  const second = move()
  expect(fs.statSync(file(2)).isDirectory()).toBe(true)
  spy.mockRestore()
  expect(append(room, DOMAIN, first, slotAfter(first))).toBe(false)
  expect(readHead(room, DOMAIN)).toEqual(second)
  expect(move().slot!.prev_op).toBe(second.slot!.op_id)
})

test('directory slots are collected too, and a late linker among them does not win', () => {
  const { room, names, move } = createLedger()
  failing('linkSync', 'EPERM')
  const stale = move()
  const head = move(70)
  expect(names()).toHaveLength(64)
  expect(append(room, DOMAIN, stale, slotAfter(stale, 'late'))).toBe(false)
  expect(readHead(room, DOMAIN)).toEqual(head)
  expect(names()).toHaveLength(64)
})

test('ten thousand transitions keep at most 64 slots, each following the one before', {
  timeout: 120_000,
}, () => {
  const { room, names } = createLedger()
  let head = readHead(room, DOMAIN)
  for (let n = 1; n <= 10_000; n++) {
    const slot = slotAfter(head)
    if (!append(room, DOMAIN, head, slot)) throw new Error(`transition ${n} did not win`)
    head = { n, slot }
  }
  expect(readHead(room, DOMAIN)).toEqual(head)
  expect(names()).toHaveLength(64)
})

test('whoever read a slot that was withdrawn meanwhile does not win, even with nothing above', () => {
  const { room, file, move } = createLedger()
  move()
  const stale = move()
  fs.rmSync(file(2))
  expect(append(room, DOMAIN, stale, slotAfter(stale, 'late'))).toBe(false)
  expect(topNumber(room, DOMAIN)).toBe(1)
})

test('whoever read a slot in whose place another one stands now does not win', () => {
  const { room, file, move } = createLedger()
  const first = move()
  const stale = move()
  fs.rmSync(file(2))
  fs.writeFileSync(file(2), JSON.stringify(slotAfter(first, 'another')))
  expect(append(room, DOMAIN, stale, slotAfter(stale, 'late'))).toBe(false)
  expect(readHead(room, DOMAIN)).toMatchObject({ n: 2, slot: { op_id: 'another' } })
})

test('a text staged before the ledger was deleted goes with it, and is linked nowhere', () => {
  const { room, dir } = createLedger()
  const head: Head = { n: 0, slot: null }
  const deleteLedger = () => {
    fs.rmSync(dir, { recursive: true })
    fs.mkdirSync(dir)
    return true
  }
  expect(append(room, DOMAIN, head, slotAfter(head), deleteLedger)).toBe(false)
  expect(fs.readdirSync(dir)).toEqual([])
})

test('whoever read a ledger that was deleted since does not link into the one that came after', () => {
  const { room, dir, file, move } = createLedger()
  const stale = move(3)
  fs.rmSync(dir, { recursive: true })
  const head = move(3)
  const link = vi.spyOn(fs, 'linkSync')
  expect(append(room, DOMAIN, stale, slotAfter(stale, 'late'))).toBe(false)
  expect(link).not.toHaveBeenCalled()
  expect(fs.existsSync(file(4))).toBe(false)
  expect(readHead(room, DOMAIN)).toEqual(head)
  link.mockRestore()
})

test('a slot that others built on and outlived its base before its writer looked again counts', () => {
  const { room, dir, file, move } = createLedger()
  const head = move(2)
  const slot = slotAfter(head, 'mine')
  const link = fs.linkSync
  vi.spyOn(fs, 'linkSync').mockImplementationOnce((from, to) => {
    link(from, to)
    move(1)
    fs.rmSync(file(1))
    fs.rmSync(file(2))
  })
  expect(append(room, DOMAIN, head, slot)).toBe(true)
  expect(fs.readdirSync(dir)).toContain(path.basename(file(3)))
})
