import { board } from '../../../operations/board.ts'
import { withoutControls } from '../../../protocol/escape.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(board, {
  examples: [
    ['coord board', 'refresh STATUS_BOARD.md'],
    ['coord board --print', 'the board as of now, without touching anything'],
  ],
  print({ path, board: text }, page) {
    page.line(text === undefined ? path : withoutControls(text.trimEnd()))
  },
})
