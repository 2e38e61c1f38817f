import { send } from '../../../operations/send.ts'
import { CoordError } from '../../../protocol/errors.ts'
import { defineCommand } from '../command.ts'
import { printSent, printStranger } from '../words.ts'

export default defineCommand(send, {
  positionals: ['to', 'subject', 'message'],
  flags: { file: { kind: 'text', help: 'read the message from this file' } },
  examples: [
    ['coord send broadcast "tests passing" "ready for deployment"', 'to all'],
    ['coord send session-002 "question" "can I help?" --ack', 'to one; an answer is wanted'],
    ['coord send path:src/auth "the API changed"', 'to whoever holds it, now or next'],
    ['git diff | coord send role:review "please look" -', 'the message from standard input'],
  ],
  prepare(input, io) {
    if (input.file === undefined) return input.message === '-' ? { ...input, message: io.readStdin() } : input
    if (input.message !== undefined)
      throw new CoordError('invalid', 'both MESSAGE and --file are given', 'Give one of them.', {
        argument: 'file',
      })
    return { ...input, message: io.readFile(input.file) }
  },
  print({ message, messages, recipient }, page) {
    if (page.quiet) return
    printSent('sent', messages ?? [message], page)
    printStranger((messages ?? [message]).map(({ to }) => page.people.called(to)).join(', '), recipient, page)
  },
})
