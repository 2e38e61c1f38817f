/** Messages of channels: one immutable file each, in `messages/channels/<name>/`. They are for a time, and never for git. */

import { isFollowed, publishedAt } from '../protocol/channels.ts'
import { isExpiredMessage, messageId } from '../protocol/messages.ts'
import type { Sent } from '../protocol/picture.ts'
import type { Message } from '../protocol/records.ts'
import { formatInstant, parseFileTime } from '../protocol/time.ts'
import { addFile } from './atomic.ts'
import { lookAt } from './disk.ts'
import { listMessageIds, loadMessage } from './messages.ts'
import { checkSize, recordText } from './records.ts'
import { inRoom, listDirectoriesIn, place, type Room } from './room.ts'

const CHANNELS = 'messages/channels'

/** The directory of a channel. */
export const channelBox = (channel: string) => `${CHANNELS}/${channel}`

/** What is published, without what is set here. */
export type Published = Pick<Message, 'from' | 'type' | 'message' | 'details'> & { channel: string }

/** The time that an id tells (epoch ms). */
const timeOf = (id: string) => parseFileTime(`${id}.json`)?.time ?? 0

/** Publish for `ttl` milliseconds. Returns the message as written. Throws `unwritable`, `invalid` for one that is too long. */
export function addToChannel(
  room: Room,
  { from, channel, type, message, details }: Published,
  now: number,
  ttl: number,
  random: string,
): Message {
  const last = listMessageIds(room, channelBox(channel)).findLast((each) => isFollowed(timeOf(each), now))
  const at = publishedAt(now, last === undefined ? null : timeOf(last))
  const id = messageId(at, from, random)
  const written: Message = {
    from,
    to: `channel:${channel}`,
    channel,
    timestamp: formatInstant(at),
    type: type ?? 'note',
    message: message ?? '',
    ...(details === undefined ? {} : { details }),
    expires_at: formatInstant(now + ttl),
    id,
  }
  checkSize('message', written)
  if (!lookAt(inRoom(room, CHANNELS, '.gitignore'))) addFile(place(room, CHANNELS, '.gitignore'), '*\n')
  for (let copy = 1; ; copy++) {
    const name = copy === 1 ? id : `${id}-${copy}`
    const named = { ...written, id: name }
    if (addFile(place(room, channelBox(channel), `${name}.json`), recordText(named))) return named
  }
}

/** The messages of a channel that have not run out, oldest first; those behind an id where one is given. */
export function listPublished(room: Room, channel: string, now: number, after = ''): Sent[] {
  return listMessageIds(room, channelBox(channel))
    .filter((id) => id > after)
    .flatMap((id) => loadMessage(room, channelBox(channel), id) ?? [])
    .filter(({ message }) => !isExpiredMessage(message, now))
}

/** The newest `most` messages of a channel that have not run out, oldest first; no others are opened but those that have. */
export function latestPublished(room: Room, channel: string, now: number, most: number): Message[] {
  const found: Message[] = []
  for (const id of listMessageIds(room, channelBox(channel)).reverse()) {
    const message = loadMessage(room, channelBox(channel), id)?.message
    if (message && !isExpiredMessage(message, now)) found.unshift(message)
    if (found.length === most) break
  }
  return found
}

/** The channels that there are, by name. */
export function listChannels(room: Room): string[] {
  return listDirectoriesIn(room, CHANNELS)
    .filter((name) => !name.startsWith('.'))
    .sort()
}

/**
 * The files that may go, as paths in the room: what has run out, or is older than messages are kept where nothing tells when it does. Of
 * each channel the `most` oldest are looked at.
 */
export function expiredIn(room: Room, now: number, most = Number.POSITIVE_INFINITY): string[] {
  const quiet = { ...room, problems: [] }
  const cutoff = now - room.config.messages.retention
  return listChannels(quiet).flatMap((channel) => {
    const box = channelBox(channel)
    const ids = listMessageIds(quiet, box).slice(0, most)
    const goes = (id: string) => {
      const found = loadMessage(quiet, box, id)
      return (
        found && (isExpiredMessage(found.message, now) || (!found.message.expires_at && found.sent < cutoff))
      )
    }
    return ids.filter(goes).map((id) => `${box}/${id}.json`)
  })
}
