/** Requests for release: a session asks the holder of a claim for it. Which of them stand follows from the messages and the claims. */
import { machineOf } from './machines/names.ts'
import { isExpiredMessage, REQUEST } from './messages.ts'
import type { Picture, Records } from './picture.ts'
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

/** So much of an id stands before the mark of the machine that it is of. */
const BEGINNING = 40

/** Whether a reader may answer a message: who it is for, a session or the person of this machine or of another, or for all; who sent it takes it back. */
export const mayAnswer = ({ from, to }: Message, reader: string): boolean =>
  to === 'broadcast' || to.includes(':') || [from, to].some((id) => reader.startsWith(id.slice(0, BEGINNING)))

/** What is asked of whom, for people, by what the two are called. */
export function wordsOfRequest(
  from: string,
  to: string,
  { resource_type, resource_name, reason }: Partial<Asked>,
): string {
  return `${from} asks ${to} for ${resource_type}/${resource_name}${reason ? `: "${reason}"` : ''}`
}

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

/** What became of a request: nobody answered yet, it was given or not, taken back, or there is nothing to answer any more. */
export type Outcome = 'open' | 'granted' | 'refused' | 'withdrawn' | 'over'

/** A request with what became of it, and the words of the answer, if there are any. */
export interface AnsweredRequest extends ReleaseRequest {
  outcome: Outcome
  answer: string | null
  /** Whether it is the person who answers: no agent runs the session that is asked. */
  to_person: boolean
}

/** The requests among the messages that are shown, oldest first, each with what became of it. */
export function outcomesOf(picture: Picture): AnsweredRequest[] {
  const said = picture.records.messages.map(({ message }) => message)
  return said
    .filter(({ type }) => type === REQUEST)
    .map((message) => {
      const reply = said.find(
        ({ reply_to, type }) => reply_to === message.id && Object.hasOwn(REPLIES, type ?? ''),
      )
      const outcome = reply ? REPLIES[reply.type!]! : withoutReply(message, picture)
      return {
        ...requestOf(message),
        outcome,
        answer: reply?.message ?? null,
        to_person: isPersons(message.to, picture),
      }
    })
}

/** Whether a session of this room is one of the person, as none of an agent's is. */
function isPersons(id: string, { byId }: Picture): boolean {
  const seen = byId.get(id)
  return seen !== undefined && !seen.session.agent?.vendor && machineOf(seen.session) === null
}

const REPLIES: Record<string, Outcome> = { request_refused: 'refused', request_withdrawn: 'withdrawn' }

/** Who ends takes back without a word what it asked for. */
function withoutReply(message: Message, { byId, records, now }: Picture): Outcome {
  const asker = byId.get(message.from)
  if (!asker || asker.liveness.level === 'ended') return 'over'
  if (isOpen(message, records, now)) return 'open'
  return records.acked.has(message.id!) ? 'granted' : 'over'
}
