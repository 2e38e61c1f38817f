/** Messages that coord itself sends on behalf of an act: a takeover, a forced release, a completed work. */
import type { Context } from '../context.ts'
import { CoordError } from '../protocol/errors.ts'
import { messageId } from '../protocol/messages.ts'
import { isSessionId } from '../protocol/names.ts'
import type { Message } from '../protocol/records.ts'
import { formatInstant } from '../protocol/time.ts'
import { asCoordError } from '../store/disk.ts'
import { addMessage, addMessageOnce } from '../store/messages.ts'
import type { Room } from '../store/room.ts'

/**
 * Send a message about an act that has happened; a failure only leaves a warning. Nobody is told about himself, and a holder
 * whose id could not name a mailbox (a script may write anything) is not told.
 */
export function notify(ctx: Context, room: Room, message: Notice): Message | null {
  return tell(ctx, message, (sent, now) =>
    addMessage(room, sent, messageId(now, message.from, ctx.random(4))),
  )
}

/** The same under an id that tells what it is about: null where that message stands already. */
export function notifyOnce(ctx: Context, room: Room, id: string, message: Notice): Message | null {
  return tell(ctx, message, (sent) => addMessageOnce(room, sent, id))
}

type Notice = Omit<Message, 'timestamp'> & { from: string; to: string }

function tell(
  ctx: Context,
  message: Notice,
  add: (sent: Message, now: number) => Message | null,
): Message | null {
  const { from, to } = message
  if (from === to || (to !== 'broadcast' && to !== 'human' && !isSessionId(to))) return null
  const now = ctx.now().wall
  try {
    return add({ ...message, timestamp: formatInstant(now) } as Message, now)
  } catch (thrown) {
    const error = asCoordError(thrown)
    if (!(error instanceof CoordError)) throw error
    ctx.warnings.push(error.message)
    return null
  }
}
