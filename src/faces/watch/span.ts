/** Lines of a screen: pieces of text, each with its part in colour, never wider than they may be. */
import { visible } from '../../protocol/escape.ts'
import { columnsIn, cutTo, wrapTo } from '../../protocol/width.ts'
import type { Role } from '../../protocol/words.ts'

/** A piece of a line. */
export interface Span {
  text: string
  role?: Role | undefined
  bold?: boolean
}
export type Line = Span[]

/** A foreign text as a piece: on one line, whatever a terminal would obey made visible. */
export const foreign = (text: string, role?: Role): Span => ({ text: visible(text), role })

/** A text in exactly so many terminal columns: cut at its end, or filled up. */
export function padded(text: string, columns: number, side: 'left' | 'right' = 'left'): string {
  const cut = cutTo(text, columns)
  const fill = ' '.repeat(Math.max(0, columns - columnsIn(cut)))
  return side === 'left' ? cut + fill : fill + cut
}

/** A foreign text as lines of at most so many columns; its own line breaks stay, and a longer word is broken. */
export function fold(text: string, columns: number): string[] {
  const wide = Math.max(4, columns)
  return visible(text, 'block')
    .replaceAll('\t', ' ')
    .split('\n')
    .flatMap((line) => wrapTo(line, wide))
    .flatMap((line) => broken(line, wide))
}

function broken(line: string, columns: number): string[] {
  if (columnsIn(line) <= columns) return [line]
  const parts = ['']
  for (const char of line) {
    const last = parts.at(-1)!
    if (columnsIn(last + char) <= columns) parts[parts.length - 1] = last + char
    else parts.push(char)
  }
  return parts
}

/** A line cut to at most so many columns. */
export function cutLine(line: Line, columns: number): Line {
  const kept: Line = []
  let left = columns
  for (const span of line) {
    if (left <= 0) break
    const text = cutTo(span.text, left)
    kept.push({ ...span, text })
    left -= columnsIn(text)
  }
  return kept
}

/** The colours by role, null for none. */
export type Colours = Record<Role, number> | null

/** A piece as a terminal shows it. Each code has its own end, so that pieces may lie in one another. */
export function painted(text: string, { role, bold }: Omit<Span, 'text'>, colours: Colours): string {
  const heavy = bold ? `\x1b[1m${text}\x1b[22m` : text
  return role && colours ? `\x1b[${colours[role]}m${heavy}\x1b[39m` : heavy
}
