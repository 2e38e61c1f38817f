import { CoordError } from '../protocol/errors.ts'
import { findMessage, isNamedBy, REQUEST } from '../protocol/messages.ts'
import type { Message } from '../protocol/records.ts'
import { formatInstant } from '../protocol/time.ts'
import { BROADCAST, listAllMessages, listMessages, mailbox } from '../store/messages.ts'
import type { Room } from '../store/room.ts'
import { appendReceipts } from '../store/status.ts'
import { recordAct, refresh } from './act.ts'
import { settleQuestion } from './answered.ts'
import { actorOf } from './identify.ts'
import { defineOperation } from './operation.ts'

/** `coord ack`: say that a message was taken note of. Throws `not_found`, `ambiguous`. */
export const ack = defineOperation({
  name: 'ack',
  summary: 'Acknowledge a message.',
  writes: true,
  input: {
    id: { kind: 'text', help: 'the id of the message; a unique end is enough', required: true },
    as: { kind: 'text', help: 'human: acknowledge as the person' },
  },
  run(ctx, given) {
    const room = ctx.room()
    const now = ctx.now()
    const { id, session } = actorOf(ctx, room, now.wall, given.as)
    const message = messageFor(room, id, given.id)
    if (message.type === REQUEST) throw wantsMore(message)
    const receipt = { at: formatInstant(now.wall), message: message.id!, state: 'acked' as const }
    appendReceipts(room, id, [receipt])
    settleQuestion(ctx, room, id, message)
    if (session)
      recordAct(ctx, room, session, now, {
        event: 'ack',
        message: `acknowledged ${message.from}: ${message.subject ?? ''}`,
        metadata: { message: message.id },
      })
    else refresh(ctx, room)
    return { receipt, message }
  },
})

/** Who asks for a claim needs to know whether it comes. */
function wantsMore({ id }: Message): CoordError {
  const end = id!.slice(-4)
  const hint = `coord request --grant ${end}, or coord request --refuse ${end} --reason "…"`
  return new CoordError('conflict', `message ${id} asks for a claim of yours`, hint)
}

/** The message of an id among those that a reader may answer. */
export function messageFor(room: Room, reader: string, id: string): Message {
  const addressed = [...listMessages(room, mailbox(reader)), ...listMessages(room, BROADCAST)]
  const theirs = addressed.map(({ message }) => message).filter((message) => message.from !== reader)
  if (theirs.some((message) => isNamedBy(message, id))) return findMessage(id, theirs)
  const {
    id: found,
    from,
    to,
  } = findMessage(
    id,
    listAllMessages(room).map(({ message }) => message),
  )
  const whose = from === reader ? 'is your own' : `is for ${to}`
  throw new CoordError('conflict', `message ${found} ${whose}`, 'Only its recipients can answer it.')
}
