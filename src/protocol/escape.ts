/** Foreign text stays text: what others wrote is shown, never obeyed, by a terminal or by Markdown. */

const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu
const PLAIN = /^(?![ +-]|\d+[.)])[A-Za-z0-9 .,:;()/+=%'"?\u00c0-\u024f\u2013\u2014\u2026-]*$/

/** A text with control, zero-width and bidirectional characters spelled out as `\u{1b}`. Newlines and tabs stay if asked. */
export function visible(text: string, keep: 'line' | 'block' = 'line'): string {
  return text.replace(UNSAFE, (char) => {
    if (keep === 'block' && (char === '\n' || char === '\t')) return char
    return char === '\n' || char === '\t' || char === '\r' ? ' ' : `\\u{${char.codePointAt(0)!.toString(16)}}`
  })
}

/** A value as JSON of several lines, its invisible characters written as escapes; it says the same. */
export function visibleJson(value: object): string {
  const spelled = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(value, null, 2).replace(UNSAFE, (char) => (char === '\n' ? char : spelled(char)))
}

/** A text as a fenced block of Markdown, that nothing in it can close. Control characters are visible. */
export function fenced(text: string): string {
  const runs = text.match(/`+/g) ?? []
  const fence = '`'.repeat(runs.reduce((most, run) => Math.max(most, run.length + 1), 3))
  return `${fence}text\n${visible(text, 'block')}\n${fence}`
}

/** A page without the characters that a terminal would obey; its invisible joiners stay. */
export function withoutControls(page: string): string {
  return page.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
}

/** A text cut at the end with `…` to at most `width` characters. */
export function clip(text: string, width: number): string {
  if (text.length <= width) return text
  const cut = text.slice(0, Math.max(0, width - 1))
  return `${cut.isWellFormed() ? cut : cut.slice(0, -1)}…`
}

/** A text that others wrote, as data for a model: in quotes, on one line, cut. */
export const quoted = (text: string, width = 200) => `"${clip(visible(text).replaceAll('"', "'"), width)}"`

const LINE_WIDTH = 120

/** Whether a short text needs no escaping anywhere in Markdown, even cut into parts. */
export function isPlain(text: string): boolean {
  return text.length <= LINE_WIDTH && PLAIN.test(text) && !text.includes('://')
}

/** One line of a Markdown page: control characters visible, markup characters escaped, at most `width` characters. */
export function markdownLine(text: string, width = LINE_WIDTH): string {
  if (text.length <= width && PLAIN.test(text) && !text.includes('://')) return text
  return clip(visible(text).trim(), width)
    .replace(/[\\`*[\]<>&|~#!]/g, '\\$&')
    .replace(/^([-+](?=[\s-]|$)|\d+(?=[.)](?:\s|$)))/, (marker) =>
      /\d/.test(marker) ? `${marker}\\` : `\\${marker}`,
    )
    .replace(/(^|[^A-Za-z0-9])_|_(?![A-Za-z0-9])/g, (match) => match.replace('_', '\\_'))
    .replaceAll('://', '\\://')
    .replace(/@(?=[A-Za-z0-9])/g, '@\u2060')
}
