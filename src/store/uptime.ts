/** Which process stands for a session, and for how long it has run. */
import type { Session } from '../protocol/records.ts'
import type { ProcessState } from '../protocol/sessions.ts'
import { readBinding } from './bindings.ts'
import { bootClock, processOf, readProcess, stateOf } from './processes.ts'
import { isStopped } from './rescue-look.ts'
import type { Room } from './room.ts'

/** The kernel tells start times in hundredths of a second to every program, whatever its own tick is (USER_HZ, time(7)). */
const TICK_MS = 10

/** What is known of a session's process. `uptime_ms` is null where it is not known to run. */
interface Standing {
  pid: number | null
  process: ProcessState
  uptime_ms: number | null
  /** Whether it was stopped by a signal. */
  stopped: boolean
}

/**
 * The process of a session by pid and start time; where its record has none yet, the nearest one that it was started from and that
 * still runs. Source: the record, `.state/bindings/`, /proc.
 */
export function standingOf(room: Room, session: Session): Standing {
  const { pid } = session
  if (pid) {
    const process = processOf(session)
    const runs = process === 'alive'
    return { pid, process, uptime_ms: runs ? uptimeOf(pid) : null, stopped: runs && isStopped(pid) }
  }
  const binding = readBinding(room, session.session_id)
  const link = binding?.chain.find(
    (each) => stateOf(each.pid, each.started, binding.boot_id, binding.pid_ns) === 'alive',
  )
  return link
    ? { pid: link.pid, process: 'alive', uptime_ms: uptimeOf(link.pid), stopped: isStopped(link.pid) }
    : { pid: null, process: 'unknown', uptime_ms: null, stopped: false }
}

function uptimeOf(pid: number): number | null {
  const started = Number(readProcess(pid)?.started || Number.NaN)
  const clock = bootClock()
  return clock && !Number.isNaN(started) ? Math.max(0, clock.ms - started * TICK_MS) : null
}
