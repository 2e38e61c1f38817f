/**
 * What the shell asks while somebody types: what may stand at the cursor, by the commands' fields, and the values that the room
 * knows. The completion scripts call this (`coord --complete SHELL …`); whatever goes wrong, it says nothing.
 */
import { type Candidate, candidatesFor, type Wanted } from '../../operations/candidates.ts'
import type { Field } from '../../operations/operation.ts'
import { TARGETS } from '../../protocol/agents/table.ts'
import { visible } from '../../protocol/escape.ts'
import { ENTRY_KINDS } from '../../protocol/report/log.ts'
import { type Command, GLOBALS, type Globals } from './command.ts'
import { commands } from './commands/index.ts'
import { contextOf, type Host } from './execute.ts'
import { write } from './output.ts'
import { quoteForBash, splitForBash } from './shell-words.ts'

/** What stands at the cursor: words or flags of coord, a value of a kind, or a file. `prefix` belongs to the word, before the value. */
export interface Spot {
  words: Candidate[]
  value?: Wanted
  files?: boolean
  prefix?: string
  globals: Globals
}

/** By the name of a field, what it takes. */
const VALUES: Record<string, Wanted['kind']> = {
  session: 'session',
  session_id: 'session',
  from: 'session',
  to: 'recipient',
  resource: 'resource',
  type: 'type',
  name: 'name',
  id: 'message',
  'reply-to': 'message',
  grant: 'message',
  refuse: 'message',
  withdraw: 'message',
  thread: 'message',
  key: 'setting',
  value: 'setting-value',
}

/** By the name of a field, the words it has a choice of. */
const CHOICES: Record<string, string[]> = {
  priority: ['low', 'normal', 'high', 'critical'],
  state: ['idle', 'working', 'blocked', 'waiting', 'completed', 'error'],
  as: ['human'],
  'tests-passing': ['yes', 'no'],
  shell: ['bash', 'zsh', 'fish'],
}

/** Where a command means something of its own by a name, or nothing that could be known. */
const OWN: Record<string, Record<string, Wanted['kind'] | string[] | null>> = {
  alerts: { id: null },
  start: { name: null, id: null },
  send: { type: null, subject: null },
  push: { status: CHOICES.state! },
  log: { kind: Object.keys(ENTRY_KINDS), subject: null },
  claims: { type: 'type' },
  handoff: { to: 'heir', show: 'handoff' },
  config: { action: ['get', 'set'] },
  remote: { action: ['setup', 'status', 'settle', 'off'] },
  publish: { type: null },
  install: { target: TARGETS },
  uninstall: { target: TARGETS },
}
/** Of type `file` these want a path: one that is claimed already would only be refused. */
const CLAIMING = new Set(['claim', 'run'])
const FILES = new Set(['file', 'files', 'dir', 'path'])

