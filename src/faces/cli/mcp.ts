/** `coord mcp`: hands over to the bundle that speaks the protocol, until its client goes away. */
import type { Served } from '../../operations/mcp.ts'
import { contextOf } from './execute.ts'
import type { Lasting } from './lasting.ts'
import { isTerminal, write } from './output.ts'

declare const require: (id: './mcp.cjs') => { serve(served: Served): Promise<void> }

/** Standard output is the protocol's alone; all else is said on stderr. */
export const serveMcp: Lasting = async (host, { globals }, signal) => {
  const say = (text: string) => write(2, `coord: ${text}\n`)
  if (isTerminal(0)) say('waiting for an agent on standard input; Ctrl-C ends it (coord mcp --help)')
  await require('./mcp.cjs').serve({
    contextOf: ({ cwd, session }) =>
      contextOf(cwd ? { ...host, cwd } : host, session === undefined ? globals : { ...globals, session }),
    say,
    signal,
  })
  return signal.aborted ? null : 0
}
