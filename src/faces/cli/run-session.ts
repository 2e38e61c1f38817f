/** `coord start -- CMD`: run a command as a session that beats while it lives and ends with it. */
import { end } from '../../operations/end.ts'
import { keepAlive } from '../../operations/keep-alive.ts'
import { begin } from '../../operations/start.ts'
import { CoordError } from '../../protocol/errors.ts'
import { requireCommand, startChild } from './child.ts'
import { contextOf, fail, type Host } from './execute.ts'
import { write } from './output.ts'
import type { Parsed } from './parse.ts'

const BEAT_MS = 60_000

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
  const child = startChild(host, rest, { COORD_SESSION: id })
  const beat = () => keepAlive(contextOf(host, { ...globals, session: id }), process.pid)
  beat()
  const timer = setInterval(beat, BEAT_MS)
  try {
    return await child.ended
  } finally {
    clearInterval(timer)
  }
}
