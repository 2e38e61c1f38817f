/**
 * Who acknowledged what is asked, for every picture of a room. Receipts grow by a line for each message that a session read, and most are
 * of no question: so only the files of those who were asked are opened, and in them only lines that name one are parsed.
 */
import { readLines } from '../protocol/lines.ts'
import type { Message, Receipt } from '../protocol/records.ts'
import { mayAnswer } from '../protocol/requests.ts'
import { isRecord } from '../protocol/shapes.ts'
import { readText } from './disk.ts'
import { inRoom, listIn, type Room } from './room.ts'
import { LINES_BYTES, readReceipts, receiptsByReader } from './status.ts'

const SUFFIX = '.jsonl'

/** The ids of those of some messages that were acknowledged, by whom they were for, or taken back. */
export function ackedOf(room: Room, asks: Message[]): Set<string> {
  const acked = new Set<string>()
  const files = asks.length > 0 ? listIn(room, 'receipts').filter((name) => name.endsWith(SUFFIX)) : []
  for (const name of files) {
    const reader = name.slice(0, -SUFFIX.length)
    const ids = asks.flatMap((ask) => (mayAnswer(ask, reader) ? (ask.id ?? []) : []))
    if (ids.length === 0) continue
    for (const { message, state } of receiptsOf(room, reader, ids))
      if (state === 'acked' && ids.includes(message)) acked.add(message)
  }
  return acked
}

/** As `ackedOf`, with the receipts of everybody read, so that what can't be read of them is named. */
export function everyAckOf(room: Room, asks: Message[]): Set<string> {
  const acked = new Set<string>()
  if (asks.length === 0) return acked
  const ids = new Set(asks.map(({ id }) => id))
  for (const [reader, receipts] of receiptsByReader(room))
    for (const { state, message } of receipts) {
      const isAnswer = state === 'acked' && ids.has(message) && !acked.has(message)
      if (isAnswer && asks.some((ask) => ask.id === message && mayAnswer(ask, reader))) acked.add(message)
    }
  return acked
}

/** A reader's receipts of some messages; all of them where a line that names one is no receipt by itself. */
function receiptsOf(room: Room, reader: string, ids: string[]): Receipt[] {
  const reading = readText(inRoom(room, 'receipts', reader + SUFFIX), LINES_BYTES)
  if ('missing' in reading) return []
  const lines = 'text' in reading ? ids.flatMap((id) => linesWith(reading.text, id)) : []
  const receipts = lines.flatMap((line) => readLines(line).values)
  const isPlain = 'text' in reading && receipts.length === lines.length
  return isPlain && receipts.every((value): value is Receipt => isRecord('receipt', value))
    ? receipts
    : readReceipts(room, reader)
}

function linesWith(text: string, id: string): string[] {
  const lines: string[] = []
  for (let at = text.indexOf(id); at >= 0; ) {
    const end = text.indexOf('\n', at)
    lines.push(text.slice(text.lastIndexOf('\n', at) + 1, end < 0 ? text.length : end))
    at = end < 0 ? -1 : text.indexOf(id, end)
  }
  return lines
}
