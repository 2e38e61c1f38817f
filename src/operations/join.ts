/** How an agent takes part that calls tools, not commands: registered where nobody is known, else told who it is. */
import type { Context } from '../context.ts'
import { CoordError } from '../protocol/errors.ts'
import type { Identity } from '../protocol/identity.ts'
import { identify } from './identify.ts'
import { defineOperation } from './operation.ts'
import { beginAndTell } from './start.ts'
import { startInput } from './starter.ts'

const { id: _chosen, ...input } = startInput

/**
 * Register the caller, making the room where the repository has none; a session that it has already goes on, with what is given
 * anew. Throws as `start`, but never starts a second session of one caller.
 */
export const join = defineOperation({
  name: 'join',
  summary: 'Register here once, or learn which session you are; shows what is going on.',
  writes: true,
  input,
  run(ctx, given) {
    const own = known(ctx)
    return beginAndTell(ctx, own === null ? given : { ...given, id: own.session })
  },
})

/** Who calls, or null: an agent with an id of its own, not registered yet, is not the one around it. */
function known(ctx: Context): Identity | null {
  try {
    const found = identify(ctx, ctx.room(), ctx.now().wall)
    return found.source === 'ancestry' && ctx.at.agents.length > 0 ? null : found
  } catch (error) {
    const isNobody = error instanceof CoordError && ['no_session', 'not_initialized'].includes(error.code)
    if (isNobody && ctx.at.flagSession === null) return null
    throw error
  }
}
