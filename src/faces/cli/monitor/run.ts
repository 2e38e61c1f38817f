/** Running a helper with a limit of time: what it said, or why it failed. Never blocks. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'

export interface Task {
  input?: string
  timeout_ms: number
  env: Record<string, string | undefined>
  signal?: AbortSignal
  /** Hears what it wrote, when it has ended. */
  heard?: (out: string, err: string) => void
}

const BYTES = 64 * 1024
/** How long the output of a program that has ended is waited for: whom it has started may hold its pipes for ever. */
const GRACE_MS = 200

/**
 * Run a program with arguments; its standard output. Throws an `Error` that says what failed; what takes too long is killed with all that it
 * started, but for what went into a session of its own, which is not waited for either.
 */
export function runTask(
  file: string,
  args: string[],
  { input = '', timeout_ms, env, signal, heard }: Task,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    const out = collected(child.stdout)
    const err = collected(child.stderr)
    let grace: NodeJS.Timeout | undefined
    const settle = (why: string | null) => {
      clearTimeout(timer)
      clearTimeout(grace)
      signal?.removeEventListener('abort', stop)
      child.removeAllListeners('close').removeAllListeners('exit')
      letGo(child)
      heard?.(out(), err())
      if (why === null) resolve(out())
      else reject(new Error(why))
    }
    const end = (why: string) => {
      kill(child)
      settle(why)
    }
    const stop = () => end('was interrupted')
    const timer = setTimeout(() => end(`took longer than ${timeout_ms / 1000} s`), timeout_ms)
    signal?.addEventListener('abort', stop)
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.on('error', (error: NodeJS.ErrnoException) =>
      settle(error.code === 'ENOENT' ? 'is not installed' : `can't be run (${error.code})`),
    )
    const told = () => settle(failureOf(child, err()))
    child.on('close', told)
    child.on('exit', () => {
      grace = setTimeout(told, GRACE_MS)
    })
  })
}

function kill({ pid }: ChildProcessWithoutNullStreams): void {
  try {
    if (pid) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

/** Whoever still holds the other ends of the pipes keeps nobody here. */
function letGo({ stdin, stdout, stderr }: ChildProcessWithoutNullStreams): void {
  for (const pipe of [stdin, stdout, stderr]) pipe.destroy()
}

function failureOf(child: ChildProcessWithoutNullStreams, said: string): string | null {
  if (child.exitCode === 0) return null
  const last = said.trim().split('\n').at(-1)
  const how = child.exitCode === null ? `was ended by ${child.signalCode}` : `exited ${child.exitCode}`
  return last ? `${how}: ${last}` : how
}

function collected(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = []
  let size = 0
  stream.on('data', (chunk: Buffer) => {
    if (size < BYTES) chunks.push(chunk)
    size += chunk.length
  })
  return () => Buffer.concat(chunks).toString('utf8')
}
