/** How records read on the command line: the same words and symbols as everywhere (protocol/words.ts). */

import type { seenClaim, seenSession } from '../../operations/views.ts'
import { visible } from '../../protocol/escape.ts'
import { lastPart } from '../../protocol/labels.ts'
import { atMachine, markedId } from '../../protocol/machines/names.ts'
import { textOf } from '../../protocol/messages.ts'
import { nameOf } from '../../protocol/names.ts'
import type { Message } from '../../protocol/records.ts'
import { type KeptFor, keptFor } from '../../protocol/remote/kept.ts'
import { formatRelative, formatSpan, parseInstant } from '../../protocol/time.ts'
import {
  LIVENESS_ROLES,
  LIVENESS_SYMBOLS,
  MESSAGE_SYMBOLS,
  STATE_ROLES,
  STATE_SYMBOLS,
} from '../../protocol/words.ts'
import { cutTo } from './columns.ts'
import type { Cell, FullCell, Page } from './page.ts'

export type ShownSession = ReturnType<typeof seenSession> & { may_hang?: boolean; no_process?: boolean }
export type ShownClaim = ReturnType<typeof seenClaim>

const stateOf = (state: string) =>
  Object.hasOwn(STATE_SYMBOLS, state) ? (state as keyof typeof STATE_SYMBOLS) : 'idle'

/** What a session is called on a page, and whether it is the one that asks. */
export function who(id: string, page: Page): string {
  return `${page.people.called(id)}${youAre(id, page)}`
}

const youAre = (id: string, { people }: Page) => (id === people.me() ? ' (you)' : '')

/** The same as a cell: cut, it still tells whether it is you. */
export function whoCell(id: string, page: Page, tail = ''): FullCell {
  return { text: page.people.called(id), tail: youAre(id, page) + tail, whole: true }
}

/** A session as a row: symbol, name or id, liveness, work, phase, progress, last sign. */
export function sessionRow(session: ShownSession, page: Page): Cell[] {
  const { now } = page
  const state = stateOf(session.state)
  const { level, age_ms } = session.liveness
  const last = session.last ?? {}
  const wanted = waitOf(session)
  // Who reads this as the session is there, whatever its record says.
  const isOwn = session.session_id === page.people.me()
  const doubt = isOwn ? null : session.no_process ? 'no process' : session.may_hang ? 'may hang' : null
  return [
    { text: STATE_SYMBOLS[state][0], role: STATE_ROLES[state] },
    whoCell(session.session_id, page, atMachine(session)),
    { text: LIVENESS_SYMBOLS[level][0], role: LIVENESS_ROLES[level] },
    { text: workOf(session) || '–', main: true },
    wanted ? `waits for ${wanted}` : (last.phase ?? last.action ?? session.state),
    { text: last.progress ?? '', right: true, whole: true },
    doubt
      ? { text: `${doubt}, ${formatRelative(now - age_ms, now)}`, role: 'warn', whole: true }
      : { text: level === 'ended' ? 'ended' : formatRelative(now - age_ms, now), role: 'muted', whole: true },
  ]
}

/** Who only pushes says in words what it is at. */
function workOf({ registered, current_work, last }: ShownSession & { registered?: unknown }): string {
  const said = registered === false ? last?.message : null
  return [current_work, said].filter(Boolean).join(': ')
}

/** The resource that a session waits for, as TYPE/NAME; null for none. */
export function waitOf({ waiting_for }: ShownSession): string | null {
  const { type, name } = waiting_for ?? {}
  return typeof type === 'string' && typeof name === 'string' ? `${type}/${name}` : null
}

/** A claim as a row: resource, holder, time left, note. */
export function claimRow(claim: ShownClaim, page: Page): Cell[] {
  const left = claim.expires_in_ms
  const soon = left < 15 * 60_000
  const term: Cell = claim.expired
    ? { text: `expired ${formatSpan(-left)} ago`, role: 'muted', whole: true }
    : { text: left > 0 ? `in ${formatSpan(left)}` : 'ending', role: soon ? 'warn' : 'muted', whole: true }
  const quiet =
    claim.claimed_by !== page.people.me() &&
    claim.holder_liveness &&
    !['fresh', 'stale'].includes(claim.holder_liveness.level)
      ? ` (${claim.holder_liveness.level})`
      : ''
  const kept = keptFor(claim)
  const at = atMachine({ machine: claim.holder_machine, machine_name: claim.holder_machine_name })
  return [
    { text: nameOf(claim), main: true },
    whoCell(holderOf(claim, page), page, at + quiet),
    term,
    [claim.provisional ? 'provisional' : '', kept && keptWords(claim, kept, page), claim.phase, claim.note]
      .filter(Boolean)
      .join(' – '),
  ]
}

