/** The API of the session-status guide, with its fields; the live status of MON-001; metrics; the description. */
import fs from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { offered } from '../../src/faces/http/offered.ts'
import { makeRoom, PINNED, type Room } from '../cli/rooms.ts'
import { ask, type Server, serve } from './serving.ts'

const BASE = '/api/session-status'
const PINNED_MS = Date.parse(PINNED.COORD_NOW)
const at = (minutes: number) => new Date(PINNED_MS - minutes * 60_000).toISOString()

let room: Room
let server: Server
beforeAll(async () => {
  room = await makeRoom()
  const write = (name: string, ...lines: object[]) =>
    fs.writeFileSync(
      `${room.root}/status/${name}_status.json`,
      lines.map((line) => `${JSON.stringify({ session: name, ...line })}\n`).join(''),
    )
  const work = { status: 'working', task_id: '160' }
  write(
    'manager1',
    { ...work, timestamp: at(2), progress: 0.5, message: 'Querying' },
    { ...work, timestamp: at(1), progress: 0.75, message: 'Compiling status report' },
  )
  write('worker3', { status: 'idle', timestamp: at(6.2), message: 'Waiting' })
  write('qa', { status: 'error', timestamp: at(0), message: 'Failed: timeout', metadata: { code: 7 } })
  write('old', { status: 'working', timestamp: at(40), message: 'gone' })
  server = await serve(room.dir, { env: PINNED, keep: true })
})
afterAll(async () => {
  server.child.kill('SIGTERM')
  await server.ended
})

const get = async (path: string) => (await server.get(`${BASE}/${path}`)).json

const MANAGER = {
  ...{ timestamp: at(1), session: 'manager1', status: 'working', progress: 0.75 },
  ...{ message: 'Compiling status report', task_id: '160', age_seconds: 60, is_stale: false },
}

test('summary has the totals of the guide, and nothing else', async () => {
  expect(await get('summary')).toEqual({
    total_sessions: 3,
    by_status: { error: 1, working: 1, idle: 1 },
    working_sessions: ['manager1'],
    error_sessions: ['qa'],
    stale_sessions: ['worker3'],
  })
})

test('sessions are told by their names, each with the fields of the guide', async () => {
  const sessions = await get('sessions')
  expect(Object.keys(sessions).sort()).toEqual(['manager1', 'qa', 'worker3'])
  expect(sessions.manager1).toEqual(MANAGER)
  expect(sessions.worker3).toMatchObject({ age_seconds: 372, is_stale: true, progress: null, task_id: null })
  expect(sessions.qa.metadata).toEqual({ code: 7 })
  expect(await get('working')).toEqual({ manager1: MANAGER })
  expect(Object.keys(await get('errors'))).toEqual(['qa'])
  expect(Object.keys(await get('stale'))).toEqual(['worker3'])
})

test('one session is told alone, with its history; one that is not there is named with the nearest', async () => {
  expect(await get('session/manager1')).toEqual(MANAGER)
  expect(await get('session/manager1/history')).toEqual({
    session: 'manager1',
    history: [
      {
        ...{ timestamp: at(2), session: 'manager1', status: 'working' },
        ...{ progress: 0.5, message: 'Querying', task_id: '160' },
      },
      {
        ...{ timestamp: at(1), session: 'manager1', status: 'working' },
        ...{ progress: 0.75, message: 'Compiling status report', task_id: '160' },
      },
    ],
  })
  const last = await get('session/manager1/history?limit=1')
  expect(last).toMatchObject({ history: [{ progress: 0.75 }], omitted: 1 })
  expect((await get('session/old/history')).history).toHaveLength(1)
  const missing = await server.get(`${BASE}/session/manager2`)
  expect([missing.status, missing.json.error]).toMatchObject([
    404,
    { code: 'not_found', suggestions: ['manager1'] },
  ])
  for (const limit of ['0', 'x', '-1'])
    expect((await get(`session/manager1/history?limit=${limit}`)).error).toMatchObject({ argument: 'limit' })
})

test('names with slashes, dots and letters of all kinds lead nowhere else', async () => {
  for (const name of ['../../etc/passwd', '%2e%2e%2fconfig', 'ä b', '__proto__', 'constructor', '%00', '%'])
    expect((await server.get(`${BASE}/session/${name.replace(/[/ä ]/g, encodeURIComponent)}`)).status).toBe(
      404,
    )
})

