/**
 * The slots of a ledger as files: each is written once, by `store/ledger.ts`, and read whole (only the doctor replaces one that can't be
 * read). Where hard links are refused a slot is a directory with the file in it.
 */
import fs from 'node:fs'
import path from 'node:path'
import { isTooDeep } from '../protocol/depth.ts'
import { CoordError } from '../protocol/errors.ts'
import type { Slot } from '../protocol/records.ts'
import { isRecord } from '../protocol/shapes.ts'
import { codeOf, readText } from './disk.ts'
import { CAPS } from './records.ts'
import { inRoom, type Room } from './room.ts'

/** Where the slots of a domain lie, to be watched. */
export const ledgerDirectory = (room: Room, domain: string) => inRoom(room, '.state/ledger', domain)
const slotName = (n: number) => String(n).padStart(12, '0')

/** The path of a slot on the disk. */
export const slotPath = (room: Room, domain: string, n: number): string =>
  `${ledgerDirectory(room, domain)}/${slotName(n)}`

/** The same in the room. */
export const slotFile = (domain: string, n: number): string => `.state/ledger/${domain}/${slotName(n)}`

/** The file inside a slot that was published as a directory. */
export const SLOT_FILE = 'slot'

/** The slot read last: a move looks at the same ones again and again. */
let latest: { text: string; slot: Slot } | undefined

/** The slot of a number; null when it is gone. Throws `damaged` when it is there but can't be read. */
export function readSlot(room: Room, domain: string, n: number): Slot | null {
  const file = slotPath(room, domain, n)
  let reading = readText(file, CAPS.slot)
  if ('kind' in reading && reading.kind === 'not-a-file' && isDirectory(file)) {
    reading = readText(`${file}/${SLOT_FILE}`, CAPS.slot)
    if ('missing' in reading && isDirectory(file)) reading = { trouble: 'is empty', kind: 'not-a-file' }
  }
  if ('missing' in reading) return null
  if ('text' in reading) {
    if (reading.text === latest?.text) return latest.slot
    try {
      const slot: unknown = !isTooDeep(reading.text) && JSON.parse(reading.text)
      if (isRecord('slot', slot)) {
        latest = { text: reading.text, slot }
        return slot
      }
    } catch {
      // Falls through to the refusal below.
    }
  }
  const where = path.relative(path.dirname(room.root), file)
  throw new CoordError(
    'damaged',
    `the ledger slot ${where} can't be read`,
    'Other resources work on; coord doctor --fix mends it.',
    { path: where, domain },
  )
}

const isDirectory = (file: string) => fs.lstatSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false

/** A slot as it is written. Throws `conflict` where it would be longer than readers take. */
export function slotText(domain: string, slot: Slot): string {
  const text = `${JSON.stringify(slot)}\n`
  if (text.length > CAPS.slot / 2 && Buffer.byteLength(text) > CAPS.slot)
    throw new CoordError(
      'conflict',
      `too many claims at once in ${domain}`,
      'Release some: coord claims --expired lists what may go.',
    )
  return text
}

/** As readSlot, null also for one that can't be read. */
export function quietSlot(room: Room, domain: string, n: number): Slot | null {
  try {
    return readSlot(room, domain, n)
  } catch {
    return null
  }
}

/** Remove a slot; false where it can't be. */
export function removeSlot(room: Room, domain: string, n: number): boolean {
  const file = slotPath(room, domain, n)
  try {
    fs.unlinkSync(file)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true
    return ['EISDIR', 'EPERM'].includes(codeOf(error)) && room.lazy.upkeep().removeSlotDirectory(file)
  }
}
