/**
 * Blocks of ours between marker lines in texts of people. A block can be taken out again to the byte without a memory of what was
 * there: at the end it follows one blank line, and the end of the file's last line stays behind it.
 */

/** The first and the last line of a block. */
export interface Markers {
  begin: string
  end: string
}

/** Where a block stands in a text; null for none. `torn`: the line at which the markers do not pair. */
export function findBlock(
  text: string,
  { begin, end }: Markers,
): { from: number; to: number } | { torn: number } | null {
  const lines = text.split('\n')
  const at = (marker: string) => lines.flatMap((line, number) => (line.trimEnd() === marker ? [number] : []))
  const [begins, ends] = [at(begin), at(end)]
  if (begins.length === 0 && ends.length === 0) return null
  const [first, last] = [begins[0], ends[0]]
  if (first === undefined || last === undefined || begins.length + ends.length > 2 || last < first)
    return { torn: (begins[1] ?? first ?? last)! + 1 }
  const start = (line: number) => lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, 0)
  return { from: start(first), to: start(last) + lines[last]!.trimEnd().length }
}

/** The lines inside a block; null where there is none. */
export function blockLines(text: string, markers: Markers): string[] | null {
  const found = findBlock(text, markers)
  if (!found || 'torn' in found) return null
  return text.slice(found.from, found.to).split(/\r?\n/).slice(1, -1)
}

/** A text with a block of these lines, in place or at the end; `null` is a file that is not there. The block must not be torn. */
export function withBlock(text: string | null, markers: Markers, lines: string[]): string {
  const eol = text?.includes('\r\n') ? '\r\n' : '\n'
  const block = [markers.begin, ...lines, markers.end].join(eol)
  if (text === null) return block + eol
  const found = findBlock(text, markers)
  if (found && !('torn' in found)) return text.slice(0, found.from) + block + text.slice(found.to)
  if (text.trim() === '') return /^$|\n$/.test(text) ? text + block : text + eol + block + eol
  const last = /\r?\n$/.exec(text)?.[0] ?? ''
  return `${text.slice(0, text.length - last.length)}${eol}${eol}${block}${last}`
}

/** A text without its block; null where nothing else was ever in it. The block must not be torn. */
export function withoutBlock(text: string, markers: Markers): string | null {
  const found = findBlock(text, markers)
  if (!found || 'torn' in found) return text
  const [before, after] = [text.slice(0, found.from), text.slice(found.to)]
  if (before === '' && /^\r?\n$/.test(after)) return null
  if (before.trim() === '') return /^\r?\n$/.test(after) ? before.replace(/\r?\n$/, '') : before + after
  return before.replace(/\r?\n\r?\n$/, '') + after
}
