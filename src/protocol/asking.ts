/** A session that asked its person: `waiting` until it is answered, then what it was before. */
import { stateOfSession } from './picture.ts'
import type { Session } from './records.ts'

/** The open questions of a session, by the ids of their messages, and the state that it goes back to. */
interface Asking {
  messages: string[]
  state: string
}

function askingOf({ asking }: Session): Asking {
  const { messages, state } = (asking ?? {}) as Partial<Asking>
  return {
    messages: Array.isArray(messages) ? messages.filter((id) => typeof id === 'string') : [],
    state: typeof state === 'string' ? state : 'idle',
  }
}

/** Whether a session waits for an answer of its person. */
export const isAsking = (session: Session) => askingOf(session).messages.length > 0

/** What changes in a session that asks by a message. */
export function afterAsking(session: Session, message: string): Partial<Session> {
  const { messages, state } = askingOf(session)
  const before = stateOfSession(session)
  return {
    state: 'waiting',
    asking: { messages: [...messages, message], state: before === 'waiting' ? state : before },
  }
}

/** What changes in a session when a question of its is answered; null where that was none of its open ones. What it does by now stays. */
export function afterAnswer(session: Session, message: string): Partial<Session> | null {
  const { messages, state } = askingOf(session)
  if (!messages.includes(message)) return null
  const left = messages.filter((id) => id !== message)
  if (left.length > 0) return { asking: { messages: left, state } }
  return { asking: null, ...(stateOfSession(session) === 'waiting' ? { state } : {}) }
}
