import { mcp } from '../../../operations/mcp.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(mcp, {
  examples: [
    ['claude mcp add coord -- coord mcp', 'Claude Code starts it'],
    ['codex mcp add coord -- coord mcp', 'Codex'],
  ],
  print() {},
})
