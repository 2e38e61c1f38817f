/** Clients that read nothing are let go with their sockets. */
import http from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import net from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type Client, messageOf } from '../../src/faces/http/audience.ts'
import type { Hub } from '../../src/faces/http/hub.ts'
import { handlerOf } from '../../src/faces/http/server.ts'
import { eventStream } from '../../src/faces/http/streams.ts'
import { createWorld } from '../helpers/world.ts'
import { eventually } from './serving.ts'

const LONG = messageOf({ text: 'x'.repeat(1 << 20) })

/** A hub that tells nothing by itself. */
function silentHub() {
  const clients = new Set<Client>()
  const hub: Hub = {
    join: (client) => clients.add(client).size > 0,
    leave: (client) => void clients.delete(client),
    counts: () => ({ clients: clients.size, dropped: 0, looks: 0 }),
    close: () => {},
  }
  return { hub, clients }
}

async function serveStreams(hub: Hub) {
  const world = createWorld()
  const served = {
    contextOf: ({ session }: { session?: string }) => world.as(session ?? null),
    say: () => {},
    signal: new AbortController().signal,
  }
  const rules = { token: 'token', isPrivate: false, hosts: [] }
  const { listener } = handlerOf({ served, rules, hub, web: world.dir, version: '0' })
  const server = http.createServer(listener)
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, sockets }
}

test('a client of events that reads nothing loses its socket when it is let go', async () => {
  const { hub, clients } = silentHub()
  const { port, sockets } = await serveStreams(hub)
  const socket = net.connect(port, '127.0.0.1', () => {
    socket.pause()
    socket.write('GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n')
  })
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  await eventually(() => expect(clients.size).toBe(1))
  const [client] = clients
  await eventually(() => {
    client!.send(LONG)
    expect(client!.pending()).toBeGreaterThan(16 << 20)
  })
  expect(sockets.size).toBe(1)
  client!.close()
  await eventually(() => expect([sockets.size, clients.size]).toEqual([0, 0]))
})

test('elsewhere than on node:http its body fails, and who has read all is ended in order', async () => {
  const { hub, clients } = silentHub()
  const slow = eventStream(hub)!.body!.getReader()
  const [behind] = clients
  behind!.send(LONG)
  behind!.close()
  await expect(slow.read()).rejects.toThrow('reads too slowly')
  clients.clear()
  const quick = eventStream(hub)!.body!.getReader()
  await quick.read()
  for (const client of clients) client.close()
  expect(await quick.read()).toMatchObject({ done: true })
})
