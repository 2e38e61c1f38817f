/** `coord serve` as a command: where it listens, what it leaves behind, and `coord push --url`. */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import WebSocket from 'ws'
import { makeRoom } from '../cli/rooms.ts'
import { cleanEnvironment, coord } from '../helpers/cli.ts'
import { install, run } from '../library/program.ts'
import { BIN } from '../processes/support.ts'
import { ask, eventually, serve } from './serving.ts'

const told = (root: string) => path.join(root, '.state/serve.json')

test('it tells its address and token in a file for its user alone, which goes with it', async () => {
  const room = await makeRoom()
  const { child, ended, port, url, token, said } = await serve(room.dir)
  expect(JSON.parse(room.read('.state/serve.json'))).toMatchObject({
    ...{ pid: child.pid, port, url, token, started_at: expect.stringMatching(/^20.*Z$/) },
  })
  expect(fs.statSync(told(room.root)).mode & 0o777).toBe(0o600)
  expect(token.length).toBeGreaterThanOrEqual(40)
  child.kill('SIGINT')
  expect(await ended).toBe(130)
  expect(fs.existsSync(told(room.root))).toBe(false)
  expect(said()).toBe('')
})

test('a second one in the room says where the first is; what a killed one left does not count', async () => {
  const room = await makeRoom()
  const first = await serve(room.dir)
  const { code, json } = await coord({ cwd: room.dir }, 'serve', '--json')
  expect([code, json.error.code]).toEqual([1, 'conflict'])
  expect(json.error).toMatchObject({ url: first.url, pid: first.child.pid })
  expect(JSON.stringify(json)).toContain(first.url)
  first.child.kill('SIGKILL')
  await first.ended
  expect(fs.existsSync(told(room.root))).toBe(true)
  const second = await serve(room.dir)
  expect((await second.get('/health')).json).toMatchObject({ ok: true })
})

test('one that is dead but not yet taken note of does not count', async () => {
  const room = await makeRoom()
  const script = '"$0" "$@" & exec sleep 60'
  const parent = spawn('sh', ['-c', script, process.execPath, BIN, 'serve', '--json'], {
    ...{ cwd: room.dir, env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'ignore'] as const },
  })
  onTestFinished(() => void parent.kill('SIGKILL'))
  const pid = await new Promise<number>((resolve) =>
    parent.stdout!.once('data', (text) => resolve(JSON.parse(String(text)).pid)),
  )
  process.kill(pid, 'SIGKILL')
  await eventually(() => expect(fs.readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(') Z '))
  const second = await serve(room.dir)
  expect((await second.get('/health')).json).toMatchObject({ ok: true })
})

test('the token stays over a restart, until a new one is wanted; COORD_TOKEN goes before it', async () => {
  const room = await makeRoom()
  const tokenOf = async (args: string[] = [], env = {}) => {
    const { child, ended, token, post } = await serve(room.dir, { args, env })
    expect((await post('/api/token', {})).status).toBe(200)
    expect((await post('/api/token', {}, { 'content-type': 'application/json' })).status).toBe(401)
    child.kill('SIGTERM')
    await ended
    return token
  }
  const first = await tokenOf()
  expect(await tokenOf()).toBe(first)
  const file = path.join(room.root, '.state/serve-token')
  expect(fs.statSync(file).mode & 0o777).toBe(0o600)
  const own = 'a-token.of_my~own'
  expect(await tokenOf([], { COORD_TOKEN: own })).toBe(own)
  const next = await tokenOf(['--new-token'])
  expect(next).not.toBe(first)
  fs.chmodSync(file, 0o644)
  expect(await tokenOf()).not.toBe(next)
  for (const COORD_TOKEN of ['short', 'with spaces in between', 'x'.repeat(20).concat('#')]) {
    const { code, json } = await coord({ cwd: room.dir, env: { COORD_TOKEN } }, 'serve', '--json')
    expect([code, json.error]).toMatchObject([2, { code: 'invalid', argument: 'COORD_TOKEN' }])
  }
})

test('it takes the next port that is free, but the one that was asked for or none', async () => {
  const [one, two] = [await makeRoom(), await makeRoom()]
  const first = await serve(one.dir)
  const asked = await coord({ cwd: two.dir }, 'serve', '--json', '--port', String(first.port))
  expect([asked.code, asked.json.error]).toMatchObject([1, { code: 'conflict', argument: 'port' }])
  const second = await serve(two.dir)
  expect(second.port).not.toBe(first.port)
  expect(fs.existsSync(told(two.root))).toBe(true)
  expect((await coord({ cwd: two.dir }, 'serve', '--port', '99999', '--json')).json.error.code).toBe(
    'invalid',
  )
})

