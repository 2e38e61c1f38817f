import { reply } from '../../../operations/reply.ts'
import { defineCommand } from '../command.ts'
import { printStranger } from '../words.ts'

export default defineCommand(reply, {
  positionals: ['id', 'message'],
  examples: [
    ['coord reply 7f3q "yes, please take the tests"', 'answer; the question counts as acknowledged'],
  ],
  prepare: (input, io) => (input.message === '-' ? { ...input, message: io.readStdin() } : input),
  print({ message, recipient }, page) {
    if (page.quiet) return
    page.rows([
      [
        `replied to ${message.to}: ${message.subject ?? ''}`,
        { text: message.id ?? '', role: 'muted', whole: true },
      ],
    ])
    printStranger(message.to, recipient, page)
  },
})
