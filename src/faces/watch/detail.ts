/** All that is known of what is chosen: whole texts, folded to the width. What is not known is left out. */
import type { Overview } from '../../operations/overview.ts'
import { visible } from '../../protocol/escape.ts'
import { ownWords, waitOf } from '../../protocol/live/told.ts'
import { textOf } from '../../protocol/messages.ts'
import { nameOf } from '../../protocol/names.ts'
import { keptFor } from '../../protocol/remote/kept.ts'
import { formatClock, formatRelative, formatSpan, parseInstant } from '../../protocol/time.ts'
import { needMark } from '../../protocol/words.ts'
import { alertDetail, gistDetail, hungIn } from './between.ts'
import { type Claim, type Item, labelsIn, type Message, type Need, type Session } from './items.ts'
import { requestToPerson } from './requests.ts'
import { livenessSymbol, messageLine, stateSymbol } from './rows.ts'
import { fold, foreign, type Line } from './span.ts'

const LABEL = 10
/** Of the messages of a session this many. */
const RECENT = 8

/** The detail of a row of the list; with `claims` only those of the session. */
export function itemDetail(
  item: Item | undefined,
  overview: Overview,
  columns: number,
  claims: boolean,
): Line[] {
  if (item?.kind === 'session')
    return claims
      ? claimsDetail(item.session, overview, columns)
      : sessionDetail(item.session, overview, columns)
  if (item?.kind === 'need') return needDetail(item.need, overview, columns)
  if (item?.kind === 'alert')
    return alertDetail(item.alert, parseInstant(overview.now) ?? 0, columns, labelsIn(overview))
  if (item?.kind === 'between') return gistDetail(item.gist.name, overview, columns, labelsIn(overview))
  if (item?.kind === 'problem')
    return [...folded(item.text, columns, true), [], ...folded(item.detail, columns), [], DOCTOR]
  return []
}

const DOCTOR: Line = [{ text: 'coord doctor tells more', role: 'muted' }]

const folded = (text: string, columns: number, bold = false): Line[] =>
  fold(text, columns).map((line) => [{ text: line, bold }])

/** A labelled fact, its lines under one another; none for what is not known. */
function fact(label: string, text: string | null | undefined, columns: number): Line[] {
  if (!text) return []
  return fold(text, columns - LABEL).map((line, at) => [
    { text: (at === 0 ? label : '').padEnd(LABEL), role: 'muted' },
    { text: line },
  ])
}

function sessionDetail(session: Session, overview: Overview, columns: number): Line[] {
  const now = parseInstant(overview.now) ?? 0
  const { status, liveness, progress, eta, agent, model, agents, target, phase } = session
  const context = session.context_pct === null ? null : `${Math.round(session.context_pct)}%`
  return [
    ...folded(session.label, columns, true),
    [stateSymbol(status), { text: ` ${visible(status)}` }],
    ...livenessLines(liveness, columns),
    ...fact('may hang', hungIn(overview, session.session_id)?.act, columns),
    ...fact('process', session.no_process ? 'is no more' : null, columns),
    ...fact('works on', target, columns),
    ...fact('phase', phase, columns),
    ...progressLine(progress, eta, columns, now),
    ...fact('says', ownWords(session), columns),
    ...fact('next', session.next_action, columns),
    ...fact('task', session.task_id, columns),
    ...fact('waits for', waitOf(session), columns),
    ...fact('agent', [agent, model].filter(Boolean).join(' '), columns),
    ...fact('context', [context, agents > 0 ? `${agents} agents` : null].filter(Boolean).join(', '), columns),
    ...fact('branch', session.branch, columns),
    ...fact('started', whenOf(session.started_at, now), columns),
    ...fact('id', session.label === session.session_id ? null : session.session_id, columns),
    ...fact('record', session.registered ? null : 'none: it only pushes its status', columns),
    ...listed(
      'claims',
      claimsOf(session, overview).map((claim) => claimLine(claim)),
    ),
    ...listed('messages', messagesAbout(session, overview, columns, now)),
  ]
}

/** Whether it is alive, and how that is known. */
const livenessLines = (liveness: Session['liveness'], columns: number): Line[] =>
  fold(`${liveness.level}: ${liveness.reason}`, columns - 2).map((text, at) => [
    at === 0 ? livenessSymbol(liveness) : { text: ' ' },
    { text: ` ${text}` },
  ])

/** A bar of ten, and when it will be full where that can be told. */
function progressLine(share: number | null, eta: string | null, columns: number, now: number): Line[] {
  if (share === null) return []
  const full = Math.round(share * 10)
  const end = parseInstant(eta)
  return [
    [
      { text: 'progress'.padEnd(LABEL), role: 'muted' },
      { text: '█'.repeat(full), role: 'accent' },
      { text: '░'.repeat(10 - full), role: 'muted' },
      { text: ` ${Math.round(share * 100)}%` },
      ...(end === null || columns < 40
        ? []
        : [{ text: `  done ${formatRelative(end, now)}`, role: 'muted' as const }]),
    ],
  ]
}

const listed = (title: string, lines: Line[]): Line[] =>
  lines.length === 0 ? [] : [[], [{ text: title, role: 'muted' }], ...lines]

const claimsOf = ({ session_id }: Session, { claims }: Overview) =>
  claims.filter(({ claimed_by }) => claimed_by === session_id)

const SOON = 15 * 60_000

