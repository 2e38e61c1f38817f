import { init } from '../../../operations/init.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(init, {
  examples: [
    ['coord init', 'lay out COORDINATION/ at the top of the repository'],
    ['coord init --scripts', 'with COORDINATION/scripts/session-*.sh, for users of the original scripts'],
    ['coord init --track', 'commit messages, handoffs and the session log with the code'],
  ],
  print({ room, created, made, changed, track, scripts }, page, given) {
    const toCommit = changed.length + (scripts?.written.length ?? 0) > 0
    const completed = made.length > 0 || toCommit
    page.line(
      created
        ? `made the room ${room}`
        : completed
          ? `completed the room ${room}`
          : `the room ${room} is in order`,
    )
    if (page.quiet) return
    if (scripts && scripts.written.length > 0) page.line(`wrote ${scripts.written.join(', ')}`)
    for (const file of scripts?.saved ?? []) page.line(`yours stays as ${file}`)
    if (given.track)
      page.line('git tracks messages, handoffs and the session log: coord init --no-track goes back')
    if (given['no-track']) page.line('git leaves messages, handoffs and the session log alone')
    if (toCommit || created)
      page.line(
        `next: git add COORDINATION && git commit${track ? '' : ' (its README, config and .gitignore)'}${created ? ', then coord start' : ''}`,
      )
  },
})
