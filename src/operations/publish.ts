import { checkChannel, checkOpen } from '../protocol/channels.ts'
import { invalid } from '../protocol/errors.ts'
import { checkText } from '../protocol/messages.ts'
import { parseDuration } from '../protocol/time.ts'
import { addToChannel } from '../store/channels.ts'
import { recordAct, refresh } from './act.ts'
import { actorOf } from './identify.ts'
import { defineOperation } from './operation.ts'

const EXPIRES = '24h'

/** `coord publish`: leave a message on a channel, for whoever polls it, until it runs out. Throws `invalid`. */
export const publish = defineOperation({
  name: 'publish',
  summary: 'Leave a message on a channel, for a time.',
  writes: true,
  input: {
    channel: { kind: 'text', help: 'its name, e.g. build; the first message makes it', required: true },
    message: { kind: 'text', help: 'the text; - reads it from standard input', required: true },
    type: { kind: 'text', help: 'the kind of message (default: note)' },
    details: { kind: 'text', help: 'more, as JSON' },
    expires: { kind: 'text', help: 'how long it is there (default 24h)' },
    as: { kind: 'text', help: 'human: write as the person' },
  },
  run(ctx, given) {
    const { channel, message, type } = given
    checkChannel(channel)
    checkOpen(channel)
    const room = ctx.room()
    checkText('message', message, room.config.messages, `Say it: coord publish ${channel} "…"`)
    const details = given.details === undefined ? undefined : jsonOf(given.details)
    const ttl = parseDuration(given.expires ?? EXPIRES, 'expires')
    const now = ctx.now()
    const { id: from, session } = actorOf(ctx, room, now.wall, given.as)
    const told = { from, channel, type: type ?? 'note', message, details }
    const published = addToChannel(room, told, now.wall, ttl, ctx.random(4))
    const metadata = { channel, message: published.id }
    if (session)
      recordAct(ctx, room, session, now, { event: 'publish', message: `on ${channel}: ${message}`, metadata })
    else refresh(ctx, room)
    return { message: published }
  },
})

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('details', 'details are not JSON', `e.g. --details '{"tests_passing": true}'`)
  }
}
