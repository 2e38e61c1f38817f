/** Requests that nobody need answer any more: taken back, of a session that has ended, or of a claim that has moved. */
import type { Context } from '../context.ts'
import { isAbout, type Moment, type Resource } from '../protocol/claims.ts'
import type { HandedClaim } from '../protocol/handoffs.ts'
import { machineOf } from '../protocol/machines/names.ts'
import { REQUEST } from '../protocol/messages.ts'
import { nameOf } from '../protocol/names.ts'
import type { Sent } from '../protocol/picture.ts'
import type { Handoff, Message, Session } from '../protocol/records.ts'
import { askedIn, isOpen, leaseAsked } from '../protocol/requests.ts'
import { movedTo } from '../protocol/rescue-mail.ts'
import { isEnded } from '../protocol/sessions.ts'
import { formatInstant } from '../protocol/time.ts'
import { listLeases } from '../store/claims.ts'
import { addMessageOnce, listMessages, listRecentDirect, mailbox } from '../store/messages.ts'
import type { Room } from '../store/room.ts'
import { loadSession } from '../store/sessions.ts'
import { readEverything } from '../store/snapshot.ts'
import { appendReceipts, readReceipts } from '../store/status.ts'
import { calledHere } from './keeping.ts'
import { notify, notifyOnce } from './notify.ts'

/** Whether the one who was asked has granted or refused it already, which is a receipt of its own. Reads only. */
export const isAnswered = (room: Room, { id }: Message, by: string): boolean =>
  readReceipts(room, by).some(({ message, state }) => message === id && state === 'acked')

/** Whether who asked, here or on another machine, took it back, which is a receipt of its own for its message, or has ended. Reads only. */
export function isWithdrawn(room: Room, request: Message, now: number): boolean {
  const session = askerOf(room, request, now)
  if (!session || isEnded(session)) return true
  return [...new Set([request.from, session.session_id])].some((reader) => isAnswered(room, request, reader))
}

/** Who asked: of another machine whatever it is called here by now. */
function askerOf(room: Room, request: Message, now: number): Session | null {
  const machine = machineOf(request)
  const own = machine === null ? loadSession(room, request.from) : null
  return own ?? room.lazy.upkeep().loadForeignSession(room, request.from, now, machine)
}

/** Messages without the requests that can't be answered any more. Reads only, and nothing where no request is among them. */
export function withoutMoot(room: Room, messages: Sent[], now: number): Sent[] {
  if (!messages.some(({ message }) => message.type === REQUEST)) return messages
  const leases = listLeases({ ...room, problems: [] }, now)
  return messages.filter(
    ({ message }) =>
      message.type !== REQUEST ||
      (leaseAsked(message, leases) !== undefined && !isWithdrawn(room, message, now)),
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

type Moved = Resource & Pick<HandedClaim, 'token'>

/**
 * Requests of others for claims that were handed over go to the new holder, under their id and for the new token, and who asked is told. Said
 * again it changes nothing. Those for what is `kept` for another machine are over, as nobody can grant it before it is taken.
 */
export function passRequests(
  ctx: Context,
  room: Room,
  { id: handoff, from, to, claims }: Handoff,
  moved: Moved[],
  kept: boolean,
  now: number,
): void {
  const asked = listMessages({ ...room, problems: [] }, mailbox(from)).map(({ message }) => message)
  for (const message of asked) {
    if (message.type !== REQUEST || message.from === to || !to) continue
    const before = claims.find((claim) => isAsked(message, claim))
    const after = before && moved.find((claim) => isAbout(claim, before))
    if (!after?.token || isAnswered(room, message, from) || isWithdrawn(room, message, now)) continue
    if (kept) {
      const told = passed(room, { from, to, asker: message.from, handoff }, after, ': ask again', now)
      notifyOnce(ctx, room, `${message.id}-passed`, told)
      continue
    }
    const details = { ...askedIn(message), token: after.token }
    if (!addMessageOnce(room, { ...movedTo(message, to), details }, message.id!)) continue
    const at = formatInstant(now)
    appendReceipts(room, from, [{ at, message: message.id!, state: 'read', moved_to: to }])
    const asker = message.from
    notify(ctx, room, passed(room, { from, to, asker, handoff }, after, ', who has your request now', now))
  }
}

const isAsked = (message: Message, claim: Moved) => {
  const { resource_type, resource_name, token } = askedIn(message)
  return (
    token === claim.token && resource_type === claim.resource_type && resource_name === claim.resource_name
  )
}

function passed(
  room: Room,
  { from, to, asker, handoff }: { from: string; to: string; asker: string; handoff: string },
  claim: Resource,
  way: string,
  now: number,
) {
  return {
    from,
    to: asker,
    type: 'request_passed',
    subject: `${nameOf(claim)} went to ${calledHere(room, to, now)}${way}`,
    message: `coord handoff --show ${handoff.slice(-4)}`,
    priority: 'normal',
  }
}

/** The requests of the room that can still be granted, oldest first. */
export function openRequests(room: Room, now: Moment): Message[] {
  const { records } = readEverything({ ...room, problems: [] }, now, true)
  return records.messages
    .sort((a, b) => a.sent - b.sent)
    .map(({ message }) => message)
    .filter((message) => message.type === REQUEST && isOpen(message, records, now.wall))
}
