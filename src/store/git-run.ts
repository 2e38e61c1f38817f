/**
 * Asking git with a limit of time: arguments as a list, no prompt, and nothing that a repository configures to run. A git that does not
 * answer in time is killed with all that it started.
 */
import { CoordError } from '../protocol/errors.ts'
import { codeOf } from './disk.ts'

/** What every call of ours sets, whatever the repository is configured to run. */
export const QUIET = [
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'core.fsmonitor=false',
  '-c',
  'commit.gpgSign=false',
  '-c',
  'gc.auto=0',
]
const BYTES = 256 << 20

/** Where git runs, what it sees of the environment, and how long it may take (ms). */
export interface GitCall {
  cwd: string
  env: Record<string, string | undefined>
  timeout_ms: number
  input?: string | Uint8Array
  /** What it may answer at most; more is trouble. */
  max_bytes?: number
  /** What it is told before the verb, if not `QUIET`. */
  settings?: string[]
}

/** What git is asked to do, behind its options. */
function verbOf(args: string[]): string | undefined {
  let at = 0
  while (args[at] === '-c') at += 2
  return args[at]
}
const HINT = 'Run git status, then repeat.'

/** What git answered; `trouble` where it could not be run, or not in time. */
export type GitAnswer = { code: number; out: Buffer; err: string } | { trouble: string }

/** Run git. Never throws. */
export function runGit(
  args: string[],
  { cwd, env, timeout_ms, input = '', max_bytes = BYTES, settings = QUIET }: GitCall,
): GitAnswer {
  const timeout = Math.max(1, Math.round(timeout_ms))
  const options = {
    cwd,
    env: { ...env, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0' },
    input,
    timeout,
    killSignal: 'SIGKILL' as const,
    maxBuffer: max_bytes,
    windowsHide: true,
    // A process group of its own, so that what a hanging git has started can be ended with it. Node's types do not know it here.
    detached: true,
  }
  const { error, pid, signal, status, stdout, stderr } = process
    .getBuiltinModule('node:child_process')
    .spawnSync('git', [...settings, ...args], options)
  if (error && codeOf(error) === 'ETIMEDOUT') {
    endGroup(pid)
    return { trouble: `git ${verbOf(args)} did not answer within ${timeout} ms` }
  }
  // Who ends before it has read everything says why.
  if (error && !(codeOf(error) === 'EPIPE' && status !== null))
    return { trouble: `git can't be run (${codeOf(error)})` }
  if (status === null) return { trouble: `git ${verbOf(args)} was ended by ${signal}` }
  return { code: status, out: stdout, err: stderr.toString('utf8').trim() }
}

function endGroup(pid: number): void {
  try {
    if (pid > 0) process.kill(-pid, 'SIGKILL')
  } catch {
    // None of it is left.
  }
}

/** The output of a git that must answer. Throws `conflict` with git's last line; for the hooks a fault that lets git go on. */
export function gitOutput(args: string[], call: GitCall): Buffer {
  const answer = runGit(args, call)
  if ('trouble' in answer) throw new CoordError('conflict', answer.trouble, HINT)
  if (answer.code === 0) return answer.out
  throw new CoordError('conflict', `git ${verbOf(args)} refused: ${answer.err.split('\n').at(-1)}`, HINT)
}

/** A list that git separated by NUL. */
export function splitNul(bytes: Buffer): string[] {
  return bytes.toString('utf8').split('\0').slice(0, -1)
}
