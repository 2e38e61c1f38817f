/**
 * Mail and receipts of other machines, put where the room's own are: a message is one file under its id, so it arrives once however
 * often it comes; a receipt is a line that is appended unless it is there. Each carries its `machine`. Written by `coord sync` alone, which
 * may be killed anywhere: the next round finds what is there and goes on.
 */

import type { ReaderReceipt } from '../../protocol/machines/bundle.ts'
import { isTooOld, receiptKey } from '../../protocol/machines/choose.ts'
import { idHere, machineOf, markedId, type OwnerOf } from '../../protocol/machines/names.ts'
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
}

/** What became of a message: it came now, lay here already, is for nobody that is known (yet), is for others, is too old, or its name is somebody else's. */
export type Fate = 'new' | 'here' | 'waiting' | 'elsewhere' | 'old' | 'taken'

/** Put a message of another machine into its mailbox here. */
export function deliver(room: Room, message: Message, arrival: Arrival): { fate: Fate; message: Message } {
  const { machine, now } = arrival
  const to = recipientHere(message, arrival)
  const from = idHere(message.from, machine, arrival.ownerOf)
  if (from === null) return { fate: 'elsewhere', message }
  if (to === null) return { fate: arrival.ownerOf(message.to) === null ? 'waiting' : 'elsewhere', message }
  const id = message.id!
  if (isTooOld(id, sentAt(message, null), now, room.config.messages.retention))
    return { fate: 'old', message }
  const named: Message = { ...message, from, to, machine }
  const box = mailbox(to)
  const found = loadMessage({ ...room, problems: [] }, box, id)?.message
  if (found) return { fate: machineOf(found) === machine ? 'here' : 'taken', message: named }
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
  const { machine, ownerOf } = arrival
  const byReader = new Map<string, ReaderReceipt[]>()
  for (const receipt of receipts) {
    const reader = idHere(receipt.reader, machine, ownerOf)
    if (reader === null || !(sent.has(receipt.message) || isAbout(room, receipt, reader))) continue
    byReader.set(reader, [...(byReader.get(reader) ?? []), { ...receipt, reader }])
  }
  return [...byReader].flatMap(([reader, all]) => {
    const known = new Set(readReceipts({ ...room, problems: [] }, reader).map((each) => receiptKey(each)))
    const fresh = all.filter(({ reader: _, ...each }) => !known.has(receiptKey(each)))
    const told = fresh.map(({ reader: _, at, message, state }) => ({ at, message, state, machine }))
    appendReceipts(room, reader, told as Receipt[])
    return fresh
  })
}

/** Whether the message of a receipt is in this room. */
function isAbout(room: Room, { message }: Receipt, reader: string): boolean {
  const files = [BROADCAST, mailbox(reader), mailbox('human')].map((box) => `${box}/${message}.json`)
  return files.some((file) => lookAt(inRoom(room, file)) || lookAt(inRoom(room, keptPath(file))))
}
