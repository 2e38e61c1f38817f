/**
 * Arguments by the commands' fields: `node:util` parseArgs decides what is acceptable; before it a reader for the plain forms, which
 * saves its load time (0.8 ms of a 25 ms command) and hands on whatever it does not know. A test holds the two together.
 */
import type { Field, Fields } from '../../operations/operation.ts'
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
  const plain = parsePlainly(command, args)
  if (plain) return plain
  try {
    const parsed = parseStrictly(command, args)
    return parsed.globals.help || parsed.globals.version ? null : parsed
  } catch {
    return null
  }
}

/** The parsed arguments where they have the plain forms; null where parseArgs must have a look. */
function parsePlainly(command: Command, args: string[]): Parsed | null {
  const values: Record<string, unknown> = {}
  const words: string[] = []
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!
    if (arg.length < 2 || arg[0] !== '-') {
      words.push(arg)
      continue
    }
    at = takeFlag(command, args, at, values)
    if (at < 0) return null
  }
  try {
    return { ...assemble(command, values, words), rest: [] }
  } catch {
    return null
  }
}

/** Take `--flag`, `--flag value` or `--flag=value`; where it ended, or -1 for any other form. */
function takeFlag(command: Command, args: string[], at: number, values: Record<string, unknown>): number {
  const [, name, inline] = /^--([a-z][a-z-]*)(?:=(.*))?$/s.exec(args[at]!) ?? []
  const field = name === undefined || command.positionals.includes(name) ? undefined : fieldOf(command, name)
  if (!field || name === 'help' || name === 'version') return -1
  if (field.kind === 'flag') {
    values[name!] = true
    return inline === undefined ? at : -1
  }
  const value = inline ?? args[at + 1]
  if (value === undefined || (inline === undefined && value.length > 1 && value[0] === '-')) return -1
  if (field.kind === 'texts') values[name!] = [...((values[name!] as string[]) ?? []), value]
  else values[name!] = value
  return inline === undefined ? at + 1 : at
}

function fieldOf({ fields }: Command, name: string): Field | undefined {
  if (Object.hasOwn(fields, name)) return fields[name]
  return Object.hasOwn(GLOBALS, name) ? GLOBALS[name as keyof typeof GLOBALS] : undefined
}

/** The parsed arguments of a command. Throws `invalid`, or what parseArgs throws. */
export function parseStrictly(command: Command, args: string[]): Parsed {
  const cut = command.runsCommand ? args.indexOf('--') : -1
  const own = cut < 0 ? args : args.slice(0, cut)
  const options = optionsOf(command)
  const { parseArgs } = process.getBuiltinModule('node:util')
  const { values, positionals } = parseArgs({ args: own, options, allowPositionals: true, strict: true })
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
    const kind = command.fields[name]?.kind
    if (name in GLOBALS) globals[name] = value
    else if (kind !== 'number' && kind !== 'count') input[name] = value
    else input[name] = readNumber(name, String(value), kind === 'count' ? 1 : 0, help)
  }
  const left = [...positionals]
  for (const name of command.positionals) {
    const field = command.fields[name]!
    if (left.length > 0) input[name] = field.kind === 'texts' ? left.splice(0) : left.shift()
    else if (field.required && !globals.help && !globals.version)
      throw invalid(name, `${name.toUpperCase()} is missing`, hintOf(command, input.type) ?? help)
  }
  if (left.length > 0) throw invalid('arguments', `"${left[0]}" is one argument too many`, help)
  return { input, globals: globals as Globals }
}

/** A whole number as typed. Throws `invalid` below `least`. */
function readNumber(name: string, text: string, least: number, help: string): number {
  if (/^\d{1,15}$/.test(text) && Number(text) >= least) return Number(text)
  const example = least > 0 ? `e.g. --${name} 20. ` : ''
  throw invalid(name, `--${name} "${text}" is not a whole number of ${least} or more`, `${example}${help}`)
}

/** Answers write resources as TYPE/NAME; commands take two words. */
const hintOf = ({ name }: Command, type: unknown) =>
  String(type).includes('/') ? `Two words: coord ${name} ${String(type).replace('/', ' ')}` : null

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