/** What may stand at the last of some words, `coord` itself left out. */
export function spotAt(words: string[]): Spot {
  const before = words.slice(0, -1)
  const word = words.at(-1) ?? ''
  const spot: Spot = { words: [], globals: {} }
  const given: Record<string, string> = {}
  let command: Command | undefined
  let place = 0
  for (let at = 0; at < before.length; at++) {
    const each = before[at]!
    const [, name, inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(each) ?? []
    if (each === '--') return command?.runsCommand ? { ...spot, files: true } : spot
    const field = name === undefined ? undefined : fieldOf(command, name)
    if (field && field.kind !== 'flag') {
      const value = inline ?? before[++at]
      if (value === undefined) return valueSpot(spot, command, name!, given)
      if (name === 'dir' || name === 'session') spot.globals[name] = value
    } else if (!each.startsWith('-')) {
      if (!command) command = commands.find((known) => known.name === each)
      else given[positionalAt(command, place++) ?? ''] = each
      if (!command && each !== 'help') return spot
    }
  }
  if (word.startsWith('-')) return flagSpot(spot, command, word, before, given)
  if (!command) return { ...spot, words: commandWords(before.includes('help')) }
  const name = positionalAt(command, place)
  return name === undefined
    ? { ...spot, words: flagWords(command, before) }
    : valueSpot(spot, command, name, given)
}

const fieldOf = (command: Command | undefined, name: string): Field | undefined =>
  command && Object.hasOwn(command.fields, name) && !command.positionals.includes(name)
    ? command.fields[name]
    : (GLOBALS as Record<string, Field>)[name]

/** The field of a positional; the last one takes all that follow where it takes several. */
function positionalAt({ positionals, fields }: Command, place: number): string | undefined {
  const last = positionals.at(-1)
  return positionals[place] ?? (last !== undefined && fields[last]!.kind === 'texts' ? last : undefined)
}

function valueSpot(
  spot: Spot,
  command: Command | undefined,
  name: string,
  given: Spot['globals'] & object,
): Spot {
  const own =
    command && OWN[command.name] && Object.hasOwn(OWN[command.name]!, name)
      ? OWN[command.name]![name]
      : undefined
  const kind = own === undefined ? (CHOICES[name] ?? VALUES[name]) : own
  if (FILES.has(name)) return { ...spot, files: true }
  if (Array.isArray(kind)) return { ...spot, words: kind.map((value) => ({ value, help: '' })) }
  if (!kind) return spot
  const before = given as Record<string, string | undefined>
  const { type = before.resource, key } = before
  if (kind === 'name' && type === 'file' && CLAIMING.has(command?.name ?? '')) return { ...spot, files: true }
  const mine = command?.name === 'renew' || command?.name === 'release'
  return { ...spot, value: { kind: kind as Wanted['kind'], type, key, mine } }
}

function flagSpot(
  spot: Spot,
  command: Command | undefined,
  word: string,
  before: string[],
  given: object,
): Spot {
  const [, name] = /^--([a-z-]+)=/.exec(word) ?? []
  const field = name === undefined ? undefined : fieldOf(command, name)
  if (name === undefined) return { ...spot, words: flagWords(command, before) }
  return field && field.kind !== 'flag'
    ? { ...valueSpot(spot, command, name, given as never), prefix: `--${name}=` }
    : spot
}

const commandWords = (helps: boolean): Candidate[] => [
  ...commands.map(({ name, summary }) => ({ value: name, help: summary })),
  ...(helps ? [] : [{ value: 'help', help: 'Show how a command is used.' }]),
]

/** The flags that may still be given. */
function flagWords(command: Command | undefined, before: string[]): Candidate[] {
  const own = Object.entries(command?.fields ?? {}).filter(([name]) => !command!.positionals.includes(name))
  return [...own, ...(Object.entries(GLOBALS) as [string, Field][])]
    .filter(
      ([name, { kind }]) => kind === 'texts' || !before.some((each) => each.split('=')[0] === `--${name}`),
    )
    .map(([name, { help }]) => ({ value: `--${name}`, help }))
}

const MOST = 200

/** Print what completes the last word, one line each, for a shell; nothing where that can't be told. */
export function printCompletions(host: Host, [shell = '', ...args]: string[]): void {
  try {
    const line = shell === 'bash' ? splitForBash(args[0] ?? '') : null
    const words = line ? line.words : args
    const word = words.at(-1) ?? ''
    const spot = spotAt(words.slice(line ? 1 : 0))
    const known = spot.value ? candidatesFor(contextOf(host, spot.globals), spot.value) : []
    const fitting = [...spot.words, ...known]
      .map(({ value, help }) => ({ value: `${spot.prefix ?? ''}${value}`, help: visible(help).slice(0, 60) }))
      .filter(({ value }) => value.startsWith(word) && visible(value) === value)
      .slice(0, MOST)
    const lines = fitting.flatMap(({ value, help }) =>
      line ? (quoteForBash(value, line) ?? []) : `${value}\t${help}`,
    )
    if (spot.files) lines.push(line ? '' : 'files')
    if (lines.length > 0) write(1, `${lines.join('\n')}\n`)
  } catch {
    // A prompt is no place for an error; the command itself will tell.
  }
}
