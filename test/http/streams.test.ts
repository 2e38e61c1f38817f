/** The streams of a real server: a WebSocket, server-sent events, and many of them on a big room. */
import fs from 'node:fs'
import http from 'node:http'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import WebSocket from 'ws'
import { sessionId, writeRoom } from '../../bench/room.mjs'
import { applyOverviewChange } from '../../src/protocol/live/changes.ts'
import { makeRoom, type Room } from '../cli/rooms.ts'
import { coord } from '../helpers/cli.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { ask, eventually, type Server, serve } from './serving.ts'

let room: Room
let server: Server
beforeAll(async () => {
  room = await makeRoom()
  server = await serve(room.dir, { keep: true })
})
afterAll(async () => {
  server.child.kill('SIGTERM')
  await server.ended
})

/** A client as the page is one: what it has heard, and the overview that follows from it. */
function listen(port: number) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/stream`)
  const types: string[] = []
  let overview: any
  let bytes = 0
  socket.on('message', (data) => {
    bytes += (data as Buffer).length
    const message = JSON.parse(String(data))
    types.push(message.type)
    if (message.type === 'overview') overview = message.overview
    if (message.type === 'change') overview = applyOverviewChange(overview, message.change)
  })
  onTestFinished(() => socket.terminate())
  return { socket, types, overview: () => overview, bytes: () => bytes }
}

test('a WebSocket hears what commands do, and knows what the API answers', async () => {
  const { types, overview } = listen(server.port)
  await eventually(() => expect(types).toEqual(['overview']))
  const call = { cwd: room.dir }
  await coord(call, 'push', 'working', 'tests', '0.4', '--session', 'm1')
  await eventually(() => expect(overview().sessions).toMatchObject([{ session_id: 'm1', progress: 0.4 }]))
  await server.post('/api/operations/send', { to: 'broadcast', subject: 'hello', as: 'human' })
  await eventually(() => expect(overview().messages).toMatchObject([{ from: 'human', subject: 'hello' }]))
  const { json } = await server.get('/api/overview')
  expect(overview().sessions.map(({ message }: any) => message)).toEqual(
    json.sessions.map((s: any) => s.message),
  )
  expect(overview().summary).toEqual(json.summary)
})

test('a line that a script appends is heard too', async () => {
  const { types, overview } = listen(server.port)
  await eventually(() => expect(types).toEqual(['overview']))
  const line = { timestamp: new Date().toISOString(), session: 's9', status: 'blocked', message: 'keys' }
  fs.appendFileSync(`${room.root}/status/s9_status.json`, `${JSON.stringify(line)}\n`)
  await eventually(() =>
    expect(overview().sessions[0]).toMatchObject({ session_id: 's9', status: 'blocked' }),
  )
})

test('server-sent events tell the same, as events of one line', async () => {
  const options = { host: '127.0.0.1', port: server.port, path: '/api/events', agent: false }
  let text = ''
  const request = http.get(options, (response) => {
    expect(response.headers['content-type']).toContain('text/event-stream')
    response.on('data', (part) => {
      text += part
    })
  })
  request.on('error', () => {})
  await eventually(() => expect(text).toContain('"type":"overview"'))
  await server.post('/api/session-status', { session: 'm2', status: 'working', message: 'one\ntwo' })
  await eventually(() => expect(text).toContain('"type":"change"'))
  const events = text.split('\n\n').filter((each) => each.startsWith('data: '))
  for (const event of events) expect(JSON.parse(event.slice(6)).type).toMatch(/overview|change|ping/)
  expect((await ask(server.port, 'HEAD', '/api/events')).text).toBe('')
  const clients = async () => (await server.get('/metrics')).text
  await eventually(async () => expect(await clients()).toContain('coord_stream_clients 1\n'))
  request.destroy()
  await eventually(async () => expect(await clients()).toContain('coord_stream_clients 0\n'))
})

test('what a client sends is not wanted: long words end the connection, and nothing else', async () => {
  const { socket, types } = listen(server.port)
  await eventually(() => expect(types).toEqual(['overview']))
  socket.send('hello')
  socket.send('x'.repeat(100_000))
  const code = await new Promise((resolve) => socket.on('close', resolve))
  expect(code).toBe(1009)
  expect((await server.get('/health')).status).toBe(200)
})

const CLIENTS = 200
const SESSIONS = 1000

test('200 clients follow a room of 1,000 sessions in bounded memory; clients that read nothing cost little', async () => {
  const dir = temporaryDirectory()
  writeRoom(dir, { sessions: SESSIONS, heartbeats: 0, messages: 20 })
  const { port, child, get, post } = await serve(dir)
  const rss = () =>
    Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024
  const sockets = Array.from({ length: CLIENTS }, () => new WebSocket(`ws://127.0.0.1:${port}/api/stream`))
  onTestFinished(() => {
    for (const socket of sockets) socket.terminate()
  })
  const heard = sockets.map(() => 0)
  const last: string[] = []
  sockets.forEach((socket, at) => {
    if (at % 10 === 9) socket.on('open', () => socket.pause())
    socket.on('message', (data) => {
      heard[at]!++
      last[at] = String(data)
    })
  })
  const awake = heard.map((_, at) => at).filter((at) => at % 10 !== 9)
  await eventually(() => expect(awake.filter((at) => heard[at] === 0)).toEqual([]), 30_000)
  for (let round = 0; round < 5; round++) {
    const { json } = await post('/api/operations/heartbeat', { session: sessionId(round), action: 'testing' })
    expect(json.ok).toBe(true)
  }
  await post('/api/session-status', { session: 'last', status: 'working', message: 'the end' })
  const told = (at: number) => last[at]!.includes('the end')
  await eventually(() => expect(awake.filter((at) => !told(at))).toEqual([]), 30_000)
  const most = Math.max(...awake.map((at) => heard[at]!))
  expect(most).toBeLessThanOrEqual(8)
  expect((await get('/metrics')).text).toContain(`coord_stream_clients ${CLIENTS}\n`)
  expect(rss()).toBeLessThan(400)
})
