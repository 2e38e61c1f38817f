/**
 * Rounds that heartbeats start: `coord sync` in a process of its own, which nobody waits for. Only where `coord remote setup` has set a
 * remote, and at most one every so often (`setNext` of progress.ts): a hook pays for the start of a process, never for the network.
 */
import fs from 'node:fs'
import path from 'node:path'
import { EVERY_MS } from '../../protocol/machines/rounds.ts'
import { lookAt } from '../disk.ts'
import { inRoom, type Room } from '../room.ts'
import { SETTING_FILE } from './place.ts'
import { isDue, setNext } from './progress.ts'

const PROGRAM = 'coord.cjs'

/** Start a round if one is due; the time until heartbeats are to look again (ms), null where no remote is set. `now`: epoch ms. */
export function startSyncIfDue(room: Room, now: number): number | null {
  if (!lookAt(inRoom(room, SETTING_FILE))) return null
  if (isDue(room, now)) {
    setNext(room, now + EVERY_MS)
    start(room)
  }
  return EVERY_MS
}

/** The program is the one that runs; where that is another (a face of its own, a test), nothing is started. */
function start(room: Room): void {
  const program = programOf(process.argv[1])
  if (program === null) return
  const { spawn } = process.getBuiltinModule('node:child_process')
  const args = [program, 'sync', '--quiet', '--dir', room.root]
  const options = {
    cwd: path.dirname(room.root),
    detached: true,
    stdio: 'ignore' as const,
    windowsHide: true,
  }
  const child = spawn(process.execPath, args, options)
  // Who can't start one goes on without: the next heartbeat tries again.
  child.on('error', () => {})
  child.unref()
}

function programOf(started: string | undefined): string | null {
  try {
    const program = fs.realpathSync(started ?? '')
    return path.basename(program) === PROGRAM ? program : null
  } catch {
    return null
  }
}
