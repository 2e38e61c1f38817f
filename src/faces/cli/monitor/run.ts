/** Running a helper with a limit of time: what it said, or why it failed. Never blocks. */
import { spawn } from 'node:child_process'

export interface Task {
  input?: string
  timeout_ms: number
  env: Record<string, string | undefined>
  signal?: AbortSignal
}

const BYTES = 64 * 1024

/** Run a program with arguments; its standard output. Throws an `Error` that says what failed; what takes too long is killed with all that it started. */
export function runTask(
  file: string,
  args: string[],
  { input = '', timeout_ms, env, signal }: Task,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    let trouble: string | null = null
    const end = (why: string) => {
      trouble = why
      try {
        if (child.pid) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It has ended already.
      }
    }
    const timer = setTimeout(() => end(`took longer than ${timeout_ms / 1000} s`), timeout_ms)
    const stop = () => end('was interrupted')
    signal?.addEventListener('abort', stop)
    const out = collected(child.stdout)
    const err = collected(child.stderr)
    const done = (why: string | null) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      if (why === null) resolve(out())
      else reject(new Error(why))
    }
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.on('error', (error: NodeJS.ErrnoException) =>
      done(error.code === 'ENOENT' ? 'is not installed' : `can't be run (${error.code})`),
    )
    child.on('close', (code, by) => {
      const last = err().trim().split('\n').at(-1)
      const failed =
        code === 0
          ? null
          : `${code === null ? `was ended by ${by}` : `exited ${code}`}${last ? `: ${last}` : ''}`
      done(trouble ?? failed)
    })
  })
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
