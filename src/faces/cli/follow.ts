/** `coord inbox --follow`: print messages as they come, until interrupted. */

import { actorOf } from '../../operations/identify.ts'
import { inbox } from '../../operations/inbox.ts'
import { BROADCAST, mailbox } from '../../store/messages.ts'
import { inRoom } from '../../store/room.ts'
import { watchDirectories } from '../../store/watch.ts'
import { answer, contextOf } from './execute.ts'
import type { Lasting } from './lasting.ts'

/** With `--json` one object a line for each look that found something; `--peek` prints a message once and leaves it unread. */
export const followInbox: Lasting = async (host, { command, input, globals }, signal) => {
  const { follow: _follow, ...given } = input
  const ctx = contextOf(host, globals)
  const room = ctx.room()
  const { id } = actorOf(ctx, room, ctx.now().wall, given.as as string | undefined)
  const watcher = watchDirectories([inRoom(room, BROADCAST), inRoom(room, mailbox(id))])
  signal.addEventListener('abort', () => watcher.tell())
  const shown = new Set<string>()
  try {
    for (let first = true; !signal.aborted; first = false) {
      const look = contextOf(host, globals)
      const all = given.all && !first
      const result = inbox.run(look, { ...given, ...(all ? { all: false } : {}) } as never)
      const messages = result.messages.filter(({ id }) => !shown.has(id ?? ''))
      for (const message of messages) shown.add(message.id ?? '')
      if (messages.length > 0) answer(host, command, { ...result, messages }, input, globals, look)
      if (result.omitted && !given.peek) continue
      await watcher.next(Number.POSITIVE_INFINITY)
    }
    return null
  } finally {
    watcher.close()
  }
}
