/** One call: a context of its own, as each command has. Who acts is what the request says, never what the server's own shell is. */
import type { Context } from '../../context.ts'
import type { Fields } from '../../operations/fields.ts'
import { checkInput } from '../../operations/input.ts'
import type { Served } from '../../operations/mcp.ts'
import type { Operation } from '../../operations/operation.ts'
import { CoordError, invalid } from '../../protocol/errors.ts'
import { needsActor } from './offered.ts'

/** The context of a request; `session` is who acts. */
export function contextFor(served: Served, session?: string): Context {
  const ctx = served.contextOf(session === undefined ? {} : { session })
  const nobody = { envSession: null, under: 'nobody', agentPid: null, tmux: null } as const
  return { ...ctx, at: { ...ctx.at, ...nobody, agents: [] } }
}

/** Run an operation with fields as given, among them `session`; the answer as the command gives it with `--json`. */
export function call(served: Served, operation: Operation, { session, ...given }: Record<string, unknown>) {
  const ctx = contextFor(served, named(session))
  const input = checkInput(operation.name, operation.input, given)
  if (needsActor(operation, input) && session === undefined && input.as === undefined)
    throw nobodyActs(operation)
  const result = operation.run(ctx, input as never)
  return { ok: true, ...result, ...(ctx.warnings.length > 0 ? { warnings: ctx.warnings } : {}) }
}

function nobodyActs({ input }: Operation): CoordError {
  const person = 'as' in input ? ', or "as": "human"' : ''
  return new CoordError('no_session', 'it is not said which session acts', `Give "session": ID${person}.`, {
    candidates: [],
  })
}

/** The name of a session, where one is given. Throws `invalid`. */
function named(session: unknown): string | undefined {
  if (session === undefined || (typeof session === 'string' && session !== '')) return session
  throw invalid('session', 'session is not a name', 'Give the id or name of a session.')
}

/** Fields out of a query: numbers and flags are told by their texts there. */
export function fieldsOfQuery(query: Record<string, string[]>, fields: Fields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(query).map(([name, values]) => {
      const kind = Object.hasOwn(fields, name) ? fields[name]!.kind : 'text'
      return [name, kind === 'texts' ? values : fieldOf(kind, name, values)]
    }),
  )
}

const FLAGS: Record<string, boolean> = { '': true, true: true, 1: true, false: false, 0: false }

function fieldOf(kind: string, name: string, [text = '', ...more]: string[]): unknown {
  if (more.length > 0) throw invalid(name, `${name} is given ${more.length + 1} times`, 'Give it once.')
  if (kind === 'flag') return FLAGS[text] ?? text
  return kind === 'text' || !/^\d{1,15}$/.test(text) ? text : Number(text)
}
