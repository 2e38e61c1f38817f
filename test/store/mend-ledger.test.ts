import fs from 'node:fs'
import { expect, test } from 'vitest'
import type { Head } from '../../src/protocol/ledger.ts'
import { findDamagedSlots, mendHead, mendSlot } from '../../src/store/doctor/ledger.ts'
import { append, readHead, topNumber } from '../../src/store/ledger.ts'
import { openQuarantine } from '../../src/store/quarantine.ts'
import { slotFile } from '../../src/store/slots.ts'
import { EPOCH } from '../helpers/world.ts'
import { failing } from './helpers.ts'
import { createLedger, DOMAIN, slotAfter } from './ledger-room.ts'

const NOW = { wall: EPOCH, boot: null }

function createDamaged(slots: number) {
  const ledger = createLedger()
  const head = ledger.move(slots)
  const quarantine = openQuarantine(ledger.room, EPOCH, 'test')
  let serial = 0
  /** Mend until nothing is found, as doctor does. */
  const mend = () => {
    for (let found = findDamagedSlots(ledger.room); found.length > 0 && serial < 20; serial++) {
      for (const { kind, path } of found) {
        const op = `mended${serial}-${path.slice(-2)}`
        if (kind === 'damaged') mendHead(quarantine, path, { now: NOW, op_id: op })
        else mendSlot(quarantine, path, { now: NOW, op_id: op })
      }
      found = findDamagedSlots(ledger.room)
    }
    return readHead(ledger.room, DOMAIN)
  }
  const kinds = () => findDamagedSlots(ledger.room).map(({ kind, path }) => `${kind} ${path.slice(-2)}`)
  return { ...ledger, head, quarantine, mend, kinds }
}

test.each([
  ['junk', (file: string) => fs.writeFileSync(file, 'junk')],
  ['nothing', (file: string) => fs.writeFileSync(file, '')],
  ['a directory', (file: string) => fs.rmSync(file) ?? fs.mkdirSync(file)],
  ['a symlink', (file: string) => fs.rmSync(file) ?? fs.symlinkSync('/etc/hostname', file)],
])('with %s as its head a ledger goes on above it, and tokens go on growing', (_what, spoil) => {
  const { room, file, head, mend, kinds, move } = createDamaged(3)
  spoil(file(3))
  expect(kinds()).toEqual(['damaged 03'])
  const mended = mend()
  expect(mended.n).toBe(4)
  expect(mended.slot!.counter).toBeGreaterThanOrEqual(head.slot!.counter + 1)
  expect(kinds()).toEqual([])
  expect(move().n).toBe(5)
  expect(topNumber(room, DOMAIN)).toBe(5)
})

test('several unreadable slots, the head among them, are mended from above', () => {
  const { file, mend, kinds } = createDamaged(6)
  for (const n of [2, 5, 6]) fs.writeFileSync(file(n), 'junk')
  expect(kinds()).toEqual(['damaged-slot 02', 'damaged-slot 05', 'damaged 06'])
  expect(mend().n).toBe(7)
  expect(kinds()).toEqual([])
})

test('a ledger whose only slot is unreadable goes on', () => {
  const { file, mend, kinds } = createDamaged(1)
  fs.writeFileSync(file(1), 'junk')
  expect(mend()).toMatchObject({ n: 2, slot: { op: 'mend' } })
  expect(kinds()).toEqual([])
})

test('a slot above a gap is set aside, and the next token is above its own', () => {
  const { file, head, mend, kinds, names, quarantine } = createDamaged(6)
  fs.rmSync(file(5))
  expect(kinds()).toEqual(['damaged 06'])
  const mended = mend()
  expect(mended.n).toBe(5)
  expect(mended.slot!.counter).toBeGreaterThan(head.slot!.counter)
  expect(names()).toEqual([1, 2, 3, 4, 5].map((n) => slotFile(DOMAIN, n).slice(-12)))
  expect(quarantine.kept.map(({ path }) => path.slice(-1))).toEqual(['6'])
})

test('where slots are directories an unreadable one gets a readable slot inside', () => {
  const { room, file, move, mend, kinds } = createDamaged(0)
  failing('linkSync', 'EPERM')
  move(3)
  for (const n of [2, 3]) fs.writeFileSync(`${file(n)}/slot`, 'junk')
  expect(kinds()).toEqual(['damaged-slot 02', 'damaged 03'])
  expect(mend().n).toBe(4)
  expect(kinds()).toEqual([])
  expect(fs.statSync(file(2)).isDirectory()).toBe(true)
  expect(topNumber(room, DOMAIN)).toBe(4)
})

test('whoever read the ledger before its head was damaged and mended does not win', () => {
  const { room, file, head, mend } = createDamaged(3)
  const before: Head = { n: 2, slot: JSON.parse(fs.readFileSync(file(2), 'utf8')) }
  fs.writeFileSync(file(3), 'junk')
  const mended = mend()
  for (const stale of [before, head])
    expect(append(room, DOMAIN, stale, slotAfter(stale, 'late'))).toBe(false)
  expect(readHead(room, DOMAIN)).toEqual(mended)
})

test('a second mender finds nothing to do, and a moving ledger is left alone', () => {
  const { room, file, quarantine, mend, move } = createDamaged(3)
  fs.writeFileSync(file(3), 'junk')
  mend()
  const path = slotFile(DOMAIN, 3)
  expect(mendHead(quarantine, path, { now: NOW, op_id: 'again' })).toBeNull()
  expect(mendSlot(quarantine, path, { now: NOW, op_id: 'again' })).toBeNull()
  const head = move()
  expect(mendHead(quarantine, path, { now: NOW, op_id: 'again' })).toBeNull()
  expect(readHead(room, DOMAIN)).toEqual(head)
})

test('a slot of a newer coord is never mended', () => {
  const { file, quarantine, kinds } = createDamaged(3)
  fs.writeFileSync(file(3), '{"version":2}')
  expect(kinds()).toEqual(['newer 03'])
  expect(mendHead(quarantine, slotFile(DOMAIN, 3), { now: NOW, op_id: 'op' })).toBeNull()
  expect(fs.existsSync(file(4))).toBe(false)
})
