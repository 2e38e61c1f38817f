/**
 * The claims ledger: per domain a sequence of write-once slots `000000000001 …` in `.state/ledger/<domain>/`. Who may write:
 * anybody who links the next number; the link decides, no lock does. Readers see the highest slot, which holds the domain's
 * complete set of claims. A crash before the link leaves nothing, after it a grant whose claim file is published later.
 * The rule after the link, and why it holds: docs/protocol.md, "Claims".
 */
import fs from 'node:fs'
import path from 'node:path'
import type { Moment } from '../protocol/claims.ts'
import { isTooDeep } from '../protocol/depth.ts'
import { CoordError } from '../protocol/errors.ts'
import {
  appendSteps,
  type Head,
  headSteps,
  publishSteps,
  type Step,
  type Steps,
  topOf,
} from '../protocol/ledger.ts'
import type { Change, Slot } from '../protocol/records.ts'
import { isRecord } from '../protocol/shapes.ts'
import { dropStaged, linkStaged, type Staged, stageFile } from './atomic.ts'
import { asCoordError, codeOf, listNames, lookAt, ownDirectories, readText, syncDirectory } from './disk.ts'
import { CAPS } from './records.ts'
import { inRoom, isOwnDirectory, type Room } from './room.ts'

/** Where the slots of a domain lie, to be watched. */
export const ledgerDirectory = (room: Room, domain: string) => inRoom(room, '.state/ledger', domain)
const slotName = (n: number) => String(n).padStart(12, '0')
const slotPath = (room: Room, domain: string, n: number) => `${ledgerDirectory(room, domain)}/${slotName(n)}`

/** The path of a slot in the room. */
export const slotFile = (domain: string, n: number): string => `.state/ledger/${domain}/${slotName(n)}`

/** The slot numbers of a domain, ascending. Throws what keeps the disk from telling: a ledger that can't be listed is not an empty one. */
export function numbers(room: Room, domain: string): number[] {
  refuseLinked(room, domain)
  const found: number[] = []
  for (const name of slotNames(ledgerDirectory(room, domain)))
    if (/^\d{12}$/.test(name)) found.push(Number(name))
  return found.sort((a, b) => a - b)
}

/** A ledger behind a link lies outside of the room: neither read nor written. Throws `damaged`. */
function refuseLinked(room: Room, domain: string): void {
  if (isOwnDirectory(room, `.state/ledger/${domain}`)) return
  const stat = lookAt(ledgerDirectory(room, domain))
  if (!stat?.isDirectory() && !stat?.isSymbolicLink()) return
  // It may have been made between the two looks.
  if (isOwnDirectory(room, `.state/ledger/${domain}`)) return
  throw room.lazy.words().linkedLedger(domain)
}

function slotNames(dir: string): string[] {
  try {
    return ownDirectories.has(dir) || fs.existsSync(dir) ? fs.readdirSync(dir) : []
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return []
    throw asCoordError(error, dir)
  }
}

/** The number of a domain's head, 0 for none. */
export function topNumber(room: Room, domain: string): number {
  return topOf(numbers(room, domain))
}

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

/** The head of a domain now. Throws `damaged` for an unreadable head. */
export function readHead(room: Room, domain: string): Head {
  const head = follow(headSteps(), { room, domain })
  if (head) return head
  throw new CoordError('busy', `the ledger of ${domain} moves too fast to be read`, 'Try again.')
}

/** Who moves a ledger: its clock, its randomness, and where it says what it found. */
interface Mover {
  now(): Moment
  random(length: number): string
  warnings: string[]
}

/** As `readHead`, for who moves the ledger: a head that a power cut emptied is passed first. */
export function headToMove(room: Room, domain: string, mover: Mover): Head {
  try {
    return readHead(room, domain)
  } catch {
    mover.warnings.push(...room.lazy.ledgers().passEmptied(room, domain, mover.now(), mover.random(20)))
    return readHead(room, domain)
  }
}

/** The kept slots of a domain up to its head, ascending; one that can't be read is left out. */
export function readSlots(room: Room, domain: string): { n: number; slot: Slot }[] {
  const all = numbers(room, domain)
  const top = topOf(all)
  return all.flatMap((n) => {
    const slot = n <= top && quietSlot(room, domain, n)
    return slot ? [{ n, slot }] : []
  })
}

