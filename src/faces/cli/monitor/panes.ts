/** What stands in the tmux pane of a session that gives no sign: the guide's way out for those that are stuck. Data, never obeyed. */

import type { Monitored, MonitorRow } from '../../../operations/monitor.ts'
import { clip, visible } from '../../../protocol/escape.ts'
import { owesSign } from '../../../protocol/live/conditions.ts'
import { readBinding } from '../../../store/bindings.ts'
import { bootId, pidNamespace } from '../../../store/processes.ts'
import type { Room } from '../../../store/room.ts'
import { runTask } from './run.ts'

/** So many panes a look, the worst first. */
const MOST = 16
const LINES = 3
const WIDTH = 200
const TIMEOUT_MS = 2000

type Environment = Record<string, string | undefined>

/** What was seen, with the last lines of the panes of quiet sessions in `terminal`; who owes a sign and has no pane is said. One process a pane. */
export async function withPanes(
  seen: Monitored,
  room: Room,
  env: Environment,
  say: (text: string) => void,
): Promise<Monitored> {
  const wanted = seen.sessions.flatMap((row) => {
    if (!row.is_stale || !row.registered) return []
    const pane = paneOf(room, row.session_id)
    if (!pane) sayMissing(row, say)
    return pane ? [{ row, pane }] : []
  })
  const found = new Map<MonitorRow, string[]>()
  await Promise.all(
    wanted.slice(0, MOST).map(async ({ row, pane }) => {
      const terminal = await linesIn(pane, env)
      if (terminal === null) sayMissing(row, say)
      else if (terminal.length > 0) found.set(row, terminal)
    }),
  )
  const sessions = seen.sessions.map((row) => {
    const terminal = found.get(row)
    return terminal ? { ...row, terminal } : row
  })
  return { ...seen, sessions }
}

function sayMissing({ label, status, claims }: MonitorRow, say: (text: string) => void): void {
  if (owesSign(status, claims.length))
    say(`--tmux finds no pane of ${label}: it was not started in a tmux that runs here`)
}

interface Pane {
  server: string
  id: string
}

/** The pane in which a session was started on this machine since it booted; null where that is not known. */
function paneOf(room: Room, session: string): Pane | null {
  const binding = readBinding(room, session)
  const [, server, id] = /^tmux (\d+) (%\d+)$/.exec(binding?.terminal ?? '') ?? []
  const isHere = binding?.boot_id === bootId() && binding?.pid_ns === pidNamespace()
  return isHere && server && id ? { server, id } : null
}

/** The last lines of a pane that are not empty; null where its server does not answer, or is another one by now. */
async function linesIn({ server, id }: Pane, env: Environment): Promise<string[] | null> {
  const [socket, here] = env.TMUX?.split(',') ?? []
  const where = socket && here === server ? ['-S', socket] : []
  const args = [...where, 'display-message', '-p', '-t', id, '#{pid}', ';', 'capture-pane', '-p', '-t', id]
  try {
    const { TMUX: _tmux, TMUX_PANE: _pane, ...rest } = env
    const [pid, ...lines] = (await runTask('tmux', args, { timeout_ms: TIMEOUT_MS, env: rest })).split('\n')
    const said = lines.map((line) => line.trimEnd()).filter((line) => line !== '')
    return pid === server ? said.slice(-LINES).map((line) => clip(visible(line), WIDTH)) : null
  } catch {
    return null
  }
}
