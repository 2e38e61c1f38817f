/** What a machine publishes of its room: only what is its own, and of that what others can have use for. */
import { isExpiredMessage } from '../messages.ts'
import type { Sent } from '../picture.ts'
import type { Receipt, Session } from '../records.ts'
import { lastSign } from '../sessions.ts'
import { parseFileTime } from '../time.ts'
import { LIMITS, type ReaderReceipt } from './bundle.ts'
import { isRecordId, machineOf } from './names.ts'

const DAY = 86_400_000
/** So long others may be away without missing what was said to all. */
const BROADCASTS_MS = 7 * DAY
const HANDOFFS_MS = 7 * DAY
const BYTES = 8 << 20

/** A choice, and how many others would have been in it, were it not too long already. */
export interface Choice<T> {
  kept: T[]
  omitted: number
}

/**
 * The messages that go out: to all, to the person, and to sessions that are not of this room; what came from elsewhere does not go
 * back. Newest first where it is too much.
 */
export function chooseMessages(
  sent: Sent[],
  isHere: (id: string) => boolean,
  now: number,
  retention_ms: number,
): Choice<Sent> {
  const goes = ({ message, sent }: Sent) =>
    machineOf(message) === null &&
    !message.channel &&
    isRecordId(message.id) &&
    !isExpiredMessage(message, now) &&
    now - sent < (message.to === 'broadcast' ? Math.min(BROADCASTS_MS, retention_ms) : retention_ms) &&
    (message.to === 'broadcast' || message.to === 'human' || !isHere(message.to))
  const wanted = sent.filter(goes).sort((a, b) => b.sent - a.sent)
  let bytes = 0
  const kept = wanted.slice(0, LIMITS.messages).filter(({ message }) => {
    bytes += JSON.stringify(message).length
    return bytes <= BYTES
  })
  return { kept, omitted: wanted.length - kept.length }
}

/** The sessions that go out, those seen last first where they are too many. */
export function chooseSessions(sessions: Session[]): Choice<Session> {
  const own = sessions.filter((session) => machineOf(session) === null)
  const short = own.filter((session) => JSON.stringify(session).length < LIMITS.lineBytes)
  const newest = [...short].sort((a, b) => (lastSign(b) ?? 0) - (lastSign(a) ?? 0)).slice(0, LIMITS.sessions)
  const kept = newest.sort((a, b) => (a.session_id < b.session_id ? -1 : 1))
  return { kept, omitted: own.length - kept.length }
}

/** The receipts that go out: of this room's readers, about mail that is under way (`travels`). One of a kind each. */
export function chooseReceipts(
  receipts: ReaderReceipt[],
  travels: (message: string) => boolean,
): Choice<ReaderReceipt> {
  const wanted = new Map<string, ReaderReceipt>()
  for (const receipt of receipts)
    if (machineOf(receipt) === null && isRecordId(receipt.message) && travels(receipt.message))
      wanted.set(receiptKey(receipt), receipt)
  const kept = [...wanted.values()].slice(-LIMITS.receipts)
  return { kept, omitted: wanted.size - kept.length }
}

/** What makes a receipt the same as another one. */
export const receiptKey = ({ message, state, reader }: Receipt & { reader?: string }) =>
  `${reader ?? ''} ${message} ${state}`

/** Whether a handoff is young enough to go out, by its id. */
export const isRecentHandoff = (id: string, now: number) =>
  isRecordId(id) && now - (parseFileTime(`${id}.md`)?.time ?? 0) < HANDOFFS_MS

/** Whether a message that comes in is too old to be kept here: it would be tidied away, and come again. */
export function isTooOld(id: string, sent: number, now: number, retention_ms: number): boolean {
  const named = parseFileTime(`${id}.json`)?.time ?? 0
  return Math.min(named, sent || named) < now - retention_ms + DAY
}
