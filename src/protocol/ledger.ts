/**
 * The steps by which a domain's ledger is read and moved, as data: who follows them performs one act at a time and gives back what it
 * found. `store/ledger.ts` performs them on the disk; the model in the tests performs them in every order that processes can have.
 */
import type { Slot } from './records.ts'
import { isWon } from './slots.ts'

/** The head of a domain: slot number 0 and null where nothing was ever decided. */
export interface Head {
  n: number
  slot: Slot | null
}

/** One act on a ledger, each atomic for other processes. The answer is what `Steps` names beside it. */
export type Step =
  /** The numbers of all slots, ascending: `number[]`. */
  | { act: 'list' }
  /** Whether there is a slot of a number, readable or not: `boolean`. */
  | { act: 'probe'; n: number }
  /** The slot of a number: `Slot`, null when it is gone. With `head`, one that can't be read ends everything; else it is null too. */
  | { act: 'read'; n: number; head: boolean }
  /** Write the slot to a temporary file in the ledger, which is lost with it. */
  | { act: 'stage'; n: number; slot: Slot }
  /** Whether what was decided from outside the ledger, where there was none, still holds: `boolean`. */
  | { act: 'unchanged' }
  /** Give the temporary file the name of a number: `boolean`, false when the name or the temporary file is taken or gone. */
  | { act: 'link'; n: number }
  /** Let what was linked survive a power loss. */
  | { act: 'settle' }
  /** Remove a slot: `boolean`, false when it can't be removed. */
  | { act: 'remove'; n: number }
  /** Bring the claim files in line with a head. */
  | { act: 'publish'; head: Head }

export type Steps<Result> = Generator<Step, Result, unknown>

/** The rules that a move follows; the tests plant faults in them. */
export interface Rules {
  isWon: typeof isWon
  /** Whether a slot is the one that was read or linked, by the ids of their operations; null: none is there. */
  isSame: (found: string | null, known: string) => boolean
  /** Which of all slots may go, in the order in which they go. */
  collectable: (all: number[]) => number[]
}

const KEPT = 64

/** Keep the last 64 slots; delete the others in ascending order, so that a gap may only ever open at the bottom. */
export const RULES: Rules = {
  isWon,
  isSame: (found, known) => found === known,
  collectable: (all) => all.slice(0, -KEPT),
}

const READ_TRIES = 100

function* list(): Steps<number[]> {
  return (yield { act: 'list' }) as number[]
}

function* read(n: number, head = false): Steps<Slot | null> {
  return (yield { act: 'read', n, head }) as Slot | null
}

function* opOf(n: number): Steps<string | null> {
  return (yield* read(n))?.op_id ?? null
}

/** The highest slot that counts: one without its predecessor, while lower ones exist, was linked into collected history. */
export function topOf(all: number[]): number {
  let last = all.length - 1
  while (last > 0 && all[last - 1] !== all[last]! - 1) last--
  return all[last] ?? 0
}

/** A slot by its number and the operation that wrote it. */
export interface SlotName {
  n: number
  op_id: string
}

/**
 * The slot of a name, if it is the head; else null. As slots go from the bottom up, a number that is free while the slot below it is still
 * there afterwards was never given: a question and a look, which cost less than a list. The name is its operation too: a late slot may lie
 * under a number that was collected.
 */
function* ifHead({ n, op_id }: SlotName, rules: Rules): Steps<Slot | null> {
  if (yield { act: 'probe', n: n + 1 }) return null
  const slot = yield* read(n)
  return rules.isSame(slot?.op_id ?? null, op_id) ? slot : null
}

/** Read the head of a domain, first where it was `known` to be; null when it moves too fast to be read. */
export function* headSteps(known?: SlotName, rules: Rules = RULES): Steps<Head | null> {
  const still = known && (yield* ifHead(known, rules))
  if (still) return { n: known.n, slot: still }
  for (let tries = 0; tries < READ_TRIES; tries++) {
    const n = topOf(yield* list())
    if (n === 0) return { n: 0, slot: null }
    const slot = yield* read(n, true)
    if (slot) return { n, slot }
  }
  return null
}

/** Put a slot after the head that was read; false when somebody else decided first, or the head was history already. */
export function* appendSteps(head: Head, slot: Slot, rules: Rules = RULES): Steps<boolean> {
  const n = head.n + 1
  yield { act: 'stage', n, slot }
  const stands = head.slot ? rules.isSame(yield* opOf(head.n), head.slot.op_id) : yield { act: 'unchanged' }
  if (!stands) return false
  if (!(yield { act: 'link', n }) && (yield* opOf(n)) !== slot.op_id) return false
  const before = head.n === 0 ? null : yield* opOf(head.n)
  const all = yield* list()
  const above = all.some((other) => other > n)
  const follower = above ? ((yield* read(n + 1))?.prev_op ?? null) : null
  if (!rules.isWon(head.n, head.slot?.op_id ?? null, slot.op_id, { before, above, follower })) {
    if ((yield* opOf(n)) === slot.op_id) yield { act: 'remove', n }
    return false
  }
  yield { act: 'settle' }
  for (const old of rules.collectable(all)) if (!(yield { act: 'remove', n: old })) break
  return true
}

const PUBLISH_TRIES = 50

/**
 * Publish the head that was appended, and again while it moves. False when the appended slot is gone: the ledger was deleted meanwhile, or
 * moved on by more than it keeps, and nobody knows any more that the move counts.
 */
export function* publishSteps(appended: Head, rules: Rules = RULES): Steps<boolean> {
  let head: Head | null = appended
  for (let tries = 0; head?.slot && tries < PUBLISH_TRIES; tries++) {
    yield { act: 'publish', head }
    if (yield* ifHead({ n: head.n, op_id: head.slot.op_id }, rules)) {
      if (head === appended) return true
      break
    }
    head = yield* headSteps()
  }
  return rules.isSame(yield* opOf(appended.n), appended.slot!.op_id)
}
