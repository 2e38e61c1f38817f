/** What a power cut leaves of slots that were not synced: the next move goes on above them, and nothing else is taken for such a slot. */
import fs from 'node:fs'
import { expect, test } from 'vitest'
import { passEmptied } from '../../src/store/doctor/ledger.ts'
import { readHead } from '../../src/store/ledger.ts'
import { EPOCH } from '../helpers/world.ts'
import { createLedger, DOMAIN } from './ledger-room.ts'

const HOUR = 3_600_000
/** The machine was started an hour ago. */
const NOW = { wall: EPOCH, boot: { id: 'this-boot', ms: HOUR } }

/** A ledger of three slots whose head holds `text` since so many hours. */
function createCut(text: string, hours: number) {
  const ledger = createLedger()
  const before = ledger.move(3)
  fs.writeFileSync(ledger.file(3), text)
  const written = (EPOCH - hours * HOUR) / 1000
  fs.utimesSync(ledger.file(3), written, written)
  return { ...ledger, before }
}

test.each([
  ['is empty', ''],
  ['is all zeros', '\0'.repeat(612)],
])(
  'a head that %s and older than this boot is passed, and its ledger goes on with a higher token',
  (_, text) => {
    const { room, before, move } = createCut(text, 2)
    const said = passEmptied(room, DOMAIN, NOW, 'passing')
    expect(said).toEqual([expect.stringContaining('was lost to a power cut: the ledger goes on at slot 4')])
    const head = readHead(room, DOMAIN)
    expect(head).toMatchObject({ n: 4, slot: { op: 'mend', op_id: 'passing' } })
    expect(head.slot!.counter).toBeGreaterThan(before.slot!.counter)
    expect(move().n).toBe(5)
  },
)

test.each([
  ['that was emptied since this boot', '', 0.5, NOW],
  ['that holds something else', '{"version":', 2, NOW],
  ['where this boot is not known', '', 2, { ...NOW, boot: null }],
])('a head %s is left to doctor', (_, text, hours, now) => {
  const { room, names } = createCut(text, hours)
  expect(passEmptied(room, DOMAIN, now, 'passing')).toEqual([])
  expect(names()).toHaveLength(3)
  expect(() => readHead(room, DOMAIN)).toThrow("can't be read")
})

test('a readable head is never passed, however old it is', () => {
  const { room, move, file } = createLedger()
  move(3)
  fs.utimesSync(file(3), 0, 0)
  expect(passEmptied(room, DOMAIN, NOW, 'passing')).toEqual([])
  expect(readHead(room, DOMAIN).n).toBe(3)
})
