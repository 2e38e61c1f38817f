import { end } from '../../../operations/end.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(end, {
  examples: [
    ['coord end --completed "landing page" --handoff "ready for PRODUCTION"', 'close the session well'],
  ],
  print({ session, released }, page) {
    if (page.quiet) return
    const names = released.map((claim) => `${claim.resource_type}/${claim.resource_name}`).join(', ')
    page.rows([
      [
        `ended ${page.people.called(session.session_id)}${session.total_duration ? ` after ${session.total_duration}` : ''}${names ? `, released ${names}` : ''}`,
      ],
    ])
  },
})
