import type { Context } from '../context.ts'
import { afterAsking } from '../protocol/asking.ts'
import { invalid } from '../protocol/errors.ts'
import { labelsOf } from '../protocol/labels.ts'
import { machineOf } from '../protocol/machines/names.ts'
import { checkPriority, checkText, findMessage, messageId, resolveRecipients } from '../protocol/messages.ts'
import { isReserved } from '../protocol/names.ts'
import { PATH } from '../protocol/path-mail.ts'
import type { Message, Session } from '../protocol/records.ts'
import { isEnded } from '../protocol/sessions.ts'
import { formatInstant, parseDuration } from '../protocol/time.ts'
import { archivedIn } from '../store/archived.ts'
import { loadForeignSession, withForeign } from '../store/foreign/machines.ts'
import { addMessage, listAllMessages } from '../store/messages.ts'
import { addPathMail } from '../store/path-mail.ts'
import type { Room } from '../store/room.ts'
import { listSessions, loadSession } from '../store/sessions.ts'
import { recordAct, refresh } from './act.ts'
import { actorOf } from './identify.ts'
import { defineOperation, type InputOf } from './operation.ts'
import { addressedPath, deliverPathMail, holdersOf, notAFile } from './path-mail.ts'
import { publish } from './publish.ts'

const input = {
  to: {
    kind: 'text',
    help: 'broadcast, human, a session id or name, role:CAPABILITY, channel:NAME, or path:PATH: who holds it now or next',
    required: true,
  },
  subject: { kind: 'text', help: 'what it is about', required: true },
  message: { kind: 'text', help: 'the text; - reads it from standard input' },
  type: { kind: 'text', help: 'its kind (default: note)' },
  priority: { kind: 'text', help: 'low, normal, high or critical' },
  'reply-to': { kind: 'text', help: 'the id of the message that this answers' },
  expires: { kind: 'text', help: 'how long it matters, e.g. 2h' },
  ack: { kind: 'flag', help: 'an answer is wanted' },
  details: { kind: 'text', help: 'more, as JSON' },
  as: { kind: 'text', help: 'human: write as the person' },
  'to-unknown': { kind: 'flag', help: 'leave it waiting for a recipient who is not there' },
} as const
type Input = InputOf<typeof input>

/** `coord send`: leave a message for one, for all, or for the person. Throws `invalid` with suggestions, `ambiguous`. */
export const send = defineOperation({
  name: 'send',
  summary: 'Leave a message for one session, for all, or for the person.',
  writes: true,
  input,
  run(ctx, given): Sent {
    if (given.to.startsWith(CHANNEL)) return publish.run(ctx, published(given))
    const room = ctx.room()
    const now = ctx.now()
    const body = composeBody(room, given, now.wall)
    const { id: from, session } = actorOf(ctx, room, now.wall, given.as)
    const own = listSessions(room).map(({ record }) => record)
    const sessions = withForeign(room, own, now.wall)
    ctx.labels = labelsOf(sessions)
    const anyway = given['to-unknown'] ?? false
    const asker = { id: from, now: now.wall }
    const path = addressedPath(ctx, given.to)
    const holders = path ? holdersOf(ctx, room, path, from, now) : []
    const recipients = path ? holders : resolveRecipients(given.to, sessions, anyway, hasWritten(room), asker)
    const next = path && holders.length === 0 ? [`${PATH}${path.resource_name || '.'}`] : []
    const messages = [...recipients, ...next].map((to) => {
      const message = { from, to, ...body, ...path, ...expected(given, to, from, sessions) } as Message
      const add = next.includes(to) ? addPathMail : addMessage
      return add(room, message, messageId(now.wall, from, ctx.random(4)))
    })
    // Somebody may have claimed it since it was looked at.
    if (next.length > 0) deliverPathMail(ctx, room, ctx.now())
    const other = path && notAFile(room, given.to, sessions, now.wall)
    if (other) ctx.warnings.push(other)
    const metadata = { to: given.to, message: messages[0]!.id }
    if (session)
      recordAct(ctx, room, session, now, {
        event: 'send',
        message: `to ${given.to}: ${given.subject}`,
        change: given.ack && given.to === 'human' ? afterAsking(session, messages[0]!.id!) : {},
        metadata,
      })
    else refresh(ctx, room)
    return {
      message: messages[0]!,
      ...(messages.length > 1 ? { messages } : {}),
      ...(recipients[0] === undefined
        ? { recipient: 'next_holder' as const }
        : strangerIn(room, recipients[0], now.wall)),
    }
  },
})

