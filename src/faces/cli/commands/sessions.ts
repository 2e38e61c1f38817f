import { sessions } from '../../../operations/sessions.ts'
import { defineCommand } from '../command.ts'
import { printOmitted, sessionRow } from '../words.ts'

export default defineCommand(sessions, {
  examples: [['coord sessions --all', 'also the ended ones']],
  print({ sessions: list, unregistered, omitted }, page, { all }) {
    if (list.length === 0) page.line(`no ${all ? '' : 'live '}sessions; coord start registers one`)
    page.rows(list.map((session) => sessionRow(session, page)))
    printOmitted(omitted, list.length, page)
    if (unregistered.length > 0) page.rows([['unregistered', unregistered.join(', ')]])
  },
})
