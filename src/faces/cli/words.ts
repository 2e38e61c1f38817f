/** How records read on the command line: the same words and symbols as everywhere (protocol/words.ts). */

import type { seenClaim, seenSession } from '../../operations/views.ts'
import { textOf } from '../../protocol/messages.ts'
import type { Message } from '../../protocol/records.ts'
import { formatRelative, formatSpan, parseInstant } from '../../protocol/time.ts'
import {
  LIVENESS_ROLES,
  LIVENESS_SYMBOLS,
  MESSAGE_SYMBOLS,
  STATE_ROLES,
  STATE_SYMBOLS,
} from '../../protocol/words.ts'
import type { Cell, Page } from './page.ts'

export type ShownSession = ReturnType<typeof seenSession>
export type ShownClaim = ReturnType<typeof seenClaim>

const stateOf = (state: string) =>
  Object.hasOwn(STATE_SYMBOLS, state) ? (state as keyof typeof STATE_SYMBOLS) : 'idle'

/** A session as a row: symbol, name or id, liveness, work, phase, progress, last sign. */
export function sessionRow(session: ShownSession, now: number): Cell[] {
  const state = stateOf(session.state)
  const { level, age_ms } = session.liveness
  const last = session.last ?? {}
  return [
    { text: STATE_SYMBOLS[state][0], role: STATE_ROLES[state] },
    { text: session.name || session.session_id, whole: true },
    { text: LIVENESS_SYMBOLS[level][0], role: LIVENESS_ROLES[level] },
    session.current_work ?? '–',
    waitOf(session) ?? last.phase ?? last.action ?? session.state,
    { text: last.progress ?? '', right: true },
    { text: level === 'ended' ? 'ended' : formatRelative(now - age_ms, now), role: 'muted' },
  ]
}

/** What a session waits for, in words; null for nothing. */
function waitOf({ waiting_for }: ShownSession): string | null {
  const { type, name } = waiting_for ?? {}
  return typeof type === 'string' && typeof name === 'string' ? `waits for ${type}/${name}` : null
}

/** A claim as a row: resource, holder, time left, note. */
export function claimRow(claim: ShownClaim, _now: number): Cell[] {
  const left = claim.expires_in_ms
  const soon = left < 15 * 60_000
  const term: Cell = claim.expired
    ? { text: `expired ${formatSpan(-left)} ago`, role: 'muted' }
    : { text: left > 0 ? `in ${formatSpan(left)}` : 'ending', role: soon ? 'warn' : 'muted' }
  const quiet =
    claim.holder_liveness && !['fresh', 'stale'].includes(claim.holder_liveness.level)
      ? `(${claim.holder_liveness.level})`
      : ''
  return [
    { text: `${claim.resource_type}/${claim.resource_name}`, whole: true },
    { text: `${claim.holder_name || claim.claimed_by} ${quiet}`.trim(), whole: true },
    term,
    [claim.phase, claim.note].filter(Boolean).join(' – '),
  ]
}

/** A message: one head line, then its text, indented. */
export function printMessage(message: Message, page: Page): void {
  const sent = parseInstant(message.timestamp)
  const symbol = message.ack ? MESSAGE_SYMBOLS.answer[0] : MESSAGE_SYMBOLS.unread[0]
  const urgent = message.priority === 'high' || message.priority === 'critical' ? `${message.priority} ` : ''
  const when = sent === null ? '' : formatRelative(sent, page.now)
  page.rows([
    [
      { text: symbol, role: message.ack ? 'ask' : 'accent' },
      { text: `${message.from} → ${message.to}`, whole: true },
      `${urgent}${message.subject ?? ''}`,
      { text: when, role: 'muted' },
    ],
  ])
  const text = textOf(message)
  for (const line of text === message.subject ? [] : text.split('\n'))
    if (line !== '') page.rows([[line]], '    ')
  page.rows([[{ text: message.id ?? '', role: 'muted' }]], '    ')
}

/** The line that tells what a list left out. */
export function printOmitted(omitted: number | undefined, page: Page): void {
  if (omitted) page.line(page.paint('muted', `… ${omitted} more; --limit ${omitted + 50} shows them`))
}

/** The line that tells when a recipient without a record here gets its message. */
export function printStranger(
  to: string,
  recipient: 'other_clone' | 'unregistered' | undefined,
  page: Page,
): void {
  if (recipient === 'other_clone')
    page.line(`${to} is not registered here: of another clone, which gets it with your commit`)
  if (recipient === 'unregistered')
    page.line(`${to} is not registered here: it gets it when it starts under that id`)
}
