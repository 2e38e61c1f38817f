/** `coord start -- CMD`: run a command as a session that beats while it lives and ends with it. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { end } from '../../operations/end.ts'
import { keepAlive } from '../../operations/keep-alive.ts'
import { begin } from '../../operations/start.ts'
import { CoordError } from '../../protocol/errors.ts'
import { contextOf, fail, type Host } from './execute.ts'
import { write } from './output.ts'
import type { Parsed } from './parse.ts'

const BEAT_MS = 60_000
const FORWARDED = ['SIGTERM', 'SIGHUP'] as const

/** Start, run, end; the exit code is the command's own. */
export async function runAsSession(host: Host, parsed: Parsed): Promise<void> {
  const { json, ...globals } = parsed.globals
  try {
    requireCommand(host, parsed.rest[0]!)
    const { env: _env, ...input } = parsed.input
    const { session } = begin(contextOf(host, globals), input as Parameters<typeof begin>[1], 'process')
    const id = session.session_id
    if (!globals.quiet) write(2, `coord: session ${id}\n`)
    try {
      process.exitCode = await runCommand(host, id, parsed)
    } finally {
      endSession(host, { ...globals, session: id, quiet: true })
    }
  } catch (error) {
    process.exitCode = fail(error, json ?? false)
  }
}

/** End the session; its command may have done so itself. */
function endSession(host: Host, globals: Parsed['globals']): void {
  try {
    end.run(contextOf(host, globals), {})
  } catch (error) {
    if (!(error instanceof CoordError && error.code === 'no_session')) fail(error, false)
  }
}

async function runCommand(host: Host, id: string, { rest, globals }: Parsed): Promise<number> {
  const [file, ...args] = rest
  const ignore = () => {}
  const forward = (signal: NodeJS.Signals) => child.kill(signal)
  process.on('SIGINT', ignore)
  for (const signal of FORWARDED) process.on(signal, forward)
  const child = execa(file!, args, {
    cwd: host.cwd,
    env: { COORD_SESSION: id },
    stdio: 'inherit',
    reject: false,
    forceKillAfterDelay: false,
  })
  const beat = () => keepAlive(contextOf(host, { ...globals, session: id }), process.pid)
  beat()
  const timer = setInterval(beat, BEAT_MS)
  const result = await child
  clearInterval(timer)
  process.off('SIGINT', ignore)
  for (const signal of FORWARDED) process.off(signal, forward)
  if (result.exitCode !== undefined) return result.exitCode
  if (result.signal !== undefined) return 128 + (os.constants.signals[result.signal as NodeJS.Signals] ?? 1)
  throw noCommand(file!, `can't be run (${result.code})`)
}

const noCommand = (file: string, why: string) =>
  new CoordError('invalid', `command "${file}" ${why}`, 'Check its name after --.', { argument: 'CMD' })

/** Throws `invalid` for a command that is not there, before anybody is told of a session. */
function requireCommand({ cwd, env }: Host, file: string): void {
  if (process.platform === 'win32') return
  const places = file.includes('/') ? [cwd] : (env.PATH ?? '').split(':')
  const found = places.some((dir) => fs.existsSync(path.resolve(cwd, dir, file)))
  if (!found) throw noCommand(file, 'was not found')
}
