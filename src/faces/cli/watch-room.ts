/** `coord watch`: on a terminal the bundle that draws the screen, elsewhere a line for each change. */
import { looks } from '../../operations/looks.ts'
import type { Overview } from '../../operations/overview.ts'
import { looker, type Watched } from '../../operations/watch.ts'
import { visible } from '../../protocol/escape.ts'
import { overviewChange } from '../../protocol/live/changes.ts'
import { toldChange } from '../../protocol/live/told.ts'
import { formatInstant } from '../../protocol/time.ts'
import { contextOf, type Host } from './execute.ts'
import type { Lasting } from './lasting.ts'
import { isTerminal, write } from './output.ts'
import { COLOURS } from './page.ts'

/** The screen's bundle, a module of its own since React and its layout take as much as all of coord. */
declare const require: (id: './watch.js') => Promise<{ show(watched: Watched): Promise<number | null> }>

/** Until `q` (exit 0) or a signal. A room that goes away is told, and shown again when it is back. Throws `not_initialized` at the start. */
export const watchRoom: Lasting = async (host, { globals }, signal) => {
  const { root } = contextOf(host, globals).room()
  const again = () => contextOf(host, { ...globals, dir: root })
  const screen = isTerminal(0) && isTerminal(1) && !globals.json && host.env.TERM !== 'dumb'
  if (!screen) return tellChanges(host, root, looker(again), globals.json ?? false, signal)
  const { show } = await require('./watch.js')
  return show({
    ...{ root, contextOf: again, signal },
    ...{ stdin: process.stdin, stdout: process.stdout, write: (text) => write(1, text) },
    colours: globals['no-color'] || host.env.NO_COLOR ? null : COLOURS,
  })
}

/** With `--json` what the streams send (`overview`, `change`, `gone`); else words, the whole room first. */
async function tellChanges(
  host: Host,
  root: string,
  look: ReturnType<typeof looker>,
  json: boolean,
  signal: AbortSignal,
): Promise<null> {
  let shown: Overview | null = null
  const say = (object: object, lines: string[]) => {
    const text = json ? [JSON.stringify({ ok: true, ...object })] : lines
    for (const line of text) write(1, `${json ? line : visible(line)}\n`)
  }
  for await (const { result, changed } of looks(root, look, signal)) {
    if (!changed) continue
    if ('gone' in result) {
      shown = null
      const { wall } = contextOf(host, {}).now()
      say({ type: 'gone' }, [`${formatInstant(wall).slice(11, 19)}Z  room  ${result.gone}`])
      continue
    }
    const { overview } = result
    const change = shown && overviewChange(shown, overview)
    if (!shown) say({ type: 'overview', overview }, toldChange(null, overview))
    else if (change) say({ type: 'change', change }, toldChange(shown, overview))
    shown = overview
  }
  return null
}
