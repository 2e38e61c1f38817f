import { end } from '../../../operations/end.ts'
import { namesOf } from '../../../protocol/names.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(end, {
  examples: [
    ['coord end --completed "landing page" --handoff "ready for PRODUCTION"', 'close the session well'],
  ],
  print({ session, released }, page) {
    if (page.quiet) return
    const names = namesOf(released)
    page.rows([
      [
        `ended ${page.people.called(session.session_id)}${session.total_duration ? ` after ${session.total_duration}` : ''}${names ? `, released ${names}` : ''}`,
      ],
    ])
  },
})
