/** The man page, from the commands' fields; the build writes it to man/coord.1. In man(7), so that every man reads it. */
import { ERRORS } from '../../protocol/errors.ts'
import { type Command, GLOBALS } from './command.ts'
import { commands } from './commands/index.ts'
import { groupsOf, labelOf, usageOf } from './help.ts'

const LINE = 79

const DESCRIPTION = [
  'Several people and coding agents work in one git repository at once. coord lets them see each other, claim work, leave messages and hand over, through plain files in a directory COORDINATION/ of the repository, the room. Nothing runs in the background.',
  'A claim is a lease: it runs out, heartbeats renew it, and it carries a fencing token that only grows. A session is known by its processes; nothing needs to be exported.',
]

const ENVIRONMENT: [name: string, what: string][] = [
  ['COORD_SESSION', 'the session to act as, where it can not be told by the processes'],
  ['COORD_DIR', 'the COORDINATION directory, as --dir'],
  ['COORD_AGENT_SESSION', 'VENDOR:ID, the session of an agent that brings no variable of its own'],
  ['NO_COLOR', 'no colours'],
]

const PLACES: [name: string, what: string][] = [
  ['COORDINATION/STATUS_BOARD.md', 'who works on what, for people'],
  ['COORDINATION/config.json', 'the settings of the room; see coord config'],
  ['COORDINATION/.state/', 'machine state: never edited, never committed'],
]

/** The page as man(7) source. `date` is YYYY-MM-DD. */
export function manualPage(version: string, date: string): string {
  const lines = [
    `.TH COORD 1 ${date} "git-coord ${version}" "User Commands"`,
    '.SH NAME',
    'coord \\- coordinate people and agents in one git repository',
    '.SH SYNOPSIS',
    '.B coord',
    '.I COMMAND',
    '.RI [ flags ]',
    '.SH DESCRIPTION',
    ...DESCRIPTION.flatMap((text, at) => (at === 0 ? fill(text) : ['.PP', ...fill(text)])),
    ...groupsOf(commands).flatMap(({ title, entries }) => [
      `.SH COMMANDS: ${title.toUpperCase()}`,
      ...entries.flatMap(([name]) => commandSection(commands.find((command) => command.name === name)!)),
    ]),
    '.SH FLAGS OF EVERY COMMAND',
    ...Object.entries(GLOBALS).flatMap(([name, { kind, help }]) =>
      entry(`--${name}${kind === 'flag' ? '' : ' …'}`, help),
    ),
    '.SH EXIT STATUS',
    ...exits().flatMap(([code, meaning]) => entry(code, meaning)),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.flatMap(([name, what]) => entry(name, what)),
    '.SH FILES',
    ...PLACES.flatMap(([name, what]) => entry(name, what)),
    '.SH SEE ALSO',
    '.BR git (1),',
    '.BR flock (1)',
  ]
  return `${lines.join('\n')}\n`
}

function commandSection(command: Command): string[] {
  return [
    `.SS ${roff(usageOf(command))}`,
    ...fill(command.summary),
    ...Object.entries(command.fields).flatMap(([name, field]) =>
      entry(labelOf(command, name, field), field.help),
    ),
    '.PP',
    'Examples:',
    ...command.examples.flatMap(([line, what]) => entry(line, what)),
  ]
}

function exits(): [code: string, meaning: string][] {
  const byExit = new Map<number, string[]>()
  for (const [code, { exit }] of Object.entries(ERRORS)) byExit.set(exit, [...(byExit.get(exit) ?? []), code])
  const failures = [...byExit].sort(([a], [b]) => a - b)
  return [
    ['0', 'done'],
    ...failures.map(([exit, codes]): [string, string] => [String(exit), codes.join(', ')]),
  ]
}

/** A tagged paragraph. */
const entry = (tag: string, text: string) => ['.TP', `.B ${roff(tag)}`, ...fill(text)]

/** A text as lines of source, none longer than they should be. */
function fill(text: string): string[] {
  const lines = ['']
  for (const word of text.split(' ').map(roff)) {
    const line = lines.at(-1)!
    if (line === '') lines[lines.length - 1] = word
    else if (line.length + word.length < LINE) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

const NAMED: Record<string, string> = {
  '…': '\\&...',
  '“': '\\(lq',
  '”': '\\(rq',
  '–': '\\(en',
  '’': '\\(cq',
}

/** A text that roff shows as it is: no requests, no escapes, hyphens that can be copied, no quotes as macro arguments. */
function roff(text: string): string {
  const plain = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
  const named = plain.replace(/[^\x20-\x7e]/gu, (char) => NAMED[char] ?? `\\[u${hex(char)}]`)
  return named.replace(/^\./, '\\&.')
}

const hex = (char: string) => char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
