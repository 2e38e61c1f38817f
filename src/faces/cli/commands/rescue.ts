import { rescue } from '../../../operations/rescue.ts'
import type { RescueRow } from '../../../operations/rescue-look.ts'
import { visible, visibleJson } from '../../../protocol/escape.ts'
import { nameOf } from '../../../protocol/names.ts'
import { mayRescue, type RescueState } from '../../../protocol/rescue.ts'
import { formatClock, formatSpan, parseInstant } from '../../../protocol/time.ts'
import type { Role } from '../../../protocol/words.ts'
import { defineCommand } from '../command.ts'
import type { Cell, Page } from '../page.ts'
import { printOmitted, whoCell } from '../words.ts'

const ROLES: Record<RescueState, Role> = {
  ...{ current: 'accent', active: 'good', hung: 'warn', orphaned: 'bad', completed: 'muted' },
}

export default defineCommand(rescue, {
  positionals: ['session_id'],
  examples: [
    ['coord rescue', 'what became of each session, and stray agents'],
    ['coord rescue session-001', 'of one, with all that speaks for it'],
    ['coord rescue session-001 --take', 'go on with its claims, mail and changes'],
    ['coord rescue session-001 --abandon --reason "no longer needed"', 'free what it holds'],
    ['coord rescue session-001 --export > session-001.json', 'all that is known of it'],
  ],
  print(result, page, { take, all }) {
    if ('sessions' in result) printList(result, page, all)
    else if ('history' in result) page.line(visibleJson(result))
    else if ('handoff' in result) printDone(result, page, take)
    else printOne(result.session, page)
  },
})

type Result = ReturnType<(typeof rescue)['run']>
type Listed = Extract<Result, { sessions: object }>
type Done = Extract<Result, { message_ids: object }>

function printList(
  { sessions, unregistered_processes, omitted }: Listed,
  page: Page,
  all: boolean | undefined,
): void {
  if (sessions.length === 0) page.line(`no ${all ? '' : 'live '}sessions; coord start registers one`)
  page.rows(
    sessions.map((row) => [
      whoCell(row.session_id, page),
      stateOf(row),
      { text: row.rescue.evidence.join('; '), main: true },
      leftOf(row),
    ]),
  )
  printOmitted(omitted, sessions.length, page)
  const [first] = sessions.filter(({ rescue }) => mayRescue(rescue.state))
  if (first)
    page.line(page.paint('muted', `coord rescue ${nameIn(first, page)} --take goes on with what it left`))
  if (unregistered_processes.length > 0) page.line('agents at work here that belong to no session')
  page.rows(
    unregistered_processes.map(({ pid, agent, cwd, command }): Cell[] => [
      { text: String(pid), whole: true },
      { text: agent, whole: true },
      { text: cwd, main: true },
      command,
    ]),
    '  ',
  )
  if (unregistered_processes.length > 0)
    page.line(
      page.paint('muted', 'coord start in one of them registers it; coord install AGENT all that come'),
    )
}

/** What became of it in a word; who has no process any more is not called active while it does not count as gone yet. */
function stateOf({ rescue: { state, process } }: RescueRow) {
  const ending = state === 'active' && process.state === 'dead'
  const [text, role] = ending ? ['no process', ROLES.hung] : [state, ROLES[state]]
  return { text, role, whole: true }
}

const nameIn = ({ session_id }: RescueRow, page: Page) => visible(page.people.called(session_id))

function leftOf({ rescue: { claims, unread } }: RescueRow): string {
  const parts = [
    claims > 0 ? `${claims} ${claims === 1 ? 'claim' : 'claims'}` : '',
    unread > 0 ? `${unread} unread` : '',
  ]
  return parts.filter(Boolean).join(', ')
}

function printOne(row: RescueRow, page: Page): void {
  const { state, evidence } = row.rescue
  const { text, role } = stateOf(row)
  page.line(`${nameIn(row, page)}  ${page.paint(role, text)}`)
  page.rows(
    evidence.map((text) => [text]),
    '  ',
  )
  const left = leftOf(row)
  if (left) page.rows([[`left: ${left}`]], '  ')
  if (!mayRescue(state)) return
  const command = `coord rescue ${nameIn(row, page)}`
  page.line(page.paint('muted', `${command} --take, or ${command} --abandon --reason "…"`))
}

function printDone(
  { session, handoff, message_ids, changes, already }: Done,
  page: Page,
  take: boolean | undefined,
): void {
  if (page.quiet) return
  const name = visible(page.people.called(session.session_id))
  page.line(`${take ? 'took over from' : 'gave up'} ${name}${already ? ' before' : ''}`)
  for (const claim of handoff.claims) {
    const until = take ? parseInstant(claim.expires_at) : null
    const span =
      until === null ? '' : ` until ${formatClock(until, page.now)}, in ${formatSpan(until - page.now)}`
    const what = take ? 'yours' : 'released'
    page.line(`  ${what}: ${visible(nameOf(claim))}${span} (token ${claim.token})`)
  }
  const [count] = [message_ids.length]
  if (count > 0)
    page.line(`  ${count} unread ${count === 1 ? 'message is' : 'messages are'} in your inbox now`)
  if (changes) {
    page.line(
      `  ${changes.files} changed ${changes.files === 1 ? 'file' : 'files'} of ${visible(changes.worktree)} saved:`,
    )
    page.line(`  git stash apply ${visible(changes.ref)}`)
  }
  page.line(page.paint('muted', `coord handoff --show ${handoff.id.slice(-4)}`))
}
