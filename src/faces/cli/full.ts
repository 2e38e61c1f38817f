/** The second bundle, loaded when needed: help and usage errors by yargs, rare commands, the repair ladder, full Handlebars. */
import { CoordError } from '../../protocol/errors.ts'
import { commands } from './commands/index.ts'
import { execute, fail, type Host } from './execute.ts'
import { parseQuickly } from './parse.ts'
import { runAsSession } from './run-session.ts'
import { parseFully } from './usage.ts'

export * as repair from '../../protocol/repair.ts'
export * as templates from '../../templates.ts'

/** Run a command that the hot bundle handed on: the quick parser again for rare commands, else yargs with its help. */
export function run(host: Host, args: string[], version: string): void {
  const command = commands.find(({ name }) => name === args[0])
  const quick = command ? parseQuickly(command, args.slice(1)) : null
  if (command && quick) {
    finish(host, command, quick)
    return
  }
  const json = args.includes('--json')
  try {
    const parsed = parseFully(args, version)
    if (parsed) finish(host, parsed.command, parsed)
  } catch (error) {
    process.exitCode = fail(error instanceof CoordError ? error : new CoordError('bug', String(error)), json)
  }
}

function finish(
  host: Host,
  command: (typeof commands)[number],
  parsed: NonNullable<ReturnType<typeof parseQuickly>>,
): void {
  if (parsed.rest.length === 0) process.exitCode = execute(host, command, parsed)
  else void runAsSession(host, parsed)
}
