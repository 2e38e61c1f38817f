/** The quick reading of arguments, by `node:util` parseArgs from the commands' fields. What it does not accept goes to yargs. */
import util from 'node:util'
import type { Fields } from '../../operations/operation.ts'
import { invalid } from '../../protocol/errors.ts'
import { type Command, GLOBALS, type Globals } from './command.ts'

export interface Parsed {
  input: Record<string, unknown>
  globals: Globals
  /** The words after `--`, for commands that run one. */
  rest: string[]
}

/** The parsed arguments of a command, or null where they are not acceptable, or ask for help. */
export function parseQuickly(command: Command, args: string[]): Parsed | null {
  try {
    const parsed = parseStrictly(command, args)
    return parsed.globals.help || parsed.globals.version ? null : parsed
  } catch {
    return null
  }
}

/** The parsed arguments of a command. Throws `invalid`, or what parseArgs throws. */
export function parseStrictly(command: Command, args: string[]): Parsed {
  const cut = command.runsCommand ? args.indexOf('--') : -1
  const own = cut < 0 ? args : args.slice(0, cut)
  const options = optionsOf(command)
  const { values, positionals } = util.parseArgs({ args: own, options, allowPositionals: true, strict: true })
  const rest = cut < 0 ? [] : args.slice(cut + 1)
  if (cut >= 0 && !rest[0]) throw invalid('CMD', 'there is no command after --', 'Leave -- out, or add one.')
  return { ...assemble(command, values, positionals), rest }
}

function optionsOf({ fields, positionals, shorts }: Command) {
  const flags = Object.entries({ ...fields, ...GLOBALS } as Fields).filter(
    ([name]) => !positionals.includes(name),
  )
  const optionOf = ([name, { kind }]: (typeof flags)[number]) => {
    const type = kind === 'flag' ? ('boolean' as const) : ('string' as const)
    const short = shorts[name] === undefined ? {} : { short: shorts[name] }
    return [name, { type, multiple: kind === 'texts', ...short }] as const
  }
  return Object.fromEntries(flags.map(optionOf))
}

/** Values and positionals as input. Throws `invalid` where one is missing, one is too many, or a number is none. */
function assemble(command: Command, values: Record<string, unknown>, positionals: string[]) {
  const input: Record<string, unknown> = {}
  const globals: Record<string, unknown> = {}
  const help = `coord ${command.name} --help`
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue
    if (name in GLOBALS) globals[name] = value
    else if (command.fields[name]?.kind !== 'number') input[name] = value
    else if (/^\d{1,15}$/.test(String(value))) input[name] = Number(value)
    else throw invalid(name, `--${name} "${value}" is not a whole number`, help)
  }
  const left = [...positionals]
  for (const name of command.positionals) {
    const field = command.fields[name]!
    if (left.length > 0) input[name] = field.kind === 'texts' ? left.splice(0) : left.shift()
    else if (field.required && !globals.help && !globals.version)
      throw invalid(name, `${name.toUpperCase()} is missing`, help)
  }
  if (left.length > 0) throw invalid('arguments', `"${left[0]}" is one argument too many`, help)
  return { input, globals: globals as Globals }
}

/** The arguments with the command first: flags that every command takes may stand before it. */
export function commandFirst(args: string[]): string[] {
  let at = 0
  for (;;) {
    const [, name, value] = /^--([a-z-]+)(=.*)?$/s.exec(args[at] ?? '') ?? []
    if (name === undefined || !(name in GLOBALS)) break
    at += GLOBALS[name as keyof typeof GLOBALS].kind === 'text' && value === undefined ? 2 : 1
  }
  return at === 0 || at >= args.length ? args : [args[at]!, ...args.slice(0, at), ...args.slice(at + 1)]
}
