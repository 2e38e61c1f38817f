/** Messages: what they are called, who they are for, and what of them is still unread. */
import type { Config } from './config.ts'
import { CoordError, invalid } from './errors.ts'
import { namedBy } from './labels.ts'
import { isMeant } from './machines/names.ts'
import { byteLength, checkSessionId, isSessionId, nearest, onlyOne } from './names.ts'
import type { Message, Receipt, Session } from './records.ts'
import { isEnded } from './sessions.ts'
import { fileTime, formatRelative, parseInstant } from './time.ts'

export const PRIORITIES = ['low', 'normal', 'high', 'critical'] as const

/** The id of a message and, with `.json`, its file name: time, sender, four random characters. */
export function messageId(now: number, from: string, random: string): string {
  return `${fileTime(now)}-${from}-${random.slice(0, 4)}`
}

/** Throws `invalid` for an empty subject or text, with `way` as the way out, or one over the limit. */
export function checkText(
  argument: string,
  text: string,
  limits: Config['messages'],
  way = argument === 'subject' ? 'Say in a few words what it is about.' : 'Leave it out, or say something.',
): void {
  if (text.trim() === '') throw invalid(argument, `${argument} is empty`, way)
  const bytes = byteLength(text)
  if (bytes <= limits.maxBytes) return
  const hint = 'Put it into a file of the repository and send its path, or raise messages.maxBytes.'
  throw invalid(argument, `${argument} has ${bytes} bytes, at most ${limits.maxBytes} are allowed`, hint)
}

/** Throws `invalid` for a priority that is none. */
export function checkPriority(priority: string): void {
  if ((PRIORITIES as readonly string[]).includes(priority)) return
  throw invalid('priority', `priority "${priority}" is not known`, `One of: ${PRIORITIES.join(', ')}.`)
}

/**
 * Who a recipient text means: `broadcast`, `human`, a session id, a unique name, or `role:CAPABILITY` (every other live
 * session with it), or the id of who has written here without being registered (`hasWritten`: a session of another clone). Unknown or
 * ended ones are `invalid` with the nearest names, unless `anyway`; several names are `ambiguous`.
 */
export function resolveRecipients(
  to: string,
  sessions: Session[],
  anyway: boolean,
  hasWritten: (id: string) => boolean = () => false,
  asker: Asker = {},
): string[] {
  if (to === 'broadcast' || to === 'human') return [to]
  if (to.startsWith('role:')) return resolveRole(to.slice(5), sessions, asker)
  if (anyway) {
    const found = byIdOrName(to, sessions)
    if (!found) checkSessionId(to, 'to')
    return [found?.session_id ?? to]
  }
  if (!byIdOrName(to, sessions) && isSessionId(to) && hasWritten(to)) return [to]
  return [resolveSession(to, sessions, '--to-unknown leaves the message waiting', asker).session_id]
}

/** Who looks for a session, and when (epoch ms): it is not told its own name, and how long ago another ended. */
export interface Asker {
  id?: string
  now?: number
}

/**
 * The one live session that a text means, by id or unique name. Unknown or ended ones are `invalid` with the nearest names and `way`
 * as the other way out; several names are `ambiguous`.
 */
export function resolveSession(to: string, sessions: Session[], way: string, asker: Asker = {}): Session {
  const found = byIdOrName(to, sessions)
  if (found && !isEnded(found)) return found
  const others = sessions.filter((session) => !isEnded(session) && session.session_id !== asker.id)
  const suggestions = nearest(
    to,
    others.flatMap((session) => [session.session_id, session.name ?? '']).filter(Boolean),
  )
  const what = found ? `session "${to}" ${endOf(found, asker)}` : `there is no session "${to}"`
  const near = suggestions.length > 0 ? `Did you mean ${suggestions.join(' or ')}? ` : ''
  throw invalid('to', what, `${near}coord sessions lists them; ${way}.`, { suggestions })
}

function endOf({ ended_at }: Session, { now }: Asker): string {
  const ended = parseInstant(ended_at)
  if (ended === null || now === undefined) return 'has ended'
  return `ended ${formatRelative(Math.min(ended, now), now)}`
}

const byIdOrName = (to: string, sessions: Session[]) =>
  sessions.find((session) => session.session_id === to) ??
  sessions.find((session) => isMeant(session, to, null)) ??
  byName(to, sessions)

const byName = (to: string, sessions: Session[]) =>
  onlyOne(namedBy(to, sessions), `name "${to}"`, (session) => session.session_id)

