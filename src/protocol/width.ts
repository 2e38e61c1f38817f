/** How wide a text is on a terminal, and what of it fits. */
const ASCII = /^[\x20-\x7e]*$/

/** How many terminal columns a text takes: wide East Asian characters and emoji take two, marks none. Rather too many than too few. */
export function columnsIn(text: string): number {
  if (ASCII.test(text)) return text.length
  let count = 0
  for (const char of text) count += columnsOfChar(char)
  return count
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u

/** The widths of characters seen before: a table repeats its symbols in every row, and the expressions are slow. */
const widths = new Map<string, number>([['\ufe0f', 1]])

function columnsOfChar(char: string): number {
  const known = widths.get(char)
  if (known !== undefined) return known
  const wide = /\p{M}/u.test(char) ? 0 : WIDE.test(char) ? 2 : 1
  widths.set(char, wide)
  return wide
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
