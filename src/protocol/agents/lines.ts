/**
 * The lines by which agents and git start coord. They are the same after an upgrade, as Codex trusts a line by its hash; they leave
 * quietly where Node or coord is gone, as Gemini CLI takes a failing start for a refusal; and they drop NODE_EXTRA_CA_CERTS,
 * with which Node reads certificates at each start.
 */
import { quote } from '../needs.ts'
import { SESSION_TRAILER } from '../trailers.ts'
import type { Agent, Handler } from './table.ts'

/** Node and coord by absolute paths; null: `coord` is looked up on PATH, for files that others share. */
export type Programs = { node: string; coord: string } | null

const DROP = 'NODE_EXTRA_CA_CERTS'
const ON_PATH = 'command -v coord >/dev/null 2>&1'

/** A line for a POSIX shell, which becomes coord with these words. */
export function shellLine(programs: Programs, words: string): string {
  const there = programs ? `[ -x ${quote(programs.node)} ] && [ -f ${quote(programs.coord)} ]` : ON_PATH
  const coord = programs ? `${quote(programs.node)} ${quote(programs.coord)}` : 'coord'
  return `${there} || exit 0; unset ${DROP}; exec ${coord} ${words}`
}

/** What coord exits with in a shared line where it denies: no shell, no other program and no other fault does. */
const DENIED = 42

/**
 * The line of an agent's hook. Whatever `coord` a shared one finds on PATH (an older one, another program): only a denial stops the
 * agent, never a fault or a usage error, though agents read exit 2 as "denied" whoever it comes from.
 */
export function hookLine(programs: Programs, agent: string): string {
  const words = `hook ${agent}`
  if (programs) return shellLine(programs, words)
  return `${ON_PATH} || exit 0; unset ${DROP}; coord ${words} --deny-code ${DENIED}; [ $? -ne ${DENIED} ] || exit 2`
}

/** What an agent's handler runs. */
export function handlerFor(agent: Agent, programs: Programs, platform: string): Handler {
  const words = `hook ${agent.name}`
  if (platform === 'win32' && programs) return onWindows(agent, programs, words)
  const line = hookLine(programs, agent.name)
  return { command: agent.shell === 'posix' ? line : `/bin/sh -c ${quote(line)}` }
}

function onWindows({ windows }: Agent, { node, coord }: NonNullable<Programs>, words: string): Handler {
  if (windows === 'exec') return { command: node, args: [coord, ...words.split(' ')] }
  const line = `"${node}" "${coord}" ${words}`
  return { command: windows === 'powershell' ? `& ${line}` : line }
}

const START = String.raw`(?:^|[\s/\\'"])(?:git-)?coord(?:\.cjs)?['"\\]*`

function wordsOf(handler: unknown): string[] {
  const { command, args } = (handler ?? {}) as { command?: unknown; args?: unknown }
  return typeof command === 'string' ? [command, ...(Array.isArray(args) ? args.map(String) : [])] : []
}

/** Whether a handler starts coord's hook for an agent, in whatever form. */
export function callsHook(handler: unknown, agent: string): boolean {
  return new RegExp(`${START} hook ${agent}\\b`).test(wordsOf(handler).join(' '))
}

/** Whether a handler is as coord writes it; one that only calls coord too is its owner's. */
export function isOwnHandler(handler: unknown, agent: string): boolean {
  const [command, ...args] = wordsOf(handler)
  if (command === undefined) return false
  if (args.length === 0)
    return unwrapped(command) === hookLine(null, agent) || isOwnLine(command, `hook ${agent}`)
  const [coord, ...words] = args
  return (
    /(^|[/\\])node(js)?(\.exe)?$/i.test(command) && isCoord(coord!) && words.join(' ') === `hook ${agent}`
  )
}

/** Whether a status line is as coord writes it; one that only calls coord too is its owner's. */
export function isOwnStatusLine(value: unknown): boolean {
  const { command } = (value ?? {}) as { command?: unknown }
  return typeof command === 'string' && isOwnLine(command, 'statusline')
}

const isCoord = (file: string) => new RegExp(`${START}$`).test(file)

function isOwnLine(command: string, words: string): boolean {
  if (unwrapped(command) === shellLine(programsOf(command), words)) return true
  const [, coord, rest] = /^(?:& )?"[^"]+" "([^"]+)" ([\w ]+)$/.exec(command) ?? []
  return coord !== undefined && isCoord(coord) && rest === words
}

/** A line without the shell that it is given to. */
const unwrapped = (command: string) =>
  /^\/bin\/sh -c '(.*)'$/s.exec(command)?.[1]?.replaceAll("'\\''", "'") ?? command

/** The programs that a line of ours starts; null where it looks them up or is of another form. */
export function programsOf(command: string): Programs {
  const [, node, coord] = /\[ -x (.+?) \] && \[ -f (.+?) \](?: \|\||; then)/.exec(unwrapped(command)) ?? []
  return node && coord ? { node: unquoted(node), coord: unquoted(coord) } : null
}

const unquoted = (word: string) => (word.startsWith("'") ? word.slice(1, -1).replaceAll("'\\''", "'") : word)

/** A git hook that calls coord: whether its answer may stop git, and a test of the shell after which there is nothing to do. */
interface GitHook {
  name: string
  refuses: boolean
  unless?: string
}

/** The git hooks that call coord. The last one is for messages written in the editor: with a trailer in it, an empty one would be committed. */
export const GIT_HOOKS: GitHook[] = [
  { name: 'pre-commit', refuses: true },
  { name: 'prepare-commit-msg', refuses: false },
  { name: 'commit-msg', refuses: false, unless: `grep -q '^${SESSION_TRAILER}: ' "$1"` },
]

/** What a git hook runs: only exit 1, a refusal, stops git; a fault of coord does not. Holds under `sh -e` too. */
export function gitLines(programs: Programs, hook: GitHook): string[] {
  const there = programs ? `[ -x ${quote(programs.node)} ] && [ -f ${quote(programs.coord)} ]` : ON_PATH
  const coord = programs ? `${quote(programs.node)} ${quote(programs.coord)}` : 'coord'
  const after = hook.refuses ? '|| { [ $? -ne 1 ] || exit 1; }' : '|| :'
  const unless = hook.unless ? `${hook.unless} || ` : ''
  return [`if ${there}; then`, `  ${unless}env -u ${DROP} ${coord} hook git ${hook.name} "$@" ${after}`, 'fi']
}
