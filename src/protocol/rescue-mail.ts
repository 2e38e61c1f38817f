/** What becomes of the unread mail of a session that is rescued. */
import type { Message } from './records.ts'

/** The type of the messages that tell a session that it was rescued: these are for itself, should it come back. */
export const RESCUED = 'session_rescued'

/** Whether an unread message of a rescued session is for whoever goes on: broadcasts reach it anyway. */
export const isMovable = ({ to, type }: Message) => to !== 'broadcast' && type !== RESCUED

/**
 * The same message for whoever goes on. It keeps its id, so that an answer to it is the one its sender waits for, and that it can be there only
 * once; `moved_from` is whom it was for before.
 */
export function movedTo(message: Message, to: string): Message {
  const moved_from = message.to
  const expects = message.expects?.map((id) => (id === message.to ? to : id))
  return { ...message, to, moved_from, ...(expects ? { expects } : {}) }
}

/** Whether a message is the copy that a rescue made, or would make, of another: one that was cut off is repeated. */
export function isSameMove(there: Message, moved: Message): boolean {
  const told = ({ moved_from, from, timestamp, subject, message }: Message) =>
    JSON.stringify([moved_from, from, timestamp, subject, message])
  return there.moved_from !== undefined && told(there) === told(moved)
}
