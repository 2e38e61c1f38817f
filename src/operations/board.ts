import { look } from '../protocol/picture.ts'
import { renderBoard } from '../render.ts'
import { BOARD_FILE } from '../store/board.ts'
import { inRoom } from '../store/room.ts'
import { readEverything } from '../store/snapshot.ts'
import { refresh } from './act.ts'
import { defineOperation } from './operation.ts'

/** `coord board`: refresh STATUS_BOARD.md and tell where it is; with `print` show it as of now and touch nothing. */
export const board = defineOperation({
  name: 'board',
  summary: 'Refresh the status board, or print it as of now.',
  writes: true,
  input: { print: { kind: 'flag', help: 'print it as of now; touches nothing' } },
  run(ctx, given): { path: string; board?: string } {
    const room = ctx.room()
    const path = inRoom(room, BOARD_FILE)
    if (!given.print) {
      refresh(ctx, room)
      return { path }
    }
    const now = ctx.now()
    return { path, board: renderBoard(room, look(readEverything(room, now, true).records, now, room.config)) }
  },
})
