import type { Context } from '../context.ts'
import type { Identity } from '../protocol/identity.ts'
import { look } from '../protocol/picture.ts'
import type { Room } from '../store/room.ts'
import { readSession } from '../store/snapshot.ts'
import { identify, sessionOrFallback } from './identify.ts'
import { explained } from './nobody.ts'
import { defineOperation } from './operation.ts'
import { seenSession } from './views.ts'

/** `coord whoami`: which session acts here, and by what evidence. Throws `no_session` with the candidates. */
export const whoami = defineOperation({
  name: 'whoami',
  summary: 'Tell which session you are.',
  writes: false,
  input: { why: { kind: 'flag', help: 'also by what it is known' } },
  run(ctx, given) {
    const room = ctx.room()
    const now = ctx.now()
    const { session: id, source, why } = identified(ctx, room, now.wall, given.why ?? false)
    const records = readSession(room, id, now)
    const seen = records && look(records, now, room.config).sessions[0]
    return { session: seen ? seenSession(seen) : sessionOrFallback(room, id), source, why }
  },
})

function identified(ctx: Context, room: Room, now: number, why: boolean): Identity {
  try {
    return identify(ctx, room, now)
  } catch (error) {
    throw explained(ctx, room, error, now, why)
  }
}
