/** A line that is written: its text, and where the cursor stands, in characters. */
import type { Key } from './keys.ts'

interface Written {
  text: string
  at: number
}

/** The line after a key. Lines that are pasted stay lines. */
export function edited({ text, at }: Written, { name, text: typed }: Key): Written {
  const chars = [...text]
  const [before, after] = [chars.slice(0, at), chars.slice(at)]
  const line = (left: string[], right: string[]) => ({ text: [...left, ...right].join(''), at: left.length })
  if (typed !== undefined) return line([...before, ...typed], after)
  switch (name) {
    case 'backspace':
      return line(before.slice(0, -1), after)
    case 'delete':
      return line(before, after.slice(1))
    case 'left':
      return { text, at: Math.max(0, at - 1) }
    case 'right':
      return { text, at: Math.min(chars.length, at + 1) }
    case 'home':
    case 'ctrl+a':
      return { text, at: 0 }
    case 'end':
    case 'ctrl+e':
      return { text, at: chars.length }
    case 'ctrl+u':
      return line([], after)
    case 'ctrl+w':
      return line([...before.join('').replace(/\S+\s*$/u, '')], after)
    default:
      return { text, at }
  }
}
