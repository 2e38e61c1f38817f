import { look } from '../protocol/picture.ts'
import { readSession } from '../store/snapshot.ts'
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
    const records = readSession(room, id, now)
    const seen = records && look(records, now, room.config).sessions[0]
    return { session: seen ? seenSession(seen) : sessionOrFallback(room, id), source, why }
  },
})
