import { statusline } from '../../../operations/statusline.ts'
import { defineCommand } from '../command.ts'

/** Run by Claude Code; the work is done in the bundle of the hooks (../hook.ts). */
export default defineCommand(statusline, {
  examples: [
    ['coord statusline', 'the line for the payload on standard input'],
    ["tmux set -g status-right '#(coord statusline --tmux)'", 'the room in tmux'],
  ],
  print({ line }, page) {
    page.line(line)
  },
})
