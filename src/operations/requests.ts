/** Requests that nobody need answer any more: taken back, of a session that has ended, or of a claim that has moved. */
import { REQUEST } from '../protocol/messages.ts'
import type { Sent } from '../protocol/picture.ts'
import type { Message } from '../protocol/records.ts'
import { leaseAsked } from '../protocol/requests.ts'
import { isEnded } from '../protocol/sessions.ts'
import { formatInstant } from '../protocol/time.ts'
import { listLeases } from '../store/claims.ts'
import { listRecentDirect } from '../store/messages.ts'
import type { Room } from '../store/room.ts'
import { loadSession } from '../store/sessions.ts'
import { appendReceipts, readReceipts } from '../store/status.ts'

/** Whether who asked took it back, which is a receipt of its own for its message, or has ended. Reads only. */
export function isWithdrawn(room: Room, { from, id }: Message): boolean {
  const session = loadSession(room, from)
  return (
    !session ||
    isEnded(session) ||
    readReceipts(room, from).some(({ message, state }) => message === id && state === 'acked')
  )
}

/** Messages without the requests that can't be answered any more. Reads only, and nothing where no request is among them. */
export function withoutMoot(room: Room, messages: Sent[], now: number): Sent[] {
  if (!messages.some(({ message }) => message.type === REQUEST)) return messages
  const leases = listLeases({ ...room, problems: [] }, now)
  return messages.filter(
    ({ message }) =>
      message.type !== REQUEST || (leaseAsked(message, leases) !== undefined && !isWithdrawn(room, message)),
  )
}

/** Take back what a session asked for, since it ends. */
export function withdrawAll(room: Room, session: string, now: number): void {
  const own = listRecentDirect(room, now).filter(
    ({ message }) => message.from === session && message.type === REQUEST,
  )
  const at = formatInstant(now)
  appendReceipts(
    room,
    session,
    own.map(({ message }) => ({ at, message: message.id!, state: 'acked' as const })),
  )
}
