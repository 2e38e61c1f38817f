/** Who moves a ledger again need not list it: what it made is still the head where nobody has the next number. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { Head } from '../../src/protocol/ledger.ts'
import { forgetDirectories } from '../../src/store/atomic.ts'
import { append, headToMove, readHead } from '../../src/store/ledger.ts'
import type { Room } from '../../src/store/room.ts'
import { codeOf, failing } from './helpers.ts'
import { createLedger, DOMAIN, slotAfter } from './ledger-room.ts'

const mover = { now: () => ({ wall: 0, boot: null }), random: () => 'x', warnings: [] }
const toMove = (room: Room): Head => headToMove(room, DOMAIN, mover)

/** Slots after a head as another process writes them; the last one. */
function moveOn(file: (n: number) => string, from: Head, times: number): Head {
  let head = from
  for (; times > 0; times--) {
    const slot = slotAfter(head)
    head = { n: head.n + 1, slot }
    fs.writeFileSync(file(head.n), JSON.stringify(slot))
  }
  return head
}

test('a head that this process made is not looked for; one that others moved on is', () => {
  const { room, file, move } = createLedger()
  const head = move(2)
  const lists = failing('readdirSync', 'EIO', () => false)
  expect(toMove(room)).toEqual(head)
  expect(lists).not.toHaveBeenCalled()
  const other = moveOn(file, head, 1)
  expect(toMove(room)).toEqual(other)
  expect(lists).toHaveBeenCalledOnce()
})

test('a late slot under a number that was collected is not the head, though its number is the one that this process made', () => {
  const { room, file, move } = createLedger()
  const before = move()
  const head = moveOn(file, move(), 70)
  for (let n = 1; n <= 8; n++) fs.rmSync(file(n))
  fs.writeFileSync(file(2), JSON.stringify(slotAfter(before, 'late')))
  expect(toMove(room)).toEqual(head)
})

test('a ledger that was deleted and begun again is not taken for the one that was moved', () => {
  const { room, dir, file, move } = createLedger()
  move(2)
  fs.rmSync(dir, { recursive: true })
  expect(toMove(room)).toEqual({ n: 0, slot: null })
  fs.mkdirSync(dir)
  const head = moveOn(file, { n: 0, slot: null }, 2)
  expect(toMove(room)).toEqual(head)
})

test('a ledger that is behind a link now is damaged', () => {
  const { room, dir, move } = createLedger()
  move(2)
  const copy = path.join(path.dirname(room.root), 'copy')
  fs.renameSync(dir, copy)
  fs.symlinkSync(copy, dir)
  forgetDirectories()
  expect(codeOf(() => toMove(room))).toBe('damaged')
})

test('above a slot that is missing the ledger goes on where a list tells, after one lost move at most', () => {
  const { room, file, move } = createLedger()
  const made = move(3)
  const head = moveOn(file, made, 4)
  fs.rmSync(file(4))
  expect(toMove(room)).toEqual(made)
  expect(append(room, DOMAIN, made, slotAfter(made))).toBe(false)
  expect(toMove(room)).toEqual(head)
  expect(readHead(room, DOMAIN)).toEqual(head)
})
