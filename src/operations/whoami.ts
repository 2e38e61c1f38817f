import { look } from '../protocol/picture.ts'
import { readEverything } from '../store/snapshot.ts'
import { identify, sessionOrFallback } from './identify.ts'
import { defineOperation } from './operation.ts'
import { seenSession } from './views.ts'

/** `coord whoami`: which session acts here, and by what evidence. Throws `no_session` with the candidates. */
export const whoami = defineOperation({
  name: 'whoami',
  summary: 'Tell which session you are.',
  writes: false,
  input: { why: { kind: 'flag', help: 'also by what it is known' } },
  run(ctx) {
    const room = ctx.room()
    const now = ctx.now()
    const { session: id, source, why } = identify(ctx, room, now.wall)
    const seen = look(readEverything(room, now).records, now, room.config).sessions.find(
      ({ session }) => session.session_id === id,
    )
    return { session: seen ? seenSession(seen) : sessionOrFallback(room, id), source, why }
  },
})
