/**
 * The terminal that a screen borrows: the second page, no cursor, keys as they come; all of it given back whatever happens. What is drawn
 * is compared with what stands there, and only lines that differ are written.
 */

const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[H\x1b[2J'
const LEAVE = '\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l'
/** The terminal shows what lies between at once (DEC mode 2026); others ignore it. */
const [TOGETHER, DONE] = ['\x1b[?2026h', '\x1b[?2026l']

/** What to write where `before` stands, so that `after` does. Lines count from the top. */
export function repaint(before: string[], after: string[]): string {
  const rows = Array.from({ length: Math.max(before.length, after.length) }, (_, at) => at)
  const drawn = rows.flatMap((at) => {
    const line = after[at] ?? ''
    return line === (before[at] ?? '') ? [] : [`\x1b[${at + 1};1H${line}\x1b[0m\x1b[K`]
  })
  return drawn.length === 0 ? '' : TOGETHER + drawn.join('') + DONE
}

interface Borrowed {
  stdin: NodeJS.ReadStream
  write(text: string): void
}

export interface Terminal {
  /** Take it, or take it back after a stop; then all is drawn anew. */
  enter(): void
  /** Give it back as it was. May be called again. */
  leave(): void
  draw(frame: string): void
  /** The screen has another size: what stands there is not known. */
  forget(): void
}

/** The terminal of a process. Nothing is written before `enter` and after `leave`. */
export function terminalOf({ stdin, write }: Borrowed): Terminal {
  let mine = false
  let shown: string[] = []
  return {
    enter() {
      if (mine) return
      mine = true
      stdin.setRawMode(true)
      shown = []
      write(ENTER)
    },
    leave() {
      if (!mine) return
      mine = false
      write(LEAVE)
      // A terminal that hung up has no modes any more.
      if (!stdin.destroyed) stdin.setRawMode(false)
    },
    draw(frame) {
      if (!mine) return
      const lines = frame.split('\n')
      const bytes = repaint(shown, lines)
      shown = lines
      if (bytes !== '') write(bytes)
    },
    forget() {
      shown = []
      if (mine) write('\x1b[H\x1b[2J')
    },
  }
}
