/** The report as text: a block for each session, never a table, so that no id and no path is cut. The same on a screen and in the session log. */

import { visible } from '../escape.ts'
import type { ShownAlert } from '../live/delivery.ts'
import { atMachine } from '../machines/names.ts'
import { nameOf } from '../names.ts'
import type { Need } from '../needs.ts'
import { formatSpan } from '../time.ts'
import { priorityNumber, priorityOf } from './alerts.ts'
import type { LifecycleEvent } from './lifecycle.ts'
import { formatBytes, type Say, type WholeReport } from './report.ts'
import { type HeldClaim, isFileLock, type ReportedSession } from './sessions.ts'

/** Under the titles of pages. */
export const RULE = '='.repeat(50)
const TITLE = 'Cross-LLM Session Dashboard'

const many = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`
const NOBODY = ['No LLM sessions are currently registered.', 'Run coord start to register this session.']

/** The page of `coord report`, without the line that tells of the log. */
export function dashboard(report: WholeReport, verbose: boolean, say: Say): string[] {
  const { sessions, stats, alerts, needs, unread } = report
  const { active_sessions, file_locks, task_claims } = stats
  const counts = [
    many(active_sessions, 'active session'),
    many(file_locks, 'file lock'),
    many(task_claims, 'task claim'),
    many(stats.unread_alerts, 'alert'),
    ...(unread === null ? [] : [`${unread} unread`]),
  ]
  if (sessions.length > 0) return [TITLE, RULE, counts.join(' | '), '', ...bodyOf(report, verbose, say), RULE]
  const rest = [
    ...(alerts.length === 0 ? [] : ['', ...alertsOf(report, say)]),
    ...(needs.length === 0 ? [] : ['', ...needsOf(report, say)]),
  ]
  return [TITLE, RULE, '0 active sessions', ...NOBODY, ...rest]
}

/** The text of a report's entry in the session log. */
export function entryText(report: WholeReport, say: Say): string {
  const head = ['Inter-Session Message Bus queried for active session status.', '', `**${TITLE}:**`, '']
  return [...head, ...bodyOf(report, false, say)].join('\n')
}

function bodyOf(report: WholeReport, verbose: boolean, say: Say): string[] {
  const { sessions, sessions_omitted = 0, needs, lifecycle, observations } = report
  return [
    ...sessions.flatMap((session) => [...sessionBlock(session, verbose, say), '']),
    ...(sessions_omitted > 0 ? [...more(sessions_omitted, sessions.length), ''] : []),
    ...(sessions.length === 0 ? [...NOBODY, ''] : []),
    ...alertsOf(report, say),
    '',
    ...(needs.length > 0 ? [...needsOf(report, say), ''] : []),
    '**Session Lifecycle (ADR-173, last 10):**',
    ...orNone(lifecycle.map((event) => `- ${lifecycleLine(event, verbose, say)}`)),
    '',
    '**Bus Statistics:**',
    ...statisticsLines(report, say),
    '',
    '**Observations:**',
    ...observations.map(({ text }) => `- ${say(text)}`),
  ]
}

function alertsOf({ alerts, alerts_omitted = 0 }: WholeReport, say: Say): string[] {
  const lines = alerts.flatMap((alert) => alertLines(alert, say))
  return ['**Operator Alerts (ADR-173):**', ...orNone(lines), ...more(alerts_omitted, alerts.length)]
}

function needsOf({ needs, needs_omitted = 0 }: WholeReport, say: Say): string[] {
  const lines = needs.flatMap((need) => needLines(need, say))
  return ['**Needs Attention:**', ...lines, ...more(needs_omitted, needs.length)]
}

const orNone = (lines: string[]) => (lines.length === 0 ? ['- (none)'] : lines)
const more = (omitted: number, shown: number) =>
  omitted > 0 ? [`- … ${omitted} more; --limit ${omitted + shown} shows them`] : []

/** A code span of Markdown that nothing in it can close. */
function code(text: string): string {
  const shown = visible(text)
  return shown.includes('`') ? `\`\` ${shown.replaceAll('``', "''")} \`\`` : `\`${shown}\``
}
const coded = (text: string | null) => (text ? code(text) : '(not recorded)')
const listOr = (texts: string[], say: Say) => (texts.length === 0 ? '(none)' : texts.map(say).join(', '))

