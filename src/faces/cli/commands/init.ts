import { init } from '../../../operations/init.ts'
import { quote } from '../../../protocol/needs.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(init, {
  examples: [
    ['coord init', 'lay out COORDINATION/ at the top of the repository'],
    ['coord init --scripts', 'with COORDINATION/scripts/session-*.sh, for users of the original scripts'],
    ['coord init --track', 'commit messages, handoffs and the session log with the code'],
  ],
  print(result, page, given) {
    const { created, scripts, path } = result
    page.line(headline(result))
    if (page.quiet) return
    const [one, ...others] = scripts?.written ?? []
    if (one)
      page.line(`wrote ${path}/${others.length > 0 ? `scripts/session-*.sh (${others.length + 1})` : one}`)
    for (const file of scripts?.saved ?? []) page.line(`yours stays as ${path}/${file}`)
    if (given.track)
      page.line('git tracks messages, handoffs and the session log: coord init --no-track goes back')
    if (given['no-track']) page.line('git leaves messages, handoffs and the session log alone')
    const commit = result.in_git && (created || isChanged(result)) ? [commitOf(result)] : []
    const next = [...commit, ...(created ? ['coord start'] : [])]
    if (next.length > 0) page.line(`next: ${next.join(', then ')}`)
  },
})

type Result = ReturnType<typeof init.run>

/** Whether something changed that is for git to track. */
const isChanged = ({ changed, scripts }: Result) => changed.length + (scripts?.written.length ?? 0) > 0

function headline(result: Result): string {
  const { room, created, made, scripts } = result
  const alone = scripts?.kept.length ?? 0
  const but = alone > 0 ? `, but for ${alone === 1 ? 'a script' : `${alone} scripts`} of somebody's own` : ''
  if (created) return `made the room ${room}`
  return made.length > 0 || isChanged(result)
    ? `completed the room ${room}${but}`
    : `the room ${room} is in order${but}`
}

/** The command that commits what git is to track, and what that is. */
function commitOf({ path, track, scripts }: Result): string {
  const what = scripts ? 'README, config, .gitignore and scripts' : 'README, config and .gitignore'
  return `git add ${quote(path)} && git commit${track ? '' : ` (its ${what})`}`
}
