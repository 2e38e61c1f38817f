import type { Context } from '../context.ts'
import { invalid } from '../protocol/errors.ts'
import { readPastTime } from '../protocol/history.ts'
import { look } from '../protocol/picture.ts'
import { formatClock, formatInstant } from '../protocol/time.ts'
import { renderBoard } from '../render.ts'
import { BOARD_FILE } from '../store/board.ts'
import { inRoom, type Room } from '../store/room.ts'
import { readEverything } from '../store/snapshot.ts'
import { refresh } from './act.ts'
import { checkNamed } from './identify.ts'
import { defineOperation } from './operation.ts'
import { withPushers } from './pushers.ts'

/** What the board was at a past moment, and what of it is not known. */
export interface Past {
  at: string
  gaps: string[]
}

/**
 * `coord board`: refresh STATUS_BOARD.md and tell where it is; with `print` show it as of now, with `at` as of a past moment, rebuilt
 * from the records; both touch nothing. Throws `invalid` for a time that lies ahead, or before the room's first record.
 */
export const board = defineOperation({
  name: 'board',
  summary: 'Refresh the status board, or print it as of now or of a past moment.',
  writes: true,
  input: {
    print: { kind: 'flag', help: 'print it as of now; touches nothing' },
    at: { kind: 'text', help: 'print it as it was: 14:30 (UTC), 2h ago, yesterday' },
  },
  run(ctx, given): { path: string; board?: string } & Partial<Past> {
    const room = ctx.room()
    checkNamed(ctx, room)
    const path = inRoom(room, BOARD_FILE)
    if (given.at !== undefined) return { path, ...boardAt(ctx, room, given.at) }
    if (!given.print) {
      refresh(ctx, room)
      return { path }
    }
    const now = ctx.now()
    const records = withPushers(room, readEverything(room, now, true), now.wall)
    return { path, board: renderBoard(room, look(records, now, room.config)) }
  },
})

function boardAt(ctx: Context, room: Room, text: string): Past & { board: string } {
  const now = ctx.now().wall
  const at = readPastTime(text, now, 'at')
  const { first, records, moment, gaps } = room.lazy.past().readThen(room, at, now)
  checkRecorded(first, at, now, text)
  return { at: formatInstant(at), board: renderBoard(room, look(records, moment, room.config)), gaps }
}

function checkRecorded(first: number | null, at: number, now: number, text: string): void {
  if (first !== null && first <= at) return
  if (first === null) throw invalid('at', 'nothing is recorded in this room yet', 'coord board --print')
  throw invalid(
    'at',
    `--at "${text}" is before the room's first record, of ${formatClock(first, now)}`,
    `coord board --at ${formatInstant(first)} shows the beginning.`,
    { first: formatInstant(first) },
  )
}
