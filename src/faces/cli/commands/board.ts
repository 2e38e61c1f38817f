import { board } from '../../../operations/board.ts'
import { defineCommand } from '../command.ts'

export default defineCommand(board, {
  examples: [
    ['coord board', 'refresh STATUS_BOARD.md'],
    ['coord board --print', 'the board as of now, without touching anything'],
  ],
  print({ path, board: text }, page) {
    page.line(text === undefined ? path : text.trimEnd())
  },
})
