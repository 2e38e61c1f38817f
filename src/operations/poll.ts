import { checkChannel } from '../protocol/channels.ts'
import { CoordError, invalid } from '../protocol/errors.ts'
import { parseFileTime } from '../protocol/time.ts'
import { channelBox, listChannels, listPublished } from '../store/channels.ts'
import { listMessageIds } from '../store/messages.ts'
import type { Room } from '../store/room.ts'
import { checkNamed } from './identify.ts'
import { defineOperation } from './operation.ts'
import { limited, shownMessage } from './views.ts'

/**
 * `coord poll`: what a channel has, oldest first; after an id only what came behind it. Reads only, and marks nothing read: who polls keeps
 * the last id. Without a channel: which there are. Throws `invalid`, `not_found` for an id that is none.
 */
export const poll = defineOperation({
  name: 'poll',
  summary: 'Read a channel; without one, list the channels.',
  writes: false,
  input: {
    channel: { kind: 'text', help: 'its name' },
    since: { kind: 'text', help: 'only what came after the message of this id' },
    limit: { kind: 'count', help: 'at most so many: the newest, after --since the next (default 50)' },
  },
  run(ctx, given) {
    const room = ctx.room()
    checkNamed(ctx, room)
    const now = ctx.now().wall
    const { channel } = given
    if (channel === undefined && given.since !== undefined)
      throw invalid(
        'channel',
        'the channel of --since is missing',
        `coord poll CHANNEL --since ${given.since}`,
      )
    if (channel === undefined) return { channels: channelsOf(room, now) }
    checkChannel(channel)
    const after = given.since === undefined ? undefined : idIn(room, channel, given.since)
    const found = listPublished(room, channel, now, after)
    const { kept, omitted } = limited(found, given.limit, after === undefined ? 'last' : 'first')
    const messages = kept.map(shownMessage)
    const last = messages.at(-1)?.id ?? after ?? null
    return { channel, messages, last, ...(omitted > 0 ? { omitted } : {}) }
  },
})

function channelsOf(room: Room, now: number) {
  return listChannels(room).map((channel) => {
    const found = listPublished(room, channel, now)
    return { channel, count: found.length, last: found.at(-1)?.message.id ?? null }
  })
}

/** The whole id of a message of the channel. One that has run out, and gone, still says where to go on: it begins with its time. */
function idIn(room: Room, channel: string, text: string): string {
  const ids = listMessageIds(room, channelBox(channel))
  const ends = ids.filter((id) => id === text || (text.length >= 4 && id.endsWith(text)))
  if (ends.length === 1) return ends[0]!
  if (parseFileTime(`${text}.json`)) return text
  const what =
    ends.length === 0 ? `there is no message "${text}" on ${channel}` : `"${text}" means several messages`
  throw new CoordError(
    ends.length === 0 ? 'not_found' : 'ambiguous',
    what,
    `coord poll ${channel} lists them.`,
  )
}
