/** The full bundle, loaded when needed: help and usage errors by yargs, rare commands, the repair ladder, full Handlebars. */
import { peopleIn } from '../../operations/people.ts'
import { layOut } from './columns.ts'
import type { Globals } from './command.ts'
import { printCompletions } from './complete.ts'
import { execute, fail, type Host } from './execute.ts'
import { isHook, letPass } from './hook-usage.ts'
import { lastingOf } from './lasting.ts'
import { commandFirst } from './parse.ts'
import { progressOf } from './progress.ts'
import { WORKER } from './torture/run.ts'
import { runTask } from './torture/worker.ts'
import { parseFully } from './usage.ts'

export * as finishing from '../../operations/finishing.ts'
export * as repair from '../../protocol/repair.ts'
export * as ledgers from '../../store/doctor/ledger.ts'
export * as past from '../../store/past.ts'
export * as templates from '../../templates.ts'
export { wrapForStderr } from './wrapping.ts'

/** Run a command that a smaller bundle handed on: a rare one, or one whose arguments it did not accept. */
export function run(starting: Host, given: string[], version: string): void {
  const host = { ...starting, lists: { layOut, peopleIn }, progress }
  if (given[0] === '--complete') {
    printCompletions(host, given.slice(1))
    return
  }
  if (given[0] === WORKER) {
    runTask(host, JSON.parse(given[1]!))
    return
  }
  const args = askedForHelp(given) ?? commandFirst(given)
  try {
    const parsed = parseFully(args, version)
    const lasting = parsed && lastingOf(host, parsed)
    if (lasting) void lasting()
    else if (parsed) process.exitCode = execute(host, parsed.command, parsed)
  } catch (error) {
    process.exitCode = fail(error, optionsIn(args).includes('--json'))
  }
  if (isHook(args)) letPass(host, given)
}

/** What most commands take is not worth a bar. */
const PATIENCE_MS = 500

/** A bar for a command that takes long; it goes when all is done. */
function progress(name: string, globals: Globals): (share: number) => void {
  const bar = progressOf(name, globals, PATIENCE_MS)
  return (share) => (share < 1 ? bar.show(share) : bar.clear())
}

/** The other ways to ask: `coord help`, `coord help claim`, `-h`. */
function askedForHelp(args: string[]): string[] | null {
  if (args[0] === 'help') return [...args.slice(1), '--help']
  return args.includes('-h') && !optionsIn(args).includes('--json')
    ? args.map((arg) => (arg === '-h' ? '--help' : arg))
    : null
}

const optionsIn = (args: string[]) => (args.includes('--') ? args.slice(0, args.indexOf('--')) : args)
