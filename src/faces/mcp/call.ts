/** One call: a context of its own, who calls, the operation, and the answer that the command line gives with `--json`. */
import type { Context } from '../../context.ts'
import { contextOfCall } from '../../operations/client.ts'
import { checkInput } from '../../operations/input.ts'
import { join } from '../../operations/join.ts'
import type { Served } from '../../operations/mcp.ts'
import { CoordError, errorBody, invalid } from '../../protocol/errors.ts'
import { visible } from '../../protocol/escape.ts'
import { asCoordError } from '../../store/disk.ts'
import { type Caller, vendorOf } from './caller.ts'
import { otherWay } from './more.ts'
import type { Tool } from './tools.ts'
import { waysByTools } from './ways.ts'

/** A result of `tools/call`: the JSON, then warnings, each a text. */
export interface Answer extends Record<string, unknown> {
  content: { type: 'text'; text: string }[]
  isError?: boolean
}

const texts = (...lines: string[]) => lines.map((text) => ({ type: 'text' as const, text }))

/** Call a tool. Every failure is an answer too: the JSON of the error. */
export function callTool(served: Served, caller: Caller, tool: Tool, given: Record<string, unknown>): Answer {
  const warnings: string[] = []
  try {
    const result = run(served, caller, tool, given, warnings)
    return { content: texts(JSON.stringify({ ok: true, ...result }), ...warnings.map(shown)) }
  } catch (error) {
    const body = errorBody(known(served, error))
    return { content: texts(JSON.stringify(body), ...warnings.map(shown)), isError: true }
  }
}

function run(served: Served, caller: Caller, tool: Tool, given: Record<string, unknown>, warnings: string[]) {
  const { operation, fields } = tool
  if (operation.name === join.name) {
    const ctx = { ...contextFor(served, caller), warnings }
    return join.run(ctx, { ...vendorOfClient(ctx, caller), ...checkInput(join.name, fields, given) })
  }
  const { session, ...rest } = given
  const ctx = { ...contextFor(served, caller, named(session)), warnings }
  const input = checkInput(operation.name, fields, rest)
  const other = otherWay(operation.name, input)
  return other ? other.operation.run(ctx, other.input as never) : operation.run(ctx, input as never)
}

const shown = (warning: string) => `coord: ${visible(warning, 'block')}`

/** The context of a call. */
export function contextFor(served: Served, { cwd, said }: Caller, session?: string): Context {
  return contextOfCall(
    served.contextOf({ ...(cwd ? { cwd } : {}), ...(session === undefined ? {} : { session }) }),
    said,
  )
}

function named(session: unknown): string | undefined {
  if (session === undefined || typeof session === 'string') return session
  throw invalid('session', 'session is not a text', 'Give the id or name of a session.')
}

/** Where nothing else tells what kind of agent joins, its client does. */
function vendorOfClient(ctx: Context, { client }: Caller): { agent?: string } {
  const agent = ctx.at.agents.length === 0 ? vendorOf(client) : null
  return agent === null ? {} : { agent }
}

/** What was thrown as an error with a code; the ways out are tools here. */
export function known(served: Served, thrown: unknown): CoordError {
  const error = asCoordError(thrown)
  if (!(error instanceof CoordError)) {
    served.say((error as Error)?.stack ?? String(error))
    const message = `fault of coord itself: ${String((error as Error)?.message ?? error)}`
    return new CoordError('bug', message, 'Please report it with the text on stderr.')
  }
  const way = WAYS_OUT[error.code] ?? (({ hint }) => hint && waysByTools(hint))
  return new CoordError(error.code, error.message, way(error), error.details)
}

const WAYS_OUT: Partial<Record<CoordError['code'], (error: CoordError) => string | undefined>> = {
  no_session: ({ hint }) => `Call join; or give your id as "session". On the command line: ${hint}`,
  not_initialized: ({ hint }) => `In a git repository join makes one. On the command line: ${hint}`,
}
