/** A bar on a terminal for what takes long: on stderr, never with --json or --quiet, and gone before anything is printed. */
import { monotonic } from '../../store/pid-lock.ts'
import type { Globals } from './command.ts'
import { isTerminal, write } from './output.ts'

const WIDTH = 24
const EVERY_MS = 200

export interface Progress {
  /** How much is done, from 0 to 1, with a word on it; may be called often. */
  show(share: number, word?: string): void
  /** Take the bar away. */
  clear(): void
}

/** A bar called `name`, seen once `after_ms` have passed; one that nobody sees costs next to nothing. */
export function progressOf(name: string, { json, quiet }: Globals, after_ms: number): Progress {
  const live = isTerminal(2) && !json && !quiet
  let due = monotonic() + after_ms
  let shown = false
  return {
    show(share, word = `${Math.floor(share * 100)} %`) {
      if (!live || monotonic() < due) return
      due = monotonic() + EVERY_MS
      shown = true
      const done = Math.floor(Math.min(1, share) * WIDTH)
      write(2, `\r\x1b[K${name} ${'#'.repeat(done)}${'-'.repeat(WIDTH - done)} ${word}`)
    },
    clear() {
      if (shown) write(2, '\r\x1b[K')
      shown = false
    },
  }
}
