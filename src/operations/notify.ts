/** Messages that coord itself sends on behalf of an act: a takeover, a forced release, a completed work. */
import type { Context } from '../context.ts'
import { CoordError } from '../protocol/errors.ts'
import { messageId } from '../protocol/messages.ts'
import { isSessionId } from '../protocol/names.ts'
import type { Message } from '../protocol/records.ts'
import { formatInstant } from '../protocol/time.ts'
import { addMessage } from '../store/messages.ts'
import type { Room } from '../store/room.ts'

/**
 * Send a message about an act that has happened; a failure only leaves a warning. Nobody is told about himself, and a holder
 * whose id could not name a mailbox (a script may write anything) is not told.
 */
export function notify(
  ctx: Context,
  room: Room,
  message: Omit<Message, 'timestamp'> & { from: string; to: string },
): Message | null {
  const { from, to } = message
  if (from === to || (to !== 'broadcast' && to !== 'human' && !isSessionId(to))) return null
  const now = ctx.now().wall
  try {
    return addMessage(
      room,
      { ...message, timestamp: formatInstant(now) } as Message,
      messageId(now, from, ctx.random(4)),
    )
  } catch (error) {
    if (!(error instanceof CoordError)) throw error
    ctx.warnings.push(error.message)
    return null
  }
}
