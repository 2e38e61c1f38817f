/** What the page asks of the server, which answers as the command line does with `--json`. */
import { state } from './state.ts'

interface Failure {
  ok: false
  error: { code: string; message: string; hint?: string }
}
export type Answer<T> = ({ ok: true } & T) | Failure

const failure = (code: string, message: string): Failure => ({ ok: false, error: { code, message } })

async function ask<T>(path: string, init: RequestInit): Promise<Answer<T>> {
  try {
    const response = await fetch(path, { ...init, cache: 'no-store', credentials: 'omit' })
    const answer = (await response.json()) as Answer<T>
    if (answer.ok || answer.error.code !== 'no_token') return answer
    forgetToken()
    return failure('no_token', 'the server does not take this page’s token; what you wrote is kept')
  } catch {
    return failure('unreachable', 'the server can’t be reached; nothing was done')
  }
}

/** Of a server that has a new one, or never this one's. */
function forgetToken(): void {
  const { token } = state.get()
  sessionStorage.removeItem('token')
  state.set({ token: null, refused: token !== null })
}

const headersOf = (): Record<string, string> => {
  const { token } = state.get()
  return token === null ? {} : { authorization: `Bearer ${token}` }
}

/** Ask an operation that only reads. */
export function read<T>(name: string, input: Record<string, string> = {}): Promise<Answer<T>> {
  const query = new URLSearchParams(input).toString()
  return ask(`api/operations/${name}${query && `?${query}`}`, { headers: headersOf() })
}

/** The whole overview. */
export function readOverview<T>(): Promise<Answer<T>> {
  return ask('api/overview', { headers: headersOf() })
}

/** Have an operation change something; wants the token. */
export function act<T>(name: string, input: Record<string, unknown>): Promise<Answer<T>> {
  const headers = { ...headersOf(), 'content-type': 'application/json' }
  return ask(`api/operations/${name}`, { method: 'POST', headers, body: JSON.stringify(input) })
}

/** Ask whether the token is the right one; a wrong one is forgotten, and the page says so. */
export async function checkToken(): Promise<void> {
  const headers = { ...headersOf(), 'content-type': 'application/json' }
  if (state.get().token !== null) await ask('api/token', { method: 'POST', headers, body: '{}' })
}
