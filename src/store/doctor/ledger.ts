/**
 * Damaged ledgers. An unreadable head stays where it is, and the next slot is linked above it as any transition is: whoever read the
 * ledger before loses the link, and at no moment does a process see a state older than the lost one. Slots below the
 * head are replaced in their place, never moved: a gap would make the slots above it strays. A crash leaves a ledger that is as
 * damaged as it was, or mended.
 */
import type { Moment } from '../../protocol/claims.ts'
import type { Finding } from '../../protocol/faults.ts'
import { isNative, toClaim } from '../../protocol/foreign.ts'
import { fillerSlot, type Memory, mendHoldings } from '../../protocol/mend-ledger.ts'
import { decodeName } from '../../protocol/names.ts'
import type { Lease, Slot } from '../../protocol/records.ts'
import { nextSlot } from '../../protocol/slots.ts'
import { formatInstant } from '../../protocol/time.ts'
import { replaceFile } from '../atomic.ts'
import { listClaimFiles, publish } from '../claims.ts'
import { lookAt, readText } from '../disk.ts'
import { listHeldMarks } from '../held.ts'
import { append, listDomains, numbers, topNumber } from '../ledger.ts'
import { keepOriginal, moveAside, type Quarantine } from '../quarantine.ts'
import { CAPS } from '../records.ts'
import { domain as domainOf, inRoom, listIn, place, type Room } from '../room.ts'
import { readSlot, SLOT_FILE, slotFile } from '../slots.ts'

const UPDATE = 'npm install -g git-coord@latest'

/** Damaged heads, gaps, and slots below the head that can't be read. */
export function findDamagedSlots(room: Room): Finding[] {
  return listDomains(room).flatMap((domain) => {
    const all = numbers(room, domain)
    const top = topNumber(room, domain)
    const strays = all.filter((n) => n > top)
    const bad = all.filter((n) => n <= top && stateOf(room, domain, n) === 'damaged')
    const newer = all.filter((n) => stateOf(room, domain, n) === 'newer')
    return [
      ...newer.slice(-1).map((n) => finding(domain, n, 'newer', 'was written by a newer coord', UPDATE)),
      ...(strays.length > 0 ? [finding(domain, strays[0]!, 'damaged', 'slots below it are missing')] : []),
      ...bad.map((n) =>
        n === top
          ? finding(domain, n, 'damaged', "the head of this ledger can't be read; its claims are stuck")
          : finding(domain, n, 'damaged-slot', "this slot can't be read; what it tells of the past is lost"),
      ),
    ]
  })
}

const finding = (domain: string, n: number, kind: string, detail: string, fix?: string): Finding => ({
  path: slotFile(domain, n),
  kind,
  detail,
  ...(fix === undefined ? {} : { fix }),
})

/** `gone`, readable (`whole`), `newer`, `damaged`, or `forbidden` where this user may not read it. */
function stateOf(room: Room, domain: string, n: number): string {
  if (slotOf(room, domain, n)) return 'whole'
  const file = inRoom(room, slotFile(domain, n))
  const inner = lookAt(file)?.isDirectory() ? `${file}/${SLOT_FILE}` : file
  const reading = readText(inner, CAPS.slot)
  if ('missing' in reading) return lookAt(file) ? 'damaged' : 'gone'
  if ('trouble' in reading) return reading.kind === 'unreadable' ? 'forbidden' : 'damaged'
  return isNewer(reading.text) ? 'newer' : 'damaged'
}

function isNewer(text: string): boolean {
  try {
    return (JSON.parse(text) as { version?: number }).version! > 1
  } catch {
    return false
  }
}

function slotOf(room: Room, domain: string, n: number): Slot | null {
  try {
    return readSlot(room, domain, n)
  } catch {
    return null
  }
}

/** When a ledger is mended, and the id of the operation that does it. */
interface Mending {
  now: Moment
  op_id: string
}

/** Let a ledger go on above what can't be read; what was done, or null where it was mended meanwhile or may not be. */
export function mendHead(quarantine: Quarantine, path: string, { now, op_id }: Mending): string | null {
  const { room } = quarantine
  const domain = path.split('/')[2]!
  const lost = findLost(room, domain)
  if (!lost) return null
  for (const n of lost.strays) setAside(room, quarantine, slotFile(domain, n))
  return goOnAbove(room, domain, lost, { now, op_id })
}

/**
 * Let a ledger go on above a head that a power cut emptied: its slot was not synced (a hook's claim, or `claims.durability` is `process`),
 * is empty or all zeros, and was written before this boot. Whoever it was given to is gone with the power. What to say of it;
 * nothing where the head is anything else.
 */
