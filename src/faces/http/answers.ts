/** Answers: JSON as the command line gives it with `--json`, with the status that the code means. */
import { CoordError, ERRORS, errorBody } from '../../protocol/errors.ts'
import { asCoordError } from '../../store/disk.ts'
import type { Refusal } from './refusals.ts'

/** What every answer carries: nothing of it is run, framed, kept or told on. */
export const HEADERS: Record<string, string> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
}

/** An answer in JSON. */
export function json(body: object, status = 200, headers: Record<string, string> = {}): Response {
  const type = { 'content-type': 'application/json; charset=utf-8' }
  return new Response(`${JSON.stringify(body)}\n`, { status, headers: { ...type, ...headers } })
}

/** An answer in another form. */
export function text(body: string, type: string): Response {
  return new Response(body, { headers: { 'content-type': type } })
}

/** What HTTP alone refuses. */
export function refused({ status, ...error }: Refusal): Response {
  return json({ ok: false, error }, status, status === 401 ? { 'www-authenticate': 'Bearer' } : {})
}

/** What was thrown, by the table of codes; a fault of our own is said on the server's terminal. */
export function failed(thrown: unknown, say: (text: string) => void): Response {
  const error = asCoordError(thrown)
  const isKnown = error instanceof CoordError
  if (!isKnown) say((error as Error)?.stack ?? String(error))
  const known = isKnown
    ? error
    : new CoordError('bug', 'fault of coord itself', 'Please report it with the text that coord serve says.')
  const { http } = ERRORS[known.code]
  return json(errorBody(known), http, known.code === 'busy' ? { 'retry-after': '1' } : {})
}

const LINGER_MS = 300

/** The same answer, whose connection stays for a moment: closed while a body still comes, it would take the answer along. */
export async function lingering(response: Response): Promise<Response> {
  const bytes = Buffer.from(await response.arrayBuffer())
  let timer: NodeJS.Timeout | undefined
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(bytes)
      timer = setTimeout(() => controller.close(), LINGER_MS)
    },
    cancel: () => clearTimeout(timer),
  })
  const headers = new Headers(response.headers)
  headers.set('content-length', String(bytes.length))
  return new Response(body, { status: response.status, headers })
}
