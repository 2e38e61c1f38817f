/** What `?` shows: the keys, and what the symbols mean. */
import {
  LIVENESS_ROLES,
  LIVENESS_SYMBOLS,
  MESSAGE_SYMBOLS,
  STATE_ROLES,
  STATE_SYMBOLS,
} from '../../protocol/words.ts'
import type { Line } from './span.ts'

const KEYS: [key: string, what: string][] = [
  ['↑ ↓ j k', 'move; PgUp PgDn, g and G far'],
  ['tab', 'list, detail, messages'],
  ['enter', 'the whole text; again: back'],
  ['esc', 'one step back'],
  ['m', 'write to the chosen one, or all'],
  ['r', 'answer the message'],
  ['a', 'acknowledge the question, alert'],
  ['y n', 'grant, refuse what you are asked for'],
  ['c', 'claims; claim what is over'],
  ['/', 'show only what has a text'],
  ['q', 'quit; Ctrl-Z puts it aside'],
]

const keyLine = ([key, what]: [string, string]): Line => [
  { text: key.padEnd(9), role: 'accent' },
  { text: what },
]

const symbols = <K extends string>(
  table: Record<K, readonly string[]>,
  roles: Record<K, Span['role']>,
): Line =>
  (Object.keys(table) as K[]).flatMap((word) => [
    { text: table[word][0]!, role: roles[word] },
    { text: ` ${word}  ` },
  ])
type Span = Line[number]

/** Half of some symbols on a line, so that they fit a narrow terminal. */
function inTwo(line: Line): Line[] {
  return [line.slice(0, 6), line.slice(6)]
}

export const HELP: Line[] = [
  [{ text: 'keys', role: 'muted' }],
  ...KEYS.map(keyLine),
  [],
  ...inTwo(symbols(STATE_SYMBOLS, STATE_ROLES)),
  ...inTwo(symbols(LIVENESS_SYMBOLS, LIVENESS_ROLES)),
  [
    { text: MESSAGE_SYMBOLS.answer[0], role: 'ask' },
    { text: ' wants an answer  ' },
    { text: MESSAGE_SYMBOLS.unread[0], role: 'accent' },
    { text: ' to you' },
  ],
]