test('an update is pushed by both addresses, as the file has it', async () => {
  const update = {
    ...{ session: 'arch', status: 'working', message: 'Loading', progress: 0.1, task_id: '161' },
    metadata: { phase: 'plan', items: [1, 2], deep: { a: null } },
  }
  const { status, json } = await server.post(`${BASE}/push`, { ...update, timestamp: '2001-01-01T00:00:00Z' })
  const written = { ...update, timestamp: PINNED.COORD_NOW }
  expect([status, json]).toEqual([200, { ok: true, update: written, registered: false }])
  expect(JSON.parse(room.read('status/arch_status.json'))).toEqual(written)
  expect((await server.post(BASE, { ...update, progress: 1, status: 'completed' })).json.ok).toBe(true)
  expect(await get('session/arch')).toMatchObject({ status: 'completed', progress: 1 })
})

const WRONG: [body: object, argument: string][] = [
  [{ status: 'working', message: 'x' }, 'session'],
  [{ session: 'a', message: 'x' }, 'status'],
  [{ session: 'a', status: 'working' }, 'message'],
  [{ session: 'a', status: 'working', message: '' }, 'message'],
  [{ session: 'a', status: 'flying', message: 'x' }, 'state'],
  [{ session: 'a', status: 'working', message: 'x', progress: 45 }, 'progress'],
  [{ session: 'a', status: 'working', message: 'x', progress: '0.5' }, 'progress'],
  [{ session: 'a', status: 'working', message: 'x', metadata: [1] }, 'metadata'],
  [{ session: 'a', status: 'working', message: 'x', percent: 1 }, 'percent'],
  [{ session: '../a', status: 'working', message: 'x' }, 'session'],
  [[1], 'body'],
]

test.each(WRONG)('%j is refused, and %s named', async (body, argument) => {
  const { status, json } = await server.post(`${BASE}/push`, body)
  expect([status, json.error.code, json.error.argument]).toEqual([400, 'invalid', argument])
})

test('a body that nests deeper than it could be written again is refused, as is one that is no JSON', async () => {
  const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' }
  const deep = `{"session":"a","status":"idle","message":"x","metadata":{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}}`
  for (const body of [deep, '{', '', 'null']) {
    const { status, json } = await ask(server.port, 'POST', BASE, headers, body)
    expect([status, json.error.argument]).toEqual([400, 'body'])
  }
  expect(server.said()).toBe('')
})

test('the live status is what index.json says, as of now', async () => {
  const { headers, json } = await server.get('/api/status/live')
  expect(headers['content-type']).toContain('application/json')
  expect(Object.keys(json)).toEqual(expect.arrayContaining(['updated_at', 'sessions', 'summary']))
  expect(Object.keys(json.summary)).toEqual(
    expect.arrayContaining([
      ...['total_sessions', 'active_sessions', 'stale_sessions', 'total_agents', 'max_context_pct', 'load'],
    ]),
  )
})

test('metrics are lines that Prometheus takes, with words of others quoted', async () => {
  const { text } = await server.get('/metrics')
  expect(text).toContain('coord_sessions{status="error"} 1\n')
  expect(text).toContain('coord_sessions_liveness{level="stale"} 1\n')
  for (const line of text.trimEnd().split('\n'))
    expect(line).toMatch(/^(# (HELP|TYPE) coord_\w+ .+|coord_\w+(\{\w+="([^"\\\n]|\\.)*"\})? \d+)$/)
})

test('the description tells every operation with its fields, and every path in it answers', async () => {
  const { json } = await server.get('/api/openapi.json')
  expect(json.openapi).toBe('3.1.0')
  for (const [name, { writes, input }] of offered) {
    const told = json.paths[`/api/operations/${name}`][writes ? 'post' : 'get']
    const fields = writes
      ? Object.keys(told.requestBody.content['application/json'].schema.properties)
      : told.parameters.map((parameter: { name: string }) => parameter.name)
    expect(fields).toEqual(['session', ...Object.keys(input)])
  }
  for (const path of Object.keys(json.paths).filter((each) => !/stream|events|operations/.test(each))) {
    if (!json.paths[path].get) continue
    expect((await server.get(path.replace('{name}', 'manager1'))).status, path).toBe(200)
  }
})
