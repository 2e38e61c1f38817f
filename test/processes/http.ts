/** A bare remote behind HTTP, as a hosting service has it, in whatever mood the test wants. Source: git-http-backend(1). */
import { spawn } from 'node:child_process'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { ENV, git, type Remote } from '../store/remote/remotes.ts'

/** `hang`: takes the question and says nothing. `cut`: does what is asked, and closes in the middle of the reply. A number: answers that status. */
type Mood = 'well' | 'hang' | 'cut' | number

export interface Served {
  /** The address of the remote, without credentials. */
  url: string
  /** How it answers from now on; `to` limits it to requests whose address or query holds that. */
  be(mood: Mood, to?: string): void
  /** How many questions it got. */
  asked(): number
}

/** Serve a remote; the server ends with the test. With a `password`, only to the user `coord` who has it. */
export async function overHttp(remote: Remote, password?: string): Promise<Served> {
  git(remote.bare, 'config', 'http.receivepack', 'true')
  let mood: Mood = 'well'
  let about = ''
  let count = 0
  const server = http.createServer((request, response) => {
    count++
    const wanted = password && `Basic ${Buffer.from(`coord:${password}`).toString('base64')}`
    if (wanted && request.headers.authorization !== wanted) return refuse(response, 401)
    const now = request.url!.includes(about) ? mood : 'well'
    if (now === 'hang') return
    if (typeof now === 'number') return refuse(response, now)
    answer(remote, request, response, now)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/remote.git`,
    be(next, to = '') {
      mood = next
      about = to
    },
    asked: () => count,
  }
}

function refuse(response: http.ServerResponse, status: number): void {
  const wants = status === 401 ? { 'www-authenticate': 'Basic realm="git"' } : {}
  response.writeHead(status, wants).end('no\n')
}

function answer(
  remote: Remote,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  mood: Mood,
): void {
  const { pathname, search } = new URL(request.url!, 'http://localhost')
  const backend = spawn('git', ['http-backend'], {
    env: {
      ...ENV,
      GIT_PROJECT_ROOT: remote.dir,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method!,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      REMOTE_USER: 'coord',
    },
  })
  request.pipe(backend.stdin)
  const parts: Buffer[] = []
  backend.stdout.on('data', (part: Buffer) => parts.push(part))
  backend.on('close', () => {
    const all = Buffer.concat(parts)
    const end = all.indexOf('\r\n\r\n')
    const heads = all
      .subarray(0, end)
      .toString()
      .split('\r\n')
      .map((line) => line.split(': ') as [string, string])
    const status = Number(heads.find(([name]) => name === 'Status')?.[1].slice(0, 3) ?? 200)
    const body = all.subarray(end + 4)
    const shown = heads.filter(([name]) => name !== 'Status').flat()
    if (mood !== 'cut') return void response.writeHead(status, shown).end(body)
    response.writeHead(status, [...shown, 'content-length', String(body.length)])
    response.write(body.subarray(0, body.length >> 1), () => response.destroy())
  })
}
