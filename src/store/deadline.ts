/** A limit of time for the whole process, also where it hangs in a call to the system: kept by a thread of its own. */
import threads from 'node:worker_threads'

const WATCH = `const { ms, pid, text } = require('node:worker_threads').workerData
setTimeout(() => {
  try { require('node:fs').writeSync(2, text) } catch {}
  process.kill(pid, 'SIGKILL')
}, ms)`

/** End this process after `ms` with a text on stderr, unless it has ended by itself; as by SIGKILL, since no other end reaches a process that hangs. */
export function keepDeadline(ms: number, text: string): void {
  const options = { eval: true, env: {}, execArgv: [], workerData: { ms, pid: process.pid, text } }
  new threads.Worker(WATCH, options).unref()
}
