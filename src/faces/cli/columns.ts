/** Rows in columns as wide as the terminal: what gives way first, and how wide a text is there. */
import { columnsIn, cutTo } from '../../protocol/width.ts'
import type { FullCell, LayOut } from './page.ts'

export { columnsIn, cutTo, wrapTo } from '../../protocol/width.ts'

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
  const wide = rows.map((row) => row.map((cell) => columnsIn(wholeOf(cell))))
  const columns = columnsOf(rows, wide)
  if (columns.length < 2) return rows.map((row) => row.map((cell) => paint(cell, wholeOf(cell))).join(''))
  const fits = width === null || widthOf(columns) <= width
  if (!fits) narrow(columns, width)
  return rows.map((row, at) => lineOf(row, wide[at]!, columns, fits, paint))
}

/** One row; `wide` are the columns that its cells want. A table may have thousands, so nothing is measured twice. */
function lineOf(
  row: FullCell[],
  wide: number[],
  columns: Column[],
  fits: boolean,
  paint: Parameters<LayOut>[2],
): string {
  let line = ''
  let pad = ''
  for (let at = 0; at < row.length; at++) {
    const cell = row[at]!
    const most = columns[at]!.wide
    if (!fits && most === 0) continue
    const whole = wide[at]! <= most
    const text = whole ? wholeOf(cell) : cutCell(cell, most)
    const left = ' '.repeat(Math.max(0, most - (whole ? wide[at]! : columnsIn(text))))
    line += cell.right ? pad + left + paint(cell, text) : pad + paint(cell, text)
    pad = cell.right ? '  ' : `${left}  `
  }
  return line
}

const widthOf = (columns: Column[]) => columns.reduce((sum, { wide }) => sum + wide + 2, -2)

const wholeOf = ({ text, tail = '' }: FullCell) => text + tail

/** A cell that is wider than its column. */
function cutCell({ text, tail = '' }: FullCell, wide: number): string {
  return wide > 2 * tail.length ? cutTo(text, wide - tail.length) + tail : cutTo(text, wide)
}

/** What kinds of cells make a column of that kind, the first that is there. */
const KINDS = ['spare', 'whole', 'main'] as const

function columnsOf(rows: FullCell[][], wide: number[][]): Column[] {
  const columns: Column[] = []
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at]!
    for (let nth = 0; nth < row.length; nth++) {
      columns[nth] ??= { wide: 0, kind: 'text' }
      const column = columns[nth]!
      if (wide[at]![nth]! > column.wide) column.wide = wide[at]![nth]!
      for (const kind of KINDS) {
        if (column.kind === kind) break
        if (row[nth]![kind]) {
          column.kind = kind
          break
        }
      }
    }
  }
  return columns
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
