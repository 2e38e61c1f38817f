/**
 * All that a command has started, for whoever must stop the whole of it: its descendants, and what they left behind when they ended
 * themselves. Such an orphan is known by a mark in its environment, as long as it stays in our session (setsid(2)): what has begun one
 * of its own is a daemon, of which others may make use, e.g. a tmux server. Linux only; elsewhere nothing is found.
 */
import fs from 'node:fs'
import { isAlive, type Process, readProcess } from './processes.ts'

const MARK = 'COORD_RUN'

/** This process's mark: its pid and start, which no other process of this boot has. */
const ownMark = () => `${process.pid}-${readProcess(process.pid)?.started ?? ''}`

/** What to add to the environment of a command, so that its orphans are found. A command inside another one bears the marks of both. */
export function treeMark(env: Record<string, string | undefined>): Record<string, string> {
  return { [MARK]: [env[MARK], ownMark()].filter(Boolean).join(' ') }
}

/**
 * The processes that run of those known before, their descendants, and the marked orphans; parents before their children. Those known
 * are recognised by pid and start.
 */
export function findTree(known: Process[]): Process[] {
  const running = listProcesses().filter(({ over }) => !over)
  const here = running.find(({ pid }) => pid === process.pid)
  const mark = ownMark()
  const belongs = (found: Process) =>
    known.some(({ pid, started }) => pid === found.pid && started === found.started) ||
    (found.session === here?.session && isMarked(found.pid, mark))
  const tree = new Set(running.filter(belongs))
  for (const { pid } of tree) for (const each of running) if (each.parent === pid) tree.add(each)
  return [...tree]
}

/** Every process that can be seen from here. */
export function listProcesses(): Process[] {
  try {
    const pids = fs.readdirSync('/proc').map(Number)
    return pids.flatMap((pid) => (pid > 0 ? (readProcess(pid) ?? []) : []))
  } catch {
    return []
  }
}

function isMarked(pid: number, mark: string): boolean {
  const reading = readEnvironment(pid)
  const line = reading.split('\0').find((each) => each.startsWith(`${MARK}=`))
  return (
    line
      ?.slice(MARK.length + 1)
      .split(' ')
      .includes(mark) ?? false
  )
}

/** The environment that a process was started with; empty where we may not know. */
function readEnvironment(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/environ`, 'latin1')
  } catch {
    return ''
  }
}

/** Signal a process, if it still is the one that was found: its pid may be another's by now. */
export function signalProcess({ pid, started }: Process, signal: NodeJS.Signals): void {
  if (isAlive(pid, started) !== 'alive') return
  try {
    process.kill(pid, signal)
  } catch {
    // It has just ended, or is another user's: whoever wants it stopped looks again.
  }
}
