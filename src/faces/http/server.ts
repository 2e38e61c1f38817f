/** The server on this machine's own address: its limits, its port, and WebSockets beside the app. */
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { CoordError } from '../../protocol/errors.ts'
import { bearerOf, refusalOf, subprotocolToken } from './access.ts'
import { HEADERS } from './answers.ts'
import { createApp, type Parts } from './app.ts'
import type { Refusal } from './refusals.ts'
import { webSockets } from './streams.ts'

/** How the server of another program is handed requests. */
export interface Handler {
  fetch(request: Request): Promise<Response>
  listener: http.RequestListener
  upgrade(request: http.IncomingMessage, socket: Duplex, head: Buffer): void
  close(): void
}

/** The handler of an app; `base` is the path that it is mounted at. */
export function handlerOf(parts: Parts, base = ''): Handler {
  const app = createApp(parts)
  const sockets = webSockets(parts.hub)
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false })
  return {
    fetch: async (request) => app.fetch(request),
    listener: (request, response) => void listener(request, response),
    upgrade(request, socket, head) {
      socket.on('error', () => socket.destroy())
      const refusal = upgradeRefusal(request, parts, base)
      if (refusal) refuse(socket, refusal)
      else sockets.accept(request, socket, head)
    },
    close() {
      sockets.close()
      parts.hub.close()
    },
  }
}

const NO_STREAM: Refusal = {
  status: 404,
  code: 'not_found',
  message: 'there is no WebSocket here',
  hint: 'It is at /api/stream.',
}

function upgradeRefusal({ method, url, headers }: http.IncomingMessage, { rules }: Parts, base: string) {
  const asked = {
    method: method ?? '',
    host: headers.host ?? null,
    origin: headers.origin ?? null,
    site: (headers['sec-fetch-site'] as string | undefined) ?? null,
    token: bearerOf(headers.authorization) ?? subprotocolToken(headers['sec-websocket-protocol']),
    type: null,
  }
  const isStream = url?.split('?')[0] === `${base}/api/stream` && /^websocket$/i.test(headers.upgrade ?? '')
  return refusalOf(asked, rules) ?? (isStream ? null : NO_STREAM)
}

const HEARD_MS = 500

function refuse(socket: Duplex, { status, ...error }: Refusal): void {
  const body = `${JSON.stringify({ ok: false, error })}\n`
  const headers = {
    ...HEADERS,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  }
  const lines = Object.entries({ ...headers, connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  socket.end(`HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`)
  // Whoever goes on sending keeps it open no longer than it takes to hear the answer.
  setTimeout(() => socket.destroy(), HEARD_MS).unref()
}

/** Whoever is slower than this with headers or body, or opens more connections, is let go. */
const LIMITS = {
  headersTimeout: 5000,
  requestTimeout: 20_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 16 * 1024,
}
const CONNECTIONS = 1000

/** A server that listens on 127.0.0.1. Throws `conflict` where the wanted port is taken. */
export async function listen(handler: Handler, wanted: number | undefined): Promise<http.Server> {
  const server = http.createServer(LIMITS, handler.listener)
  server.maxConnections = CONNECTIONS
  server.on('upgrade', handler.upgrade)
  server.on('clientError', (error, socket) => badRequest(error, socket))
  for (const port of wanted === undefined ? USUAL : [wanted]) if (await isBound(server, port)) return server
  const hint = 'Leave --port out to take the next that is free.'
  throw new CoordError('conflict', `port ${wanted} is taken`, hint, { argument: 'port' })
}

/** 8080 and the next ones; then any that is free. */
const USUAL = [...Array.from({ length: 20 }, (_, index) => 8080 + index), 0]

function isBound(server: http.Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      server.off('listening', bound)
      if (error.code === 'EADDRINUSE') resolve(false)
      else reject(unbound(error, port))
    }
    const bound = () => {
      server.off('error', failed)
      resolve(true)
    }
    server.once('error', failed)
    server.once('listening', bound)
    server.listen(port, '127.0.0.1')
  })
}

const unbound = (error: NodeJS.ErrnoException, port: number) =>
  new CoordError('invalid', `port ${port} can't be had (${error.code})`, 'Choose another: --port 8080.', {
    argument: 'port',
  })

/** The port that a server listens on. */
export const portOf = (server: http.Server) => (server.address() as AddressInfo).port

function badRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const status = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 }[error.code ?? ''] ?? 400
  const text = http.STATUS_CODES[status]!
  refuse(socket, { status, code: 'bad_request', message: text, hint: 'Speak HTTP/1.1.' })
}

/** End a server at once: with it go its streams. */
export function closeServer(server: http.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
