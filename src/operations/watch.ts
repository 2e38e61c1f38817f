/** `coord watch`: the room as a screen that stays, or as lines of what changed. */
import type { Context } from '../context.ts'
import { CoordError } from '../protocol/errors.ts'
import type { Role } from '../protocol/words.ts'
import { asCoordError } from '../store/disk.ts'
import { roomMark } from '../store/room-mark.ts'
import { defineOperation } from './operation.ts'
import { type Overview, overviewOf } from './overview.ts'

/** What a screen is given: the room, its own streams, and how a context is made, at each look and act anew. It ends with the signal. */
export interface Watched {
  root: string
  contextOf(): Context
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  write(text: string): void
  /** The colours by role (SGR), null for none. */
  colours: Record<Role, number> | null
  signal: AbortSignal
}

/** What one look found: the room, or why it can't be read now. */
export type Seen = { overview: Overview } | { gone: string }

/** How long a look is good where nothing has changed: ages go on, and not every change can be told without reading. */
const GOOD_MS = 9_000

/**
 * Looks at a room again and again: the same result, the very object, as long as nothing can have changed. A room that can't be read is
 * told, and looked for at the next look. Throws only what is a fault of coord.
 */
export function looker(contextOf: () => Context): () => { result: Seen } {
  const memory = new Map()
  let last = { result: { gone: '' } as Seen, mark: '', until: 0 }
  return () => {
    try {
      const ctx = contextOf()
      const now = ctx.now().wall
      const mark = roomMark(ctx.room())
      if (mark === last.mark && now < last.until && now >= last.until - GOOD_MS) return last
      const overview = overviewOf(ctx, memory)
      // One that went while it was read looks empty.
      contextOf().room()
      last = { result: { overview }, mark, until: now + GOOD_MS }
    } catch (thrown) {
      last = { result: { gone: reasonOf(thrown) }, mark: '', until: 0 }
    }
    return last
  }
}

/** Why a room can't be read: also a file that went while it was read. Throws what is a fault of coord. */
function reasonOf(thrown: unknown): string {
  const error = asCoordError(thrown) as Error & { code?: string; syscall?: string }
  const known = error instanceof CoordError && error.code !== 'bug'
  if (!known && error.syscall === undefined) throw error
  return error.message
}

/** The command; only a face that stays can run it. */
export const watch = defineOperation({
  name: 'watch',
  summary: 'Watch the room: what needs you, sessions, messages, on a screen that stays.',
  writes: true,
  input: {},
  run(): Record<string, never> {
    throw new CoordError('bug', 'watch is run by a process that stays')
  },
})
