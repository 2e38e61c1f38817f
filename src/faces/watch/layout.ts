/** How the screen is divided, by its size. */
import type { State } from './state.ts'

/** Columns and rows of each part; 0: not shown. */
export interface Layout {
  columns: number
  rows: number
  /** The rows between the first and the last line, less those of the messages. */
  body: number
  list: number
  detail: number
  /** With the line above them. */
  messages: number
}

const SIDE_BY_SIDE = 72
const GAP = 3

/** Head and foot take a line each, messages a quarter, the list the greater half; in little room the list alone is left. */
export function layoutOf(
  columns: number,
  rows: number,
  { whole, pane }: Pick<State, 'whole' | 'pane'>,
): Layout {
  const inner = Math.max(0, rows - 2)
  const messages = whole || inner < 10 ? 0 : Math.max(4, Math.min(12, inner >> 2)) + 1
  const size = { columns, rows, messages, body: inner - messages }
  if (whole) return { ...size, list: 0, detail: columns }
  if (columns < SIDE_BY_SIDE)
    return pane === 'detail' ? { ...size, list: 0, detail: columns } : { ...size, list: columns, detail: 0 }
  const list = Math.max(44, Math.floor((columns - GAP) * 0.56))
  return { ...size, list, detail: columns - list - GAP }
}
