import type { Context } from '../context.ts'
import type { Moment } from '../protocol/claims.ts'
import { CoordError, invalid } from '../protocol/errors.ts'
import { checkText, findMessage, messageId } from '../protocol/messages.ts'
import { look } from '../protocol/picture.ts'
import type { Message } from '../protocol/records.ts'
import { answersTo, countAnswers, ROLLCALL } from '../protocol/rollcall.ts'
import { formatInstant, parseDuration } from '../protocol/time.ts'
import { addMessage, BROADCAST, listMessages, mailbox } from '../store/messages.ts'
import type { Room } from '../store/room.ts'
import { readEverything } from '../store/snapshot.ts'
import { readReceipts } from '../store/status.ts'
import { recordAct, refresh } from './act.ts'
import { actorOf, checkNamed } from './identify.ts'
import { defineOperation, type InputOf } from './operation.ts'
import { limited } from './views.ts'

const input = {
  text: { kind: 'text', help: 'what everybody is to answer (without: the last roll call)' },
  within: { kind: 'text', help: 'how long there is for an answer (default 10m)' },
  show: { kind: 'text', help: 'who answered the roll call of this id; the end of it is enough' },
  limit: { kind: 'count', help: 'list at most so many sessions (default 50)' },
  as: { kind: 'text', help: 'human: call as the person' },
} as const

/**
 * `coord rollcall`: ask everybody who is there, then tell who answered (`ack`, `reply`), who did not, and who is gone. Throws `invalid`,
 * `not_found` where nobody called.
 */
export const rollcall = defineOperation({
  name: 'rollcall',
  summary: 'Ask everybody who is there; tell who answered.',
  writes: true,
  input,
  looks: ({ text }) => text === undefined,
  run(ctx, given) {
    check(given)
    const room = ctx.room()
    const now = ctx.now()
    if (given.text !== undefined) return outcomeOf(ctx, room, call(ctx, room, given, now), given.limit, now)
    checkNamed(ctx, room)
    return outcomeOf(ctx, room, callNamed(room, given.show), given.limit, now)
  },
})

type Input = InputOf<typeof input>

function check(given: Input): void {
  if (given.text !== undefined && given.show !== undefined)
    throw invalid('show', 'both a text and --show are given', 'Give one of them.')
  if (given.within !== undefined && given.text === undefined)
    throw invalid('within', '--within goes with a text', 'coord rollcall "…" --within 10m')
}

const WITHIN = '10m'

function call(ctx: Context, room: Room, given: Input, now: Moment): Message {
  const subject = given.text!
  checkText('text', subject, room.config.messages, 'Say what to answer: coord rollcall "who is there?"')
  const within = parseDuration(given.within ?? WITHIN, 'within')
  const { id: from, session } = actorOf(ctx, room, now.wall, given.as)
  const { active } = look(readEverything(room, now).records, now, room.config)
  const expects = active.map((seen) => seen.session.session_id).filter((id) => id !== from)
  const message = addMessage(
    room,
    {
      from,
      to: 'broadcast',
      timestamp: formatInstant(now.wall),
      type: ROLLCALL,
      subject,
      message: '',
      priority: 'high',
      expires_at: formatInstant(now.wall + within),
      ack: true,
      expects,
    },
    messageId(now.wall, from, ctx.random(4)),
  )
  const metadata = { message: message.id }
  if (session)
    recordAct(ctx, room, session, now, { event: 'rollcall', message: `called: ${subject}`, metadata })
  else refresh(ctx, room)
  return message
}

/** The roll call of an id, or the last one. */
function callNamed(room: Room, id: string | undefined): Message {
  const calls = listMessages(room, BROADCAST)
    .map(({ message }) => message)
    .filter(({ type }) => type === ROLLCALL)
  const found = id === undefined ? calls.at(-1) : findMessage(id, calls)
  if (found) return found
  throw new CoordError('not_found', 'nobody has called the roll', 'coord rollcall "who is there?"')
}

function outcomeOf(ctx: Context, room: Room, call: Message, limit: number | undefined, now: Moment) {
  const picture = look(readEverything(room, now).records, now, room.config)
  ctx.labels = picture.labels
  const ids = [...new Set([...picture.byId.keys(), ...(call.expects ?? []), 'human'])]
  const heard = {
    receipts: new Map(ids.map((id) => [id, readReceipts(room, id)])),
    replies: listMessages(room, mailbox(call.from)).map(({ message }) => message),
  }
  const answers = answersTo(call, heard, picture)
  const { kept, omitted } = limited(answers, limit, 'first')
  return { message: call, counts: countAnswers(answers), answers: kept, ...(omitted > 0 ? { omitted } : {}) }
}