/** The sender is not among them: what one wrote is never unread for oneself. */
function resolveRole(role: string, sessions: Session[], asker: Asker): string[] {
  const live = sessions.filter((session) => !isEnded(session) && session.session_id !== asker.id)
  const fitting = live.filter((session) => session.capabilities?.includes(role))
  if (fitting.length > 0) return fitting.map((session) => session.session_id)
  const suggestions = [...new Set(live.flatMap((session) => session.capabilities ?? []))].map(
    (role) => `role:${role}`,
  )
  const own = sessions.some(({ session_id, capabilities }) => {
    return session_id === asker.id && capabilities?.includes(role)
  })
  throw invalid(
    'to',
    `no ${own ? 'other ' : ''}active session has the capability "${role}"`,
    'Capabilities are given by coord start --capability.',
    { suggestions },
  )
}

/** When a message was sent (epoch ms): by its body, else by `fallback`, the time in its file name. */
export function sentAt(message: Message, fallback: number | null): number {
  return parseInstant(message.timestamp) ?? fallback ?? 0
}

/** The type of the message that asks a holder for its claim (requests.ts). */
export const REQUEST = 'release_request'

/** Whether a message is shown until it is answered: a question for the person, a request for a claim. */
export const isLasting = ({ ack, to, type }: Message) => ack && (to === 'human' || type === REQUEST)

/** Whether a message is past its `expires_at`. */
export function isExpiredMessage(message: Message, now: number): boolean {
  const expires = parseInstant(message.expires_at)
  return expires !== null && expires <= now
}

/** What coord tells all of acts: who comes later sees what came of them in the claims and sessions. */
const NEWS = ['work_completed', 'session_ended', 'session_abandoned', 'handoff']

/**
 * Whether a message counts as unread for a reader: every direct one; broadcasts since one board window before the
 * reader's start (`started`, epoch ms), news of acts since then only; never one's own, never an expired one, never one read or acknowledged before.
 */
export function isUnread(
  message: Message,
  sent: number,
  reader: { id: string; since: number; started?: number; seen: ReadonlySet<string> },
  now: number,
): boolean {
  if (message.from === reader.id || reader.seen.has(message.id ?? '') || isExpiredMessage(message, now))
    return false
  const isNews = NEWS.includes(message.type ?? '')
  return message.to !== 'broadcast' || sent >= (isNews ? (reader.started ?? reader.since) : reader.since)
}

/** The ids that receipts call read or acknowledged. */
export function seenIds(receipts: Receipt[]): Set<string> {
  return new Set(
    receipts.filter((receipt) => receipt.state !== 'delivered').map((receipt) => receipt.message),
  )
}

/** What a message says in one text: its message, else its details in words. */
export function textOf(message: Message): string {
  return message.message || detailsInWords(message.details)
}

/** `resource: dashboard, phase completed: BUILD, holder: (claimed by: bob)`; nothing for what is empty, or nested too deep to be written. */
function detailsInWords(details: unknown): string {
  try {
    return asText(details, '', '')
  } catch {
    return ''
  }
}

function asText(value: unknown, before = '(', after = ')'): string {
  if (typeof value !== 'object') return String(value ?? '')
  if (Array.isArray(value))
    return value
      .map((each) => asText(each))
      .filter(Boolean)
      .join(', ')
  const told = Object.entries(value ?? {}).flatMap(([name, part]) => {
    const text = asText(part)
    return text ? `${name.replaceAll('_', ' ')}: ${text}` : []
  })
  return told.length > 0 ? `${before}${told.join(', ')}${after}` : ''
}

/** Whether a text names a message: its id, or a beginning or ending of it. */
export function isNamedBy(message: Message, text: string): boolean {
  return (
    message.id === text ||
    (text.length >= 4 && Boolean(message.id?.endsWith(text) || message.id?.startsWith(text)))
  )
}

/** The message of an id, or `not_found`; a unique beginning or ending of an id is enough. */
export function findMessage(id: string, messages: Message[]): Message {
  const exact = messages.find((message) => message.id === id)
  if (exact) return exact
  // One that was moved on is in two mailboxes under its id.
  const partial = [
    ...new Map(messages.filter((message) => isNamedBy(message, id)).map((each) => [each.id, each])).values(),
  ]
  const found = onlyOne(partial, `message "${id}"`, (message) => message.id ?? '')
  if (found) return found
  throw new CoordError(
    'not_found',
    `there is no message "${id}"`,
    'coord messages lists them with their ids.',
  )
}
