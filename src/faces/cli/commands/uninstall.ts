import { uninstall } from '../../../operations/uninstall.ts'
import { defineCommand } from '../command.ts'
import { printOutcome } from '../installing.ts'

export default defineCommand(uninstall, {
  positionals: ['target'],
  examples: [
    ['coord uninstall', 'tells what it took back, what stays, and how to remove that'],
    ['coord uninstall claude', 'what coord install claude added'],
    ['coord uninstall codex --user --dry-run', 'show what would be taken out of your own settings'],
    ['coord uninstall --force', 'although sessions are live; they go on working'],
  ],
  print(result, page) {
    if ('changes' in result) {
      printOutcome(result, page, 'uninstall')
      return
    }
    const { removed, kept, room, branch, scripts, installed } = result
    for (const { path, what } of removed) page.rows([[`removed ${what}: ${path}`]])
    for (const { path, why } of kept) page.note(`coord: ${path} ${why}; look at it yourself`)
    if (removed.length === 0) page.line('nothing to take back')
    if (page.quiet) return
    if (installed.length > 0)
      page.rows([[`installed for agents and git, to take back: ${installed.join('; ')}`]])
    const stays = [...(room ? [room] : []), ...(branch ? [`the branch ${branch}`] : [])]
    if (stays.length === 0) return
    page.rows([[`${stays.join(' and ')} ${stays.length > 1 ? 'stay' : 'stays'}; to remove for good:`]])
    if (room)
      page.rows([[`rm -r ${quoted(room)}`, 'and commit that, where its README and config are in git']], '  ')
    if (branch) page.rows([[`git branch -D ${quoted(branch)}`]], '  ')
    if (scripts.length > 0)
      page.line(
        `its scripts/session-*.sh (${scripts.length}) stay with it, and do nothing where coord is gone`,
      )
    if (room) page.line('coord start or coord init sets it up again')
  },
})

/** A word as a shell takes it. */
const quoted = (word: string) => (/^[\w./@%+=:,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)
