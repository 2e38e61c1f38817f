/** Rows in columns as wide as the terminal: what gives way first, and how wide a text is there. */
import type { FullCell, LayOut } from './page.ts'

/** A column: how wide its texts are, how wide it may be, and what it holds. */
interface Column {
  wide: number
  kind: 'spare' | 'text' | 'main' | 'whole'
}

/** The steps by which a table that is too wide gets narrower: columns of a kind, the widest first, down to `floor`; those that end at 0 are left out. */
const STEPS: [kind: Column['kind'], floor: number][] = [
  ['text', 24],
  ['spare', 0],
  ['main', 48],
  ['whole', 30],
  ['text', 12],
  ['main', 32],
  ['text', 0],
  ['whole', 24],
  ['main', 20],
  ['whole', 12],
  ['main', 6],
  ['whole', 2],
]
/** Symbols are never cut. */
const SYMBOL = 2

/** Rows as lines, columns aligned, none wider than `width` (terminal columns; null: nothing is cut). A row of one cell is prose and stays whole. */
export const layOut: LayOut = (rows, width, paint) => {
  const columns = columnsOf(rows)
  if (columns.length < 2) return rows.map((row) => row.map((cell) => paint(cell, wholeOf(cell))).join(''))
  const fits = width === null || widthOf(columns) <= width
  if (!fits) narrow(columns, width)
  return rows.map((row) => {
    const cells = row
      .map((cell, at) => ({ cell, wide: columns[at]!.wide }))
      .filter(({ wide }) => fits || wide > 0)
    return cells
      .map(({ cell, wide }, at) => {
        const text = cutCell(cell, wide)
        const pad = ' '.repeat(Math.max(0, wide - columnsIn(text)))
        if (cell.right) return pad + paint(cell, text)
        return paint(cell, text) + (at === cells.length - 1 ? '' : pad)
      })
      .join('  ')
  })
}

const widthOf = (columns: Column[]) => columns.reduce((sum, { wide }) => sum + wide + 2, -2)

const wholeOf = ({ text, tail = '' }: FullCell) => text + tail

function cutCell(cell: FullCell, wide: number): string {
  const { text, tail = '' } = cell
  if (columnsIn(wholeOf(cell)) <= wide) return wholeOf(cell)
  return wide > 2 * tail.length ? cutTo(text, wide - tail.length) + tail : cutTo(text, wide)
}

function columnsOf(rows: FullCell[][]): Column[] {
  const count = rows.reduce((most, row) => Math.max(most, row.length), 0)
  return Array.from({ length: count }, (_, at) => {
    const cells = rows.flatMap((row) => row[at] ?? [])
    const kind = (['spare', 'whole', 'main'] as const).find((kind) => cells.some((cell) => cell[kind]))
    const wide = cells.reduce((most, cell) => Math.max(most, columnsIn(wholeOf(cell))), 0)
    return { wide, kind: kind ?? 'text' }
  })
}

/** Make columns narrower until they fit, or nothing is left to give; what a column left out has freed goes to the others. */
function narrow(columns: Column[], width: number): void {
  const natural = new Map(columns.map((column) => [column, column.wide]))
  const left = () => width - widthOf(columns.filter(({ wide }) => wide > 0))
  for (const [kind, floor] of STEPS) {
    const own = columns.filter((column) => column.kind === kind && column.wide > SYMBOL)
    while (left() < 0) {
      const widest = own.reduce((most, column) => Math.max(most, column.wide), 0)
      const column = own.findLast(({ wide }) => wide === widest)
      if (!column || widest <= floor) break
      column.wide = floor === 0 ? 0 : widest - 1
    }
  }
  const grown = (['main', 'whole', 'text'] as const).flatMap((kind) =>
    columns.filter((column) => column.kind === kind && column.wide > 0),
  )
  for (const column of grown) column.wide += Math.max(0, Math.min(left(), natural.get(column)! - column.wide))
}

/** How many terminal columns a text takes: wide East Asian characters and emoji take two, marks none. Rather too many than too few. */
export function columnsIn(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let count = 0
  for (const char of text) count += columnsOfChar(char)
  return count
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u

function columnsOfChar(char: string): number {
  if (char === '\ufe0f') return 1
  if (/\p{M}/u.test(char)) return 0
  return WIDE.test(char) ? 2 : 1
}

/** A text of at most so many terminal columns, cut at the end with `…`. */
export function cutTo(text: string, columns: number): string {
  if (columnsIn(text) <= columns) return text
  let cut = ''
  let wide = 0
  for (const char of text) {
    wide += columnsOfChar(char)
    if (wide > columns - 1) break
    cut += char
  }
  return columns < 1 ? '' : `${cut}…`
}

/** A text as lines of at most so many terminal columns, broken between words; a longer word stays whole. */
export function wrapTo(text: string, columns: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && columnsIn(`${line} ${word}`) <= columns)
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}