function claimLine(claim: Claim): Line {
  const left = claim.expires_in_ms
  const term = claim.expired ? `expired ${formatSpan(-left)} ago` : `in ${formatSpan(Math.max(0, left))}`
  return [
    foreign(nameOf(claim)),
    { text: `  ${term}`, role: !claim.expired && left < SOON ? 'warn' : 'muted' },
    ...(keptFor(claim) ? [{ text: '  kept for it', role: 'muted' as const }] : []),
    ...(claim.provisional ? [{ text: '  provisional', role: 'warn' as const }] : []),
  ]
}

function claimsDetail(session: Session, overview: Overview, columns: number): Line[] {
  const now = parseInstant(overview.now) ?? 0
  const claims = claimsOf(session, overview)
  const lines = claims.flatMap((claim) => [
    [],
    ...folded(nameOf(claim), columns, true),
    ...fact(claim.expired ? 'expired' : 'until', whenOf(claim.expires_at, now), columns),
    ...fact('phase', claim.phase, columns),
    ...fact('note', claim.note, columns),
    ...fact('since', whenOf(claim.claimed_at, now), columns),
    ...fact('token', `${claim.token}${claim.provisional ? ', provisional' : ''}`, columns),
  ])
  const none: Line[] = claims.length === 0 ? [[], [{ text: 'holds nothing', role: 'muted' }]] : []
  return [[{ text: `claims of ${visible(session.label)}`, role: 'muted' }], ...none, ...lines]
}

function messagesAbout({ session_id }: Session, overview: Overview, columns: number, now: number): Line[] {
  const called = labelsIn(overview)
  const isOpen = openIn(overview)
  return overview.messages
    .filter(({ from, to }) => from === session_id || to === session_id)
    .slice(-RECENT)
    .reverse()
    .map((message) => messageLine(message, columns, now, isOpen(message), called))
}

function needDetail(need: Need, overview: Overview, columns: number): Line[] {
  const sessions = overview.sessions.filter(({ session_id }) => need.session_ids.includes(session_id))
  const message = need.kind === 'requested' ? undefined : askedIn(need, overview)
  const mark = needMark(need.kind)
  const text = message && message.subject !== textOf(message) ? textOf(message) : ''
  return [
    [
      { text: `${mark.symbol} `, role: mark.role },
      { text: need.kind, role: 'muted' },
    ],
    ...folded(need.text, columns),
    ...fact('since', whenOf(need.since, parseInstant(overview.now) ?? 0), columns),
    ...(text === '' ? [] : [[], ...folded(text, columns)]),
    ...(need.kind === 'requested'
      ? [[], [{ text: requestKeys(need, overview), role: 'muted' as const }]]
      : []),
    ...(need.kind === 'question'
      ? [[], [{ text: 'r answers, a only acknowledges', role: 'muted' as const }]]
      : []),
    ...alertsOf(need, overview).flatMap((alert) => [
      ...fact('priority', alert.priority, columns),
      ...fact('do', alert.action, columns),
      [{ text: 'a acknowledges it', role: 'muted' as const }],
    ]),
    ...(need.act
      ? [[], ...fold(need.act, columns).map((line) => [{ text: line, role: 'accent' as const }])]
      : []),
    ...sessions.flatMap((session) => [[], ...sessionDetail(session, overview, columns)]),
  ]
}

const requestKeys = ({ message_id }: Need, overview: Overview) =>
  requestToPerson(overview, message_id) ? 'y grants it, n refuses with a reason' : 'm writes to the holder'

const alertsOf = ({ alert_id }: Need, { alerts }: Overview) =>
  alerts.filter(({ id }) => alert_id !== undefined && id === alert_id)

/** The message that a need is about. */
function askedIn(
  { kind, text, message_id, session_ids: [from] }: Need,
  overview: Overview,
): Message | undefined {
  if (message_id) return overview.messages.find(({ id }) => id === message_id)
  const isOpen = openIn(overview)
  return kind === 'question' || kind === 'unanswered'
    ? overview.messages.findLast(
        (message) => message.from === from && isOpen(message) && text.includes(message.subject ?? ''),
      )
    : undefined
}

/** A message in full. */
export function messageDetail(message: Message | undefined, overview: Overview, columns: number): Line[] {
  if (!message) return [[{ text: 'no messages in the last hour', role: 'muted' }]]
  const called = labelsIn(overview)
  const now = parseInstant(overview.now) ?? 0
  const { from, to, subject, priority, ack, type } = message
  const text = textOf(message)
  const wanted = openIn(overview)(message)
  return [
    ...folded(subject || '(no subject)', columns, true),
    ...fact('from', called(from), columns),
    ...fact('to', called(to), columns),
    ...fact('sent', whenOf(message.timestamp, now), columns),
    ...fact('type', type === 'note' ? null : type, columns),
    ...fact('priority', priority === 'normal' ? null : priority, columns),
    ...fact('answer', ack ? (wanted ? 'wanted' : 'given') : null, columns),
    ...(text === '' || text === subject ? [] : [[], ...folded(text, columns)]),
  ]
}

/** Whether a message still wants an answer. */
export function openIn({ acked }: Overview): (message: Message) => boolean {
  const done = new Set(acked)
  return ({ ack, id }) => Boolean(ack) && !done.has(id ?? '')
}

/** A time as a clock with its distance; what is no time as it stands. */
function whenOf(text: string | null | undefined, now: number): string | null | undefined {
  const time = parseInstant(text)
  return time === null ? text : `${formatClock(time, now)}, ${formatRelative(time, now)}`
}
