/** Which sessions are wanted. */
import type { LiveSession } from '../../../protocol/live/sessions.ts'
import { nameOf } from '../../../protocol/names.ts'

/** The sessions that say every word of a text somewhere, and are in a state (null: any). */
export function filtered(sessions: LiveSession[], text: string, status: string | null): LiveSession[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0 && status === null) return sessions
  return sessions.filter(
    (session) =>
      (status === null || session.status === status) && words.every((word) => saidBy(session).includes(word)),
  )
}

const texts = new WeakMap<LiveSession, string>()

function saidBy(session: LiveSession): string {
  const known = texts.get(session)
  if (known !== undefined) return known
  const { session_id, label, status, message, task_id, phase, target, agent, model, branch } = session
  const all = [session_id, label, status, message, task_id, phase, target, agent, model, branch]
  const text = [...all, session.liveness.level, ...session.claims.map(nameOf)]
    .filter(Boolean)
    .join('\n')
    .toLowerCase()
  texts.set(session, text)
  return text
}
