/** The two forms of the stream: server-sent events as a response, and WebSockets. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Client, Message } from './audience.ts'
import type { Hub } from './hub.ts'

export const EVENTS = 'text/event-stream; charset=utf-8'

/**
 * Server-sent events; null where there are too many streams. What waits to be sent is counted in bytes. `sever` ends the connection of who
 * does not read, whom an orderly end would wait for; without it the body fails.
 */
export function eventStream(hub: Hub, sever?: () => void): Response | null {
  let client: Client | undefined
  let isFull = false
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        client = {
          send: (message: Message) => controller.enqueue(message.event()),
          pending: () => -(controller.desiredSize ?? 0),
          close: () => {
            if (client!.pending() === 0) attemptClose(controller)
            else if (sever) sever()
            else controller.error(new Error('reads too slowly'))
          },
        }
        isFull = !hub.join(client)
        if (!isFull) controller.enqueue(Buffer.from('retry: 2000\n\n'))
      },
      cancel: () => hub.leave(client!),
    },
    { highWaterMark: 0, size: (part) => part?.byteLength ?? 0 },
  )
  if (isFull) return null
  return new Response(body, { headers: { 'content-type': EVENTS } })
}

/** Nothing is expected of a client, so that what it sends may be short. */
const HEARD_BYTES = 1024

/** What takes WebSockets into the hub. */
export function webSockets(hub: Hub) {
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: HEARD_BYTES,
    handleProtocols: (offered) => (offered.has('coord') ? 'coord' : false),
  })
  return {
    accept(request: IncomingMessage, socket: Duplex, head: Buffer) {
      server.handleUpgrade(request, socket, head, (connection) => join(hub, connection))
    },
    close: () => server.close(),
  }
}

const TRY_AGAIN_LATER = 1013

function join(hub: Hub, connection: WebSocket): void {
  const client: Client = {
    send: (message) => connection.send(message.frame(), { binary: false }),
    pending: () => connection.bufferedAmount,
    close: () => {
      connection.close(TRY_AGAIN_LATER)
      connection.terminate()
    },
  }
  const leave = () => hub.leave(client)
  connection.on('close', leave)
  connection.on('error', leave)
  if (!hub.join(client)) connection.close(TRY_AGAIN_LATER)
}

function attemptClose(controller: ReadableStreamDefaultController): void {
  try {
    controller.close()
  } catch {
    // Its reader has gone already.
  }
}
