/** A page drawn over the last one, no longer than the terminal is high. */
import type { Context } from '../../../context.ts'
import type { Monitored } from '../../../operations/monitor.ts'
import type { Host } from '../execute.ts'
import type { ParsedCommand } from '../lasting.ts'
import { write } from '../output.ts'
import { createPage } from '../page.ts'
import { printMonitor } from './page.ts'

/** What draws what was seen; the first time on an empty screen, and again when the terminal changes its size, until the signal. */
export function drawOn(
  host: Host,
  { globals }: ParsedCommand,
  signal: AbortSignal,
): (seen: Monitored, ctx: Context) => void {
  const colour = !globals['no-color'] && !host.env.NO_COLOR && host.env.TERM !== 'dumb'
  let begin = '\x1b[2J\x1b[H'
  let again = () => {}
  const resized = () => again()
  process.stdout.on('resize', resized)
  signal.addEventListener('abort', () => process.stdout.off('resize', resized))
  const draw = (seen: Monitored, ctx: Context) => {
    again = () => {
      begin = '\x1b[2J\x1b[H'
      draw(seen, ctx)
    }
    const { columns = 80, rows = 24 } = process.stdout
    const { page, out } = createPage({
      ...{ now: () => ctx.now().wall, quiet: false, colour, width: columns },
      ...{ layOut: host.lists?.layOut, people: host.lists?.peopleIn(ctx) },
    })
    printMonitor(seen, page)
    const most = Math.max(3, rows - 2)
    const cut = out.length - most
    const shown =
      cut > 0
        ? [...out.slice(0, most), page.paint('muted', `… ${cut} more lines; coord monitor --once has all`)]
        : out
    write(1, `${begin}${shown.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J`)
    begin = '\x1b[H'
  }
  return draw
}
