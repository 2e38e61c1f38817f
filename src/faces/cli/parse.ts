/** The quick reading of arguments, by `node:util` parseArgs from the commands' fields. What it does not accept goes to yargs. */
import util from 'node:util'
import type { Fields } from '../../operations/operation.ts'
import { type Command, GLOBALS, type Globals } from './command.ts'

export interface Parsed {
  input: Record<string, unknown>
  globals: Globals
  /** The words after `--`, for commands that run one. */
  rest: string[]
}

/** The parsed arguments of a command, or null where they are not acceptable, or ask for help. */
export function parseQuickly(command: Command, args: string[]): Parsed | null {
  const cut = command.runsCommand ? args.indexOf('--') : -1
  const own = cut < 0 ? args : args.slice(0, cut)
  try {
    const { values, positionals } = util.parseArgs({
      args: own,
      options: optionsOf(command),
      allowPositionals: true,
      strict: true,
    })
    if (values.help || values.version) return null
    return assemble(command, values, positionals, cut < 0 ? [] : args.slice(cut + 1))
  } catch {
    return null
  }
}

function optionsOf(command: Command) {
  const flags = Object.entries({ ...command.fields, ...GLOBALS } as Fields).filter(
    ([name]) => !command.positionals.includes(name),
  )
  return Object.fromEntries(
    flags.map(([name, { kind }]) => [
      name,
      { type: kind === 'flag' ? ('boolean' as const) : ('string' as const), multiple: kind === 'texts' },
    ]),
  )
}

/** Values and positionals as input; null when a required one is missing, one is too many, or a number is none. */
export function assemble(
  command: Command,
  values: Record<string, unknown>,
  positionals: string[],
  rest: string[],
): Parsed | null {
  const input: Record<string, unknown> = {}
  const globals: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue
    if (name in GLOBALS) globals[name] = value
    else if (command.fields[name]?.kind !== 'number') input[name] = value
    else if (/^\d{1,15}$/.test(String(value))) input[name] = Number(value)
    else return null
  }
  const left = [...positionals]
  for (const name of command.positionals) {
    const field = command.fields[name]!
    if (left.length === 0 && field.required) return null
    if (left.length > 0) input[name] = field.kind === 'texts' ? left.splice(0) : left.shift()
  }
  if (left.length > 0) return null
  return { input, globals: globals as Globals, rest }
}
