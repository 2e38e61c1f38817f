/** What `install` and `uninstall` print: each file with its diff, then what was met and what comes next. */
import type { Change, Outcome, Way } from '../../operations/installing/plan.ts'
import type { Role } from '../../protocol/words.ts'
import type { Page } from './page.ts'

/** Of a diff at most so many lines are shown, unless all were asked for. */
const SHOWN = 24

/** Print an outcome. */
export function printOutcome(outcome: Outcome, page: Page, way: Way): void {
  const { target, scope, already, changes, notes, hints, dry_run } = outcome
  if (already)
    page.line(
      way === 'install' ? `${target} is installed already` : `${target} is not installed${where(outcome)}`,
    )
  for (const change of changes) printChange(change, page, dry_run)
  for (const note of notes) page.note(`coord: ${note}`)
  if (already || page.quiet) return
  const verb = `${way}ed`.replace('eed', 'ed')
  page.line(dry_run ? 'nothing was written' : `${verb} for ${target} (${scope})`)
  if (!dry_run) for (const hint of hints) page.rows([[{ text: hint, whole: true }]], '  ')
}

/** Scopes of git and of instructions say nothing of where. */
const where = ({ target, scope }: Outcome) =>
  ['git', 'agents-md'].includes(target) ? '' : ` with --${scope}`

/** What is all new, or all gone, is told by its length, unless it was asked for. */
function printChange({ path, act, to, diff }: Change, page: Page, all: boolean): void {
  page.rows([[{ text: `${act} ${path}${to ? ` to ${to}` : ''}`, whole: true }]])
  if (page.quiet || diff.length === 0) return
  const shown = all ? diff : act === 'changed' ? diff.slice(0, SHOWN) : []
  for (const line of shown) page.rows([[{ text: line, ...roleOf(line), whole: true }]], '  ')
  const left = diff.length - shown.length
  if (left > 0) page.line(`  ${shown.length > 0 ? `… ${left} more` : left - 1} lines`)
}

const ROLES: Record<string, Role> = { '+': 'good', '-': 'bad', '@': 'accent' }
const roleOf = (line: string) => (ROLES[line[0]!] ? { role: ROLES[line[0]!]! } : {})
