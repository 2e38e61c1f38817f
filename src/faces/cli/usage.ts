/** Help, usage errors and did-you-mean, by yargs from the same fields as the quick parser. */
import yargs, { type Argv } from 'yargs'
import type { Field } from '../../operations/operation.ts'
import { invalid } from '../../protocol/errors.ts'
import { nearest } from '../../protocol/names.ts'
import { type Command, GLOBALS } from './command.ts'
import { commands } from './commands/index.ts'
import { write } from './output.ts'
import { assemble, type Parsed } from './parse.ts'

/** Parse as yargs does; null when help or the version was shown. Throws `invalid` naming what is wrong. */
export function parseFully(args: string[], version: string): (Parsed & { command: Command }) | null {
  if (args[0] !== undefined && !args[0].startsWith('-') && !commands.some(({ name }) => name === args[0]))
    throw unknown(args[0])
  let chosen: Command | null = null
  let values: Record<string, unknown> = {}
  const parser = buildParser(version, (command, argv) => {
    chosen = command
    values = argv
  })
  const cut = args.indexOf('--')
  const found = commands.find(({ name }) => name === args[0])
  const own = found?.runsCommand && cut >= 0 ? args.slice(0, cut) : args
  const rest = found?.runsCommand && cut >= 0 ? args.slice(cut + 1) : []
  let shown = ''
  parser.parse(own, {}, (error: Error | undefined, _argv: unknown, output: string) => {
    if (error) throw usageError(error.message, args[0])
    shown = output
  })
  if (shown) {
    write(1, `${shown}\n`)
    return null
  }
  if (chosen === null) throw unknown('')
  return finish(chosen, values, rest)
}

function finish(
  command: Command,
  argv: Record<string, unknown>,
  rest: string[],
): Parsed & { command: Command } {
  const names = new Set([...Object.keys(command.fields), ...Object.keys(GLOBALS)])
  const given = Object.entries(argv).filter(
    ([name, value]) => names.has(name) && value !== undefined && !command.positionals.includes(name),
  )
  const positionals = command.positionals.flatMap((name) => argv[name] ?? []) as unknown[]
  const values = Object.fromEntries(given.map(([name, value]) => [name, lastOf(command.fields[name], value)]))
  const parsed = assemble(command, values, positionals.map(String), rest)
  if (!parsed)
    throw invalid(
      'arguments',
      `coord ${command.name}: an argument is missing or is no number`,
      `coord ${command.name} --help`,
    )
  return { ...parsed, command }
}

/** Of a flag given twice the last counts, as with parseArgs. */
const lastOf = (field: Field | undefined, value: unknown) =>
  Array.isArray(value) && field?.kind !== 'texts' ? value.at(-1) : value

function unknown(name: string) {
  if (name === '') return invalid('command', 'which command?', 'coord --help lists them.')
  const suggestions = nearest(
    name,
    commands.map((command) => command.name),
  )
  const near = suggestions.length > 0 ? `Did you mean ${suggestions.join(' or ')}? ` : ''
  return invalid('command', `there is no command "${name}"`, `${near}coord --help lists them.`, {
    suggestions,
  })
}

function usageError(message: string, name: string | undefined) {
  const known = commands.some((command) => command.name === name)
  const text = message.replace(/\s*\n\s*/g, ' ')
  const argument =
    /(?:Unknown arguments?|following(?: required)?(?: arguments?)?): ([^,\s]+)/.exec(text)?.[1] ?? 'arguments'
  return invalid(
    known ? argument : 'command',
    known ? `coord ${name}: ${text}` : text,
    known ? `coord ${name} --help` : 'coord --help lists the commands.',
  )
}

function buildParser(version: string, act: (command: Command, argv: Record<string, unknown>) => void): Argv {
  let parser = yargs()
    .scriptName('coord')
    .locale('en')
    .usage(
      '$0 COMMAND\n\nPeople and agents work in one repository at once: see each other, claim work, leave messages, hand over.',
    )
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
    .wrap(100)
    .exitProcess(false)
    .epilogue('Documentation: README.md and docs/protocol.md of git-coord. Every command takes --json.')
  for (const command of commands) parser = addCommand(parser, command, act)
  return parser
}

function addCommand(
  parser: Argv,
  command: Command,
  act: (command: Command, argv: Record<string, unknown>) => void,
): Argv {
  const words = command.positionals.map((name) => {
    const { kind, required } = command.fields[name]!
    const word = kind === 'texts' ? `${name}..` : name
    return required ? `<${word}>` : `[${word}]`
  })
  const tail = command.runsCommand ? ['[-- CMD..]'] : []
  return parser.command(
    [command.name, ...words].join(' '),
    command.summary,
    (yargs) => {
      let own = yargs
        .version(false)
        .usage(`coord ${[command.name, ...words, ...tail].join(' ')}\n\n${command.summary}`)
      for (const [name, field] of Object.entries(command.fields)) {
        own = command.positionals.includes(name)
          ? own.positional(name, { type: 'string', describe: field.help })
          : own.option(name, optionOf(field))
      }
      for (const [name, field] of Object.entries(GLOBALS)) {
        if (name !== 'help' && name !== 'version')
          own = own.option(name, { ...optionOf(field), group: 'Everywhere:' })
      }
      for (const [line, what] of command.examples) own = own.example(line, what)
      return own
    },
    (argv) => act(command, argv as Record<string, unknown>),
  )
}

function optionOf(field: Field) {
  if (field.kind === 'flag') return { type: 'boolean' as const, describe: field.help }
  return { type: 'string' as const, array: field.kind === 'texts', requiresArg: true, describe: field.help }
}
