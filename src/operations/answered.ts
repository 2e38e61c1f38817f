/** What an answer of the person changes for the session that asked. */
import type { Context } from '../context.ts'
import { afterAnswer } from '../protocol/asking.ts'
import type { Message } from '../protocol/records.ts'
import type { Room } from '../store/room.ts'
import { loadSession, updateSession } from '../store/sessions.ts'
import { attempt } from './act.ts'

/** Let the session that asked go back to what it was, if the person (`by`) answered it. Fails nothing: the answer is given. */
export function settleQuestion(ctx: Context, room: Room, by: string, question: Message): void {
  const asker = by === 'human' ? loadSession(room, question.from) : null
  if (!asker || !afterAnswer(asker, question.id!)) return
  attempt(ctx, () =>
    updateSession(room, asker, (current) => ({ ...current, ...afterAnswer(current, question.id!) })),
  )
}
