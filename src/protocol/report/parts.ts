/** The pages of `coord report --stats`, `--locks`, `--claims`, `--alerts`, `--unread` and `--lifecycle`. */
import { groupBy } from '../groups.ts'
import { subjectOf } from '../live/conflicts.ts'
import type { ShownAlert } from '../live/delivery.ts'
import { PRIORITIES } from '../messages.ts'
import { nameOf } from '../names.ts'
import type { Message } from '../records.ts'
import { formatSpan } from '../time.ts'
import { priorityOf } from './alerts.ts'
import type { LifecycleEvent } from './lifecycle.ts'
import { RULE, timeText } from './page.ts'
import { formatBytes, type Say } from './report.ts'
import { isFileLock, type TimedClaim } from './sessions.ts'
import type { Statistics } from './statistics.ts'

const many = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`
const more = (omitted: number, shown: number) =>
  omitted > 0 ? [`… ${omitted} more; --limit ${omitted + shown} shows them`] : []

/** `--stats`. */
export function statisticsPage(stats: Statistics, say: Say): string[] {
  const { messages, room } = stats
  return [
    'Inter-Session Message Bus Statistics',
    RULE,
    `Active sessions: ${stats.active_sessions}`,
    `Total sessions: ${stats.total_sessions} (historical)`,
    `Legacy messages: ${stats.legacy_messages}`,
    `v2 messages: ${messages.total}`,
    `v2 pending: ${messages.pending}`,
    `v2 delivered: ${messages.delivered}`,
    `v2 read: ${messages.read}`,
    `Unread alerts: ${stats.unread_alerts}`,
    `File locks: ${stats.file_locks}`,
    `Task claims: ${stats.task_claims}`,
    `Room size: ${formatBytes(room.bytes)} in ${many(room.files, 'plain file')}`,
    `Room path: ${say(room.path)}`,
  ]
}

/** `--locks` and `--claims`: those of files, and all others. */
export function claimsPage(
  kind: 'locks' | 'claims',
  claims: TimedClaim[],
  omitted: number,
  verbose: boolean,
  say: Say,
): string[] {
  const [title, one] = kind === 'locks' ? ['File Locks', 'file lock'] : ['Task Claims', 'task claim']
  return [
    title,
    RULE,
    many(claims.length + omitted, one),
    ...claims.flatMap((claim) => ['', ...claimBlock(claim, verbose, say)]),
    ...more(omitted, claims.length),
  ]
}

function claimBlock(claim: TimedClaim, verbose: boolean, say: Say): string[] {
  const { claimed_by, claimed_at, expires_at, expires_in_ms, expired, token, phase, note } = claim
  const term = expired ? `expired ${formatSpan(-expires_in_ms)} ago` : `in ${formatSpan(expires_in_ms)}`
  return [
    `**${say(isFileLock(claim) ? claim.resource_name : nameOf(claim))}**`,
    `- **Session:** ${say(claimed_by)}`,
    `- **Expires:** ${timeText(expires_at, verbose)} (${term})`,
    ...(phase ? [`- **Phase:** ${say(phase)}`] : []),
    ...(note ? [`- **Note:** ${say(note)}`] : []),
    ...(verbose
      ? [`- **Claimed:** ${claimed_at ? say(claimed_at) : '(not recorded)'}`, `- **Token:** ${token}`]
      : []),
  ]
}

/** `--alerts`. */
export function alertsPage(alerts: ShownAlert[], omitted: number, verbose: boolean, say: Say): string[] {
  return [
    'Operator Alerts',
    RULE,
    many(alerts.length + omitted, 'unread alert'),
    ...alerts.flatMap((alert) => ['', ...alertBlock(alert, verbose, say)]),
    ...more(omitted, alerts.length),
  ]
}

function alertBlock(alert: ShownAlert, verbose: boolean, say: Say): string[] {
  const { id, kind, session_id, session_ids, text, action, since } = alert
  const subject = subjectOf(alert)
  const ids = session_ids ?? (session_id ? [session_id] : [])
  return [
    `[${priorityOf(alert).toUpperCase()}] ${say(kind)} — ${timeText(since, verbose)}`,
    ...(ids.length > 0 ? [`Sessions: ${ids.map(say).join(', ')}`] : []),
    ...(subject ? [`${subject[0]}: ${say(subject[1])}`] : []),
    `What: ${say(text)}`,
    ...(action ? [`Action: ${say(action)}`] : []),
    `Known: coord alerts --acknowledge ${say(id.slice(-8))}`,
  ]
}

/** `--lifecycle`: the last `most`. */
export function lifecyclePage(
  events: LifecycleEvent[],
  omitted: number,
  most: number,
  verbose: boolean,
  say: Say,
): string[] {
  return [
    `Session Lifecycle Events (last ${most})`,
    RULE,
    ...(events.length === 0 ? ['no session has started or ended'] : []),
    ...events.map(({ at, event, session_id, project, cwd, detail }) => {
      const facts = [session_id, project ?? '(not set)', ...(detail ? [`(${detail})`] : cwd ? [cwd] : [])]
      return `${timeText(at, verbose)} ${event} ${facts.map(say).join(' ')}`
    }),
    ...more(omitted, events.length),
  ]
}

/** The channel of a message: its own, else how it was addressed. */
const channelOf = ({ channel, to }: Message) => channel ?? (to === 'broadcast' ? 'broadcast' : 'direct')
const rankOf = ({ priority }: Message) => {
  const rank = (PRIORITIES as readonly unknown[]).indexOf(priority)
  return rank < 0 ? PRIORITIES.indexOf('normal') : rank
}

/** Messages with the most urgent first, of one priority the oldest. */
export const urgentFirst = (messages: Message[]) => messages.toSorted((a, b) => rankOf(b) - rankOf(a))

/** `--unread`: how many by channel, then each. */
export function unreadPage(
  messages: Message[],
  omitted: number,
  verbose: boolean,
  short: (id: string) => string,
  say: Say,
): string[] {
  const counts = [...groupBy(messages, channelOf)].map(([channel, all]) => `${say(channel)} ${all.length}`)
  const by = counts.length > 0 ? ` (${counts.join(', ')})` : ''
  return [
    'Unread Messages',
    RULE,
    `${messages.length + omitted} unread${by}`,
    ...messages.flatMap((message) => [
      '',
      `[${PRIORITIES[rankOf(message)]!.toUpperCase()}] ${say(message.subject ?? '(no subject)')}${message.timestamp ? ` — ${timeText(message.timestamp, verbose)}` : ''}`,
      `From: ${say(message.from)}`,
      `Message: ${say(short(message.id ?? ''))}`,
      ...(message.message && message.message !== message.subject ? [say(message.message)] : []),
      ...(message.to === 'broadcast' && !message.ack
        ? []
        : [`${message.ack ? 'Action' : 'Answer'}: coord reply ${say(short(message.id ?? ''))} "…"`]),
    ]),
    ...more(omitted, messages.length),
    ...(messages.length > 0 ? ['', 'coord inbox marks them read.'] : []),
  ]
}
