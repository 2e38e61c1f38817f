import { install } from '../../../operations/install.ts'
import { defineCommand } from '../command.ts'
import { printOutcome } from '../installing.ts'

export default defineCommand(install, {
  positionals: ['target'],
  examples: [
    ['coord install claude', 'hooks, status line and /session-status for this checkout'],
    ['coord install codex --user', 'for all your projects'],
    ['coord install git', 'hooks that refuse to commit what others have claimed'],
    ['coord install agents-md', 'tell agents in AGENTS.md how to take part'],
    ['coord install gemini --project --dry-run', 'show what everybody would get'],
  ],
  print(result, page) {
    printOutcome(result, page, 'install')
  },
})
