/** Agents' processes by their command lines: a table of programs, and which of those that run belong to no session. */

/** A program that is an agent: what its command, or the script that an interpreter runs, is called, and parts of that script's path. */
interface Program {
  agent: string
  commands: string[]
  packages: string[]
}

const PROGRAMS: Program[] = [
  { agent: 'claude', commands: ['claude'], packages: ['/@anthropic-ai/claude-code/'] },
  { agent: 'codex', commands: ['codex'], packages: ['/@openai/codex/'] },
  { agent: 'gemini', commands: ['gemini'], packages: ['/@google/gemini-cli/'] },
  { agent: 'cursor', commands: ['cursor-agent'], packages: ['/cursor-agent/'] },
  { agent: 'opencode', commands: ['opencode'], packages: ['/opencode-ai/'] },
  { agent: 'amp', commands: ['amp'], packages: ['/@sourcegraph/amp/'] },
  { agent: 'aider', commands: ['aider'], packages: [] },
  { agent: 'copilot', commands: ['copilot'], packages: ['/@github/copilot/'] },
  { agent: 'goose', commands: ['goose'], packages: [] },
]
const INTERPRETER = /^(node|nodejs|bun|deno|python\d?(\.\d+)?)$/

/** Which agent a command line is (`claude`), or null. */
export function agentOf(argv: string[]): string | null {
  const [command = ''] = argv
  const name = baseOf(command)
  const script = INTERPRETER.test(name) ? argv.slice(1).find((word) => !word.startsWith('-')) : undefined
  const words = [command, ...(script === undefined ? [] : [script])]
  const found = PROGRAMS.find(
    ({ commands, packages }) =>
      words.some((word) => commands.includes(baseOf(word))) ||
      packages.some((part) => (script ?? '').includes(part)),
  )
  return found?.agent ?? null
}

const baseOf = (word: string) => word.slice(word.lastIndexOf('/') + 1).replace(/\.(c|m)?js$|\.exe$|\.py$/, '')

/** A process of an agent, and by `parent` how it hangs together with others. */
export interface AgentProcess {
  pid: number
  started: string
  parent: number
  agent: string
  cwd: string
  command: string
}

/**
 * The agents of which no session tells: a wrapper and what it starts count as one, by its topmost process. `registered` are processes of
 * sessions, as `<pid> <start>`.
 */
export function unregisteredAgents(
  processes: AgentProcess[],
  registered: ReadonlySet<string>,
): AgentProcess[] {
  const byPid = new Map(processes.map((each) => [each.pid, each]))
  const topOf = (each: AgentProcess): AgentProcess => {
    const above = byPid.get(each.parent)
    return above && above.agent === each.agent && above !== each ? topOf(above) : each
  }
  const known = new Set(
    processes
      .filter(({ pid, started }) => registered.has(`${pid} ${started}`))
      .map((each) => topOf(each).pid),
  )
  return processes.filter((each) => topOf(each) === each && !known.has(each.pid))
}
