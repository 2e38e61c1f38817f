/** Text for people: columns, colours by role, control characters made visible. Collected here, printed once. */
import { visible } from '../../protocol/escape.ts'
import type { Role } from '../../protocol/words.ts'

const COLOURS: Record<Role, number> = { accent: 36, muted: 90, warn: 33, ask: 35, good: 32, bad: 31 }

export interface Page {
  now: number
  quiet: boolean
  /** The width of the terminal; null when the output is no terminal: then nothing is cut. */
  width: number | null
  line(text?: string): void
  /** Rows with two spaces between columns. Cells are foreign text or `{ text, role }`. */
  rows(rows: Cell[][], indent?: string): void
  /** A message on stderr. */
  note(text: string): void
  paint(role: Role, text: string): string
}

/** `whole` cells are never cut: what people grep for or copy. */
export type Cell = string | { text: string; role?: Role; right?: boolean; whole?: boolean }

/** A page that collects lines; `colour` and `width` as the terminal has them. */
export function createPage(options: { now: number; quiet: boolean; colour: boolean; width: number | null }) {
  const out: string[] = []
  const notes: string[] = []
  const paint = (role: Role, text: string) => (options.colour ? `\x1b[${COLOURS[role]}m${text}\x1b[0m` : text)
  const page: Page = {
    now: options.now,
    quiet: options.quiet,
    width: options.width,
    paint,
    line: (text = '') => void out.push(text),
    note: (text) => void notes.push(text),
    rows: (rows, indent = '') => void out.push(...layOut(rows, indent, options.width, paint)),
  }
  return { page, out, notes }
}

function layOut(rows: Cell[][], indent: string, width: number | null, paint: Page['paint']): string[] {
  const cells = rows.map((row) =>
    row.map((cell) =>
      typeof cell === 'string' ? { text: visible(cell) } : { ...cell, text: visible(cell.text) },
    ),
  )
  const columns = Math.max(0, ...cells.map((row) => row.length))
  const widest = (all: boolean) =>
    Array.from({ length: columns }, (_, at) =>
      Math.max(...cells.map((row) => (at < row.length - (all ? 0 : 1) ? columnsOf(row[at]!.text) : 0))),
    )
  const whole = Array.from({ length: columns }, (_, at) =>
    cells.some((row) => 'whole' in (row[at] ?? {}) && (row[at] as { whole?: boolean }).whole),
  )
  const caps = columns > 1 && width !== null ? shrink(widest(true), whole, width - indent.length) : null
  const widths = widest(false).map((own, at) => Math.min(own, caps?.[at] ?? own))
  return cells.map((row) => {
    const parts = row.map((cell, at) => {
      const last = at === row.length - 1
      const cut = caps && columnsOf(cell.text) > caps[at]! ? cutTo(cell.text, caps[at]!) : cell.text
      const pad = last ? '' : ' '.repeat(Math.max(0, widths[at]! - columnsOf(cut)))
      const painted = cell.role ? paint(cell.role, cut) : cut
      return 'right' in cell && cell.right ? pad + painted : last ? painted : painted + pad
    })
    return (indent + parts.join('  ')).trimEnd()
  })
}

const NARROWEST = 12

/** How wide each column may be so that a row fits: the widest gives way first. A single column is prose and is not cut. */
function shrink(widths: number[], whole: boolean[], width: number): number[] {
  const fitted = [...widths]
  let over = fitted.reduce((sum, own) => sum + own + 2, -2) - width
  for (; over > 0; over--) {
    const most = Math.max(0, ...fitted.filter((_, at) => !whole[at]))
    if (most <= NARROWEST) break
    fitted[fitted.findIndex((own, at) => own === most && !whole[at])] = most - 1
  }
  return fitted
}

/** How many terminal columns a text takes, roughly: wide East Asian characters and emoji take two, marks none. */
function columnsOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let count = 0
  for (const char of text)
    count += /\p{M}|\u200d|\ufe0f/u.test(char)
      ? 0
      : /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|\p{Emoji_Presentation}/u.test(
            char,
          )
        ? 2
        : 1
  return count
}

function cutTo(text: string, columns: number): string {
  let cut = ''
  for (const char of text) {
    if (columnsOf(cut + char) > columns - 1) break
    cut += char
  }
  return `${cut}…`
}
