/** One act of a tortured process: in this process, as a program does it, and what its answer means for the history. */
import type { Context } from '../../../context.ts'
import { claim } from '../../../operations/claim.ts'
import { claims } from '../../../operations/claims.ts'
import { heartbeat } from '../../../operations/heartbeat.ts'
import { inbox } from '../../../operations/inbox.ts'
import { messages } from '../../../operations/messages.ts'
import { release } from '../../../operations/release.ts'
import { renew } from '../../../operations/renew.ts'
import { send } from '../../../operations/send.ts'
import { sync } from '../../../operations/sync.ts'
import { CoordError, errorBody } from '../../../protocol/errors.ts'
import type { Answered, Asked } from '../../../protocol/torture/acts.ts'
import { asCoordError } from '../../../store/disk.ts'

/** Milliseconds of a clock that all processes of this boot share and nobody can set. */
export const clock = () => Number(process.hrtime.bigint()) / 1e6

/** An answer in the form of the JSON contract, as far as the history needs it. */
interface Said {
  ok?: boolean
  error?: { code: string; message: string; holder?: { claimed_by: string; token: number | null } }
  claim?: { token?: number }
  already?: boolean
  took_over?: unknown
  messages?: { subject?: string }[]
  claims?: { resource_type: string; resource_name: string; token: number }[] | object
  provisional?: boolean
}

const MARK = 'torture:'
const ALL = 1_000_000

/** The arguments of an act, by field: positional ones and flags alike. */
export function inputOf({ op, resource = '/', term_ms, token, key, to }: Asked): Record<string, unknown> {
  const at = resource.indexOf('/')
  const about = { type: resource.slice(0, at), name: resource.slice(at + 1) }
  const term = { for: `${term_ms}ms` }
  if (op === 'claim') return { ...about, name: [about.name], ...term }
  if (op === 'renew') return { ...about, token, ...term }
  if (op === 'release') return { ...about, token, 'no-announce': true }
  if (op === 'send') return { to, subject: MARK + key, message: key }
  if (op === 'heartbeat') return { action: 'working' }
  return { limit: ALL }
}

const OPERATIONS = {
  claim,
  renew,
  release,
  heartbeat,
  send,
  inbox,
  look: claims,
  list: messages,
  'last claim': claim,
  'last look': claims,
  sync,
  'last sync': sync,
}

/** Do it here; never throws. `more`: arguments besides. */
export function actHere(ctx: Context, asked: Asked, more: Record<string, unknown> = {}): Said {
  try {
    const operation = OPERATIONS[asked.op as keyof typeof OPERATIONS]
    const input = inputOf(asked.op === 'last claim' ? { ...asked, op: 'claim' } : asked)
    const said = operation.run(ctx, { ...input, ...more } as never) as Said
    return { ok: true, ...said, ...(ctx.warnings.some(isUntaken) ? { provisional: true } : {}) }
  } catch (thrown) {
    const error = asCoordError(thrown, 'the room')
    if (error instanceof CoordError) return errorBody(error) as Said
    return { ok: false, error: { code: 'bug', message: String((error as Error)?.stack ?? error) } }
  }
}

/** A release leaves no claim that could say so. */
const isUntaken = (warning: string) => warning.endsWith('provisional, until it does')

/** What an answer means for the history. */
export function answerTo({ id }: Asked, said: Said, done: number): Answered {
  const { error, claim, messages, claims, provisional } = said
  const holder = error?.holder
  return {
    id,
    done,
    ok: said.ok === true,
    ...(error ? { code: error.code } : {}),
    ...(error && !error.holder ? { error: error.message.slice(0, 300) } : {}),
    ...(holder?.token ? { holder: { by: holder.claimed_by, token: holder.token } } : {}),
    ...(claim?.token ? { token: claim.token } : {}),
    ...(said.already ? { already: true } : {}),
    ...(said.took_over ? { took_over: true } : {}),
    ...(messages ? { keys: messages.flatMap(keyOf) } : {}),
    ...(provisional ? { provisional } : {}),
    ...(Array.isArray(claims) && !claim ? { shown: Object.fromEntries(claims.map(shownBy)) } : {}),
  }
}

const keyOf = ({ subject = '' }: { subject?: string }) =>
  subject.startsWith(MARK) ? [subject.slice(MARK.length)] : []
const shownBy = (claim: {
  resource_type: string
  resource_name: string
  token: number
}): [string, number] => [`${claim.resource_type}/${claim.resource_name}`, claim.token]
