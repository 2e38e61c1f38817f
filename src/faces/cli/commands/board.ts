import { board } from '../../../operations/board.ts'
import { withoutControls } from '../../../protocol/escape.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(board, {
  examples: [
    ['coord board', 'refresh STATUS_BOARD.md'],
    ['coord board --print', 'the board as of now, without touching anything'],
    ["coord board --at '2h ago'", 'the board as it was, from what is still recorded'],
  ],
  print({ path, board: text, gaps = [] }, page) {
    page.line(text === undefined ? path : withoutControls(text.trimEnd()))
    if (gaps.length === 0) return
    page.line('\n---\n\n**Not known of that moment:**')
    for (const gap of gaps) page.line(`- ${withoutControls(gap)}`)
  },
})
