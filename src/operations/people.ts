/** What people see instead of ids (protocol/labels.ts), as the room knows it now. For words on a page: JSON has the ids. */
import type { Context } from '../context.ts'
import { CoordError } from '../protocol/errors.ts'
import { labelOf, labelsOf, shortIds } from '../protocol/labels.ts'
import { isReserved, isSessionId } from '../protocol/names.ts'
import { withForeign } from '../store/foreign/machines.ts'
import { listEveryMessageId } from '../store/messages.ts'
import type { Room } from '../store/room.ts'
import { listSessions, loadSession } from '../store/sessions.ts'
import { callerOf } from './identify.ts'

/** Who asks, what sessions are called, and how messages are named for short. Read when first asked for; never fails: the id says it too. */
export function peopleIn(ctx: Context) {
  const room = once(() => ({ ...ctx.room(), problems: [] }) as Room, null)
  const caller = once(() => room() && callerOf(ctx, room()!), null)
  const labels = once(
    () => ctx.labels ?? labelsOf(room() ? everybody(room()!, ctx.now().wall) : []),
    new Map<string, string>(),
  )
  const own = new Map<string, boolean>()
  /** Whether a session's own file tells that it is called by its id: then it does not matter what others are called. */
  const isNameless = (id: string) => {
    let known = own.get(id)
    if (known === undefined) {
      known = attempted(() => labelOfId(room(), id) === id, false)
      own.set(id, known)
    }
    return known
  }
  const short = once(
    () => shortIds(ctx.messageIds?.() ?? (room() ? listEveryMessageId(room()!) : [])),
    (id) => id,
  )
  return {
    /** The session that asks; null where that is not known. */
    me: caller,
    /** What the session of an id is called. */
    called: (id: string) =>
      isReserved(id) || (!ctx.labels && isNameless(id)) ? id : (labels().get(id) ?? id),
    /** The short end of a message's id. */
    short: (id: string) => short()(id),
  }
}

const everybody = (room: Room, now: number) =>
  withForeign(
    room,
    listSessions(room).map(({ record }) => record),
    now,
  )

function labelOfId(room: Room | null, id: string): string | null {
  const session = room && isSessionId(id) ? loadSession(room, id) : null
  return session && labelOf(session)
}

function once<T>(read: () => T, otherwise: T): () => T {
  let known: { value: T } | null = null
  return () => {
    known ??= { value: attempted(read, otherwise) }
    return known.value
  }
}

function attempted<T>(read: () => T, otherwise: T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof CoordError) return otherwise
    throw error
  }
}
