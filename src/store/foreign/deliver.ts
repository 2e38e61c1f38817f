/**
 * Mail and receipts of other machines, put where the room's own are: a message is one file under its id, so it arrives once however
 * often it comes; a receipt is a line that is appended unless it is there. Each carries its `machine`. Written by `coord sync` alone, which
 * may be killed anywhere: the next round finds what is there and goes on.
 */

import type { ReaderReceipt } from '../../protocol/machines/bundle.ts'
import { isTooOld, receiptKey } from '../../protocol/machines/choose.ts'
import { idHere, isMachine, machineOf, markedId, type OwnerOf } from '../../protocol/machines/names.ts'
import { sentAt } from '../../protocol/messages.ts'
import type { Message, Receipt } from '../../protocol/records.ts'
import { addFile, appendLine } from '../atomic.ts'
import { lookAt } from '../disk.ts'
import { keptPath } from '../kept-mail.ts'
import { addMessageOnce, BROADCAST, loadMessage, mailbox } from '../messages.ts'
import { recordText } from '../records.ts'
import { inRoom, place, type Room } from '../room.ts'
import { appendReceipts, readReceipts } from '../status.ts'

/** What has to be known to bring in what a machine published. */
export interface Arrival {
  /** This machine, and the other one. */
  own: string
  machine: string
  isHere(id: string): boolean
  ownerOf: OwnerOf
  now: number
  /** Until when (epoch ms) what lies here is that of the room that this one is a copy of. */
  copied: number
}

/** What became of a message: it came now, lay here already, is for nobody that is known (yet), is for others, is too old, or its name is somebody else's. */
export type Fate = 'new' | 'here' | 'waiting' | 'elsewhere' | 'old' | 'taken'

/** Put a message of another machine into its mailbox here. */
export function deliver(room: Room, message: Message, arrival: Arrival): { fate: Fate; message: Message } {
  const { machine, now } = arrival
  const to = recipientHere(message, arrival)
  const from = idHere(message.from, machine, arrival.ownerOf)
  if (from === null) return { fate: 'elsewhere', message }
  if (to === null) return { fate: isElsewhere(message.to, arrival) ? 'elsewhere' : 'waiting', message }
  const id = message.id!
  if (isTooOld(id, sentAt(message, null), now, room.config.messages.retention))
    return { fate: 'old', message }
  const named: Message = { ...message, from, to, machine }
  const box = mailbox(to)
  const found = loadMessage({ ...room, problems: [] }, box, id)?.message
  const isCopy = found && machineOf(found) === null && sentAt(found, null) < arrival.copied
  if (found) return { fate: isCopy || machineOf(found) === machine ? 'here' : 'taken', message: named }
  return { fate: add(room, named, `${box}/${id}.json`) ? 'new' : 'here', message: named }
}

/** A room that git tracks has it among its copies alone, where no commit and no `git status` sees it. */
function add(room: Room, message: Message, file: string): boolean {
  if (!room.config.git.track) return addMessageOnce(room, message, message.id!) !== null
  if (lookAt(inRoom(room, file))) return false
  if (!addFile(place(room, keptPath(file)), recordText(message), { durable: true })) return false
  if (message.to !== 'broadcast')
    appendLine(place(room, '.state/recent.jsonl'), `${JSON.stringify(message)}\n`)
  return true
}

/** Whether an id is that of a session of another machine, as it is or with that one's mark. */
function isElsewhere(to: string, { own, ownerOf }: Arrival): boolean {
  const mark = to.slice(to.lastIndexOf('.') + 1)
  return ownerOf(to) !== null || (mark !== own && mark !== to && isMachine(mark))
}

/** Who here a message is for; null where it is for nobody of this machine. */
function recipientHere({ to }: Message, { own, isHere }: Arrival): string | null {
  if (to === 'broadcast' || to === 'human') return to
  if (isHere(to)) return to
  const mark = `.${own}`
  if (!to.endsWith(mark)) return null
  const root = to.slice(0, -mark.length)
  return (root === 'human' || isHere(root)) && markedId(root, own) === to ? root : null
}

/** Append what other machines' readers did with messages that are here; returns the new receipts. `sent`: the mail of that machine, which its writers may take back. */
export function deliverReceipts(
  room: Room,
  receipts: ReaderReceipt[],
  sent: Set<string>,
  arrival: Arrival,
): ReaderReceipt[] {
  const { machine } = arrival
  const byReader = new Map<string, ReaderReceipt[]>()
  const calls = new Map<string, string[]>()
  for (const receipt of receipts) {
    const reader = readerHere(room, receipt, sent, arrival, calls)
    if (reader !== null) byReader.set(reader, [...(byReader.get(reader) ?? []), { ...receipt, reader }])
  }
  return [...byReader].flatMap(([reader, all]) => {
    const known = new Set(readReceipts({ ...room, problems: [] }, reader).map((each) => receiptKey(each)))
    const fresh = all.filter(({ reader: _, ...each }) => !known.has(receiptKey(each)))
    const told = fresh.map(({ reader: _, at, message, state }) => ({ at, message, state, machine }))
    appendReceipts(room, reader, told as Receipt[])
    return fresh
  })
}

/**
 * Who a receipt is of, as its message names that session: it may have been called otherwise when that was written. Null for a receipt of
 * mail that is not in this room. `calls`: who was to answer broadcasts, as far as that was read.
 */
function readerHere(
  room: Room,
  receipt: ReaderReceipt,
  sent: Set<string>,
  { machine, ownerOf }: Arrival,
  calls: Map<string, string[]>,
): string | null {
  const { reader: root, message } = receipt
  const name = idHere(root, machine, ownerOf)
  if (name === null) return null
  const owner = ownerOf(root)
  const names = [name, markedId(root, machine), ...(root !== 'human' && owner === 'many' ? [root] : [])]
  const own = names.find((each) => isIn(room, mailbox(each), message))
  if (own !== undefined) return own
  if (isIn(room, BROADCAST, message)) {
    const asked = calls.get(message) ?? expectedBy(room, message)
    calls.set(message, asked)
    return names.find((each) => asked.includes(each)) ?? name
  }
  return sent.has(message) || isIn(room, mailbox('human'), message) ? name : null
}

const expectedBy = (room: Room, message: string): string[] =>
  loadMessage({ ...room, problems: [] }, BROADCAST, message)?.message.expects ?? []

/** Whether a mailbox of this room has a message. */
function isIn(room: Room, box: string, message: string): boolean {
  const file = `${box}/${message}.json`
  return Boolean(lookAt(inRoom(room, file)) || lookAt(inRoom(room, keptPath(file))))
}