test('push --url posts with the token of the own server, or of COORD_TOKEN, and names what is refused', async () => {
  const room = await makeRoom('one')
  const { url, token, get } = await serve(room.dir)
  const here = await coord(
    { cwd: room.dir },
    'push',
    'working',
    'here',
    '0.5',
    '--session',
    'm1',
    '--url',
    url,
  )
  expect(here).toMatchObject({ code: 0, err: '' })
  expect((await get('/api/session-status/session/m1')).json).toMatchObject({ message: 'here', progress: 0.5 })
  const elsewhere = await makeRoom()
  const call = { cwd: elsewhere.dir, session: 'm2' }
  const push = ['push', 'working', 'there', '--url', `${url}/`, '--json']
  expect((await coord(call, ...push)).json.error).toMatchObject({ code: 'invalid', argument: 'url' })
  const known = await coord({ ...call, env: { COORD_TOKEN: token } }, ...push)
  expect(known.json).toMatchObject({
    ok: true,
    registered: false,
    update: { session: 'm2', message: 'there' },
  })
  const wrong = await coord(
    { ...call, env: { COORD_TOKEN: token } },
    'push',
    'odd',
    'x',
    '--url',
    url,
    '--json',
  )
  expect([wrong.code, wrong.json.error.code]).toEqual([2, 'invalid'])
  expect(elsewhere.files('status')).toEqual([])
})

test('push --url falls back to the file where the server is not there, or is another, and says so', async () => {
  const room = await makeRoom()
  const other = http.createServer((_, response) => response.writeHead(502).end('<html>'))
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as AddressInfo
  const pushed = () => room.read('status/m1_status.json').trim().split('\n').length
  const args = ['push', 'working', 'x', '--session', 'm1', '--url', `http://127.0.0.1:${port}`]
  const strange = await coord({ cwd: room.dir }, ...args)
  expect([strange.code, pushed()]).toEqual([0, 1])
  await new Promise((resolve) => other.close(resolve))
  const { code, err } = await coord({ cwd: room.dir }, ...args)
  expect([code, pushed()]).toEqual([0, 2])
  expect(err).toContain("can't be reached (ECONNREFUSED)")
  const bad = await coord({ cwd: room.dir }, 'push', 'working', 'x', '--url', 'ftp://x', '--session', 'm1')
  expect(bad.code).toBe(2)
})

test('a room that vanished and came back knows of its server again', async () => {
  const room = await makeRoom('one')
  const { get } = await serve(room.dir)
  fs.renameSync(room.root, `${room.root}-away`)
  expect((await get('/api/overview')).json.error.code).toBe('not_initialized')
  fs.rmSync(told(`${room.root}-away`))
  fs.renameSync(`${room.root}-away`, room.root)
  expect((await get('/api/overview')).json.ok).toBe(true)
  await eventually(() => expect(fs.existsSync(told(room.root))).toBe(true))
})

const MOUNTED = `
import http from 'node:http'
import { createHandler } from 'git-coord'
const handler = createHandler({ hosts: ['coord.example.org'], base: '/coord' })
const server = http.createServer((request, response) => {
  if (!request.url.startsWith('/coord')) return response.end('mine')
  request.url = request.url.slice('/coord'.length) || '/'
  handler.listener(request, response)
})
server.on('upgrade', handler.upgrade)
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port, token: handler.token })))
`

test('another program mounts it beside its own routes, under its own name', async () => {
  const room = await makeRoom('one')
  install(room.dir)
  const file = path.join(room.dir, 'app.mjs')
  fs.writeFileSync(file, MOUNTED)
  const child = spawn(process.execPath, [file], { cwd: room.dir, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (part) => resolve(String(part)))
    child.once('close', reject)
  })
  const { port, token } = JSON.parse(line)
  expect((await ask(port, 'GET', '/')).text).toBe('mine')
  const named = { host: 'coord.example.org' }
  expect((await ask(port, 'GET', '/coord/api/session-status/summary', named)).json.total_sessions).toBe(1)
  expect((await ask(port, 'GET', '/coord/health', { host: 'evil.example' })).status).toBe(403)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const update = JSON.stringify({ session: 'm1', status: 'idle', message: 'x' })
  expect((await ask(port, 'POST', '/coord/api/session-status', headers, update)).json.ok).toBe(true)
  const socket = new WebSocket(`ws://127.0.0.1:${port}/coord/api/stream`)
  onTestFinished(() => socket.terminate())
  const first = await new Promise<string>((resolve) =>
    socket.once('message', (data) => resolve(String(data))),
  )
  expect(JSON.parse(first)).toMatchObject({ type: 'overview' })
})

test('as a fetch function it needs no server at all, and a short token is not taken', async () => {
  const room = await makeRoom('one')
  install(room.dir)
  const { out, err } = await run(
    room.dir,
    `import { createHandler } from 'git-coord'
    const { fetch, token } = createHandler({ private: true })
    const url = 'http://localhost/api/operations/status?session_id=one'
    console.log((await fetch(new Request(url))).status)
    const reply = await fetch(new Request(url, { headers: { authorization: 'Bearer ' + token } }))
    console.log((await reply.json()).ok)
    try { createHandler({ token: 'short' }) } catch (error) { console.log(error.code) }`,
  )
  expect({ out, err }).toEqual({ out: '401\ntrue\ninvalid', err: '' })
})
