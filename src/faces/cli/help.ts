/** The help pages, from the commands' fields. Each fits a screen of 24 lines and 80 columns; a test holds them to it. */
import type { Field } from '../../operations/operation.ts'
import type { Command } from './command.ts'

const WIDTH = 80
const LINES = 24

/** What people do, and with which commands: the order of the overview. A command without a place of its own stands last. */
const GROUPS: [title: string, entries: [name: string, what: string][]][] = [
  [
    'take part',
    [
      ['start', 'register this session'],
      ['heartbeat', 'say what you do'],
      ['push', 'say it in one line'],
      ['whoami', 'which session you are'],
      ['end', 'close the session'],
    ],
  ],
  [
    'claims',
    [
      ['claim', 'take a lease'],
      ['renew', 'prolong it'],
      ['release', 'give it back'],
      ['claims', 'what is claimed'],
      ['guard', 'may a path be written'],
      ['wait', 'until it is free'],
      ['run', 'hold it for a command'],
      ['handoff', 'hand it to another'],
    ],
  ],
  [
    'look',
    [
      ['status', 'what is up and needs you'],
      ['watch', 'the same, and it stays'],
      ['sessions', 'the sessions'],
      ['board', 'the status board'],
      ['history', 'what happened'],
      ['monitor', 'who works, who is stuck'],
      ['cost', 'what the hooks took'],
      ['query', 'ask in SQL'],
      ['export', 'all records'],
    ],
  ],
  [
    'talk',
    [
      ['send', 'leave a message'],
      ['inbox', 'read what is new'],
      ['ack', 'take note of a message'],
      ['reply', 'answer it'],
      ['messages', 'all messages'],
    ],
  ],
  [
    'room',
    [
      ['init', 'lay out the room'],
      ['config', 'read or change its config'],
      ['commit', 'record it on its branch'],
      ['doctor', 'find what is wrong'],
      ['torture', 'prove it all on your disk'],
      ['gc', 'tidy up'],
      ['completion', 'completion for your shell'],
    ],
  ],
  [
    'agents',
    [
      ['install', 'hooks for agents and git'],
      ['mcp', 'serve them as tools'],
      ['verify', 'commits against claims'],
      ['uninstall', 'take it all back'],
      ['hook', 'what those hooks call'],
      ['statusline', 'a line for Claude Code'],
      ['menubar', 'text for a menu bar'],
    ],
  ],
]
/** How many of the groups stand in the left column. */
const LEFT = 3

/** `coord --help`: every command, grouped by what people do, in two columns. */
export function overviewPage(commands: Command[]): string {
  const groups = groupsOf(commands)
  const columns = [groups.slice(0, LEFT), groups.slice(LEFT)].map((part) =>
    part.flatMap(({ title, entries }) => [
      title,
      ...entries.map(([name, what]) => `  ${name.padEnd(12)}${what}`),
    ]),
  )
  const [left, right] = columns as [string[], string[]]
  const rows = Array.from({ length: Math.max(left.length, right.length) }, (_, at) =>
    `${(left[at] ?? '').padEnd(WIDTH / 2 + 1)}${right[at] ?? ''}`.trimEnd(),
  )
  return [
    'coord COMMAND: see each other, claim work, leave messages, hand over.',
    ...rows,
    'coord COMMAND --help shows flags and examples; man coord has everything.',
  ].join('\n')
}

/** The groups with the commands that there are. */
export function groupsOf(commands: Command[]): { title: string; entries: [name: string, what: string][] }[] {
  const placed = new Set(GROUPS.flatMap(([, entries]) => entries.map(([name]) => name)))
  const others = commands.filter(({ name }) => !placed.has(name))
  return GROUPS.map(([title, entries], at) => ({
    title,
    entries: [
      ...entries.filter(([name]) => commands.some((command) => command.name === name)),
      ...(at === GROUPS.length - 1 ? others : []).map(({ name, summary }): [string, string] => [
        name,
        summary,
      ]),
    ],
  }))
}

/** `coord X --help`: usage, examples, arguments. Where the examples would push it off the screen, the last ones stay out. */
export function commandPage(command: Command): string {
  const head = [usageOf(command), command.summary, '']
  const fields = Object.entries(command.fields).map(([name, field]) => [
    labelOf(command, name, field),
    field.help,
  ])
  const widest = Math.max(0, ...fields.map(([label]) => label!.length))
  const tail = [
    ...(fields.length > 0 ? [''] : []),
    ...fields.flatMap(([label, help]) => hang(`  ${label!.padEnd(widest)}  `, help!)),
    '',
    'everywhere: --json --session ID --dir PATH --quiet --no-color --help --version',
  ]
  let shown = command.examples
  while (shown.length > 1 && head.length + examplesOf(shown).length + tail.length > LINES)
    shown = shown.slice(0, -1)
  return [...head, ...examplesOf(shown), ...tail].join('\n')
}

/** `coord claim TYPE NAME… [flags]` */
export function usageOf(command: Command): string {
  const words = command.positionals.map((name) => {
    const { kind, required } = command.fields[name]!
    const word = `${wordOf(name)}${kind === 'texts' ? '…' : ''}`
    return required ? word : `[${word}]`
  })
  const flags = Object.keys(command.fields).length > command.positionals.length ? ['[flags]'] : []
  const tail = command.runsCommand ? ['[-- CMD…]'] : []
  return ['coord', command.name, ...words, ...flags, ...tail].join(' ')
}

/** How a field is written: a positional in capitals, a flag with its dashes and `…` for its value. */
export function labelOf(command: Command, name: string, field: Field): string {
  if (command.positionals.includes(name)) return wordOf(name)
  const short = command.shorts[name] === undefined ? '' : `-${command.shorts[name]}, `
  return `${short}--${name}${field.kind === 'flag' ? '' : ' …'}`
}

const wordOf = (name: string) => name.replace(/_id$/, '').toUpperCase()

/** Examples with what they do behind them, or below them where there is no room. */
function examplesOf(examples: Command['examples']): string[] {
  const fitting = examples.filter(([line, what]) => line.length + what.length + 4 <= WIDTH)
  const widest = Math.max(0, ...fitting.map(([line]) => line.length))
  return examples.flatMap(([line, what]) => {
    if (line.length + what.length + 4 > WIDTH) return [`  ${line}`, `      ${what}`]
    const column = Math.min(widest, WIDTH - 4 - what.length)
    return [`  ${line.padEnd(column)}  ${what}`]
  })
}

/** Words behind a label, in lines that fit, hanging at the label's width. */
function hang(label: string, text: string): string[] {
  const lines: string[] = []
  let line = label
  for (const word of text.split(' ')) {
    if (line.trim() !== '' && line.length + word.length > WIDTH && line !== label) {
      lines.push(line.trimEnd())
      line = ' '.repeat(label.length)
    }
    line += `${word} `
  }
  return [...lines, line.trimEnd()]
}
