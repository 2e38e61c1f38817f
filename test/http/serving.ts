/** Servers as people start them: real processes, asked over real connections. */
import { type ChildProcess, spawn } from 'node:child_process'
import http from 'node:http'
import { onTestFinished, vi } from 'vitest'
import { cleanEnvironment } from '../helpers/cli.ts'
import { BIN } from '../processes/support.ts'

/** Wait until `look` throws no more; long, since a busy machine takes its time. */
export const eventually = <T>(look: () => T | Promise<T>, timeout = 20_000): Promise<T> =>
  vi.waitFor(look, timeout)

export interface Server {
  child: ChildProcess
  url: string
  port: number
  token: string
  /** What it said on standard error. */
  said(): string
  /** The exit code, once it has ended. */
  ended: Promise<number | null>
  get(path: string, headers?: Record<string, string>): Promise<Reply>
  /** With the token, unless other headers are given. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Reply>
}

export interface Reply {
  status: number
  headers: Record<string, any>
  text: string
  json: Record<string, any>
}

/** Start `coord serve` in a directory; resolves when it listens. */
export async function serve(
  cwd: string,
  {
    args = [],
    env = {},
    keep = false,
  }: { args?: string[]; env?: Record<string, string>; keep?: boolean } = {},
): Promise<Server> {
  const child = spawn(process.execPath, [BIN, 'serve', '--json', ...args], {
    cwd,
    env: cleanEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr!.on('data', (part) => {
    said += part
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  if (!keep)
    onTestFinished(async () => {
      child.kill('SIGKILL')
      await ended
    })
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout!.once('data', (part) => resolve(String(part)))
    void ended.then(() => reject(new Error(`coord serve ended: ${said}`)))
  })
  const { url, port, token } = JSON.parse(line)
  const authorization = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return {
    ...{ child, url, port, token, said: () => said, ended },
    get: (path, headers = {}) => ask(port, 'GET', path, headers),
    post: (path, body, headers = authorization) => ask(port, 'POST', path, headers, JSON.stringify(body)),
  }
}

/** One request, with just these headers; nothing is added but what HTTP wants. */
export function ask(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: '127.0.0.1', port, method, path, headers, agent: false },
      (response) => read(response).then(resolve, reject),
    )
    request.on('error', reject)
    request.end(body)
  })
}

/** The whole of a response. */
async function read(response: http.IncomingMessage): Promise<Reply> {
  let text = ''
  for await (const part of response) text += part
  const isJson = String(response.headers['content-type']).startsWith('application/json')
  return {
    status: response.statusCode!,
    headers: response.headers,
    text,
    json: isJson ? JSON.parse(text) : {},
  }
}
