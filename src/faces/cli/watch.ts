/** `coord status --watch`: the status again whenever the room changes. */
import { looks } from '../../operations/looks.ts'
import { status } from '../../operations/status.ts'
import { answer, contextOf } from './execute.ts'
import type { Lasting } from './lasting.ts'
import { isTerminal, write } from './output.ts'

/** On a terminal the page is drawn over the last one; elsewhere each change adds a page, with `--json` an object on a line. */
export const watchStatus: Lasting = async (host, { command, input, globals }, signal) => {
  const { watch: _watch, ...given } = input
  const { root } = contextOf(host, globals).room()
  const screen = isTerminal(1) && !globals.json
  const look = () => {
    const ctx = contextOf(host, globals)
    return { ctx, result: status.run(ctx, given as never) }
  }
  for await (const { ctx, result, changed } of looks(root, look, signal)) {
    if (screen) write(1, '\x1b[H\x1b[2J')
    if (screen || changed) answer(host, command, result, input, globals, ctx)
  }
  return null
}