/** The id by which the holder of a claim is known here: of a session elsewhere it may be the marked one (protocol/machines/names.ts). */
function holderOf({ claimed_by, holder_machine }: ShownClaim, { people }: Page): string {
  const far = holder_machine === undefined ? claimed_by : markedId(claimed_by, holder_machine)
  return people.called(far) === far ? claimed_by : far
}

/** Who a claim is kept for, until it claims it, and who gave it. */
function keptWords(claim: ShownClaim, kept: KeptFor, { people }: Page): string {
  const { claimed_by, holder_machine } = claim
  const to = claimed_by === people.me() ? 'you' : people.called(holder_machine ? claimed_by : kept.session)
  const giver = kept.by ? ` (by ${people.called(kept.by)}${atMachine({ machine: kept.by_machine })})` : ''
  return `kept for ${to}${giver}`
}

/** Messages: of each a head line, with the short end of its id, then its text, indented. `mine`: they are the reader's mail. */
export function printMessages(messages: Message[], page: Page, mine = false): void {
  const direct = mine && messages.every(({ to }) => to !== 'broadcast')
  const heads = page.laidOut(
    messages.map((message) => {
      const head = headOf(message, page)
      const to = mine && message.to !== 'broadcast' ? '' : toCell(message, page)
      return direct ? head : [...head.slice(0, 3), to, ...head.slice(3)]
    }),
  )
  for (const [at, message] of messages.entries()) {
    page.line(heads[at])
    const text = textOf(message)
    for (const line of text === message.subject ? [] : text.split('\n'))
      if (line !== '') page.rows([[line]], '    ')
  }
}

const toCell = ({ to }: Message, page: Page): Cell => ({
  ...whoCell(to, page),
  text: `→ ${page.people.called(to)}`,
})

function headOf(message: Message, page: Page): Cell[] {
  const { ack, from, priority, subject } = message
  const sent = parseInstant(message.timestamp)
  const urgent = priority === 'high' || priority === 'critical' ? `[${priority}] ` : ''
  return [
    { text: MESSAGE_SYMBOLS[ack ? 'answer' : 'unread'][0], role: ack ? 'ask' : 'accent' },
    { text: page.people.short(message.id ?? ''), role: 'muted', whole: true },
    whoCell(from, page, atMachine(message)),
    { text: `${urgent}${subject ?? ''}`, main: true },
    { text: sent === null ? '' : formatRelative(sent, page.now), role: 'muted', whole: true },
  ]
}

/** What was sent, on a line for each recipient, cut to the terminal: its sender knows the subject. */
export function printSent(verb: string, messages: Message[], page: Page): void {
  for (const { id, to, subject } of messages)
    page.line(fitted(`${verb} ${lastPart(id ?? '')} to ${who(to, page)}: ${subject ?? ''}`, page))
}

/** The line about a claim that is kept for a session of another machine, until `end` (epoch ms). */
export function keptLine(name: string, to: string, end: number | null, { now }: Page): string {
  const term = end === null ? '' : ` for ${formatSpan(end - now)}`
  return `${name} is kept for ${to}${term}: it is on another machine, and takes it with coord claim`
}

/** A foreign text as one line that fits the terminal. */
export function fitted(text: string, { width }: Page): string {
  const line = visible(text)
  return width === null ? line : cutTo(line, width)
}

/** The line that tells what a list left out, where `shown` are there. */
export function printOmitted(omitted: number | undefined, shown: number, page: Page): void {
  if (omitted) page.line(page.paint('muted', `… ${omitted} more; --limit ${omitted + shown} shows them`))
}

/** The line that tells when a recipient without a record here gets its message. */
export function printStranger(
  to: string,
  recipient: 'other_machine' | 'other_clone' | 'unregistered' | 'next_holder' | undefined,
  page: Page,
): void {
  if (recipient === 'other_machine')
    page.line(`${visible(to)} is on another machine: it gets it with the next coord sync of both`)
  if (recipient === 'other_clone')
    page.line(`${visible(to)} is not registered here: of another clone, which gets it with your commit`)
  if (recipient === 'unregistered')
    page.line(`${visible(to)} is not registered here: it gets it when it starts under that id`)
  if (recipient === 'next_holder') page.line('nobody else holds that file: whoever claims it next gets it')
}
