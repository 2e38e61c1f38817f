/** One session in full: what it does, where it runs, what it waits for, its last acts. */
import type { status } from '../../operations/status.ts'
import { endingOf } from '../../protocol/endings.ts'
import { visible } from '../../protocol/escape.ts'
import { quote } from '../../protocol/needs.ts'
import { isEnded } from '../../protocol/sessions.ts'
import { formatClock, formatRelative, formatSpan, parseInstant } from '../../protocol/time.ts'
import { actCells } from './acts.ts'
import { wrapTo } from './columns.ts'
import type { Page } from './page.ts'
import { type ShownSession, sessionRow, waitOf, who } from './words.ts'

type Detail = NonNullable<ReturnType<typeof status.run>['detail']>

/** The session's row, then what is known of it, each fact whole; what is not known is left out. */
export function printSession(session: ShownSession, detail: Detail, page: Page): void {
  page.rows([sessionRow(session, page)])
  const facts = [...workOf(session, page), ...placeOf(session, detail, page)]
  for (const [label, fact] of facts) if (fact) printFact(label, fact, page)
  if (detail.acts.length === 0) return
  page.line('last acts')
  page.rows(
    detail.acts.map((act) => actCells(act, page)),
    '  ',
  )
  page.rows(
    [[{ text: `coord history ${quote(page.people.called(session.session_id))}`, role: 'muted' }]],
    '  ',
  )
}

const LABEL = 11

function printFact(label: string, fact: string, page: Page): void {
  const lines = page.width === null ? [fact] : wrapTo(visible(fact), page.width - LABEL - 2)
  for (const [at, line] of lines.entries())
    page.rows([[`${(at === 0 ? label : '').padEnd(LABEL)}${line}`]], '  ')
}

function workOf(session: ShownSession, page: Page): [string, string | null | undefined][] {
  const last = session.last ?? {}
  const done = session.work_completed ?? []
  return [
    ['id', session.session_id],
    ['name', session.name],
    ['alive', `${session.liveness.level}: ${endingOf(session) ?? session.liveness.reason}`],
    [
      'may hang',
      session.may_hang ? `coord rescue ${quote(page.people.called(session.session_id))} looks closely` : null,
    ],
    ['works on', session.current_work],
    ['phase', [last.phase, last.progress && `(${last.progress})`].filter(Boolean).join(' ')],
    ['says', last.message],
    ['next', last.next_action],
    ['expected', whenOf(last.estimated_completion, page)],
    ['files', last.files_touched?.join(', ')],
    ['task', last.task_id],
    ['completed', done.join(', ')],
    ['handoff', session.handoff_notes],
    ['waits for', waitingOf(session, page)],
  ]
}

function placeOf(
  session: ShownSession,
  { process, stopped, unread }: Detail,
  page: Page,
): [string, string | null | undefined][] {
  const { agent, pid } = session
  const standing = {
    alive: stopped ? 'is stopped' : 'runs',
    dead: 'is no more',
    unknown: 'not known whether it runs',
  }[process]
  return [
    ['can do', session.capabilities?.join(', ')],
    ['project', session.project],
    ['agent', [agent?.vendor, agent?.model].filter(Boolean).join(' ')],
    [
      'place',
      [session.worktree ?? session.cwd, session.branch && `(${session.branch})`].filter(Boolean).join(' '),
    ],
    ['process', pid ? `${pid}, ${standing}` : null],
    ['host', session.host],
    ['started', whenOf(session.started_at, page)],
    ['ended', isEnded(session) ? whenOf(session.ended_at, page) : null],
    ['unread', unread > 0 ? `${unread} ${unread === 1 ? 'message' : 'messages'}` : null],
  ]
}

/** What it waits for, held by whom, for how long. */
function waitingOf(session: ShownSession, page: Page): string | null {
  const { holder, since } = session.waiting_for ?? {}
  const from = parseInstant(since)
  const wanted = waitOf(session)
  if (wanted === null) return null
  const held = typeof holder === 'string' && holder !== '' ? `, held by ${who(holder, page)}` : ''
  return `${wanted}${held}${from === null ? '' : `, for ${formatSpan(page.now - from)}`}`
}

/** A time as a clock with its distance; what is no time as it stands. */
function whenOf(text: string | null | undefined, { now }: Page): string | null | undefined {
  const time = parseInstant(text)
  return time === null ? text : `${formatClock(time, now)}, ${formatRelative(time, now)}`
}
