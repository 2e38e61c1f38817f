/** `coord push --url`: post the update to a server, e.g. of another machine through a tunnel; to the room's file where it can't be reached. */
import { callerOf } from '../../operations/identify.ts'
import { type Said, saidOf } from '../../operations/push.ts'
import { CoordError, ERRORS, type ErrorCode, invalid } from '../../protocol/errors.ts'
import { visible } from '../../protocol/escape.ts'
import { loadServing } from '../../store/serving.ts'
import { answer, contextOf, execute, type Host } from './execute.ts'
import type { Lasting, ParsedCommand } from './lasting.ts'
import { write } from './output.ts'

const PATIENCE_MS = 5000
const PATH = '/api/session-status/push'

/** The exit code is that of the answer; a server that is not there costs a word on stderr. */
export const pushToUrl: Lasting = async (host, parsed, signal) => {
  const { url, ...input } = parsed.input
  const server = addressOf(String(url))
  const session = sessionOf(host, parsed)
  const body = { session, ...saidOf(input as unknown as Parameters<typeof saidOf>[0]) }
  const reply = await post(server, body, tokenFor(host, parsed, server), signal)
  if ('answer' in reply) {
    const ctx = contextOf(host, parsed.globals)
    answer(host, parsed.command, reply.answer, parsed.input, parsed.globals, ctx)
    return 0
  }
  if (signal.aborted) return null
  write(
    2,
    `coord: ${server} can't be reached (${visible(reply.reason)}); pushing to the file of the room instead\n`,
  )
  const globals = { ...parsed.globals, session }
  return execute(host, parsed.command, { ...parsed, input, globals })
}

function addressOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url && /^https?:$/.test(url.protocol) && !url.username)
    return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
  throw invalid('url', `--url "${text}" is no address`, 'e.g. --url http://127.0.0.1:8080')
}

/** Whose update it is: as for any push, but the room may be elsewhere. */
function sessionOf(host: Host, { globals }: ParsedCommand): string {
  const ctx = contextOf(host, globals)
  const named = ctx.at.flagSession ?? ctx.at.envSession ?? (ctx.root === null ? null : callerHere(ctx))
  if (named !== null) return named
  throw new CoordError('no_session', 'it is not known whose update this is', 'Name it: --session NAME.', {
    candidates: [],
  })
}

function callerHere(ctx: ReturnType<typeof contextOf>): string | null {
  try {
    return callerOf(ctx, ctx.room())
  } catch (error) {
    if (error instanceof CoordError) return null
    throw error
  }
}

/** COORD_TOKEN, or of this room's own server what its file tells; no other server is told that. */
function tokenFor(host: Host, { globals }: ParsedCommand, server: string): string | null {
  if (host.env.COORD_TOKEN) return host.env.COORD_TOKEN
  const { hostname, port } = new URL(server)
  try {
    const serving = loadServing(contextOf(host, globals).room())
    const isOurs = ['127.0.0.1', 'localhost'].includes(hostname) && port === String(serving?.port)
    return serving && isOurs ? serving.token : null
  } catch (error) {
    if (error instanceof CoordError) return null
    throw error
  }
}

type Reply = { answer: { update: Said; registered: boolean } } | { reason: string }

async function post(server: string, body: object, token: string | null, signal: AbortSignal): Promise<Reply> {
  try {
    const response = await fetch(`${server}${PATH}`, {
      method: 'POST',
      redirect: 'error',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
    })
    const told = (await response.json()) as { ok?: boolean; error?: Refused }
    if (told.ok) return { answer: told as never }
    return told.error ? refuse(told.error) : { reason: `it answers ${response.status}` }
  } catch (error) {
    if (error instanceof CoordError) throw error
    return { reason: reasonOf(error as Error & { cause?: NodeJS.ErrnoException }) }
  }
}

const reasonOf = ({ name, message, cause }: Error & { cause?: NodeJS.ErrnoException }) =>
  name === 'TimeoutError' ? `no answer in ${PATIENCE_MS / 1000} s` : (cause?.code ?? message)

interface Refused {
  code: string
  message: string
  hint?: string
}

/** A refusal of the server is one of this command; those that HTTP alone has are about how it was asked. */
function refuse({ code, message, hint, ...details }: Refused): never {
  if (Object.hasOwn(ERRORS, code)) throw new CoordError(code as ErrorCode, message, hint, details)
  const way = code === 'no_token' ? 'Set COORD_TOKEN to the token that coord serve printed there.' : hint
  throw invalid('url', `the server refuses: ${message}`, way)
}
