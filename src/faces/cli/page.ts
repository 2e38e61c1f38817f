/** Text for people: lines and rows, colours by role, control characters made visible. Collected here, printed once. */
import { clip, visible } from '../../protocol/escape.ts'
import type { Role } from '../../protocol/words.ts'

/** The colours of a terminal (SGR). */
export const COLOURS: Record<Role, number> = { accent: 36, muted: 90, warn: 33, ask: 35, good: 32, bad: 31 }

export interface Page {
  now: number
  quiet: boolean
  /** The width of the terminal; null when the output is no terminal: then nothing is cut. */
  width: number | null
  /** Who reads, and what sessions and messages are called. */
  people: People
  /** Text as it stands, with paint; whatever else a terminal would obey is made visible. */
  line(text?: string): void
  /** Rows with two spaces between columns. Cells are foreign text or `{ text, role }`. */
  rows(rows: Cell[][], indent?: string): void
  /** Those rows as lines, to be put between others. */
  laidOut(rows: Cell[][], indent?: string): string[]
  /** A message on stderr. */
  note(text: string): void
  paint(role: Role, text: string): string
}

/** What stands for ids on a page (operations/people.ts). */
export interface People {
  /** The session that asks, where that is known. */
  me(): string | null
  called(id: string): string
  short(message: string): string
}

/**
 * What gives way when a row is too wide for the terminal: `spare` columns go first, then plain text, then what is `main`. `whole` is what
 * people grep for or copy: cut only where it is very long, or nothing else is left.
 */
export interface FullCell {
  text: string
  /** What stays behind the text even where that is cut. */
  tail?: string
  role?: Role
  right?: boolean
  whole?: boolean
  main?: boolean
  spare?: boolean
}
export type Cell = string | FullCell

/** How rows become lines. The full bundles bring columns.ts. */
export type LayOut = (
  rows: FullCell[][],
  width: number | null,
  paint: (cell: FullCell, text: string) => string,
) => string[]

const NOBODY: People = { me: () => null, called: (id) => id, short: (id) => id }

/** The layout of the first bundle, whose commands print single lines: of several cells the first is cut. */
const inLine: LayOut = (rows, width, paint) =>
  rows.map(([first, ...others]) => {
    const rest = others.reduce((sum, { text }) => sum + text.length + 2, 0)
    const text = clip(first!.text, rest && width ? width - rest : Infinity)
    return [paint(first!, text), ...others.map((cell) => paint(cell, cell.text))].join('  ')
  })

/** What a page is made with; `colour` and `width` as the terminal has them. */
export interface PageOptions {
  /** Asked at most once: most answers tell no time. */
  now(): number
  quiet: boolean
  colour: boolean
  width: number | null
  layOut?: LayOut | undefined
  people?: People | undefined
}

/** What a terminal obeys, first of all the colours that `paint` makes. */
const OBEYED = /\x1b\[(?:0|3[1-6]|90)m|[\x00-\x08\x0b-\x1f\x7f-\x9f]/g

/** A page that collects lines. */
export function createPage({ now, quiet, colour, width, layOut = inLine, people = NOBODY }: PageOptions) {
  const out: string[] = []
  let time: number | undefined
  const notes: string[] = []
  const paint = (role: Role, text: string) => (colour ? `\x1b[${COLOURS[role]}m${text}\x1b[0m` : text)
  const safe = (text: string) =>
    text.replace(OBEYED, (found) => (colour && found.length > 1 ? found : visible(found)))
  const painted = ({ role }: FullCell, text: string) => (role ? paint(role, text) : text)
  const full = (cell: Cell) => {
    if (typeof cell === 'string') return { text: visible(cell) }
    const text = visible(cell.text)
    return text === cell.text ? cell : { ...cell, text }
  }
  const laidOut: Page['laidOut'] = (rows, indent = '') =>
    layOut(
      rows.map((row) => row.map(full)),
      width && width - indent.length,
      painted,
    ).map((line) => (indent + line).trimEnd())
  const page: Page = {
    get now() {
      time ??= now()
      return time
    },
    quiet,
    width,
    people,
    paint,
    laidOut,
    line: (text = '') => void out.push(safe(text)),
    note: (text) => void notes.push(text),
    rows: (rows, indent) => void out.push(...laidOut(rows, indent)),
  }
  return { page, out, notes }
}
