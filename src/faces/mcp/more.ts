/**
 * What tools do beside their own operation: fields that hand the call to another one. So there are few tools, and what belongs together is found in one:
 * whatever gives a claim from one session to another is `handoff`, whatever is read is `inbox`, whatever is said is `send`.
 */
import type { Context } from '../../context.ts'
import { ack } from '../../operations/ack.ts'
import { alerts } from '../../operations/alerts.ts'
import type { Fields } from '../../operations/fields.ts'
import { checkInput } from '../../operations/input.ts'
import type { Operation } from '../../operations/operation.ts'
import { poll } from '../../operations/poll.ts'
import { request } from '../../operations/request.ts'
import { rescue } from '../../operations/rescue.ts'
import { rollcall } from '../../operations/rollcall.ts'
import { CoordError, invalid } from '../../protocol/errors.ts'

type Given = Record<string, unknown>

/** The fields of a tool that its operation does not have. */
export const MORE: Record<string, Fields> = {
  handoff: {
    ask: { kind: 'flag', help: 'ask its holder for it; note says why' },
    grant: { kind: 'text', help: 'grant the request of this id' },
    refuse: { kind: 'text', help: 'refuse it; note says why' },
    rescue: { kind: 'text', help: 'take over from this hung or gone session' },
  },
  inbox: {
    ack: { kind: 'text', help: 'acknowledge the message or alert of this id' },
    channel: { kind: 'text', help: 'read this channel' },
    since: { kind: 'text', help: 'of the channel: after this id' },
  },
  send: {
    rollcall: { kind: 'text', help: 'everybody is to answer within, e.g. 10m' },
  },
}

/** Each with the fields of its operation in which those of the call stand there. */
type Way = { operation: Operation; renamed: Record<string, string>; fixed?: Given }

const reason = { note: 'reason' }
const WAYS: Record<string, Record<string, Way>> = {
  handoff: {
    ask: { operation: request as unknown as Operation, renamed: { ask: '', ...reason } },
    grant: { operation: request as unknown as Operation, renamed: reason },
    refuse: { operation: request as unknown as Operation, renamed: reason },
    rescue: {
      operation: rescue as unknown as Operation,
      renamed: { rescue: 'session_id', ...reason },
      fixed: { take: true },
    },
  },
  inbox: {
    ack: { operation: acknowledge(), renamed: { ack: 'id' } },
    channel: { operation: poll as unknown as Operation, renamed: {} },
    since: { operation: poll as unknown as Operation, renamed: {} },
  },
  send: {
    rollcall: {
      operation: rollcall as unknown as Operation,
      renamed: { to: '', subject: 'text', rollcall: 'within' },
    },
  },
}

/** The operation and input of a call that another operation does; null where it is the tool's own. Throws `invalid`. */
export function otherWay(tool: string, given: Given): { operation: Operation; input: Given } | null {
  const ways = WAYS[tool] ?? {}
  const name = Object.keys(ways).find((field) => given[field] !== undefined && given[field] !== false)
  if (name === undefined) return null
  const { operation, renamed, fixed } = ways[name]!
  if ((name === 'ask' || name === 'refuse') && given.note === undefined)
    throw invalid('note', 'note is missing', 'Say why; the other session reads it.')
  if (name === 'rollcall') checkCall(given)
  const entries = Object.entries(given).map(([field, value]) => [renamed[field] ?? field, value])
  const input = { ...Object.fromEntries(entries.filter(([field]) => field !== '')), ...fixed }
  return { operation, input: checkInput(operation.name, operation.input, input) }
}

/** What a message has and a roll call has not is told by the tool's names. An answer is wanted anyway. */
function checkCall({ to, ...given }: Given): void {
  if (to !== 'broadcast') throw invalid('to', 'a roll call goes to everybody', 'Give "to": "broadcast".')
  const extra = Object.keys(given).find((name) => name !== 'subject' && name !== 'rollcall')
  if (extra) throw invalid(extra, `a roll call takes no ${extra}`, 'It is to, subject and rollcall.')
}

/** `ack` of a message; where there is none of that id, of an alert. */
function acknowledge(): Operation {
  const run = (ctx: Context, { id }: { id: string }) => {
    try {
      return ack.run(ctx, { id })
    } catch (error) {
      if (!(error instanceof CoordError) || error.code !== 'not_found') throw error
      return alertOr(error, () => alerts.run(ctx, { id: [id], acknowledge: true }))
    }
  }
  return { ...ack, run } as unknown as Operation
}

function alertOr<T>(missing: CoordError, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw error instanceof CoordError && error.code === 'not_found' ? missing : error
  }
}
