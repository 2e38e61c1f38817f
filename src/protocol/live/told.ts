/** What happened between two looks at a room, in words: a line for each thing, for logs and pipes. */
import { nameOf } from '../names.ts'
import type { Message } from '../records.ts'
import { formatClock, formatSpan, parseInstant } from '../time.ts'
import { factsOf, KEYS } from './changes.ts'
import type { LiveSession } from './sessions.ts'

/** What of an overview is told. */
interface Told {
  now: string
  needs: { kind: string; text: string; session_ids: string[] }[]
  sessions: LiveSession[]
  claims: Claimed[]
  messages: Message[]
  problems: { path: string; detail: string }[]
  alerts: { id: string; text: string; priority?: string | null | undefined; severity: string }[]
  channels: { channel: string; messages: Message[] }[]
}

interface Claimed {
  resource_type: string
  resource_name: string
  claimed_by: string
  expires_at: string
  expires_in_ms: number
  expired: boolean
}

/**
 * Lines of `before` → `after`: time (UTC), a word for the kind of thing, who or what, and what is said. With `before` null all that is
 * there is told, of the messages only how many. Texts of others come as they stand.
 */
export function toldChange(before: Told | null, after: Told): string[] {
  const clock = `${after.now.slice(11, 19)}Z`
  const labels = new Map(
    [...(before?.sessions ?? []), ...after.sessions].map((row) => [row.session_id, row.label]),
  )
  const called = (id: string) => labels.get(id) ?? id
  return [
    ...toldNeeds(before, after),
    ...toldAlerts(before, after),
    ...toldSessions(before, after),
    ...toldClaims(before, after, called),
    ...toldMessages(before, after, called),
    ...toldChannels(before, after, called),
    ...toldProblems(before, after),
  ].map((line) => `${clock}  ${line}`)
}

/** Which rows are new or say something new, and which went. */
function differences<T>(before: T[], after: T[], keyOf: (row: T) => string) {
  const old = new Map(before.map((row) => [keyOf(row), row]))
  const kept = new Set(after.map(keyOf))
  return {
    fresh: after.filter((row) => factsOf(old.get(keyOf(row))) !== factsOf(row)),
    gone: before.filter((row) => !kept.has(keyOf(row))),
    old,
  }
}

/** Another text is another need, also of the same sessions; another age is not. */
function toldNeeds(before: Told | null, after: Told): string[] {
  const keyOf = ({ kind, session_ids, text }: Told['needs'][number]) =>
    factsOf({ needs: [{ kind, session_ids, text }] })
  const known = new Set(before?.needs.map(keyOf))
  return after.needs.filter((need) => !known.has(keyOf(need))).map(({ text }) => `needs attention  ${text}`)
}

function toldAlerts(before: Told | null, after: Told): string[] {
  const known = new Set(before?.alerts.map(({ id }) => id))
  return after.alerts
    .filter(({ id }) => !known.has(id))
    .map(({ priority, severity, text }) => `alert  ${priority ?? severity}  ${text}`)
}

function toldSessions(before: Told | null, after: Told): string[] {
  const { fresh, gone, old } = differences(before?.sessions ?? [], after.sessions, KEYS.sessions)
  const lines = fresh.flatMap((row) => {
    const text = saidBy(row)
    const known = old.get(row.session_id)
    return known && saidBy(known) === text ? [] : [`session  ${text}`]
  })
  return [...lines, ...gone.map(({ label }) => `session  ${label}  left`)]
}

/** What a session says of itself, beyond what its heartbeat tells anyway: coord writes `action – target – phase` where nothing is said. */
export function ownWords({ message, target, phase }: LiveSession): string | null {
  const told = [target, phase].filter(Boolean).join(' – ')
  const isTold = message === null || message === '' || (told !== '' && message.endsWith(told))
  return isTold || message === phase || message === target ? null : message
}

/** The resource that a session waits for, as `type/name`; null for none. */
export const waitOf = ({ waiting_for }: LiveSession): string | null =>
  waiting_for && `${waiting_for.type}/${waiting_for.name}`

function saidBy(session: LiveSession) {
  const { label, status, liveness, target, phase, progress } = session
  const wanted = waitOf(session)
  const share = progress === null ? '' : `${Math.round(progress * 100)}%`
  const waits = wanted && `waits for ${wanted}`
  const quiet = liveness.level === 'fresh' ? '' : liveness.level
  return [label, status, quiet, target, phase, share, waits, ownWords(session)].filter(Boolean).join('  ')
}

function toldClaims(before: Told | null, after: Told, called: (id: string) => string): string[] {
  const { fresh, gone } = differences(before?.claims ?? [], after.claims, KEYS.claims)
  const now = parseInstant(after.now) ?? 0
  const lines = fresh.map((claim) => {
    const end = parseInstant(claim.expires_at)
    const term = claim.expired
      ? `expired ${formatSpan(-claim.expires_in_ms)} ago`
      : end === null
        ? ''
        : `until ${formatClock(end, now)}`
    return `claim  ${[nameOf(claim), called(claim.claimed_by), term].filter(Boolean).join('  ')}`
  })
  return [...lines, ...gone.map((claim) => `claim  ${nameOf(claim)}  free`)]
}

function toldMessages(before: Told | null, after: Told, called: (id: string) => string): string[] {
  if (before === null) return [`messages  ${after.messages.length} in the last hour`]
  const { fresh } = differences(before.messages, after.messages, KEYS.messages)
  return fresh.map(({ from, to, subject, message }) => {
    const text = message && message !== subject ? `: ${message}` : ''
    return `message  ${called(from)} → ${called(to)}  ${subject ?? ''}${text}`
  })
}

/** What was on channels before is not told. */
function toldChannels(before: Told | null, after: Told, called: (id: string) => string): string[] {
  const posts = (told: Told) => told.channels.flatMap(({ messages }) => messages)
  const { fresh } = differences(posts(before ?? after), posts(after), KEYS.messages)
  return fresh.map(({ channel, from, message }) => `channel  ${channel}  ${called(from)}: ${message ?? ''}`)
}

function toldProblems(before: Told | null, after: Told): string[] {
  const known = new Set(before?.problems.map(({ path }) => path))
  return after.problems
    .filter(({ path }) => !known.has(path))
    .map(({ path, detail }) => `file  ${path}  ${detail}`)
}