/** What `coord send` answers: the message, all where there are several, and what a recipient is that does not get it at once. */
type Sent = {
  message: Message
  messages?: Message[]
  recipient?: Stranger | 'next_holder'
}

const CHANNEL = 'channel:'
const ONE_READER = ['ack', 'reply-to', 'priority'] as const

/** A message for a channel as `publish` takes it. Throws `invalid` for what only a message to somebody has. */
function published(given: Input): InputOf<typeof publish.input> {
  const extra = ONE_READER.find((name) => given[name] !== undefined)
  if (extra)
    throw invalid(extra, `a channel has no recipient, so it takes no ${extra}`, 'coord publish --help')
  const { to, subject, message, type, details, expires, as } = given
  const text = [subject, message].filter(Boolean).join('\n')
  const told = { type, details, expires, as }
  return { channel: to.slice(CHANNEL.length), message: text, ...told }
}

function composeBody(room: Room, given: Input, now: number): Partial<Message> {
  checkText('subject', given.subject, room.config.messages)
  if (given.message !== undefined) checkText('message', given.message, room.config.messages)
  if (given.priority !== undefined) checkPriority(given.priority)
  const answered =
    given['reply-to'] === undefined
      ? null
      : findMessage(
          given['reply-to'],
          listAllMessages(room).map(({ message }) => message),
        )
  return {
    timestamp: formatInstant(now),
    type: given.type ?? 'note',
    subject: given.subject,
    message: given.message ?? '',
    priority: given.priority ?? 'normal',
    ...(given.details === undefined ? {} : { details: readDetails(given.details) }),
    ...(given.expires === undefined
      ? {}
      : { expires_at: formatInstant(now + parseDuration(given.expires, 'expires')) }),
    ...(answered ? { reply_to: answered.id, thread: answered.thread ?? answered.id } : {}),
    ...(given.ack ? { ack: true } : {}),
  }
}

function readDetails(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('details', 'details are not JSON', `e.g. --details '{"tests_passing": true}'`)
  }
}

/** Whether an id without a record here, live or archived, has written a message that this room shows. */
const hasWritten = (room: Room) => (id: string) =>
  !archivedIn(room, id) && listAllMessages(room).some(({ message }) => message.from === id)

export type Stranger = 'other_machine' | 'other_clone' | 'unregistered'

/** What a recipient is that has no record here: a session of another machine; in a tracked room one of another clone. Nothing for all others. */
export function strangerIn(room: Room, to: string, now: number): { recipient?: Stranger } {
  if (isReserved(to) || loadSession(room, to) || archivedIn(room, to)) return {}
  if (loadForeignSession(room, to, now)) return { recipient: 'other_machine' }
  return { recipient: room.config.git.track && hasWritten(room)(to) ? 'other_clone' : 'unregistered' }
}

/** Who is asked for an answer: the recipient, or at a broadcast everybody who is there now. */
function expected(given: Input, to: string, from: string, sessions: Session[]): Partial<Message> {
  if (!given.ack) return {}
  const live = sessions.filter((session) => !isEnded(session) && session.session_id !== from)
  return { expects: to === 'broadcast' ? live.map((session) => session.session_id) : [to] }
}

/** What the sender of a message is called by now: a session of another machine may have got another name since. */
export function senderNow(room: Room, message: Message, now: number): string {
  const machine = machineOf(message)
  return (machine && loadForeignSession(room, message.from, now, machine)?.session_id) || message.from
}

/** Send an answer to a message, of a type of its own where it is more than that. Used by `reply` and `request`. */
export function answer(
  ctx: Context,
  room: Room,
  from: string,
  original: Message,
  text: string,
  now: number,
  type = 'reply',
): Message {
  checkText('message', text, room.config.messages)
  const subject = original.subject?.startsWith('Re: ') ? original.subject : `Re: ${original.subject ?? ''}`
  const message: Message = {
    from,
    to: senderNow(room, original, now),
    timestamp: formatInstant(now),
    type,
    subject,
    message: text,
    priority: original.priority ?? 'normal',
    ...(original.id ? { reply_to: original.id, thread: original.thread ?? original.id } : {}),
  }
  return addMessage(room, message, messageId(now, from, ctx.random(4)))
}
