import { start } from '../../../operations/start.ts'
import { quote } from '../../../protocol/needs.ts'
import { defineCommand } from '../command.ts'
import { claimRow, fitted, sessionRow } from '../words.ts'

export default defineCommand(start, {
  flags: { env: { kind: 'flag', help: 'print only `export COORD_SESSION=…`, for eval' } },
  runsCommand: true,
  examples: [
    ['coord start --work "landing page"', 'register, and see who else is here'],
    ['eval "$(coord start --env)"', 'register and export COORD_SESSION in this shell'],
    ['coord start --name builder -- npm run build', 'run a command as a session that ends with it'],
  ],
  print({ session, replaced, sessions, claims, unread, alerts }, page, { env }) {
    const id = session.session_id
    if (env) {
      for (const { text } of alerts) page.note(`coord: ${text}: coord alerts`)
      return page.line(`export COORD_SESSION=${id}`)
    }
    page.line(id)
    const was = replaced && page.people.called(replaced)
    if (was)
      page.note(
        `coord: this shell was session ${was}, which is still open: coord end --session ${quote(was)}`,
      )
    if (page.quiet) return
    if (sessions.length > 0) page.line('sessions')
    page.rows(
      sessions.map((other) => sessionRow(other, page)),
      '  ',
    )
    if (claims.length > 0) page.line('claims')
    page.rows(
      claims.map((claim) => claimRow(claim, page)),
      '  ',
    )
    for (const { text } of alerts) page.line(fitted(`alert  ${text}: coord alerts`, page))
    if (unread > 0) page.line(`messages  ${unread} unread: coord inbox`)
    if (sessions.length === 0 && claims.length === 0 && unread === 0)
      page.line(page.paint('muted', 'nobody else is here; next: coord claim TYPE NAME'))
  },
})
