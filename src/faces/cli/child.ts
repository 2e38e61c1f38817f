/** Running a command in our place: its input, output and exit code are ours, and signals are passed on. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { CoordError } from '../../protocol/errors.ts'
import { type Process, readProcess } from '../../store/processes.ts'
import type { Host } from './execute.ts'

const FORWARDED = ['SIGTERM', 'SIGHUP'] as const
/** What a terminal sends to all of its foreground, and so to the command as well. */
const FROM_TERMINAL = ['SIGINT', 'SIGQUIT'] as const

export interface Child {
  /** What is known of its process where the machine tells. */
  process: Process | null
  /** The exit code as a shell tells it: 128 and the signal for a command that died of one. Throws `invalid` where it can't be run. */
  ended: Promise<number>
  kill(signal: NodeJS.Signals): void
}

/**
 * Start a command in our own process group: Ctrl-C and Ctrl-Z reach it through the terminal, and it may read from there. So Ctrl-C is only
 * ignored here.
 */
export function startChild(host: Host, [file, ...args]: string[], env: Record<string, string>): Child {
  const ignore = () => {}
  const kill = (signal: NodeJS.Signals) => void child.kill(signal)
  for (const signal of FROM_TERMINAL) process.on(signal, ignore)
  for (const signal of FORWARDED) process.on(signal, kill)
  const child = execa(file!, args, {
    cwd: host.cwd,
    env,
    stdio: 'inherit',
    reject: false,
    forceKillAfterDelay: false,
  })
  const ended = child.then((result) => {
    for (const signal of FROM_TERMINAL) process.off(signal, ignore)
    for (const signal of FORWARDED) process.off(signal, kill)
    if (result.exitCode !== undefined) return result.exitCode
    if (result.signal !== undefined) return 128 + (os.constants.signals[result.signal as NodeJS.Signals] ?? 1)
    throw noCommand(file!, `can't be run (${result.code})`)
  })
  return { process: child.pid ? readProcess(child.pid) : null, ended, kill }
}

const noCommand = (file: string, why: string) =>
  new CoordError('invalid', `command "${file}" ${why}`, 'Check its name after --.', { argument: 'CMD' })

/** Throws `invalid` for a command that is not there, before anything is done for it. */
export function requireCommand({ cwd, env }: Host, file: string): void {
  if (process.platform === 'win32') return
  const places = file.includes('/') ? [cwd] : (env.PATH ?? '').split(':')
  const found = places.some((dir) => fs.existsSync(path.resolve(cwd, dir, file)))
  if (!found) throw noCommand(file, 'was not found')
}
