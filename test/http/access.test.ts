/** Who is let in: the rules as a table, and real requests that must be refused. */
import http from 'node:http'
import net from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import WebSocket from 'ws'
import { type Asked, refusalOf } from '../../src/faces/http/access.ts'
import { changes, everything, makeRoom, type Room } from '../cli/rooms.ts'
import { ask, type Server, serve } from './serving.ts'

const RULES = { token: 'right', isPrivate: false, hosts: ['coord.example.org'] }
const GET: Asked = {
  method: 'GET',
  host: 'localhost:8080',
  origin: null,
  site: null,
  token: null,
  type: null,
}
const POST: Asked = { ...GET, method: 'POST', token: 'right', type: 'application/json' }

const TABLE: [what: string, asked: Asked, code: string | null][] = [
  ['a program that reads', GET, null],
  ['by the address', { ...GET, host: '127.0.0.1:1' }, null],
  ['by the address of IPv6', { ...GET, host: '[::1]:8080' }, null],
  ['in capitals', { ...GET, host: 'LOCALHOST' }, null],
  ['by a name that is allowed', { ...GET, host: 'coord.example.org' }, null],
  ['by a name that leads here', { ...GET, host: 'evil.example' }, 'foreign_host'],
  ['by a name that begins like ours', { ...GET, host: 'localhost.evil.example' }, 'foreign_host'],
  ['by a name with a user', { ...GET, host: 'localhost@evil.example' }, 'foreign_host'],
  ['without a name', { ...GET, host: null }, 'foreign_host'],
  ['our own page', { ...GET, origin: 'http://localhost:8080', site: 'same-origin' }, null],
  ['an address that was typed', { ...GET, site: 'none' }, null],
  ['a page of another site', { ...GET, site: 'cross-site' }, 'foreign_origin'],
  ['a page of another port', { ...GET, site: 'same-site' }, 'foreign_origin'],
  ['an old browser on another site', { ...GET, origin: 'http://evil.example' }, 'foreign_origin'],
  ['a page of another port, by its origin', { ...GET, origin: 'http://localhost:3000' }, 'foreign_origin'],
  ['a page without an origin', { ...GET, origin: 'null' }, 'foreign_origin'],
  ['a write with the token', POST, null],
  ['a write without', { ...POST, token: null }, 'no_token'],
  ['a write with a wrong one', { ...POST, token: 'wrong' }, 'no_token'],
  ['a write with a part of it', { ...POST, token: 'righ' }, 'no_token'],
  ['a write by another site that knows the token', { ...POST, site: 'cross-site' }, 'foreign_origin'],
  ['a form', { ...POST, type: 'application/x-www-form-urlencoded' }, 'not_json'],
  ['a text that looks like JSON', { ...POST, type: 'text/plain' }, 'not_json'],
  ['a type that begins like JSON', { ...POST, type: 'application/jsonx' }, 'not_json'],
  ['JSON with a charset', { ...POST, type: 'application/json; charset=utf-8' }, null],
  ['another method', { ...GET, method: 'DELETE' }, 'no_token'],
]

test.each(TABLE)('%s: %o → %s', (_, asked, code) => {
  expect(refusalOf(asked, RULES)?.code ?? null).toBe(code)
})

test('with --private reading needs the token too, but for what tells nothing of the room', () => {
  const rules = { ...RULES, isPrivate: true }
  expect(refusalOf(GET, rules)?.code).toBe('no_token')
  expect(refusalOf({ ...GET, token: 'right' }, rules)).toBeNull()
  expect(refusalOf(GET, rules, true)).toBeNull()
  expect(refusalOf({ ...GET, host: 'evil.example' }, rules, true)?.code).toBe('foreign_host')
})

let room: Room
let server: Server
let slow: Promise<{ took: number; said: string }>
beforeAll(async () => {
  room = await makeRoom('one')
  server = await serve(room.dir, { keep: true })
  slow = slowHeaders(server.port)
})
afterAll(async () => {
  server.child.kill('SIGTERM')
  expect(await server.ended).toBe(143)
})

/** A client that sends its headers byte by byte and never ends them. */
function slowHeaders(port: number): Promise<{ took: number; said: string }> {
  const began = performance.now()
  const socket = net.connect(port, '127.0.0.1', () =>
    socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\nX: '),
  )
  const drip = setInterval(() => socket.write('x'), 200)
  let said = ''
  socket.on('data', (part) => {
    said += part
  })
  socket.on('error', () => {})
  return new Promise((resolve) =>
    socket.on('close', () => {
      clearInterval(drip)
      resolve({ took: performance.now() - began, said })
    }),
  )
}

