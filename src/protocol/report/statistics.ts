/** The totals of a room. */
import type { Receipt } from '../records.ts'
import { tellsMillis } from '../time.ts'

/** How many of what there are. */
export interface Statistics {
  active_sessions: number
  /** All sessions of which there is a record, archived ones too. */
  total_sessions: number
  file_locks: number
  task_claims: number
  /** What the original scripts wrote. */
  legacy_messages: number
  /** What coord wrote: given to nobody yet, given to somebody, read by somebody. */
  messages: { total: number; pending: number; delivered: number; read: number }
  /** How many alerts who asks has not acknowledged. */
  unread_alerts: number
  room: { path: string; bytes: number; files: number }
}

/**
 * The messages of a room by how far they came, from the ids of all messages and everybody's receipts. A broadcast came as far as
 * it came with anybody. Ids without milliseconds are those of the original scripts.
 */
export function countMessages(
  ids: string[],
  receipts: Pick<Receipt, 'message' | 'state'>[],
): Pick<Statistics, 'legacy_messages' | 'messages'> {
  const own = ids.filter(tellsMillis)
  const read = new Set(receipts.filter(({ state }) => state !== 'delivered').map(({ message }) => message))
  const given = new Set(receipts.map(({ message }) => message))
  const counts = { pending: 0, delivered: 0, read: 0 }
  for (const id of own) counts[read.has(id) ? 'read' : given.has(id) ? 'delivered' : 'pending']++
  return { legacy_messages: ids.length - own.length, messages: { total: own.length, ...counts } }
}
