import { look } from '../protocol/picture.ts'
import { formatInstant } from '../protocol/time.ts'
import { readEverything } from '../store/snapshot.ts'
import { seenSessions } from './hanging.ts'
import { checkNamed } from './identify.ts'
import { defineOperation } from './operation.ts'
import { withPushers } from './pushers.ts'
import { limited } from './views.ts'

/** `coord sessions`: who is here, newest sign of life first; `all` adds the ended ones. */
export const sessions = defineOperation({
  name: 'sessions',
  summary: 'List the sessions.',
  writes: false,
  input: {
    all: { kind: 'flag', help: 'also the ended ones' },
    limit: { kind: 'count', help: 'at most so many (default 50)' },
  },
  run(ctx, given) {
    const room = ctx.room()
    checkNamed(ctx, room)
    const now = ctx.now()
    const picture = look(withPushers(room, readEverything(room, now), now.wall), now, room.config)
    ctx.labels = picture.labels
    const { kept, omitted } = limited(given.all ? picture.sessions : picture.active, given.limit, 'first')
    const { unregistered } = picture.records
    return {
      now: formatInstant(now.wall),
      sessions: seenSessions(picture, kept),
      unregistered,
      ...(omitted > 0 ? { omitted } : {}),
    }
  },
})
