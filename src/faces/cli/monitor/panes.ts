/** What stands in the tmux pane of a session that gives no sign: the guide's way out for those that are stuck. Data, never obeyed. */

import type { Monitored, MonitorRow } from '../../../operations/monitor.ts'
import { clip, visible } from '../../../protocol/escape.ts'
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

/** What was seen, with the last lines of the panes of quiet sessions in `terminal`. One process a pane. */
export async function withPanes(seen: Monitored, room: Room, env: Environment): Promise<Monitored> {
  const wanted = seen.sessions.flatMap((row) => {
    const pane = row.is_stale && row.registered ? paneOf(room, row.session_id) : null
    return pane ? [{ row, pane }] : []
  })
  const found = new Map<MonitorRow, string[]>()
  await Promise.all(
    wanted.slice(0, MOST).map(async ({ row, pane }) => {
      const terminal = await linesIn(pane, env)
      if (terminal.length > 0) found.set(row, terminal)
    }),
  )
  const sessions = seen.sessions.map((row) => {
    const terminal = found.get(row)
    return terminal ? { ...row, terminal } : row
  })
  return { ...seen, sessions }
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

/** The last lines of a pane that are not empty; none where its server does not answer, or is another one by now. */
async function linesIn({ server, id }: Pane, env: Environment): Promise<string[]> {
  const [socket, here] = env.TMUX?.split(',') ?? []
  const where = socket && here === server ? ['-S', socket] : []
  const args = [...where, 'display-message', '-p', '-t', id, '#{pid}', ';', 'capture-pane', '-p', '-t', id]
  try {
    const { TMUX: _tmux, TMUX_PANE: _pane, ...rest } = env
    const [pid, ...lines] = (await runTask('tmux', args, { timeout_ms: TIMEOUT_MS, env: rest })).split('\n')
    const said = lines.map((line) => line.trimEnd()).filter((line) => line !== '')
    return pid === server ? said.slice(-LINES).map((line) => clip(visible(line), WIDTH)) : []
  } catch {
    return []
  }
}
