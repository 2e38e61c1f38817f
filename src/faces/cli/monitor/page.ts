/** The status summary as text: totals first, then who needs somebody, who is at work, who rests. */
import type { Monitored, MonitorRow } from '../../../operations/monitor.ts'
import { percentOf } from '../../../protocol/heartbeats.ts'
import { owesSign } from '../../../protocol/live/conditions.ts'
import { progressShown } from '../../../protocol/live/estimate.ts'
import { formatRelative, formatSpan, parseInstant } from '../../../protocol/time.ts'
import { LIVENESS_ROLES, LIVENESS_SYMBOLS, STATE_ROLES, STATE_SYMBOLS } from '../../../protocol/words.ts'
import type { FullCell, Page } from '../page.ts'
import { fitted } from '../words.ts'

const STALE = 'stale'
/** Told among the stale: who gives no sign and owes one, as it does not rest, or holds a claim. */
const isQuiet = ({ is_stale, status, claims }: MonitorRow) => is_stale && owesSign(status, claims.length)
const needsSomebody = ({ status }: MonitorRow) => ['error', 'blocked', 'waiting'].includes(status)

/** The groups in their order; a quiet session that needs nobody is told among the stale alone. */
const GROUPS: [title: string, has: (row: MonitorRow) => boolean][] = [
  ['error', ({ status }) => status === 'error'],
  ['blocked', ({ status }) => status === 'blocked'],
  ['waiting', ({ status }) => status === 'waiting'],
  [STALE, isQuiet],
  ['working', ({ status }) => status === 'working'],
  ['idle', ({ status }) => status === 'idle'],
  ['completed', ({ status }) => status === 'completed'],
  ['other', () => true],
]

/** Print the summary: the status guide's, in coord's manner. Columns stand below each other through all groups; the stale have a table of their own, as they have more to say. */
export function printMonitor({ now, summary, sessions, gone_sessions }: Monitored, page: Page): void {
  if (page.quiet) return
  const counts = inOrder(Object.entries(summary.by_status)).map(
    ([status, count]) => `${status} ${count}${staleOf(status, sessions)}`,
  )
  page.line(`total sessions: ${summary.total_sessions}  ${page.paint('muted', `${now.slice(11, 19)}Z`)}`)
  if (counts.length > 0) page.line(fitted(`by status: ${counts.join(', ')}`, page))
  if (sessions.length + gone_sessions.length === 0)
    page.line('nobody is here: coord start registers a session, coord push --session NAME needs none')
  const groups = groupsOf(sessions)
  const linesOf = (isStale: boolean) => {
    const wanted = groups.filter(({ title }) => (title === STALE) === isStale)
    const cells = wanted.flatMap(({ rows }) => rows.map((row) => cellsOf(row, isStale, page.now)))
    return page.laidOut(withoutEmpty(cells), '  ')
  }
  const [stale, others] = [linesOf(true), linesOf(false)]
  for (const { title, rows } of groups) {
    page.line(`${title} (${rows.length})`)
    for (const { terminal = [] } of rows) {
      page.line((title === STALE ? stale : others).shift())
      page.rows(
        terminal.map((text) => [{ text: `│ ${text}`, role: 'muted' }]),
        '      ',
      )
    }
  }
  if (gone_sessions.length > 0) printGone(gone_sessions, page)
}

/** Counts in the order of the groups. */
function inOrder(counts: [status: string, count: number][]) {
  const titles = GROUPS.map(([title]) => title)
  const rankOf = (status: string) => (titles.includes(status) ? titles.indexOf(status) : titles.length)
  return counts.toSorted(([a], [b]) => rankOf(a) - rankOf(b))
}

/** How many of a status stand among the stale, so that the totals agree with the groups below. */
function staleOf(status: string, sessions: MonitorRow[]): string {
  const stale = sessions.filter((row) => row.status === status && isQuiet(row) && !needsSomebody(row))
  return stale.length > 0 ? ` (${stale.length} stale)` : ''
}

/** Without the columns that have nothing to say. */
function withoutEmpty(rows: FullCell[][]): FullCell[][] {
  const filled = new Set(rows.flatMap((row) => row.flatMap(({ text }, at) => (text === '' ? [] : at))))
  return rows.map((row) => row.filter((_, at) => filled.has(at)))
}

function groupsOf(sessions: MonitorRow[]): { title: string; rows: MonitorRow[] }[] {
  let left = sessions
  const groups = GROUPS.map(([title, has]) => {
    const rows = left.filter(has)
    left = left.filter((row) => !has(row))
    return { title, rows }
  })
  return groups.filter(({ rows }) => rows.length > 0)
}

function cellsOf(row: MonitorRow, isStale: boolean, now: number): FullCell[] {
  const { level, age_ms } = row.liveness
  const liveness: FullCell = { text: LIVENESS_SYMBOLS[level][0], role: LIVENESS_ROLES[level] }
  const end = parseInstant(row.eta)
  const progress = progressShown(row)
  const said = row.message ?? '–'
  const quiet = level === 'fresh' || isStale ? '' : `${liveness.text} `
  const age: FullCell = {
    text: `${quiet}${formatRelative(now - age_ms, now)}`,
    role: quiet ? LIVENESS_ROLES[level] : 'muted',
    whole: true,
  }
  return [
    isStale ? liveness : symbolOf(row.status),
    { text: row.label, whole: true },
    { text: bar(progress), role: 'accent', whole: true },
    { text: progress === null ? '' : `${percentOf(progress)}%`, right: true, whole: true },
    { text: isStale ? `no update for ${minutes(age_ms)}: ${said}` : said, main: true },
    { text: end === null || progress === null ? '' : `${formatSpan(end - now)} left`, whole: true },
    { text: contextOf(row), role: 'warn', whole: true },
    ...(isStale ? [] : [age]),
  ]
}

const symbolOf = (status: string): FullCell => {
  const known = Object.hasOwn(STATE_SYMBOLS, status) ? (status as keyof typeof STATE_SYMBOLS) : 'idle'
  return { text: STATE_SYMBOLS[known][0], role: STATE_ROLES[known] }
}

const BAR = 10

/** Ten cells; not full before all is done. */
function bar(progress: number | null): string {
  if (progress === null) return ''
  const done = Math.floor(progress * BAR + 1e-9)
  return '█'.repeat(done) + '░'.repeat(BAR - done)
}

const contextOf = ({ context_pct }: MonitorRow) =>
  context_pct !== null && context_pct >= 80 ? `context ${Math.round(context_pct)}%` : ''

/** As the guide has it: with a tenth of a minute, as that is what changes between two looks. */
const minutes = (age_ms: number) =>
  age_ms < 3_600_000 ? `${(age_ms / 60_000).toFixed(1)} minutes` : formatSpan(age_ms)

const NAMED = 8

function printGone(ids: string[], page: Page): void {
  const names = ids.slice(0, NAMED).map((id) => page.people.called(id))
  const more = ids.length > NAMED ? ` and ${ids.length - NAMED} more` : ''
  page.rows([
    [
      { text: `gone (${ids.length})`, role: 'muted', whole: true },
      { text: `${names.join(', ')}${more}; coord history NAME tells`, role: 'muted', main: true },
    ],
  ])
}