export function passEmptied(room: Room, domain: string, now: Moment, op_id: string): string[] {
  const file = slotFile(domain, topNumber(room, domain))
  const lost = isEmptied(room, file, now) ? findLost(room, domain) : null
  const done = lost?.strays.length === 0 ? goOnAbove(room, domain, lost, { now, op_id }) : null
  return done === null ? [] : [`${file} was lost to a power cut: the ledger ${done}`]
}

function isEmptied(room: Room, file: string, { wall, boot }: Moment): boolean {
  const stat = lookAt(inRoom(room, file))
  if (!stat?.isFile() || !boot || stat.mtimeMs >= wall - boot.ms) return false
  const reading = readText(inRoom(room, file), CAPS.slot)
  return 'text' in reading && /^\0*$/.test(reading.text)
}

function goOnAbove(room: Room, domain: string, lost: Lost, { now, op_id }: Mending): string | null {
  const { holdings, changes } = holdingsAfter(room, domain, lost, now)
  const { top, last } = lost
  const known = lost.readable === top ? last : null
  const slot = nextSlot(known, { op: 'mend', holdings, changes }, 'coord', op_id, now)
  if (!append(room, domain, { n: top, slot: known }, slot)) return null
  const concerned = [...(last?.claims ?? []), ...holdings.claims]
  publish(room, domain, concerned, last?.claims ?? [], { n: top + 1, slot })
  return `goes on at slot ${top + 1}, tokens from ${holdings.counter + 1}`
}

/** A ledger that can't go on by itself. */
interface Lost {
  /** The number to go on above, and the last one below it that can be read, 0 for none, with its slot. */
  top: number
  readable: number
  last: Slot | null
  /** The slots above a gap, highest first, and the counters of those that can be read. */
  strays: number[]
  counters: number[]
}

/** What is lost of a ledger; null where nothing is, or where a slot is none of ours to judge. */
function findLost(room: Room, domain: string): Lost | null {
  const all = numbers(room, domain)
  const top = topNumber(room, domain)
  if (all.some((n) => ['newer', 'forbidden'].includes(stateOf(room, domain, n)))) return null
  const strays = all.filter((n) => n > top).reverse()
  const readable = all.filter((n) => n <= top && slotOf(room, domain, n)).at(-1) ?? 0
  if (strays.length === 0 && readable === top) return null
  const counters = strays.flatMap((n) => slotOf(room, domain, n)?.counter ?? [])
  return { top, readable, last: slotOf(room, domain, readable), strays, counters }
}

/** What the domain holds by all traces, its counter above every one that can be read. */
function holdingsAfter(room: Room, domain: string, lost: Lost, now: Moment) {
  const { top, readable, last, strays, counters } = lost
  const unreadable = Math.max(top - readable, (strays[0] ?? top) - top)
  const traces = { last, unreadable, files: filesOf(room, domain, now), memories: memoriesOf(room, domain) }
  const mended = mendHoldings(domain, traces, now, room.config.claims.defaultFor)
  mended.holdings.counter = Math.max(mended.holdings.counter, ...counters.map((counter) => counter + 1))
  return mended
}

function setAside(room: Room, quarantine: Quarantine, path: string): void {
  const seen = lookAt(inRoom(room, path))
  if (seen) moveAside(quarantine, path, seen)
}

function filesOf(room: Room, domain: string, now: Moment): Lease[] {
  return listClaimFiles({ ...room, problems: [] }, now.wall).filter(
    (lease) =>
      !lease.foreign &&
      isNative(toClaim(lease)) &&
      domainOf(lease.resource_type, lease.resource_name) === domain,
  )
}

function memoriesOf(room: Room, domain: string): Memory[] {
  const sessions = listIn(room, '.state/held').flatMap((name) => decodeName(name) ?? [])
  return sessions
    .flatMap((session) => listHeldMarks(room, session).map((mark) => ({ ...mark, session })))
    .filter((mark) => domainOf(mark.resource_type, mark.resource_name) === domain)
}

/** Put a readable slot in the place of an unreadable one below the head; what was done, or null. */
export function mendSlot(quarantine: Quarantine, path: string, { now, op_id }: Mending): string | null {
  const { room } = quarantine
  const [, , domain, name] = path.split('/') as [string, string, string, string]
  const n = Number(name)
  if (n >= topNumber(room, domain) || stateOf(room, domain, n) !== 'damaged') return null
  const filler = fillerSlot(
    slotOf(room, domain, n - 1),
    slotOf(room, domain, n + 1),
    op_id,
    formatInstant(now.wall),
  )
  const file = lookAt(inRoom(room, path))?.isDirectory() ? `${path}/${SLOT_FILE}` : path
  if (lookAt(inRoom(room, file))?.isDirectory()) setAside(room, quarantine, file)
  else keepOriginal(quarantine, file)
  replaceFile(place(room, file), `${JSON.stringify(filler)}\n`, true)
  return 'replaced by a slot that says it is lost'
}
