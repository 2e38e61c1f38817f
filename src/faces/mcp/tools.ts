/** The tools: operations with the fields that an agent may use, told in JSON Schema (2020-12). */
import { claim } from '../../operations/claim.ts'
import { requiredOf, schemaOf } from '../../operations/field-schemas.ts'
import type { Fields } from '../../operations/fields.ts'
import { handoff } from '../../operations/handoff.ts'
import { heartbeat } from '../../operations/heartbeat.ts'
import { inbox } from '../../operations/inbox.ts'
import { join } from '../../operations/join.ts'
import type { Operation } from '../../operations/operation.ts'
import { release } from '../../operations/release.ts'
import { send } from '../../operations/send.ts'
import { status } from '../../operations/status.ts'
import { MORE } from './more.ts'

/** What an agent may not do: act as the person, and take what another holds. */
const PEOPLES = ['as', 'force', 'reason']

/** What is rare or known anyway, and would cost every agent's context: the command line has it. */
const RARE: Record<string, string[]> = {
  join: ['project', 'agent'],
  heartbeat: ['meta', 'task', 'no-renew'],
  claim: ['no-coordination'],
  release: ['phase-completed', 'next-phase', 'tests-passing', 'no-announce'],
  send: ['details', 'expires', 'to-unknown'],
  handoff: ['limit', 'completed', 'next'],
}

/** In every tool but `join`, which finds out who calls. What it is for stands in the instructions, once. */
const SESSION = { session: { type: 'string' } }

const offered = [join, heartbeat, claim, release, send, inbox, status, handoff] as unknown as Operation[]

export interface Tool {
  operation: Operation
  /** The operation's fields that an agent may use, and those that hand the call to another one. */
  fields: Fields
}

/** The tools by name, in the order that they are listed. */
export const tools = new Map(
  offered.map((operation): [string, Tool] => {
    const left = [...PEOPLES, ...(RARE[operation.name] ?? [])]
    const fields = Object.entries(operation.input).filter(([name]) => !left.includes(name))
    return [operation.name, { operation, fields: { ...Object.fromEntries(fields), ...MORE[operation.name] } }]
  }),
)

/** What `tools/list` says of a tool. The hints spare the person a question at each call (none removes what is another's). */
export function definitionOf({ operation: { name, summary, writes }, fields }: Tool) {
  const all = Object.entries(fields)
  const required = requiredOf(fields)
  return {
    name,
    description: summary,
    inputSchema: {
      type: 'object' as const,
      properties: {
        ...Object.fromEntries(all.map(([field, told]) => [field, schemaOf(told)])),
        ...(name === join.name ? {} : SESSION),
      },
      ...(required.length > 0 ? { required } : {}),
    },
    annotations: writes ? { destructiveHint: false, openWorldHint: false } : { readOnlyHint: true },
  }
}
