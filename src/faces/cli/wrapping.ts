/** Refusals on a terminal: broken between words, and a command in one piece where it fits, since it is there to be copied. */
import { columnsIn, wrapTo } from './columns.ts'

const COMMAND = / (?=or coord [a-z])|(?<! or) (?=coord [a-z])/
const INDENT = '    '
const COLUMNS = 80

/** Lines as they fit a terminal of so many columns; what goes on is set in by four. */
export function wrapLines(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => (columnsIn(line) <= columns ? line : wrapLine(line, columns)))
    .join('\n')
}

/** The same for the terminal that is on standard error. */
export const wrapForStderr = (text: string) => wrapLines(text, process.stderr.columns || COLUMNS)

function wrapLine(line: string, columns: number): string {
  const indent = /^ */.exec(line)![0]
  const lines: string[] = []
  for (const piece of line.slice(indent.length).split(COMMAND)) {
    const last = lines.at(-1)
    const begun = last === undefined ? indent : `${last} `
    if (columnsIn(begun + piece) <= columns) lines.splice(-1, 1, begun + piece)
    else if (last !== undefined && columnsIn(INDENT + piece) <= columns) lines.push(INDENT + piece)
    else lines.splice(-1, 1, ...wrapWords(begun, piece, columns))
  }
  return lines.join('\n')
}

/** A piece after what is begun, word by word. */
function wrapWords(begun: string, piece: string, columns: number): string[] {
  const [first, ...rest] = wrapTo(piece, columns - columnsIn(begun))
  if (columnsIn(begun + first!) > columns && begun.trim() !== '')
    return [begun.trimEnd(), ...wrapTo(piece, columns - INDENT.length).map((each) => INDENT + each)]
  const others = rest.length === 0 ? [] : wrapTo(rest.join(' '), columns - INDENT.length)
  return [begun + first!, ...others.map((each) => INDENT + each)]
}
