/** What the machine tells of processes: ancestors, start times, the boot clock. Linux reads /proc; elsewhere what is not known is null. */
import fs from 'node:fs'
import type { Session } from '../protocol/records.ts'
import type { ProcessState } from '../protocol/sessions.ts'
import { readText } from './disk.ts'
import { hostName } from './machine.ts'

export interface Process {
  pid: number
  /** Ticks since boot, as text: with the pid it names one process for ever within a boot. */
  started: string
  name: string
  /** Whether it has ended, and only waits for its parent to take note. */
  over: boolean
  parent: number
  /** The pid of the process that began its session, as setsid(2) does: daemons have one of their own. */
  session: number
  /** The controlling terminal's device number, 0 for none. */
  terminal: number
}

/** A process by its pid, or null. Fields are counted after the last `)`: names may hold anything (proc(5)). */
export function readProcess(pid: number): Process | null {
  const stat = readSmall(`/proc/${pid}/stat`)
  if (stat === null) return null
  const open = stat.indexOf('(')
  const close = stat.lastIndexOf(')')
  const fields = stat.slice(close + 2).split(' ')
  return {
    pid,
    name: stat.slice(open + 1, close),
    over: fields[0] === 'Z',
    parent: Number(fields[1]),
    session: Number(fields[3]),
    terminal: Number(fields[4]),
    started: fields[19] ?? '',
  }
}

const SMALL = 16 << 10

function readSmall(file: string): string | null {
  const reading = readText(file, SMALL)
  return 'text' in reading ? reading.text.trim() : null
}

/** Processes that start sessions for everybody; what lies above them is nobody's. */
const SERVERS =
  /^(sshd.*|login|systemd|init|launchd|tmux: server|tmux.*|screen|SCREEN|cron|containerd-shim.*|dockerd)$/
const DEPTH = 64

/** The ancestors of this process, nearest first, up to and without pid 1 and the servers that start shells. */
export function ancestors(): Process[] {
  return [...walkAncestors()]
}

/** The same one by one, for who may stop early; `own` begins with this process itself where that is its pid. */
export function* walkAncestors(own?: number): Generator<Process> {
  let pid = own === process.pid ? own : process.ppid
  for (let depth = 0; pid > 1 && depth < DEPTH; depth++) {
    const found = readProcess(pid)
    if (!found || SERVERS.test(found.name)) return
    yield found
    pid = found.parent
  }
}

const SHELL = /^-?(ba|da|z|k|c|tc|fi|a)?sh$|^(cmd|pwsh|powershell)(\.exe)?$/

/** Whether a process is a shell: agents run each command in one, often several at once. */
export const isShell = ({ name }: Process) => SHELL.test(name)

/** Whether a process still is the one that started at `started`. `unknown` where the machine does not say. */
export function isAlive(pid: number, started: string | null): ProcessState {
  if (!Number.isInteger(pid) || pid <= 0) return 'unknown'
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? 'dead' : 'unknown'
  }
  if (!started) return 'unknown'
  const found = readProcess(pid)
  if (!found) return 'unknown'
  return found.started === started && !found.over ? 'alive' : 'dead'
}

let start: string | undefined

/** The start time of this process, in the form of `Process.started`; empty where it is not known. */
export function ownStart(): string {
  start ??= readProcess(process.pid)?.started ?? ''
  return start
}

/** What can't change while a process lives is read once. */
const facts = new Map<string, string | null>()

function fact(file: string, read: (file: string) => string | null): string | null {
  if (!facts.has(file)) facts.set(file, read(file))
  return facts.get(file)!
}

/** This process, as bindings name it. */
export function ownProcess(): { pid: number; started: string } {
  return { pid: process.pid, started: ownStart() }
}

/** This process, as records name it: others look it up where boot and pid namespace are theirs too. */
export function ownTraces() {
  return { pid: process.pid, pid_started: ownStart(), boot_id: bootId(), pid_ns: pidNamespace() }
}

/** The id of this boot, or null. */
export function bootId(): string | null {
  return fact('/proc/sys/kernel/random/boot_id', readSmall)
}

/** The pid namespace: pids mean something only within one. */
export function pidNamespace(): string | null {
  return fact('/proc/self/ns/pid', readLink)
}

/**
 * The boot clock: milliseconds since boot, suspend included, untouched by clock steps; its id names boot and time
 * namespace, since only within one of them its readings compare. Null where there is none.
 */
export function bootClock(): { id: string; ms: number } | null {
  const boot = bootId()
  const uptime = readSmall('/proc/uptime')
  if (boot === null || uptime === null) return null
  return {
    id: `${boot}/${fact('/proc/self/ns/time', readLink) ?? ''}`,
    ms: Math.round(Number.parseFloat(uptime) * 1000),
  }
}

function readLink(file: string): string | null {
  try {
    return fs.readlinkSync(file)
  } catch {
    return null
  }
}

/** What this machine knows of the process that a record tells of: only the same boot and pid namespace can tell. */
export function processOf(record: Pick<Session, 'pid' | 'pid_started' | 'boot_id' | 'pid_ns'>): ProcessState {
  const { pid, pid_started, boot_id, pid_ns } = record
  return pid ? stateOf(pid, pid_started, boot_id, pid_ns) : 'unknown'
}

/** Whether a process that a file names still runs: a pid means something only within its boot and pid namespace. */
export function stateOf(
  pid: number,
  started?: string | null,
  boot?: string | null,
  namespace?: string | null,
): ProcessState {
  return boot === bootId() && namespace === pidNamespace() ? isAlive(pid, started ?? null) : 'unknown'
}

/**
 * Whether the process that waits for what the record tells may still run; null where the record tells of none. What the wait does not tell
 * of boot and namespace, its session does; of another host, or another namespace, it may.
 */
export function stillWaits(session: Session): boolean | null {
  if (!session.waiting_for) return null
  const { pid, pid_started, boot_id = session.boot_id, pid_ns = session.pid_ns } = session.waiting_for
  if (typeof pid !== 'number') return null
  const { host } = session
  if (boot_id && boot_id !== bootId()) return Boolean(host) && host !== hostName()
  if (pid_ns && pid_ns !== pidNamespace()) return true
  return isAlive(pid, typeof pid_started === 'string' ? pid_started : null) !== 'dead'
}