const PUSH = { session: 'm1', status: 'working', message: 'x' }
const JSON_TYPE = { 'content-type': 'application/json' }

test('a foreign Host, another site, a wrong token and a form are refused, and nothing is written', async () => {
  const { port, token } = server
  const path = '/api/session-status/push'
  const bearer = { authorization: `Bearer ${token}` }
  const refusals = [
    await server.get('/api/overview', { host: 'evil.example' }),
    await server.post(path, PUSH, { ...JSON_TYPE, ...bearer, host: 'evil.example' }),
    await server.post(path, PUSH, { ...JSON_TYPE, ...bearer, 'sec-fetch-site': 'cross-site' }),
    await server.post(path, PUSH, { ...JSON_TYPE, ...bearer, origin: 'http://evil.example' }),
    await server.post(path, PUSH, { ...JSON_TYPE }),
    await server.post(path, PUSH, { ...JSON_TYPE, authorization: `Bearer ${token}x` }),
    await server.post(path, PUSH, { ...bearer, 'content-type': 'text/plain' }),
    await ask(port, 'OPTIONS', path, { origin: 'http://evil.example' }),
  ]
  expect(refusals.map(({ status, json }) => [status, json.error?.code])).toEqual([
    [403, 'foreign_host'],
    [403, 'foreign_host'],
    [403, 'foreign_origin'],
    [403, 'foreign_origin'],
    [401, 'no_token'],
    [401, 'no_token'],
    [415, 'not_json'],
    [403, 'foreign_origin'],
  ])
  expect(refusals.filter(({ headers }) => 'access-control-allow-origin' in headers)).toEqual([])
  expect((await server.get('/api/session-status/summary')).json.total_sessions).toBe(1)
})

test('no GET changes anything: what writes is asked by POST alone', async () => {
  const before = everything(room.root)
  for (const path of await readingRoutes()) {
    const { status } = await server.get(path.endsWith('/inbox') ? `${path}?session=one` : path)
    expect([path, status >= 500 || status === 401]).toEqual([path, false])
  }
  for (const name of ['push', 'send', 'claim', 'gc', 'ack', 'doctor']) {
    const { status, json } = await server.get(`/api/operations/${name}?session=one`, {
      authorization: `Bearer ${server.token}`,
    })
    expect([status, json.error.code]).toEqual([405, 'method'])
  }
  expect((await server.post('/api/operations/status', {})).status).toBe(405)
  expect(changes(before, everything(room.root))).toEqual([])
})

/** Every path that is asked by GET, as the description of the API tells them, but for the stream that has no end. */
async function readingRoutes(): Promise<string[]> {
  const { json } = await server.get('/api/openapi.json')
  const paths = Object.entries<Record<string, unknown>>(json.paths).flatMap(([path, ways]) =>
    'get' in ways && !/events|stream/.test(path) ? [path.replace(/\{\w+\}/g, 'one')] : [],
  )
  expect(paths.length).toBeGreaterThan(15)
  return ['/', ...paths]
}

test('every answer, refusals too, forbids scripts of others, frames, sniffing and keeping', async () => {
  for (const { headers } of [
    await server.get('/'),
    await server.get('/health'),
    await server.get('/api/nothing'),
    await server.get('/api/overview', { host: 'evil.example' }),
    await server.post('/api/session-status', {}),
  ]) {
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
  }
})

test('a body that says it has a gigabyte is refused before it comes', async () => {
  const headers = { ...JSON_TYPE, authorization: `Bearer ${server.token}`, 'content-length': String(2 ** 30) }
  const { sent, status } = await flood(headers)
  expect(status).toBe(413)
  expect(sent).toBeLessThan(80 << 20)
  const said = await server.post('/api/session-status', { ...PUSH, message: 'x'.repeat(1 << 20) })
  expect([said.status, said.json.error.code]).toEqual([413, 'too_big'])
})

