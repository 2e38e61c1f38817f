/** The help pages, from the commands' fields. Each fits a screen of 24 lines and 80 columns; a test holds them to it. */
import type { Field } from '../../operations/operation.ts'
import type { Command } from './command.ts'

const WIDTH = 80
const LINES = 24

/** What people do, and with which commands: the order of the overview. Neighbours of one text share a line. A command without a place of its own stands last. */
const GROUPS: [title: string, entries: [name: string, what: string][]][] = [
  [
    'take part',
    [
      ['start', 'join this room'],
      ['heartbeat', 'say what you do'],
      ['push', 'say it in one line'],
      ['whoami', 'who you are'],
      ['end', 'close the session'],
    ],
  ],
  [
    'claims',
    [
      ['claim', 'take a lease'],
      ['renew', 'prolong, give up'],
      ['release', 'prolong, give up'],
      ['claims', 'what is held'],
      ['guard', 'what is held'],
      ['wait', 'until free, for CMD'],
      ['run', 'until free, for CMD'],
      ['handoff', 'hand over, ask for'],
      ['request', 'hand over, ask for'],
      ['rescue', 'what hung or died'],
    ],
  ],
  [
    'room',
    [
      ['init', 'lay out, settings'],
      ['config', 'lay out, settings'],
      ['commit', 'record on a branch'],
      ['remote', 'other machines'],
      ['sync', 'other machines'],
      ['verify', 'commits and claims'],
      ['doctor', 'find what is wrong'],
      ['torture', 'prove it all here'],
      ['gc', 'tidy up'],
      ['completion', 'for your shell'],
    ],
  ],
  [
    'look',
    [
      ['status', 'what needs you'],
      ['watch', 'the same, staying'],
      ['monitor', 'who is stuck'],
      ['serve', 'a page, API; a bar'],
      ['menubar', 'a page, API; a bar'],
      ['sessions', 'who is here'],
      ['board', 'all on one page'],
      ['report', 'all on one page'],
      ['history', 'what happened'],
      ['log', 'what happened'],
      ['alerts', 'who is in the way'],
      ['conflicts', 'who is in the way'],
      ['cost', 'what hooks took'],
      ['query', 'SQL, all records'],
      ['export', 'SQL, all records'],
    ],
  ],
  [
    'talk',
    [
      ['send', 'leave a message'],
      ['publish', 'leave a message'],
      ['inbox', 'read what is new'],
      ['poll', 'read what is new'],
      ['ack', 'answer one'],
      ['reply', 'answer one'],
      ['messages', 'all messages'],
      ['rollcall', 'who answers a call'],
    ],
  ],
  [
    'agents',
    [
      ['install', 'agents and git'],
      ['uninstall', 'take it all back'],
      ['mcp', 'what agents start'],
      ['hook', 'what agents start'],
      ['statusline', "Claude Code's line"],
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
      ...sharing(entries).map(([names, what]) => `  ${names.join(', ').padEnd(19)}${what}`),
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

/** Neighbours of one text together. */
function sharing(entries: [name: string, what: string][]): [names: string[], what: string][] {
  const lines: [names: string[], what: string][] = []
  for (const [name, what] of entries) {
    const last = lines.at(-1)
    if (last?.[1] === what) last[0].push(name)
    else lines.push([[name], what])
  }
  return lines
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
