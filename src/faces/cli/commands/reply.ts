import { reply } from '../../../operations/reply.ts'
import { defineCommand } from '../command.ts'
import { printSent, printStranger } from '../words.ts'

export default defineCommand(reply, {
  positionals: ['id', 'message'],
  examples: [
    ['coord reply 7f3q "yes, please take the tests"', 'answer; the question counts as acknowledged'],
  ],
  prepare: (input, io) => (input.message === '-' ? { ...input, message: io.readStdin() } : input),
  print({ message, recipient }, page) {
    if (page.quiet) return
    printSent('replied', [message], page)
    printStranger(page.people.called(message.to), recipient, page)
  },
})
