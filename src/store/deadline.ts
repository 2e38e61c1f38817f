/** A limit of time for what a process does, also for what hangs in a call to the system. */
import fs from 'node:fs'
import vm from 'node:vm'

/** File systems of Linux (statfs(2)) whose calls wait for nothing but a disk or memory; any other may wait for another machine or a program. */
const LOCAL = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0xf2f52010, // f2fs
  0x2fc12fc1, // zfs
  0xca451a4e, // bcachefs
  0x01021994, // tmpfs
  0x858458f6, // ramfs
  0x794c7630, // overlayfs
])
const LATE = 'ERR_SCRIPT_EXECUTION_TIMEOUT'

const WATCH = `const { ms, pid, text } = require('node:worker_threads').workerData
setTimeout(() => {
  try { require('node:fs').writeSync(2, text) } catch {}
  process.kill(pid, 'SIGKILL')
}, ms)`

/**
 * Do `work` on the files below `dir` within `ms`; null where it was not done by then, and interrupted at once, without its `finally`. A call to
 * the system can't be interrupted: where one may hang, a thread writes `text` to stderr and ends the process as by SIGKILL, which costs 6 ms.
 */
export function doWithin<R>(ms: number, dir: string, text: string, work: () => R): R | null {
  const left = Math.max(1, Math.round(ms))
  if (!isLocal(dir)) killAfter(left, text)
  const shared = globalThis as { coordWork?: () => R }
  shared.coordWork = work
  try {
    return vm.runInThisContext('coordWork()', { timeout: left }) as R
  } catch (error) {
    if ((error as NodeJS.ErrnoException)?.code === LATE) return null
    throw error
  }
}

function isLocal(dir: string): boolean {
  try {
    return process.platform === 'linux' && LOCAL.has(fs.statfsSync(dir).type >>> 0)
  } catch {
    return false
  }
}

function killAfter(ms: number, text: string): void {
  const options = { eval: true, env: {}, execArgv: [], workerData: { ms, pid: process.pid, text } }
  const { Worker } = process.getBuiltinModule('node:worker_threads')
  new Worker(WATCH, options).unref()
}