/** The changes that the kept slots remember, newest first. */
export function readPast(room: Room, domain: string): Change[] {
  return readSlots(room, domain)
    .flatMap(({ slot }) => slot.changes.map((change) => ({ ...change, at: slot.at })))
    .reverse()
}

/** Every domain that has a ledger. */
export function listDomains(room: Room): string[] {
  return listNames(inRoom(room, '.state/ledger')).filter((name) => !name.startsWith('.'))
}

/** What the steps of a ledger are performed on, and with. */
interface Performance {
  room: Room
  domain: string
  unchanged?: () => boolean
  publish?: (head: Head) => void
  staged?: Staged
}

/** Take steps one after the other, each with what the one before gave. */
function follow<Result>(steps: Steps<Result>, on: Performance): Result {
  let at = steps.next()
  while (!at.done) at = steps.next(perform(at.value, on))
  return at.value
}

function perform(step: Step, on: Performance): unknown {
  const { room, domain } = on
  if (step.act === 'list') return numbers(room, domain)
  if (step.act === 'probe') return lookAt(slotPath(room, domain, step.n)) !== undefined
  if (step.act === 'read') return (step.head ? readSlot : quietSlot)(room, domain, step.n)
  if (step.act === 'unchanged') return on.unchanged?.() ?? true
  if (step.act === 'remove') return removeSlot(room, domain, step.n)
  if (step.act === 'publish') return on.publish?.(step.head)
  const durable = room.config.claims.durability === 'power'
  if (step.act === 'stage') {
    const file = slotPath(room, domain, step.n)
    on.staged = stageFile({ root: room.root, file }, slotText(domain, step.slot), durable)
  }
  if (step.act === 'link') {
    const above = durable && step.n === 1 ? directoriesAbove(room) : []
    return linkStaged(on.staged!, {
      otherwise: (staged) => room.lazy.upkeep().addSlotDirectory(staged),
      above,
    })
  }
  if (step.act === 'settle' && durable) syncDirectory(ledgerDirectory(room, domain))
}

/**
 * Put a slot after the head that was read. False when somebody else decided first, or the head was history already: then
 * read again and decide again. `unchanged` is asked where there was no ledger: whether what the decision rests on is as it was.
 * Throws `conflict` for a slot over 1 MiB.
 */
export function append(room: Room, domain: string, head: Head, slot: Slot, unchanged = () => true): boolean {
  const on: Performance = { room, domain, unchanged }
  try {
    return follow(appendSteps(head, slot), on)
  } finally {
    if (on.staged) dropStaged(on.staged)
  }
}

/** Publish an appended head with `publish`, and again while the ledger moves; false when it was deleted meanwhile. */
export function publishWith(
  room: Room,
  domain: string,
  appended: Head,
  publish: (head: Head) => void,
): boolean {
  return follow(publishSteps(appended), { room, domain, publish })
}

function slotText(domain: string, slot: Slot): string {
  const text = `${JSON.stringify(slot)}\n`
  if (text.length > CAPS.slot / 2 && Buffer.byteLength(text) > CAPS.slot)
    throw new CoordError(
      'conflict',
      `too many claims at once in ${domain}`,
      'Release some: coord claims --expired lists what may go.',
    )
  return text
}

/** What holds the entry of a new domain; for the first domain of a room, the directories that were made with it too. */
function directoriesAbove(room: Room): string[] {
  const ledger = inRoom(room, '.state/ledger')
  return listNames(ledger).length > 1 ? [ledger] : [ledger, inRoom(room, '.state'), room.root]
}

function quietSlot(room: Room, domain: string, n: number): Slot | null {
  try {
    return readSlot(room, domain, n)
  } catch {
    return null
  }
}

function removeSlot(room: Room, domain: string, n: number): boolean {
  const file = slotPath(room, domain, n)
  try {
    fs.unlinkSync(file)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true
    return ['EISDIR', 'EPERM'].includes(codeOf(error)) && room.lazy.upkeep().removeSlotDirectory(file)
  }
}
