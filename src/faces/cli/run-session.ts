/** `coord start -- CMD`: run a command as a session that beats while it lives and ends with it. */
import { execa } from 'execa'
import { keepAlive } from '../../operations/keep-alive.ts'
import { CoordError } from '../../protocol/errors.ts'
import { commands } from './commands/index.ts'
import { contextOf, execute, fail, type Host } from './execute.ts'
import { write } from './output.ts'
import type { Parsed } from './parse.ts'

const BEAT_MS = 60_000
const FORWARDED = ['SIGTERM', 'SIGHUP'] as const

/** Start, run, end; the exit code is the command's own. */
export async function runAsSession(host: Host, parsed: Parsed): Promise<void> {
  const { json, ...globals } = parsed.globals
  try {
    const start = commands.find(({ name }) => name === 'start')!
    const { env: _env, ...input } = parsed.input
    const { session } = start.operation.run(contextOf(host, globals), input as never) as {
      session: { session_id: string }
    }
    const id = session.session_id
    if (!globals.quiet) write(2, `coord: session ${id}\n`)
    process.exitCode = await runCommand(host, id, parsed)
    execute(host, commands.find(({ name }) => name === 'end')!, {
      input: {},
      globals: { ...globals, session: id, quiet: true },
      rest: [],
    })
  } catch (error) {
    process.exitCode = fail(error, json ?? false)
  }
}

async function runCommand(host: Host, id: string, { rest, globals }: Parsed): Promise<number> {
  const [file, ...args] = rest
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
  const ignore = () => {}
  const forward = (signal: NodeJS.Signals) => child.kill(signal)
  process.on('SIGINT', ignore)
  for (const signal of FORWARDED) process.on(signal, forward)
  const result = await child
  clearInterval(timer)
  process.off('SIGINT', ignore)
  for (const signal of FORWARDED) process.off(signal, forward)
  if (result.code === 'ENOENT')
    throw new CoordError('invalid', `command "${file}" was not found`, 'Check its name after --.', {
      argument: 'CMD',
    })
  return result.exitCode ?? 128 + signalNumber(result.signal)
}

const signalNumber = (signal: string | undefined) =>
  ({ SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGTERM: 15 })[signal ?? ''] ?? 1