/** One session with all that is required of it; what may be absent is told as absent. */
export function sessionBlock(session: ReportedSession, verbose: boolean, say: Say): string[] {
  const { agent, name, liveness, claims } = session
  const tasks = claims.filter((claim) => !isFileLock(claim))
  const files = claims.filter(isFileLock)
  const fields: [label: string, value: string | null][] = [
    ['Name', name && say(name)],
    ['Session UUID', coded(session.session_uuid)],
    ['Machine', session.machine ? `another one,${say(atMachine(session))}` : null],
    ['Machine UUID', coded(session.machine_id)],
    ['Hostname', coded(session.host)],
    [
      'Vendor',
      agent.vendor ? `${say(agent.vendor)}${agent.model ? ` (${say(agent.model)})` : ''}` : '(a shell)',
    ],
    ['Project', session.project ? say(session.project) : '(not set)'],
    ['TTY', ttyOf(session.tty, say)],
    ['CWD', coded(session.cwd)],
    ['PID', processText(session)],
    [
      'Claimed Task',
      listOr(
        tasks.map((claim) => `${nameOf(claim)} ${termOf(claim, verbose)}`),
        say,
      ),
    ],
    [
      'File Locks',
      listOr(
        files.map((claim) => fileText(claim, verbose)),
        say,
      ),
    ],
    ['Unread Messages', String(session.unread)],
    [
      'Liveness',
      `${liveness.level}: ${say(liveness.reason)}; ${say(session.state)}; process ${session.process}`,
    ],
    ...(verbose ? moreOf(session, say) : []),
  ]
  const marker = session.asks ? ' (THIS SESSION)' : ''
  const lines = fields.flatMap(([label, value]) => (value === null ? [] : [`- **${label}:** ${value}`]))
  return [`**Session: ${say(session.session_id)}**${marker}`, ...lines]
}

/** A terminal of its own; a pane of tmux has a number there, and the name of its device only for its processes. */
function ttyOf(tty: string | null, say: Say): string | null {
  const pane = tty && /^tmux \d+ (%\d+)$/.exec(tty)?.[1]
  return pane ? `tmux pane ${pane}` : tty && say(tty)
}

function moreOf(session: ReportedSession, say: Say): [string, string | null][] {
  const { branch, worktree, parent, agent } = session
  return [
    ['Works On', session.current_work && say(session.current_work)],
    ['Branch', branch && code(branch)],
    ['Worktree', worktree && code(worktree)],
    ['Agent Session', agent.session_id && code(agent.session_id)],
    ['Parent', parent && code(parent)],
    ['Started', session.started_at && say(session.started_at)],
    ['Last Seen', session.last_seen && say(session.last_seen)],
  ]
}

function processText({ pid, process, uptime_ms, stopped }: ReportedSession): string {
  if (pid === null) return '(not recorded)'
  if (uptime_ms !== null) return `${pid} (${stopped ? 'is stopped, ' : ''}uptime ${formatSpan(uptime_ms)})`
  return process === 'dead' ? `${pid} (no such process any more)` : `${pid} (uptime not known)`
}

function termOf({ expired, token, expires_at }: HeldClaim, verbose: boolean): string {
  const detail = verbose ? `, token ${token}, until ${expires_at}` : ''
  return `(${expired ? 'expired' : 'exclusive'}${detail})`
}

const fileText = (claim: HeldClaim, verbose: boolean) =>
  claim.expired || verbose ? `${claim.resource_name} ${termOf(claim, verbose)}` : claim.resource_name

/** How coord came to know of a conflict, by its kind. */
const DETECTED: Record<string, string> = {
  project_conflict: 'on registration',
  cwd_overlap: 'on registration',
}

/** An alert, with what to do on a line of its own. */
function alertLines(alert: ShownAlert, say: Say): string[] {
  const { kind, text, action } = alert
  const line = `- ${say(kind)} (priority ${priorityNumber(alert)}/${priorityOf(alert)}): ${say(text)}`
  if (!action) return [line]
  const advice = `${action[0]!.toLowerCase()}${action.slice(1)}`
  return [line, `  - Auto-detected ${DETECTED[kind] ?? 'at work'} — ${say(advice)}`]
}

/** A need with the command that helps on a line of its own. */
function needLines({ kind, text, act }: Need, say: Say): string[] {
  const line = `- ${say(kind)}: ${say(text)}`
  return act === null ? [line] : [line, `  - ${code(act)}`]
}

/** A time of a record to the second, or as it stands. */
export const timeText = (at: string, verbose: boolean) => visible(verbose ? at : at.replace(/\.\d+Z$/, 'Z'))

function lifecycleLine(
  { at, event, session_id, project }: LifecycleEvent,
  verbose: boolean,
  say: Say,
): string {
  return `${timeText(at, verbose)} ${event} ${say(session_id)} (${project ? say(project) : 'not set'})`
}

function statisticsLines({ stats, claims }: WholeReport, say: Say): string[] {
  const { messages, room } = stats
  const tasks = claims.filter((claim) => !isFileLock(claim)).map(nameOf)
  const unnamed = stats.task_claims - tasks.length
  const named = [...tasks.map(say), ...(unnamed > 0 ? [`… ${unnamed} more`] : [])].join(', ')
  const { total, pending, delivered, read } = messages
  return [
    `- Active sessions: ${stats.active_sessions} / ${stats.total_sessions} historical`,
    `- File locks: ${stats.file_locks}`,
    `- Task claims: ${stats.task_claims}${named === '' ? '' : ` (${named})`}`,
    `- Legacy messages: ${stats.legacy_messages}`,
    `- v2 messages: ${total} (${pending} pending, ${delivered} delivered, ${read} read)`,
    `- Unread alerts: ${stats.unread_alerts}`,
    `- Room: ${code(room.path)} (${formatBytes(room.bytes)}, ${many(room.files, 'plain file')})`,
  ]
}
