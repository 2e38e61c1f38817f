/** What this machine tells of sessions' processes for longer than a glance: process tree, processor time, terminal. Linux reads /proc. */
import type { Session } from '../protocol/records.ts'
import type { ProcessFacts } from '../protocol/rescue.ts'
import { readBinding } from './bindings.ts'
import { lookAt, readText } from './disk.ts'
import { hostName, machineId } from './machine.ts'
import { monotonic, pause } from './pid-lock.ts'
import { listProcesses } from './process-tree.ts'
import { bootId, isAlive, type Process, pidNamespace, processOf, readProcess } from './processes.ts'
import type { Room } from './room.ts'

const NOTHING = {
  pid: null,
  program: null,
  below: 0,
  stopped: false,
  runnable: false,
  cpu_share: null,
  terminal: null,
}

/** How long processor time is looked at: long enough for 30 ticks. */
const LOOK_MS = 300
/** Clock ticks of proc(5) in a second: 100 on every Linux (USER_HZ). */
const TICK_MS = 10

/**
 * The processes of sessions, by session id. Those in `closely` that run are looked at for 0.3 s, all at once, for the processor time that they
 * and all below them use.
 */
export function lookAtProcesses(
  room: Room,
  sessions: Session[],
  closely: ReadonlySet<string>,
): Map<string, ProcessFacts> {
  const found = new Map(sessions.map((session) => [session.session_id, factsOf(room, session)]))
  const running = [...found].filter(
    ([id, { state, pid }]) => closely.has(id) && state === 'alive' && pid !== null,
  )
  if (running.length === 0) return found
  const all = listProcesses()
  const trees = new Map(running.map(([id, { pid }]) => [id, treeOf(pid!, all)]))
  const before = new Map([...trees].map(([id, tree]) => [id, ticksOf(tree)]))
  const wanting = new Set(running.filter(([id]) => wantsProcessor(trees.get(id)!)).map(([id]) => id))
  const from = monotonic()
  pause(LOOK_MS)
  for (const [id, facts] of running) {
    const tree = trees.get(id)!
    const used = Math.max(0, ticksOf(tree) - before.get(id)!) * TICK_MS
    const cpu_share = Math.round((used / Math.max(1, monotonic() - from)) * 100) / 100
    const runnable = wanting.has(id) && wantsProcessor(tree)
    found.set(id, { ...facts, below: tree.length - 1, runnable, cpu_share })
  }
  return found
}

function factsOf(room: Room, session: Session): ProcessFacts {
  const { pid, host, machine_id, boot_id, pid_ns } = session
  const isHere = Boolean(machine_id) && machine_id === machineId() && host === hostName()
  if (isHere && boot_id && bootId() && boot_id !== bootId())
    return { ...NOTHING, state: 'dead', source: 'boot', pid: pid ?? null }
  if (!pid) return startersOf(room, session)
  const isElsewhere = boot_id !== bootId() || pid_ns !== pidNamespace()
  if (isElsewhere) return { ...NOTHING, state: 'unknown', source: 'elsewhere', pid }
  const state = processOf(session)
  const process = state === 'alive' ? readProcess(pid) : null
  return {
    ...NOTHING,
    ...{ state, source: 'record', pid, program: process?.name ?? null },
    stopped: process !== null && isStopped(pid),
    terminal: process && terminalOf(process),
  }
}

/**
 * Of a session without a process of its own: gone with all that it was started from, which in a terminal is its shell, unless it acted from
 * elsewhere since. That one of these runs proves nothing.
 */
function startersOf(room: Room, session: Session): ProcessFacts {
  const { session_id, pid_ns, boot_id } = session
  const binding = readBinding(room, session_id)
  const here = binding && binding.boot_id === bootId() && binding.pid_ns === pidNamespace()
  if (!here && boot_id && (boot_id !== bootId() || pid_ns !== pidNamespace()))
    return { ...NOTHING, state: 'unknown', source: 'elsewhere' }
  if (!here || binding.chain.length === 0) return { ...NOTHING, state: 'unknown', source: 'nothing' }
  const runs = binding.chain.find(({ pid, started }) => isAlive(pid, started) === 'alive')
  if (runs) {
    const { pid } = runs
    const program = readProcess(pid)?.name ?? null
    return { ...NOTHING, state: 'unknown', source: 'starter', pid, program, stopped: isStopped(pid) }
  }
  const isGone = binding.chain.every(({ pid, started }) => isAlive(pid, started) === 'dead')
  if (!isGone) return { ...NOTHING, state: 'unknown', source: 'nothing' }
  const isShells = binding.terminal !== null && session.last_seen === session.started_at
  return { ...NOTHING, state: isShells ? 'dead' : 'unknown', source: 'starters' }
}

/** A process and all below it. */
function treeOf(pid: number, all: Process[]): number[] {
  const tree = new Set([pid])
  for (const above of tree) for (const { pid: each, parent } of all) if (parent === above) tree.add(each)
  return [...tree]
}

const ticksOf = (pids: number[]) => pids.reduce((sum, pid) => sum + (statOf(pid)?.ticks ?? 0), 0)

const wantsProcessor = (pids: number[]) => pids.some((pid) => statOf(pid)?.state === 'R')

/** Whether a process was stopped by a signal, as Ctrl-Z does. */
export const isStopped = (pid: number) => statOf(pid)?.state === 'T'

/** State and used processor time of a process (proc(5): fields 3, 14 and 15, counted after the last `)`). */
function statOf(pid: number): { state: string; ticks: number } | null {
  const reading = readText(`/proc/${pid}/stat`, 4096)
  if (!('text' in reading)) return null
  const fields = reading.text.slice(reading.text.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? '', ticks: Number(fields[11]) + Number(fields[12]) }
}

const PTS = 136

/** The terminal of a process by its device number; null for none, or one that is no pseudo-terminal. */
function terminalOf({ terminal }: Process): ProcessFacts['terminal'] {
  const major = (terminal >> 8) & 0xfff
  const minor = (terminal & 0xff) | ((terminal >> 12) & 0xfff00)
  if (major < PTS || major > PTS + 7) return null
  const path = `/dev/pts/${(major - PTS) * 256 + minor}`
  return { path, open: lookAt(path) !== undefined }
}
