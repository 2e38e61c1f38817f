/** The view that STATUS_BOARD.md is rendered from: every text is one safe Markdown line, every time stands beside its instant. */

import { isPlain, markdownLine, visible } from './escape.ts'
import { textOf } from './messages.ts'
import { nameOf } from './names.ts'
import type { Need } from './needs.ts'
import { called, type Picture, type SeenClaim, type SeenSession, type Sent } from './picture.ts'
import type { Work } from './records.ts'
import { formatInstant, formatRelative, instantText, normalInstant, parseInstant } from './time.ts'

const utc = (time: number) => minuteOf(formatInstant(time))
const line = (text: string | null | undefined) => (text ? markdownLine(text) : '')
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** How many entries of a kind the board shows: it is for people. index.json and the commands have all. */
const MOST = 100

/** The first entries as rows, and a row that tells how many more there are and what lists them. */
function rowsOf<T>(entries: T[], view: (entry: T) => { text: string }, command: string) {
  const rows: { text: string }[] = entries.slice(0, MOST).map(view)
  if (entries.length > MOST) rows.push({ text: `- … and ${entries.length - MOST} more: \`${command}\`` })
  return rows
}

/** What a board template gets. `window_ms` is how far back messages are shown. */
export function boardView(picture: Picture, needs: Need[], window_ms: number) {
  const { now } = picture
  const whole = picture.records.whole ?? ((session) => session)
  const view = (seen: SeenSession) => sessionView({ ...seen, session: whole(seen.session) }, now)
  const sessions = rowsOf(picture.active, view, 'coord sessions')
  const claims = rowsOf(picture.claims, (claim) => claimView(claim, picture), 'coord claims')
  const recent = picture.records.messages.filter(({ sent }) => sent > now - window_ms && sent <= now + 60_000)
  const messages = rowsOf(recent.sort(newestFirst), (each) => messageView(each, picture), 'coord messages')
  return {
    updated: utc(now),
    updated_at: formatInstant(now),
    active: picture.active.length,
    sessions,
    claims,
    messages,
    needs: rowsOf(needs, needView, 'coord status'),
    unregistered: [...picture.records.unregistered, ...picture.records.mailboxes].map((id) => ({
      text: `- ${markdownLine(id)}`,
    })),
  }
}

/** A session's block is made here and not in the template: a condition there costs 15 µs, and there may be a thousand sessions. */
function sessionView({ session, liveness, sign, state }: SeenSession, now: number) {
  const last = session.last ?? {}
  const name = session.name && session.name !== session.session_id ? ` "${session.name}"` : ''
  const started = normalInstant(session.started_at)
  const status = capital(state === 'working' && last.action ? last.action : state)
  const update =
    sign === null
      ? 'never'
      : `${formatRelative(Math.min(sign, now), now)} (${instantText(sign, session.last_seen).slice(0, 19)}Z)`
  const { type, name: wanted } = session.waiting_for ?? {}
  const waiting = typeof type === 'string' && typeof wanted === 'string' ? `${type}/${wanted}` : null
  const machine = typeof session.machine === 'string' ? session.machine : ''
  const plain = isPlain(
    session.session_id + name + status + (session.current_work ?? '') + said(last) + machine,
  )
  const safe = plain ? (text: string) => text : markdownLine
  const fact = (label: string, value: string | null | undefined) =>
    value ? `\n- **${label}:** ${safe(value)}` : ''
  let text = `### ${safe(session.session_id + name)}`
  if (started !== null) text += ` (Started: ${startOf(started, now)})`
  text += `\n- **Status:** ${safe(status)}${liveness.level === 'fresh' ? '' : ` (${liveness.level})`}`
  text += fact('Working On', session.current_work ?? 'nothing yet')
  text +=
    fact('Phase', last.phase) +
    fact('Progress', last.progress) +
    fact('Says', last.message) +
    (waiting ? `\n- **Waiting For:** ${markdownLine(waiting)}` : '')
  text += `\n- **Last Update:** ${update}`
  text += fact('Machine', machine) + fact('Next', last.next_action) + estimate(last.estimated_completion, now)
  return { id: line(session.session_id), level: liveness.level, state: line(state), text }
}

/** The texts of a session's work together: looked at once, since most need no escaping at all. */
const said = ({ phase, progress, message, next_action }: Work) =>
  `${phase ?? ''}${progress ?? ''}${message ?? ''}${next_action ?? ''}`

function estimate(text: string | null | undefined, now: number): string {
  if (!text) return ''
  const iso = normalInstant(text)
  const when =
    iso === null ? markdownLine(text) : `${formatRelative(parseInstant(iso)!, now)} (${minuteOf(iso)})`
  return `\n- **Est. Complete:** ${when}`
}

function startOf(iso: string, now: number): string {
  return parseInstant(iso)! > now - 86_400_000 ? `${iso.slice(11, 16)} UTC` : minuteOf(iso)
}

const minuteOf = (iso: string) => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`

function claimView({ lease, expired, expires_in_ms }: SeenClaim, picture: Picture) {
  const { now } = picture
  const until = now + expires_in_ms
  const term = `${expires_in_ms > 0 ? 'expires' : 'expired'} ${formatRelative(until, now)}, ${minuteOf(instantText(until, lease.expires_at))}`
  const phase = lease.phase ? `, ${line(lease.phase)}` : ''
  const note = lease.note ? `: ${line(lease.note)}` : ''
  const resource = line(nameOf(lease))
  return {
    expired,
    text: `- **${resource}** - ${line(called(picture, lease.claimed_by, lease))} (${term}${lease.provisional ? ', provisional' : ''}${lease.kept_for ? ', kept until claimed' : ''}${phase})${note}`,
  }
}

const newestFirst = (a: Sent, b: Sent) =>
  b.sent - a.sent || ((a.message.id ?? '') < (b.message.id ?? '') ? 1 : -1)

function messageView({ message, sent }: Sent, picture: Picture) {
  const wanted = message.ack === true && !picture.records.acked.has(message.id ?? '')
  const subject = message.subject ?? ''
  const said = message.message || subject ? message.message : textOf(message)
  const whole = said && said !== subject ? `${subject}${subject ? ' – ' : ''}${said}` : subject
  const head = `- **${instantText(sent, message.timestamp).slice(11, 16)}** - ${line(called(picture, message.from, message))} → ${line(called(picture, message.to))}`
  return { ack: wanted, text: `${head}: "${line(whole)}"${wanted ? ' ↩ wants an answer' : ''}` }
}

function needView({ kind, text, act }: Need) {
  return {
    kind,
    text: `- ${markdownLine(text, 300)}${act ? ` · \`${visible(act).replaceAll('`', "'")}\`` : ''}`,
  }
}

/** Handlebars helpers of the board: `{{rows list}}` writes the text of each entry on a line of its own, `{{blocks list}}` with an empty line between. */
export const boardHelpers = {
  rows: (list: { text: string }[]) => list.map(({ text }) => text).join('\n'),
  blocks: (list: { text: string }[]) => list.map(({ text }) => text).join('\n\n'),
}
