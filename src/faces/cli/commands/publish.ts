import { publish } from '../../../operations/publish.ts'
import { defineCommand } from '../command.ts'
import { fitted } from '../words.ts'

export default defineCommand(publish, {
  positionals: ['channel', 'message'],
  examples: [
    ['coord publish build "main is green again"', 'for whoever polls, for a day'],
    ['coord publish build "deploy freeze" --expires 2h', 'for two hours'],
    ['make 2>&1 | tail -5 | coord publish build -', 'the text from standard input'],
  ],
  prepare: (input, io) => (input.message === '-' ? { ...input, message: io.readStdin() } : input),
  print({ message }, page) {
    if (!page.quiet) page.line(fitted(`published on ${message.channel}: ${message.message}`, page))
  },
})
