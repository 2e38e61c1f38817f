/** Words of a bash command line that is still being typed: how they split, and how a value is put in so that it stays one word. */

export interface Line {
  words: string[]
  /** The quote that is open at the end. */
  quote: '' | "'" | '"'
  /** How much of the last word bash keeps before what it replaces: it breaks words at `=` and `:`. */
  kept: number
}

/** The words of a line up to the cursor, quotes and backslashes taken away; the last one, maybe empty, is being typed. */
export function splitForBash(text: string): Line {
  const words: string[] = []
  let word = ''
  let quote: Line['quote'] = ''
  let kept = 0
  let open = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (quote === '' && (char === ' ' || char === '\t')) {
      if (open) words.push(word)
      word = ''
      open = false
      kept = 0
      continue
    }
    open = true
    if (quote === '' && (char === '"' || char === "'")) quote = char
    else if (char === quote) quote = ''
    else if (char === '\\' && quote !== "'" && at + 1 < text.length) word += text[++at]
    else {
      word += char
      if (quote === '' && (char === '=' || char === ':')) kept = word.length
    }
  }
  return { words: [...words, word], quote, kept }
}

/** A value in place of the last word of a line, as bash wants it typed; null where it can't be. */
export function quoteForBash(value: string, { quote, kept }: Line): string | null {
  const rest = value.slice(kept)
  if (quote === "'") return rest.includes("'") ? null : rest
  // In double quotes nothing keeps an interactive bash from reading `!` as history.
  if (quote === '"') return rest.includes('!') ? null : rest.replace(/[\\"$`]/g, '\\$&')
  return rest.replace(/[^A-Za-z0-9_@%+=:,./\u0080-\u{10ffff}-]/gu, '\\$&').replace(/^~/, '\\~')
}
