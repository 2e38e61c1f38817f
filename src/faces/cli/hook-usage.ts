/**
 * Hooks that are called as nobody calls them: an agent, event or flag that coord does not know. Agents read exit 2 as "refused", and Gemini
 * CLI every code above 1, so that a mistake in a line would stop all work; it is told on stderr and noted for doctor instead.
 */
import { noteHookFault } from '../../operations/hook-accounts.ts'
import { contextOf, type Host } from './execute.ts'

/** Whether these arguments are those of a hook, or of the status line. */
export const isHook = ([command]: string[]) => command === 'hook' || command === 'statusline'

const LONGEST = 200

/** Let the agent go on although the call has failed. `given`: as it was called, flags in whatever place. */
export function letPass(host: Host, given: string[]): void {
  if (!process.exitCode) return
  process.exitCode = 0
  const [command, agent = ''] = given.filter((word) => !word.startsWith('-'))
  const call = `coord ${given.join(' ')}`.slice(0, LONGEST)
  try {
    const name = command === 'hook' ? agent.slice(0, LONGEST) : 'claude'
    noteHookFault(contextOf(host, {}), name, '', `coord does not understand: ${call}`)
  } catch {
    // Where not even the surroundings can be read, stderr has told it.
  }
}
