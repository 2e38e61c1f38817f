import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { append, listDomains, readHead, readPast, topNumber } from '../../src/store/ledger.ts'
import { ROOM_NAME } from '../../src/store/room.ts'
import { beforeCall, codeOf, errorOf, failing, LOOKS } from './helpers.ts'
import { createLedger, DOMAIN, slotAfter } from './ledger-room.ts'

test('an empty domain has head 0; each append is the next head and follows the one before', () => {
  const { room, move } = createLedger()
  expect(readHead(room, DOMAIN)).toEqual({ n: 0, slot: null })
  const first = move()
  const second = move()
  expect([first.n, second.n, topNumber(room, DOMAIN)]).toEqual([1, 2, 2])
  expect(second.slot!.prev_op).toBe(first.slot!.op_id)
  expect(listDomains(room)).toEqual([DOMAIN])
})

test('of two that read the same head only one wins, and the slot of the winner stays', () => {
  const { room, move } = createLedger()
  const head = move()
  expect(append(room, DOMAIN, head, slotAfter(head, 'winner'))).toBe(true)
  expect(append(room, DOMAIN, head, slotAfter(head, 'loser'))).toBe(false)
  expect(readHead(room, DOMAIN)).toMatchObject({ n: 2, slot: { op_id: 'winner' } })
})

test('a link whose answer was lost is found again by its op_id', () => {
  const { room, names } = createLedger()
  const head = readHead(room, DOMAIN)
  const slot = slotAfter(head)
  expect(append(room, DOMAIN, head, slot)).toBe(true)
  expect(append(room, DOMAIN, head, slot)).toBe(true)
  expect(names()).toEqual(['000000000001'])
})

test('a winner that others already built upon still learns that it won', () => {
  const { room, file, move } = createLedger()
  const head = move()
  const mine = slotAfter(head)
  fs.writeFileSync(file(2), JSON.stringify(mine))
  fs.writeFileSync(file(3), JSON.stringify(slotAfter({ n: 2, slot: mine })))
  expect(append(room, DOMAIN, head, mine)).toBe(true)
  expect(topNumber(room, DOMAIN)).toBe(3)
})

test('a stray slot above a gap is not the head', () => {
  const { room, file, move } = createLedger()
  const head = move(3)
  fs.writeFileSync(file(9), JSON.stringify(slotAfter(head, 'stray')))
  expect(readHead(room, DOMAIN)).toEqual(head)
})

test('temporary files and other names in a domain are not slots', () => {
  const { room, dir, move } = createLedger()
  const head = move()
  for (const name of ['.tmp-1-x-0', '2', 'abc', '000000000002.bak'])
    fs.writeFileSync(path.join(dir, name), 'x')
  expect(readHead(room, DOMAIN)).toEqual(head)
})

test.each([
  ['junk', 'junk'],
  ['a truncated slot', '{"version":1,"op":"claim"'],
  ['an empty file', ''],
  ['a slot of another version', '{"version":2}'],
])('%s as the head is damaged, for its domain only, with its path', (_what, text) => {
  const { room, file, move } = createLedger()
  move(2)
  fs.writeFileSync(file(2), text)
  const where = `${ROOM_NAME}/.state/ledger/${DOMAIN}/000000000002`
  expect(errorOf(() => readHead(room, DOMAIN))).toMatchObject({ code: 'damaged', details: { path: where } })
  expect(readHead(room, 'droplet-other')).toEqual({ n: 0, slot: null })
})

test('a symlink as the head is damaged and not followed', () => {
  const { room, file, move } = createLedger()
  const head = move()
  const copy = path.join(path.dirname(room.root), 'copy')
  fs.writeFileSync(copy, JSON.stringify(slotAfter(head)))
  fs.symlinkSync(copy, file(2))
  expect(codeOf(() => readHead(room, DOMAIN))).toBe('damaged')
})

test('the past is told newest first and skips what can not be read', () => {
  const { room, file, move } = createLedger()
  const first = move()
  const second = move()
  const third = move()
  fs.writeFileSync(file(2), 'junk')
  const told = readPast(room, DOMAIN).map((change) => change.claim_id)
  expect(told).toEqual([third.slot!.op_id, first.slot!.op_id])
  expect(told).not.toContain(second.slot!.op_id)
})

test('a slot over 1 MiB is refused as a conflict and leaves nothing', () => {
  const { room, dir } = createLedger()
  const head = readHead(room, DOMAIN)
  const slot = { ...slotAfter(head), filler: 'x'.repeat(1 << 20) }
  expect(codeOf(() => append(room, DOMAIN, head, slot))).toBe('conflict')
  expect(fs.existsSync(dir)).toBe(false)
})

test('the last 64 slots are kept', () => {
  const { names, move } = createLedger()
  move(64)
  expect(names()).toHaveLength(64)
  move(6)
  expect(names()).toHaveLength(64)
  expect(names()[0]).toBe('000000000007')
})

test('slots are deleted in ascending order, and the first that resists ends it', () => {
  const { names, file, move } = createLedger()
  move(64)
  const spy = failing('unlinkSync', 'EACCES', (name) => name === file(2))
  move(5)
  const gone = spy.mock.calls.map(([name]) => String(name)).filter((name) => /\/\d{12}$/.test(name))
  expect(gone.slice(0, 2)).toEqual([file(1), file(2)])
  expect(new Set(gone)).toEqual(new Set([file(1), file(2)]))
  expect(names()[0]).toBe('000000000002')
  spy.mockRestore()
  move()
  expect(names()).toHaveLength(64)
})

test('an empty directory as the head is damaged, not looked for again and again', () => {
  const { room, file, move } = createLedger()
  move()
  fs.mkdirSync(file(2))
  expect(codeOf(() => readHead(room, DOMAIN))).toBe('damaged')
})

test.each([`.state/ledger/${DOMAIN}`, '.state/ledger'])(
  'a ledger behind a link at %s is damaged, so nobody reads it or goes on from it',
  (where) => {
    const { room: elsewhere, move } = createLedger()
    move()
    const { room } = createLedger()
    fs.rmSync(path.join(room.root, where), { recursive: true, force: true })
    fs.mkdirSync(path.dirname(path.join(room.root, where)), { recursive: true })
    fs.symlinkSync(path.join(elsewhere.root, where), path.join(room.root, where))
    expect(errorOf(() => readHead(room, DOMAIN))).toMatchObject({
      code: 'damaged',
      details: { path: `.state/ledger/${DOMAIN}` },
    })
  },
)

test('a ledger that another process makes at any moment of a look is read, and is no link', () => {
  for (let n = 1; ; n++) {
    const { room, dir } = createLedger()
    const reached = beforeCall(n, () => fs.mkdirSync(dir, { recursive: true }), LOOKS)
    expect(readHead(room, DOMAIN), `made before call ${n}`).toEqual({ n: 0, slot: null })
    if (!reached()) break
  }
})
