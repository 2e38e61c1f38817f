/** What ends a request: the holder grants or refuses it, who asked takes it back. Under one lock, so that of two at once one counts. */
import type { Context } from '../context.ts'
import type { Moment } from '../protocol/claims.ts'
import { CoordError } from '../protocol/errors.ts'
import { handedClaim } from '../protocol/handoffs.ts'
import { labelOf } from '../protocol/labels.ts'
import { findMessage, isNamedBy, REQUEST } from '../protocol/messages.ts'
import { nameOf } from '../protocol/names.ts'
import { quote, wordsOf } from '../protocol/needs.ts'
import type { Message, Session } from '../protocol/records.ts'
import { askedIn, leaseAsked, requestOf } from '../protocol/requests.ts'
import { formatInstant } from '../protocol/time.ts'
import { listLeases } from '../store/claims.ts'
import { listAllMessages } from '../store/messages.ts'
import type { Room } from '../store/room.ts'
import { loadSession } from '../store/sessions.ts'
import { appendReceipts } from '../store/status.ts'
import { messageFor } from './ack.ts'
import { recordAct } from './act.ts'
import { whileHanding } from './finishing.ts'
import { handOver } from './handing.ts'
import { recipientOf } from './handoff.ts'
import { composeFor } from './leaving.ts'
import { isAnswered, isWithdrawn, openRequests } from './requests.ts'
import { answer, senderNow } from './send.ts'

/** A request that the holder is asked by, and the claim, which it has still. Throws `not_found`, `conflict`. */
function requestTo(room: Room, holder: string, text: string, now: Moment) {
  const message = requestNamed(room, holder, text)
  const asked = askedIn(message)
  if (message.type !== REQUEST || !asked.resource_name)
    throw new CoordError('conflict', `message ${message.id} is no request`, 'coord request --list')
  const lease = leaseAsked(message, listLeases(room, now.wall))
  const name = `${asked.resource_type}/${asked.resource_name}`
  const hint = 'So there is nothing to answer; coord claims tells who has it.'
  if (lease?.claimed_by !== holder)
    throw new CoordError('conflict', `you do not hold ${name} any more as it was asked for`, hint)
  if (isAnswered(room, message, holder)) {
    const again = `To give it all the same: coord handoff ${wordsOf(lease)} --to ${quote(message.from)}`
    throw new CoordError('conflict', `the request for ${name} is answered already`, again)
  }
  if (isWithdrawn(room, message, now.wall))
    throw new CoordError('conflict', `the request for ${name} was withdrawn`, 'coord request --list')
  return { message, lease }
}

/** A message to a holder; what others ask each other on other machines is not in this room. Throws `not_found`, `conflict`. */
function requestNamed(room: Room, holder: string, text: string): Message {
  try {
    return messageFor(room, holder, text)
  } catch (error) {
    if (!(error instanceof CoordError) || error.code !== 'not_found') throw error
    const hint =
      'Only the holder who is asked can answer it, on its machine; coord request --list tells what is open here.'
    throw new CoordError('not_found', `there is no request "${text}" to you`, hint)
  }
}

/** As an answer names it. */
const shortly = (asked: Message): Message => {
  const { reason } = askedIn(asked)
  return { ...asked, subject: `${nameOf(requestOf(asked))}${reason ? `: ${reason}` : ''}` }
}

const acked = (room: Room, reader: string, message: Message, now: Moment) =>
  appendReceipts(room, reader, [{ at: formatInstant(now.wall), message: message.id!, state: 'acked' }])

/** Hand over what a request asks for. Throws `not_found`, `conflict`, `busy`. */
export function grant(
  ctx: Context,
  room: Room,
  session: Session,
  id: string,
  note: string | undefined,
  now: Moment,
) {
  const granted = whileHanding(ctx, room, now, () => {
    // Looked for while nobody else hands over or answers: of two answers at once one counts.
    const { message: asked, lease } = requestTo(room, session.session_id, id, now)
    const to = recipientOf(room, session, senderNow(room, asked, now.wall), now)
    const words = { note: note ?? `as you asked: ${askedIn(asked).reason ?? ''}` }
    const handed = composeFor(ctx, room, { from: session, to }, words, [handedClaim(lease)], now)
    const done = handOver(ctx, room, handed, to.host ?? null, now)
    acked(room, session.session_id, asked, now)
    return { ...done, asked, lease, to }
  })
  const { handoff, message, kept_for, asked, lease, to } = granted
  recordAct(ctx, room, session, now, {
    event: 'handoff',
    message: `granted ${nameOf(lease)} to ${to.name ?? to.session_id}`,
    metadata: { to: to.session_id, handoff: handoff.id, request: asked.id },
  })
  const kept = kept_for ? { kept_for } : {}
  return { request: requestOf(asked), handoff, ...kept, ...(message ? { message } : {}) }
}

/** Keep what a request asks for. Throws as `grant`. */
export function refuse(ctx: Context, room: Room, session: Session, id: string, reason: string, now: Moment) {
  const { asked, lease, message } = whileHanding(ctx, room, now, () => {
    const { message: asked, lease } = requestTo(room, session.session_id, id, now)
    const message = answer(ctx, room, session.session_id, shortly(asked), reason, now.wall, 'request_refused')
    acked(room, session.session_id, asked, now)
    return { asked, lease, message }
  })
  recordAct(ctx, room, session, now, {
    event: 'request',
    message: `refused ${nameOf(lease)} to ${asked.from}: ${reason}`,
    metadata: { to: asked.from, message: message.id },
  })
  return { request: requestOf(asked), message }
}

/** Take one's own request back. Throws as `grant`. */
export function withdraw(ctx: Context, room: Room, session: Session, id: string, now: Moment) {
  const { asked, message } = whileHanding(ctx, room, now, () => {
    const asked = ownRequest(room, session.session_id, id, now)
    const text = `${nameOf(requestOf(asked))} is not needed any more`
    const back = { ...shortly(asked), from: asked.to }
    const message = answer(ctx, room, session.session_id, back, text, now.wall, 'request_withdrawn')
    acked(room, session.session_id, asked, now)
    return { asked, message }
  })
  const what = nameOf(requestOf(asked))
  recordAct(ctx, room, session, now, { event: 'request', message: `withdrew the request for ${what}` })
  return { request: requestOf(asked), message }
}

/** The open request of an id that a session made. Throws `not_found`, `conflict` for that of another, or one that is not open. */
function ownRequest(room: Room, by: string, id: string, now: Moment): Message {
  const open = openRequests(room, now)
  if (open.some((each) => each.from === by && isNamedBy(each, id)))
    return findMessage(
      id,
      open.filter(({ from }) => from === by),
    )
  const all = listAllMessages(room).map(({ message }) => message)
  const asked = findMessage(
    id,
    all.filter(({ type }) => type === REQUEST),
  )
  const whose = asked.from === by ? null : loadSession(room, asked.from)
  const called = whose ? labelOf(whose) : asked.from
  const hint = 'coord request --list tells what is open, coord claims who has it.'
  if (asked.from !== by)
    throw new CoordError('conflict', `only ${called} can withdraw message ${asked.id}`, hint)
  const what = nameOf(requestOf(asked))
  throw new CoordError('conflict', `the request for ${what} is not open any more`, hint)
}
