/** How deep records may nest: beyond it a value still parses, but can't be written again without overflowing the stack. */
export const DEPTH = 200
/** In a shorter text no nesting is deep enough to overflow a stack. */
const SHALLOW_BYTES = 8192

/** Whether a text may nest deeper than any record does. Takes JSON or any other text; brackets inside texts count. */
export function isTooDeep(text: string): boolean {
  if (text.length < SHALLOW_BYTES) return false
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x7b || code === 0x5b) depth++
    else if (code === 0x7d || code === 0x5d) depth--
    if (depth > DEPTH) return true
  }
  return false
}
