/** Requests for release: a session asks the holder of a claim for it. Which of them stand follows from the messages and the claims. */
import { isExpiredMessage, REQUEST } from './messages.ts'
import type { Records } from './picture.ts'
import type { Lease, Message } from './records.ts'

/** What a request is about: the claim as it was when it was asked for. */
export interface Asked {
  resource_type: string
  resource_name: string
  token: number
  reason?: string
}

/** What a message asks for; of one that is no request, or that somebody else wrote in its form, what fits. */
export const askedIn = ({ details }: Message) => (details ?? {}) as Partial<Asked>

/** The claim that a request asks for, while its holder still has it under the token it had then. Tokens count for one resource alone. */
export function leaseAsked(message: Message, leases: Lease[]): Lease | undefined {
  const { token, resource_type, resource_name } = askedIn(message)
  return leases.find(
    (lease) =>
      lease.token === token && lease.resource_type === resource_type && lease.resource_name === resource_name,
  )
}

/** Whether a message still wants an answer: nobody acknowledged it, its time is not up, and a request can still be granted by its holder. */
export const isOpen = (message: Message, { acked, leases }: Pick<Records, 'acked' | 'leases'>, now: number) =>
  message.ack &&
  !acked.has(message.id!) &&
  !isExpiredMessage(message, now) &&
  (message.type !== REQUEST || leaseAsked(message, leases))

/** A request as JSON tells it. */
export interface ReleaseRequest extends Asked {
  id: string
  from: string
  to: string
  timestamp: string | null
}

/** A message that asks for a claim, as a request. */
export function requestOf(message: Message): ReleaseRequest {
  const { resource_type = '', resource_name = '', token = 0, reason = '' } = askedIn(message)
  const { id = '', from, to, timestamp = null } = message
  return { id: id ?? '', from, to, timestamp, resource_type, resource_name, token, reason }
}
