/**
 * The claims ledger: per domain a sequence of write-once slots `000000000001 …` in `.state/ledger/<domain>/`. Who may write:
 * anybody who links the next number; the link decides, no lock does. Readers see the highest slot, which holds the domain's
 * complete set of claims. A crash before the link leaves nothing, after it a grant whose claim file is published later.
 * The rule after the link, and why it holds: docs/protocol.md, "Claims".
 */
import fs from 'node:fs'
import type { Moment } from '../protocol/claims.ts'
import { CoordError } from '../protocol/errors.ts'
import {
  appendSteps,
  type Head,
  headSteps,
  publishSteps,
  type SlotName,
  type Step,
  type Steps,
  topOf,
} from '../protocol/ledger.ts'
import type { Change, Slot } from '../protocol/records.ts'
import { dropStaged, linkStaged, type Staged, stageFile } from './atomic.ts'
import { asCoordError, codeOf, listNames, lookAt, ownDirectories, syncDirectory } from './disk.ts'
import { inRoom, isOwnDirectory, type Room } from './room.ts'
import { ledgerDirectory, quietSlot, readSlot, removeSlot, slotPath, slotText } from './slots.ts'

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

/** The head of a domain now, `known` to have been the one of a name. Throws `damaged` for an unreadable head. */
export function readHead(room: Room, domain: string, known?: SlotName): Head {
  if (known) refuseLinked(room, domain)
  const head = follow(headSteps(known), { room, domain })
  if (head) return head
  throw new CoordError('busy', `the ledger of ${domain} moves too fast to be read`, 'Try again.')
}

/** Who moves a ledger: its clock, its randomness, and where it says what it found. */
interface Mover {
  now(): Moment
  random(length: number): string
  warnings: string[]
}

/** The heads that this process made, by directory: where they still are, who moves the ledger on need not list it. */
const made = new Map<string, SlotName>()

/** Forget the head that this process made; whether there was one. A look by which nothing is moved is to be a list: it alone sees past a slot that is missing. */
export function forgetHead(room: Room, domain: string): boolean {
  return made.delete(ledgerDirectory(room, domain))
}

/** As a process that has not moved any ledger. */
export function forgetHeads(): void {
  made.clear()
}

/** As `readHead`, for who moves the ledger: a head that a power cut emptied is passed first. */
export function headToMove(room: Room, domain: string, mover: Mover): Head {
  try {
    return readHead(room, domain, made.get(ledgerDirectory(room, domain)))
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
  forgetHead(room, domain)
  try {
    const isAppended = follow(appendSteps(head, slot), on)
    if (isAppended) made.set(ledgerDirectory(room, domain), { n: head.n + 1, op_id: slot.op_id })
    return isAppended
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

/** What holds the entry of a new domain; for the first domain of a room, the directories that were made with it too. */
function directoriesAbove(room: Room): string[] {
  const ledger = inRoom(room, '.state/ledger')
  return listNames(ledger).length > 1 ? [ledger] : [ledger, inRoom(room, '.state'), room.root]
}
