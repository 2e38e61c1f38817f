/** The view that STATUS_BOARD.md is rendered from: every text is one safe Markdown line, every time stands beside its instant. */
import { markdownLine } from './escape.ts'
import { textOf } from './messages.ts'
import type { Need } from './needs.ts'
import { activeSessions, type Picture, type SeenClaim, type SeenSession, type Sent } from './picture.ts'
import { formatInstant, formatRelative, parseInstant } from './time.ts'

const utc = (time: number) => `${formatInstant(time).slice(0, 16).replace('T', ' ')} UTC`
const clock = (time: number) => `${formatInstant(time).slice(11, 16)} UTC`
const line = (text: string | null | undefined) => (text ? markdownLine(text) : null)
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** What a board template gets. `window_ms` is how far back messages are shown. */
export function boardView(picture: Picture, needs: Need[], window_ms: number) {
  const { now } = picture
  const sessions = activeSessions(picture).map((seen) => sessionView(seen, now))
  const claims = picture.claims.map((claim) => claimView(claim, now))
  const recent = picture.records.messages.filter(({ sent }) => sent > now - window_ms && sent <= now + 60_000)
  const messages = recent.sort((a, b) => b.sent - a.sent).map(messageView)
  return {
    updated: utc(now),
    updated_at: formatInstant(now),
    active: sessions.length,
    sessions,
    claims,
    messages,
    needs: needs.map(({ kind, text, act }) => ({
      kind,
      text: markdownLine(text, 300),
      act: act ? act.replaceAll('`', "'") : null,
    })),
    unregistered: picture.records.unregistered.map((id) => markdownLine(id)),
  }
}

export type BoardView = ReturnType<typeof boardView>

function sessionView({ session, liveness, sign, state }: SeenSession, now: number) {
  const last = session.last ?? {}
  const started = parseInstant(session.started_at)
  const eta = parseInstant(last.estimated_completion)
  const name = session.name && session.name !== session.session_id ? ` "${session.name}"` : ''
  return {
    title: line(`${session.session_id}${name}`),
    started: started === null ? null : started > now - 86_400_000 ? clock(started) : utc(started),
    status: line(capital(state === 'working' && last.action ? last.action : state)),
    liveness: liveness.level === 'fresh' ? null : liveness.level,
    work: line(session.current_work) ?? 'nothing yet',
    phase: line(last.phase),
    progress: line(last.progress),
    message: line(last.message),
    update:
      sign === null
        ? 'never'
        : `${formatRelative(Math.min(sign, now), now)} (${formatInstant(sign).slice(0, 19)}Z)`,
    next: line(last.next_action),
    complete: eta === null ? line(last.estimated_completion) : `${formatRelative(eta, now)} (${utc(eta)})`,
    waiting: session.waiting_for ? line(`${session.waiting_for.type}/${session.waiting_for.name}`) : null,
  }
}

function claimView({ lease, expired, expires_in_ms }: SeenClaim, now: number) {
  const until = now + expires_in_ms
  return {
    resource: line(`${lease.resource_type}/${lease.resource_name}`),
    holder: line(lease.claimed_by),
    expires: `${expired ? 'expired' : 'expires'} ${formatRelative(until, now)}, ${utc(until)}`,
    phase: line(lease.phase),
    note: line(lease.note),
  }
}

function messageView({ message, sent }: Sent) {
  const text = textOf(message)
  return {
    time: formatInstant(sent).slice(11, 16),
    at: formatInstant(sent),
    from: line(message.from),
    to: line(message.to),
    text: line(
      text && text !== message.subject
        ? `${message.subject ?? ''}${message.subject ? ' – ' : ''}${text}`
        : (message.subject ?? ''),
    ),
    ack: message.ack === true,
  }
}
