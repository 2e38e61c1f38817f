import { ack } from '../../../operations/ack.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(ack, {
  positionals: ['id'],
  examples: [['coord ack 7f3q', 'the unique end of the id is enough']],
  print({ message }, page) {
    if (!page.quiet) page.rows([[`acknowledged ${message.from}: ${message.subject ?? ''}`]])
  },
})
