/** `coord watch`: the room as a screen that stays, or as lines of what changed. */
import type { Context } from '../context.ts'
import { CoordError } from '../protocol/errors.ts'
import type { Role } from '../protocol/words.ts'
import { asCoordError } from '../store/disk.ts'
import { defineOperation } from './operation.ts'
import type { Overview } from './overview.ts'
import { createReader } from './reader.ts'

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

/**
 * Looks at a room again and again: the same result, the very object, as long as nothing can have changed. A room that can't be read is
 * told, and looked for at the next look. Throws only what is a fault of coord.
 */
export function looker(contextOf: () => Context): () => { result: Seen } {
  const reader = createReader(contextOf)
  let last: { result: Seen } = { result: { gone: '' } }
  return () => {
    try {
      const overview = reader.look()
      if (!('overview' in last.result) || last.result.overview !== overview) last = { result: { overview } }
    } catch (thrown) {
      last = { result: { gone: reasonOf(thrown) } }
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
