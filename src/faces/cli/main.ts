/** What bin/coord.cjs starts: reads the arguments, runs one of some commands. Help, errors in usage and rare commands come from the full bundle. */
import { full, lazy } from './bundles.ts'
import type { Command } from './command.ts'
import { execute, type Host } from './execute.ts'
import { write } from './output.ts'
import { type Parsed, parseQuickly } from './parse.ts'

/** The flags by which a command goes on until something happens; such commands are run by the full bundle. */
const LASTING = ['wait', 'follow', 'watch', 'url']
const lasts = ({ input, rest }: Parsed) =>
  rest.length > 0 || LASTING.some((flag) => input[flag] !== undefined)

/** The package's version, put in by the build. */
declare const VERSION: string

/** Run coord with its arguments, a command of this bundle with `parts`; sets the exit code. Returns true when nothing is under way any more, and the process may end. */
export function main(
  commands: Command[],
  args: string[],
  home: string,
  lists?: Host['lists'],
  parts = lazy,
): boolean {
  const host: Host = {
    cwd: process.cwd(),
    env: process.env,
    home,
    lists,
    lazy,
  }
  if (args[0] === '--version' && args.length === 1) {
    write(1, `${VERSION}\n`)
    return true
  }
  const command = commands.find(({ name }) => name === args[0])
  const parsed = command ? parseQuickly(command, args.slice(1)) : null
  if (command && parsed && !lasts(parsed)) {
    process.exitCode = execute({ ...host, lazy: parts }, command, parsed)
    return true
  }
  full().run(host, args, VERSION)
  return false
}
