/** Servers as processes: several at once, how they end, what they print. */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { cleanEnvironment, coord } from '../helpers/cli.ts'
import { BIN, repository, roomOf } from '../processes/support.ts'
import { claude, codex, serve } from './serving.ts'

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
}

/** A server that is fed these lines. */
function launch(cwd: string, lines: string[], env = {}) {
  const child = spawn(process.execPath, [BIN, 'mcp'], { cwd, env: cleanEnvironment(env), stdio: 'pipe' })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  child.stdin.write(lines.map((line) => `${line}\n`).join(''))
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, out, err })),
  )
  return { child, ended, said: () => out }
}

test('of two servers that claim one thing at once, one gets it', async () => {
  const cwd = repository()
  const servers = [await serve({ cwd, apart: true }), await serve({ cwd, apart: true })]
  await Promise.all(servers.map(({ call }, at) => call('join', {}, codex(`t${at}`))))
  for (let round = 0; round < 5; round++) {
    const claim = { type: 'task', name: [`t-${round}`] }
    const replies = await Promise.all(servers.map(({ call }, at) => call('claim', claim, codex(`t${at}`))))
    expect(replies.map(({ json }) => json.error?.code ?? 'got').sort()).toEqual(['got', 'held'])
  }
})

test('many calls at once through one server are all answered, each as its own thread', async () => {
  const cwd = repository()
  const { call } = await serve({ cwd })
  const threads = Array.from({ length: 6 }, (_, at) => codex(`t${at}`))
  const ids = await Promise.all(
    threads.map(async (meta) => (await call('join', {}, meta)).json.session.session_id),
  )
  expect(new Set(ids).size).toBe(6)
  const beats = await Promise.all(threads.map((meta) => call('heartbeat', { action: 'testing' }, meta)))
  expect(beats.map(({ json }) => json.heartbeat.session_id)).toEqual(ids)
})

test('a server ends with its client, and leaves no lock behind', async () => {
  const cwd = repository()
  const { client, call, pid } = await serve({ cwd, env: claude('one') })
  await call('join')
  await client.close()
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), 20_000)
  const locks = `${roomOf(cwd)}/.state/locks`
  expect(fs.existsSync(locks) ? fs.readdirSync(locks) : []).toEqual([])
})

test('when standard input ends, what was asked is answered first; the exit is 0', async () => {
  const call = (id: number, name: string) => ({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name, arguments: {} },
  })
  const requests = [INITIALIZE, call(2, 'join'), call(3, 'status')].map((each) => JSON.stringify(each))
  const { child, ended } = launch(repository(), requests, claude('one'))
  child.stdin.end()
  const { code, out, err } = await ended
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const answers = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(answers.map(({ id }) => id).sort()).toEqual([1, 2, 3])
  for (const { result } of answers.slice(1)) expect(JSON.parse(result.content[0].text).ok).toBe(true)
})

test('a line that is no JSON is answered with a parse error, others that are no messages are said on standard error; calls go on', async () => {
  const { child, ended } = launch(repository(), [
    'this is no JSON',
    '{"jsonrpc":"1"}',
    '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"yours is no JSON"}}',
    JSON.stringify(INITIALIZE),
    '{"jsonrpc":"2.0","id":2,"method":"ping"',
  ])
  child.stdin.end()
  const { code, out, err } = await ended
  expect(code).toBe(0)
  const answers = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(answers.filter(({ id }) => id !== null).map(({ id }) => id)).toEqual([1])
  expect(answers.filter(({ id }) => id === null)).toEqual([
    { jsonrpc: '2.0', id: null, error: { code: -32_700, message: expect.stringContaining('no JSON') } },
    { jsonrpc: '2.0', id: null, error: { code: -32_700, message: expect.stringContaining('no JSON') } },
  ])
  expect(err).toMatch(/^coord: /)
})

test('a signal ends it, and so does a client that reads no more', async () => {
  const first = launch(repository(), [JSON.stringify(INITIALIZE)])
  await vi.waitFor(() => expect(first.said()).not.toBe(''), 20_000)
  first.child.kill('SIGTERM')
  expect((await first.ended).code).toBe(143)
  const second = launch(repository(), [JSON.stringify(INITIALIZE)])
  await vi.waitFor(() => expect(second.said()).not.toBe(''), 20_000)
  second.child.stdout.destroy()
  const ping = setInterval(() => second.child.stdin.write('{"jsonrpc":"2.0","id":2,"method":"ping"}\n'), 20)
  second.child.stdin.on('error', () => {})
  const { code, err } = await second.ended
  clearInterval(ping)
  expect({ code, err }).toEqual({ code: 0, err: '' })
})

test('the command is in help, and its bundle is loaded for nothing else', async () => {
  const cwd = repository()
  expect((await coord({ cwd }, 'mcp', '--help')).out).toContain('claude mcp add coord')
  expect((await coord({ cwd }, 'mcp', 'now')).code).toBe(2)
  for (const bundle of ['heartbeat', 'hot', 'everyday', 'full', 'library.js'])
    expect(
      fs.readFileSync(
        `${path.dirname(path.dirname(BIN))}/dist/${bundle.replace(/^(\w+)$/, '$1.cjs')}`,
        'utf8',
      ),
    ).not.toContain('notifications/initialized')
})
