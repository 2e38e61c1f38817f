/** What comes from the terminal as keys. What is typed fast, or pasted, comes in one piece. */
import type { Key as InkKey } from 'ink'
import type { Key } from './keys.ts'

const NAMES: [keyof InkKey, string][] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['backspace', 'backspace'],
]

/** Characters that are keys where they are not pasted. */
const CHARS: Record<string, string> = { '\r': 'enter', '\n': 'enter', '\t': 'tab', '\x7f': 'backspace' }

/** A terminal says where a paste begins and ends (mode 2004). */
export const [PASTE, PASTED] = ['[200~', '[201~']

/** The keys of one piece of input, as Ink tells it; `pasting`: all of it is text. */
export function keysOf(input: string, key: InkKey, pasting: boolean): Key[] {
  const text = input.replaceAll('\r', '\n').replace(/[\x00-\x09\x0b-\x1f\x7f]/g, ' ')
  if (pasting) return [{ name: 'text', text: key.return ? '\n' : text }]
  if (key.tab) return [{ name: key.shift ? 'backtab' : 'tab' }]
  const [, name] = NAMES.find(([flag]) => key[flag]) ?? []
  if (name) return [{ name }]
  // What most terminals send for the key that removes what is before the cursor.
  if (key.delete) return [{ name: 'backspace' }]
  if (key.ctrl) return [{ name: `ctrl+${input}` }]
  if (key.meta) return []
  return [...input].flatMap((char) => {
    const known = CHARS[char]
    return known ? [{ name: known }] : char < ' ' ? [] : [{ name: 'text', text: char }]
  })
}
