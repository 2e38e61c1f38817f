import { ack } from '../../../operations/ack.ts'
import { defineCommand } from '../command.ts'
import { fitted } from '../words.ts'

export default defineCommand(ack, {
  positionals: ['id'],
  examples: [['coord ack 7f3q', 'the unique end of the id is enough']],
  print({ message }, page) {
    if (page.quiet) return
    const { called, short } = page.people
    page.line(
      fitted(
        `acknowledged ${short(message.id ?? '')} of ${called(message.from)}: ${message.subject ?? ''}`,
        page,
      ),
    )
  },
})
