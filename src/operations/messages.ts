import { findMessage } from '../protocol/messages.ts'
import { fold } from '../protocol/names.ts'
import type { Message } from '../protocol/records.ts'
import { listAllMessages } from '../store/messages.ts'
import { listPathMail } from '../store/path-mail.ts'
import { checkNamed } from './identify.ts'
import { defineOperation } from './operation.ts'
import { limited } from './views.ts'

/** `coord messages`: all messages of the room, newest last; needs no session. */
export const messages = defineOperation({
  name: 'messages',
  summary: 'List the messages of the room.',
  writes: false,
  input: {
    thread: { kind: 'text', help: 'only the thread of this message' },
    search: { kind: 'text', help: 'only those that contain this text' },
    limit: { kind: 'count', help: 'at most so many, the newest (default 50)' },
  },
  run(ctx, given) {
    const room = ctx.room()
    checkNamed(ctx, room)
    const waiting = listPathMail(room, ctx.now().wall)
    const sent = [...listAllMessages(room), ...waiting].sort((a, b) => a.sent - b.sent)
    const all = sent.map(({ message }) => message)
    const threaded = given.thread === undefined ? all : threadOf(given.thread, all)
    const wanted =
      given.search === undefined
        ? threaded
        : threaded.filter((message) => contains(message, fold(given.search!)))
    const { kept, omitted } = limited(wanted, given.limit, 'last')
    return { messages: kept, ...(omitted > 0 ? { omitted } : {}) }
  },
})

function threadOf(id: string, all: Message[]): Message[] {
  const message = findMessage(id, all)
  const root = message.thread ?? message.id
  return all.filter((other) => other.id === root || other.thread === root)
}

function contains(message: Message, text: string): boolean {
  const details = message.details === undefined ? '' : JSON.stringify(message.details)
  return fold([message.from, message.to, message.subject, message.message, details].join('\n')).includes(text)
}
