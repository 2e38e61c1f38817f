/** Messages as threads: unread ones first, then those that want an answer, then the newest. */
import type { Message } from '../../../protocol/records.ts'
import type { Overview } from './overview.ts'

export interface Thread {
  id: string
  /** Oldest first. */
  messages: Message[]
  unread: number
  /** The newest that waits for an answer of the person. */
  asks: Message | null
  last: string
}

/** The threads of all messages that are known. */
export function threadsOf(
  { messages, unread_ids, acked }: Pick<Overview, 'messages' | 'unread_ids' | 'acked'>,
  earlier: Message[] = [],
): Thread[] {
  const all = new Map([...earlier, ...messages].map((message) => [keyOf(message), message]))
  const sorted = [...all.values()].sort((a, b) => timeOf(a).localeCompare(timeOf(b)))
  const [unread, answered] = [new Set(unread_ids), new Set(acked)]
  const threads = new Map<string, Thread>()
  for (const message of sorted) {
    const id = message.thread ?? message.reply_to ?? keyOf(message)
    const thread = threads.get(id) ?? { id, messages: [], unread: 0, asks: null, last: '' }
    thread.messages.push(message)
    thread.last = timeOf(message)
    if (unread.has(message.id ?? '')) thread.unread++
    if (message.ack && isFor(message) && !answered.has(message.id ?? '')) thread.asks = message
    threads.set(id, thread)
  }
  return [...threads.values()].sort((a, b) => rankOf(a) - rankOf(b) || b.last.localeCompare(a.last))
}

const rankOf = ({ unread, asks }: Thread) => (unread > 0 ? 0 : asks ? 1 : 2)
const timeOf = ({ timestamp }: Message) => timestamp ?? ''
const keyOf = (message: Message) => message.id ?? `${message.timestamp} ${message.from}`
const isFor = ({ to }: Message) => to === 'human'
