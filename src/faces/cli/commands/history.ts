import { history } from '../../../operations/history.ts'
import { actCells } from '../acts.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(history, {
  positionals: ['session_id'],
  examples: [
    ['coord history', 'what you did'],
    ['coord history session-002 --since 2h', 'what another did in the last two hours'],
    ['coord history --all --limit 200', 'the log of the room'],
  ],
  print({ session_id, acts, omitted, problems }, page, { since }) {
    if (omitted)
      page.line(page.paint('muted', `… ${omitted} earlier; --limit ${omitted + acts.length} shows them`))
    if (acts.length === 0 && !page.quiet)
      page.line(
        `nothing was recorded${session_id === null ? '' : ` of ${page.people.called(session_id)}`}${since === undefined ? '' : ` since ${since}`}`,
      )
    page.rows(
      acts.map((act) => {
        const label = act.session_name ?? act.session_id
        const by = act.session_id === page.people.me() ? `${label} (you)` : label
        return actCells(act, page, session_id === null ? by : undefined)
      }),
    )
    for (const { path, detail } of problems) page.note(`coord: ${path}: ${detail}`)
  },
})
