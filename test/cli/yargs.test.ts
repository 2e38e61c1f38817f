/**
 * What the help promises is what the parser takes: yargs, built from the same fields, accepts the same arguments as parseArgs.
 * The one difference is a lone `-` (standard input), which yargs does not take as a word; so parseArgs alone reads arguments.
 */
import { expect, test } from 'vitest'
import { commands } from '../../src/faces/cli/commands/index.ts'
import { parseQuickly } from '../../src/faces/cli/parse.ts'
import { buildParser } from '../../src/faces/cli/usage.ts'

/** The fields that yargs reads from the arguments of a command, or null where it refuses them. */
function readByYargs(name: string, args: string[]): Record<string, unknown> | null {
  let refused = false
  let read: Record<string, unknown> = {}
  const cut = args.indexOf('--')
  const command = commands.find((each) => each.name === name)!
  const own = command.runsCommand && cut >= 0 ? args.slice(0, cut) : args
  buildParser('0').parse([name, ...own], {}, (error: Error | undefined, argv: Record<string, unknown>) => {
    refused = Boolean(error)
    read = argv
  })
  if (refused) return null
  const fields = Object.keys(command.fields).filter((field) => read[field] !== undefined)
  const given = fields.filter((field) => !(Array.isArray(read[field]) && read[field].length === 0))
  return Object.fromEntries(given.map((field) => [field, typed(command.fields[field]!.kind, read[field])]))
}

function typed(kind: string, value: unknown): unknown {
  if (kind === 'number' || kind === 'count') return Number(value)
  if (kind === 'texts') return [value].flat().map(String)
  return kind === 'flag' ? value : String(Array.isArray(value) ? value.at(-1) : value)
}

/** The words of an example line; quotes hold words together. */
const wordsOf = (line: string) =>
  [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare!,
  )

const examples = commands.flatMap((command) =>
  command.examples
    .map(([line]) => wordsOf(line.slice(line.indexOf('coord ')).replace(/ [|>] .*/, '')))
    .filter(
      (words) => words[1] === command.name && !words.some((word) => word === '-' || /\)["']$/.test(word)),
    )
    .map((words) => [command.name, words.slice(2)] as const),
)

test.each(examples)('the example of %s %j reads the same with both', (name, args) => {
  const quick = parseQuickly(commands.find((command) => command.name === name)!, args)
  expect(quick).not.toBeNull()
  expect(readByYargs(name, args)).toEqual(quick!.input)
})

const table: [name: string, args: string[]][] = [
  ['heartbeat', ['building', 'target', 'phase']],
  ['heartbeat', []],
  ['heartbeat', ['a', 'b', 'c', 'd']],
  ['heartbeat', ['a', '--files', 'x', '--files', 'y', 'b']],
  ['heartbeat', ['a', '--meta', 'k=v', '--no-renew']],
  ['heartbeat', ['a', '--progress']],
  ['heartbeat', ['a', '--progress', '30%', '--progress', '40%']],
  ['claim', ['droplet', 'name']],
  ['claim', ['droplet']],
  ['claim', ['file', 'a', 'b', 'c', '--for', '4h']],
  ['claim', ['droplet', 'x', '--for']],
  ['claim', ['droplet', 'x', '--four', '4h']],
  ['claim', ['droplet', '007']],
  ['claim', ['droplet', 'x', '--noRenew']],
  ['renew', ['droplet', 'x', '--token', '7']],
  ['release', []],
  ['release', ['droplet', 'x', 'y']],
  ['release', ['--all', '--json', '--quiet']],
  ['send', ['broadcast', 'subject']],
  ['send', ['broadcast']],
  ['send', ['a', 'b', 'c', 'd']],
  ['inbox', ['--limit', '5', '--peek']],
  ['inbox', ['extra']],
  ['reply', ['id', 'text']],
  ['start', ['--capability', 'a', '--capability', 'b', '--session', 's']],
  ['start', ['--id']],
  ['commit', ['-m', 'text']],
  ['status', ['--bogus']],
]

test.each(table)('%s %j is accepted by both with one meaning, or by neither', (name, args) => {
  const quick = parseQuickly(commands.find((command) => command.name === name)!, args)
  expect(readByYargs(name, args)).toEqual(quick === null ? null : quick.input)
})
