/** Append-only JSON Lines as others write them: concatenated or pretty-printed objects, junk between, a torn last line. */
import { isTooDeep } from './depth.ts'

/** Every JSON object in a text, in order, and how many pieces were no JSON. Linear in the text. */
export function readLines(text: string): { values: unknown[]; skipped: number } {
  const values: unknown[] = []
  let skipped = 0
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    const value = parse(line)
    if (value === undefined) return readPieces(text)
    values.push(value)
  }
  return { values, skipped }

  function readPieces(all: string) {
    values.length = 0
    for (const piece of pieces(all)) {
      const value = parse(piece)
      if (value === undefined) skipped += 1
      else values.push(value)
    }
    return { values, skipped }
  }
}

function parse(text: string): unknown {
  if (!/^\s*\{/.test(text) || isTooDeep(text)) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

/** Where the pieces of a text stand that `isGood` refuses or that are no JSON: `[from, to)` in characters. */
export function badPieces(text: string, isGood: (value: unknown) => boolean): [from: number, to: number][] {
  let at = 0
  return pieces(text).flatMap((piece): [number, number][] => {
    const from = text.indexOf(piece, at)
    at = from + piece.length
    const value = parse(piece)
    return value !== undefined && isGood(value) ? [] : [[from, at]]
  })
}

/** Where the last whole object of a text ends, in characters; 0 where none is whole. What follows may be one that is still being written. */
export function endOfWhole(text: string): number {
  const trimmed = text.trimEnd()
  const last = trimmed.slice(trimmed.lastIndexOf('\n') + 1)
  // Indented it may be part of an object above.
  if (last.startsWith('{') && parse(last) !== undefined) return trimmed.length
  let [at, end] = [0, 0]
  for (const piece of pieces(text)) {
    at = text.indexOf(piece, at) + piece.length
    if (parse(piece) !== undefined) end = at
  }
  return end
}

/** The balanced `{…}` pieces of a text; a line that opens none, or a piece that a new record interrupts, is one piece too. */
function pieces(text: string): string[] {
  const found: string[] = []
  let start = -1
  let depth = 0
  let inside = false
  const close = (end: number) => {
    if (start >= 0) found.push(text.slice(start, end))
    start = -1
    depth = 0
    inside = false
  }
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!
    if (char === '\n' && text[i + 1] === '{' && (inside || depth > 0)) close(i)
    if (inside) {
      if (char === '\\' && text[i + 1] !== '\n') i++
      else if (char === '"') inside = false
    } else if (char === '"' && depth > 0) inside = true
    else if (char === '{') {
      if (depth++ === 0) {
        close(i)
        start = i
        depth = 1
      }
    } else if (char === '}' && depth > 0 && --depth === 0) close(i + 1)
    else if (depth === 0 && start < 0 && !/\s/.test(char)) start = i
    else if (depth === 0 && start >= 0 && char === '\n') close(i)
  }
  close(text.length)
  return found
}
