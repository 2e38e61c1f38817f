/** Help, usage errors and did-you-mean, from the same fields as the quick parser. yargs judges what is asked for. */
import yargs, { type Argv } from 'yargs'
import type { Field } from '../../operations/operation.ts'
import { invalid } from '../../protocol/errors.ts'
import { nearest } from '../../protocol/names.ts'
import { type Command, GLOBALS } from './command.ts'
import { commands } from './commands/index.ts'
import { commandPage, overviewPage, usageOf } from './help.ts'
import { write } from './output.ts'
import { type Parsed, parseStrictly } from './parse.ts'

/**
 * Parse with help and usage errors: null when help or the version was shown. Throws `invalid` naming what is wrong. There is
 * one reading of arguments, that of the quick parser; yargs tells what help is asked for, so that the two can't disagree.
 */
export function parseFully(args: string[], version: string): (Parsed & { command: Command }) | null {
  const [name, ...given] = args
  const command = commands.find((each) => each.name === name)
  if (name && !name.startsWith('-') && !command) throw unknown(name)
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  if (own.includes('--help') || own.includes('--version')) return show(own, version)
  if (!command) throw noCommand(name)
  try {
    return { ...parseStrictly(command, given), command }
  } catch (error) {
    throw refusal(command, error as Error & { code?: string })
  }
}

/** Show help or the version as yargs understands the question. Throws `invalid` where there is nothing to show. */
function show(args: string[], version: string): null {
  let shown = ''
  const refused = (message: string) =>
    invalid('command', message.replace(/\s*\n\s*/g, ' '), 'coord --help lists the commands.')
  try {
    buildParser(version).parse(args, {}, (error: Error | undefined, _argv: unknown, output: string) => {
      if (error) throw refused(error.message)
      shown = output
    })
  } catch (error) {
    // yargs itself stumbles over flags named like the members of every object, e.g. --constructor.
    throw error instanceof TypeError ? refused('a flag is not known') : error
  }
  if (!shown) throw noCommand(args[0])
  const command = commands.find(({ name }) => name === args[0])
  const page = command ? commandPage(command) : overviewPage(commands)
  write(1, `${args.includes('--version') ? shown : page}\n`)
  return null
}

/** What parseArgs refuses, in words that name the flag and the way out. */
function refusal(command: Command, error: Error & { code?: string }): Error {
  const flag = /'[^']*?(-{1,2}[^\s',=]+)/.exec(error.message)?.[1]
  if (flag === undefined || !error.code?.startsWith('ERR_PARSE_ARGS')) return error
  const given = flag.replace(/^-+/, '')
  const name =
    Object.keys(command.shorts).find((each) => command.shorts[each] === given) ?? (given || 'arguments')
  const help = `coord ${command.name} --help`
  if (error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION')
    return invalid(name, `coord ${command.name} has no flag ${flag}`, `${wayFrom(command, name)} ${help}`)
  const takes = command.fields[name]?.kind ?? GLOBALS[name as keyof typeof GLOBALS]?.kind
  if (takes === 'flag') return invalid(name, `${flag} takes no value`, help)
  return invalid(name, `${flag} needs a value`, `One that begins with - is written ${flag}=VALUE. ${help}`)
}

const flagsOf = ({ fields, positionals }: Command) =>
  Object.keys({ ...fields, ...GLOBALS }).filter((each) => !positionals.includes(each))

/** Flags of one meaning, of which commands have one each. */
const SAME: Record<string, string> = { wait: 'timeout', timeout: 'wait', m: 'message' }

/**
 * What was meant by a flag that a command has not. Another command's flag of that very name comes before one's own of a similar
 * name: `release --for` is not `release --force`.
 */
function wayFrom(command: Command, name: string): string {
  if (command.positionals.includes(name)) return `Write it without the flag: ${usageOf(command)}.`
  const own = flagsOf(command)
  const meant = Object.hasOwn(SAME, name) && own.includes(SAME[name]!) ? SAME[name] : null
  const having = commands.filter((each) => flagsOf(each).includes(name)).map((each) => each.name)
  const begun = name.length > 1 ? own.find((each) => each.startsWith(name)) : undefined
  const near = meant ?? (having.length > 0 ? null : (begun ?? nearest(name, own)[0]))
  if (near) return `Did you mean --${near}?`
  return having.length > 0
    ? `--${name} is a flag of coord ${having.join(', ')}.`
    : 'A word that begins with - goes after --.'
}

/** No command among the arguments: at most flags, of which `first` is the first. */
function noCommand(first: string | undefined) {
  const name = first?.replace(/^--|=.*/gs, '')
  if (name === undefined || Object.hasOwn(GLOBALS, name))
    return invalid('command', 'which command?', 'coord --help lists the commands.')
  const [near] = name.startsWith('-') ? [] : nearest(name, Object.keys(GLOBALS))
  const way = near ? `Did you mean --${near}? ` : ''
  return invalid('command', `coord has no flag ${first}`, `${way}coord --help lists the commands.`)
}

/** What other tools call a command or flag of coord. */
const SYNONYMS: Record<string, string[]> = {
  ls: ['sessions', 'status'],
  list: ['sessions', 'status'],
  lock: ['claim'],
  unlock: ['release'],
  version: ['--version'],
}

/** What was meant by a word that is no command: its synonym, else what begins with it, else what is spelled nearly so. */
function meantBy(name: string): string[] {
  if (Object.hasOwn(SYNONYMS, name)) return SYNONYMS[name]!
  const names = commands.map((command) => command.name)
  const begun = name.length > 1 ? names.filter((each) => each.startsWith(name)) : []
  return begun.length > 0 ? begun.slice(0, 3) : nearest(name, names)
}

function unknown(name: string) {
  const suggestions = meantBy(name)
  const near = suggestions.length > 0 ? `Did you mean ${suggestions.join(' or ')}? ` : ''
  return invalid('command', `there is no command "${name}"`, `${near}coord --help lists them.`, {
    suggestions,
  })
}

/** yargs with every command, as the quick parser reads them. */
export function buildParser(version: string): Argv {
  let parser = yargs()
    .scriptName('coord')
    .locale('en')
    .parserConfiguration({
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'dot-notation': false,
      'boolean-negation': false,
      'camel-case-expansion': false,
      'greedy-arrays': false,
    })
    .version(version)
    .help('help')
    .strict()
    .demandCommand(1, 'which command?')
    .exitProcess(false)
  for (const command of commands) parser = addCommand(parser, command)
  return parser
}

function addCommand(parser: Argv, command: Command): Argv {
  const words = command.positionals.map((name) => {
    const { kind, required } = command.fields[name]!
    const word = kind === 'texts' ? `${name}..` : name
    return required ? `<${word}>` : `[${word}]`
  })
  const build = (yargs: Argv) => {
    let own = yargs
    for (const [name, field] of Object.entries(command.fields)) {
      own = command.positionals.includes(name)
        ? own.positional(name, { type: 'string' })
        : own.option(name, { ...optionOf(field), alias: command.shorts[name] })
    }
    for (const [name, field] of Object.entries(GLOBALS)) {
      if (name !== 'help' && name !== 'version') own = own.option(name, optionOf(field))
    }
    return own
  }
  return parser.command([command.name, ...words].join(' '), command.summary, build, () => {})
}

function optionOf(field: Field) {
  if (field.kind === 'flag') return { type: 'boolean' as const }
  return { type: 'string' as const, array: field.kind === 'texts', requiresArg: true }
}
