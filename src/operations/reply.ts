import { invalid } from '../protocol/errors.ts'
import { formatInstant } from '../protocol/time.ts'
import { appendReceipts } from '../store/status.ts'
import { messageFor } from './ack.ts'
import { recordAct, refresh } from './act.ts'
import { settleQuestion } from './answered.ts'
import { actorOf } from './identify.ts'
import { defineOperation } from './operation.ts'
import { answer, strangerIn } from './send.ts'

/** `coord reply`: answer a message in its thread; the original counts as acknowledged. Throws `not_found`, `invalid`. */
export const reply = defineOperation({
  name: 'reply',
  summary: 'Answer a message.',
  writes: true,
  input: {
    id: { kind: 'text', help: 'the id of the message; a unique end is enough', required: true },
    message: { kind: 'text', help: 'the answer; - reads it from standard input', required: true },
    as: { kind: 'text', help: 'human: answer as the person' },
  },
  run(ctx, given) {
    const room = ctx.room()
    const now = ctx.now()
    const { id, session } = actorOf(ctx, room, now.wall, given.as)
    const original = messageFor(room, id, given.id)
    if (original.from === 'coord')
      throw invalid(
        'id',
        'coord itself wrote that, and reads no answer',
        `coord ack ${original.id!.slice(-4)}`,
      )
    const message = answer(ctx, room, id, original, given.message, now.wall)
    appendReceipts(room, id, [{ at: formatInstant(now.wall), message: original.id!, state: 'acked' }])
    settleQuestion(ctx, room, id, original)
    if (session)
      recordAct(ctx, room, session, now, {
        event: 'reply',
        message: `to ${original.from}: ${message.subject}`,
      })
    else refresh(ctx, room)
    return { message, ...strangerIn(room, message.to, now.wall) }
  },
})
