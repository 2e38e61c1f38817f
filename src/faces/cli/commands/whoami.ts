import { whoami } from '../../../operations/whoami.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(whoami, {
  examples: [['coord whoami --why', 'and by what that is known']],
  print({ session, source, why }, page, input) {
    page.line(session.session_id)
    if (input.why) page.rows([[`by ${source}`, why]], '  ')
  },
})