test('a gigabyte in chunks is cut off early, with and without the token', async () => {
  const token = { authorization: `Bearer ${server.token}` }
  const cut = await flood({ ...JSON_TYPE, ...token, 'transfer-encoding': 'chunked' })
  expect(cut.status).toBe(413)
  expect(cut.sent).toBeLessThan(80 << 20)
  const unknown = await flood({ ...JSON_TYPE, 'transfer-encoding': 'chunked' })
  expect(unknown.status).toBe(401)
  expect(unknown.sent).toBeLessThan(80 << 20)
  expect((await server.get('/health')).status).toBe(200)
})

test('who goes away in the middle of it all is no fault of the server', async () => {
  const head = `Host: localhost\r\nAuthorization: Bearer ${server.token}\r\nContent-Type: application/json\r\n`
  const begun = [
    `POST /api/session-status HTTP/1.1\r\n${head}Content-Length: 5000\r\n\r\n{`,
    `POST /api/session-status HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\nffffff\r\n${'x'.repeat(2 << 20)}`,
    `GET /api/events HTTP/1.1\r\n${head}\r\n`,
    '\x16\x03\x01 no HTTP at all\r\n\r\n',
  ]
  for (const text of begun)
    await new Promise<void>((resolve) => {
      const socket = net.connect(server.port, '127.0.0.1', () =>
        socket.write(text, () => socket.resetAndDestroy()),
      )
      socket.on('error', () => {})
      socket.on('close', () => resolve())
    })
  expect((await server.get('/health')).status).toBe(200)
  expect(server.said()).toBe('')
})

/** Send a gigabyte as long as it is taken; the status of the answer, and how much was sent. */
function flood(headers: Record<string, string>): Promise<{ sent: number; status: number | undefined }> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port: server.port, method: 'POST', headers, agent: false }
    const request = http.request({ ...options, path: '/api/session-status/push' })
    const chunk = Buffer.alloc(64 * 1024, 32)
    let sent = 0
    let status: number | undefined
    // In a turn of its own each, so that an answer is heard between two.
    const more = () => {
      if (request.destroyed || sent >= 2 ** 30) return
      sent += chunk.length
      if (request.write(chunk)) setImmediate(more)
      else request.once('drain', () => setImmediate(more))
    }
    request.on('response', (response) => {
      status = response.statusCode
      response.on('error', () => {}).resume()
    })
    request.on('error', () => {})
    request.on('close', () => resolve({ sent, status }))
    more()
  })
}

test('WebSockets are held to the same rules, and no other upgrade is taken', async () => {
  const refusedBy = (headers: Record<string, string>, path = '/api/stream') =>
    new Promise<number | undefined>((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers })
      socket.on('unexpected-response', (request, { statusCode }) => {
        request.destroy()
        resolve(statusCode)
      })
      socket.on('error', () => {})
      socket.on('open', () => {
        socket.terminate()
        resolve(101)
      })
    })
  expect(await refusedBy({})).toBe(101)
  expect(await refusedBy({ host: 'evil.example' })).toBe(403)
  expect(await refusedBy({ origin: 'http://evil.example' })).toBe(403)
  expect(await refusedBy({ 'sec-fetch-site': 'cross-site' })).toBe(403)
  expect(await refusedBy({}, '/api/other')).toBe(404)
  const other = await ask(server.port, 'GET', '/health', { connection: 'upgrade', upgrade: 'h2c' })
  expect(other.status).toBe(404)
})

test('with --private nothing of the room is told without the token, by streams neither', async () => {
  const room = await makeRoom('one')
  const { get, port, token } = await serve(room.dir, { args: ['--private'] })
  const paths = [
    '/api/overview',
    '/api/events',
    '/api/session-status/summary',
    '/metrics',
    '/api/status/live',
  ]
  for (const path of paths) expect((await get(path)).status, path).toBe(401)
  expect((await get('/api/overview', { authorization: `Bearer ${token}` })).status).toBe(200)
  expect((await get('/health')).status).toBe(200)
  expect((await get('/')).status).toBe(200)
  const open = (protocols: string[]) =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/api/stream`, protocols)
      socket.on('error', ({ message }) => resolve(message))
      socket.on('message', () => {
        resolve(socket.protocol)
        socket.terminate()
      })
    })
  expect(await open(['coord'])).toContain('401')
  expect(await open(['coord', 'token.wrong'])).toContain('401')
  expect(await open(['coord', `token.${token}`])).toBe('coord')
})

test('who sends headers too slowly is let go within seconds', async () => {
  const { took, said } = await slow
  expect(said).toContain('408')
  expect(took).toBeLessThan(10_000)
})
