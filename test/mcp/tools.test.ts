/** The tools do what the commands do, and answer with the same JSON. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { MORE } from '../../src/faces/mcp/more.ts'
import { tools } from '../../src/faces/mcp/tools.ts'
import { waysByTools } from '../../src/faces/mcp/ways.ts'
import { everything, PINNED } from '../cli/rooms.ts'
import { coord } from '../helpers/cli.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { inside } from '../helpers/inside.ts'
import { readJson, register, repository, roomOf } from '../processes/support.ts'
import { claude, serve } from './serving.ts'

const NAMES = ['join', 'heartbeat', 'claim', 'release', 'send', 'inbox', 'status', 'handoff']

test('there are eight tools, all told in under 6,000 bytes, and instructions that Codex shows whole', async () => {
  const { client } = await serve({ cwd: repository() })
  const { tools: told } = await client.listTools()
  expect(told.map(({ name }) => name)).toEqual(NAMES)
  expect(Buffer.byteLength(JSON.stringify(told))).toBeLessThan(6000)
  const instructions = client.getInstructions()!
  expect(instructions).toContain('join')
  expect(instructions.length).toBeLessThanOrEqual(512)
})

test('what a tool takes are fields of the operation, without those of people, told without the command line', async () => {
  const { client } = await serve({ cwd: repository() })
  for (const { name, inputSchema, annotations } of (await client.listTools()).tools) {
    const { operation, fields } = tools.get(name)!
    expect(Object.keys(inputSchema.properties!)).toEqual([
      ...Object.keys(fields),
      ...(name === 'join' ? [] : ['session']),
    ])
    const known = { ...operation.input, ...MORE[name] }
    for (const field of Object.keys(fields)) expect(known).toHaveProperty([field])
    expect(Object.keys(MORE[name] ?? {}).filter((field) => field in operation.input)).toEqual([])
    expect(Object.keys(fields)).not.toEqual(expect.arrayContaining(['as']))
    expect(inputSchema.required ?? []).toEqual(
      Object.keys(operation.input).filter((field) => operation.input[field]!.required),
    )
    expect(JSON.stringify(inputSchema)).not.toMatch(/--|may be repeated|standard input/)
    expect(annotations?.readOnlyHint ?? false).toBe(name === 'status')
  }
})

/** A day of one session: tools beside the commands that they stand for. */
const DAY: [tool: string, given: object, command: string[]][] = [
  ['join', { work: 'site', capability: ['build'] }, ['start', '--work', 'site', '--capability', 'build']],
  ['claim', { type: 'droplet', name: ['guide'] }, ['claim', 'droplet', 'guide']],
  ['claim', { type: 'file', name: ['a.txt', 'b.txt'] }, ['claim', 'file', 'a.txt', 'b.txt']],
  ['claim', { type: 'file', name: 'a.txt', for: '2h' }, ['claim', 'file', 'a.txt', '--for', '2h']],
  ['claim', { type: 'droplet', name: ['taken'] }, ['claim', 'droplet', 'taken']],
  [
    'heartbeat',
    { action: 'building', target: 'guide', progress: '30%', files: ['a.txt'] },
    ['heartbeat', 'building', 'guide', '--progress', '30%', '--files', 'a.txt'],
  ],
  ['heartbeat', { action: 'x', state: 'odd' }, ['heartbeat', 'x', '--state', 'odd']],
  ['send', { to: 'ada', subject: 'hello', ack: true }, ['send', 'ada', 'hello', '--ack']],
  ['send', { to: 'adda', subject: 'hello' }, ['send', 'adda', 'hello']],
  ['inbox', { peek: true }, ['inbox', '--peek']],
  ['inbox', { limit: 1 }, ['inbox', '--limit', '1']],
  ['inbox', {}, ['inbox']],
  ['status', {}, ['status']],
  ['status', { session_id: 'ada' }, ['status', 'ada']],
  [
    'handoff',
    { type: 'file', name: 'b.txt', to: 'ada', note: 'go on' },
    ['handoff', 'file', 'b.txt', '--to', 'ada', '--note', 'go on'],
  ],
  ['handoff', { list: true }, ['handoff', '--list']],
  ['release', {}, ['release']],
  [
    'release',
    { type: 'droplet', name: 'guide', files: ['a.txt'] },
    ['release', 'droplet', 'guide', '--files', 'a.txt'],
  ],
  ['release', { all: true }, ['release', '--all']],
  ['release', { all: true }, ['release', '--all']],
]

/** A repository with another session, which holds a claim and has written. */
async function peopled(): Promise<string> {
  const cwd = repository()
  inside({ cwd, env: { ...PINNED, AI_AGENT: 'x' } }, 'start', '--id', 'ada')
  for (const line of [
    ['claim', 'droplet', 'taken'],
    ['send', 'broadcast', 'hi'],
    ['send', 'broadcast', 'stop', '--priority', 'high'],
  ])
    await coord(
      { cwd, session: 'ada', env: { ...PINNED, COORD_SEED: String(line.length + line[2]!.length) } },
      ...line,
    )
  return cwd
}

/** A day of two sessions, each with a server of its own, in which claims change hands: calls beside commands. */
const CHANGES: [who: 'ann' | 'bob', tool: string, given: object, command: string[]][] = [
  ['ann', 'claim', { type: 'task', name: ['t'] }, ['claim', 'task', 't']],
  [
    ...(['bob', 'handoff', { type: 'task', name: 't', ask: true, note: 'urgent' }] as const),
    ['request', 'task', 't', '--reason', 'urgent'],
  ],
  ['ann', 'inbox', {}, ['inbox']],
  ['ann', 'inbox', { ack: '$asked' }, ['ack', '$asked']],
  ['ann', 'handoff', { refuse: '$asked', note: 'no' }, ['request', '--refuse', '$asked', '--reason', 'no']],
  [
    'bob',
    'handoff',
    { ask: true, type: 'task', name: 't', note: 'b' },
    ['request', 'task', 't', '--reason', 'b'],
  ],
  ['ann', 'handoff', { grant: '$asked' }, ['request', '--grant', '$asked']],
  ['ann', 'handoff', { grant: 'nothing' }, ['request', '--grant', 'nothing']],
  ['bob', 'handoff', { rescue: 'ann' }, ['rescue', 'ann', '--take']],
  ['ann', 'send', { to: 'path:new', subject: 'beware', ack: true }, ['send', 'path:new', 'beware', '--ack']],
  ['bob', 'claim', { type: 'file', name: ['new/a.ts'] }, ['claim', 'file', 'new/a.ts']],
  ['bob', 'inbox', {}, ['inbox']],
  ['bob', 'inbox', { ack: '$asked' }, ['ack', '$asked']],
  ['ann', 'send', { to: 'human', subject: 'may I?', ack: true }, ['send', 'human', 'may I?', '--ack']],
  ['ann', 'send', { to: 'channel:build', subject: 'green' }, ['publish', 'build', 'green']],
  [
    'ann',
    'send',
    { to: 'channel:build', subject: 'red', ack: true },
    ['send', 'channel:build', 'red', '--ack'],
  ],
  ['bob', 'inbox', { channel: 'build' }, ['poll', 'build']],
  ['bob', 'inbox', { channel: 'build', since: '$asked' }, ['poll', 'build', '--since', '$asked']],
  [
    ...(['ann', 'send', { to: 'broadcast', subject: 'all well?', rollcall: '5m' }] as const),
    ['rollcall', 'all well?', '--within', '5m'],
  ],
  ['bob', 'inbox', {}, ['inbox']],
  [
    'bob',
    'send',
    { to: 'ann', subject: 'yes', 'reply-to': '$asked' },
    ['send', 'ann', 'yes', '--reply-to', '$asked'],
  ],
  [
    ...(['ann', 'send', { to: 'broadcast', subject: 'again?', rollcall: 'soon' }] as const),
    ['rollcall', 'again?', '--within', 'soon'],
  ],
  ['bob', 'inbox', { ack: 'cwd_overlap' }, ['alerts', 'cwd_overlap', '--acknowledge']],
  ['bob', 'inbox', { ack: 'nothing' }, ['ack', 'nothing']],
]

test('asking, granting, rescuing, calling the roll, acknowledging and channels are fields of the tools, and answer as their commands', async () => {
  const [here, there] = [repository(), repository()]
  const envs = { ann: { ...PINNED, ...claude('ann') }, bob: { ...PINNED, COORD_SEED: '2', ...claude('bob') } }
  const servers = {
    ann: await serve({ cwd: here, env: envs.ann, apart: true }),
    bob: await serve({ cwd: here, env: envs.bob, apart: true }),
  }
  for (const who of ['ann', 'bob'] as const) {
    await servers[who].call('join', { name: who })
    inside({ cwd: there, env: envs[who] }, 'start', '--name', who)
  }
  const asked = ['', '']
  const filled = <T>(told: T, id: string): T => JSON.parse(JSON.stringify(told).replaceAll('$asked', id))
  const seen: unknown[] = []
  for (const [who, tool, given, command] of CHANGES) {
    const reply = await servers[who].call(tool, filled(given, asked[0]!))
    const { json } = await coord({ cwd: there, env: envs[who] }, ...filled(command, asked[1]!), '--json')
    if (json.error?.hint) json.error.hint = waysByTools(json.error.hint)
    expect(anyIds(comparable(reply.json, here)), command.join(' ')).toEqual(anyIds(comparable(json, there)))
    if (json.message?.ack || json.message?.channel) asked.splice(0, 2, reply.json.message.id, json.message.id)
    seen.push(json.error?.code ?? 'ok')
  }
  const unsaid = await servers.bob.call('handoff', { type: 'task', name: 't', ask: true })
  expect(unsaid.json.error).toMatchObject({ code: 'invalid', argument: 'note' })
  const call = (more: object) =>
    servers.bob.call('send', { to: 'broadcast', subject: 'x', rollcall: '5m', ...more })
  expect((await call({ to: 'ann' })).json.error).toMatchObject({ code: 'invalid', argument: 'to' })
  expect((await call({ priority: 'low' })).json.error).toMatchObject({
    code: 'invalid',
    argument: 'priority',
  })
  expect(JSON.parse(await servers.bob.read('coord://rollcall'))).toMatchObject({
    ...{
      message: { subject: 'all well?' },
      answers: [{ session_id: expect.any(String), message: expect.any(String) }],
    },
  })
  expect(seen.filter((code) => code !== 'ok')).toEqual([
    'conflict',
    'not_found',
    'conflict',
    'invalid',
    'invalid',
    'not_found',
  ])
})

/** What tells of the room's place and of processes. */
const anyIds = (json: unknown) =>
  JSON.parse(
    JSON.stringify(json)
      .replace(/(conflict|overlap)-[0-9a-f]{8}/g, '$1-ID')
      .replace(/process \d+/g, 'process')
      .replace(/"pid(_started)?":("[^"]*"|\d+|null)/g, '"pid$1":0'),
  )

test('every tool answers as its command does with --json, refusals too', async () => {
  const [here, there] = [await peopled(), await peopled()]
  const env = { ...PINNED, ...claude('one') }
  const { call, faults, said } = await serve({ cwd: here, env })
  const seen = new Set<unknown>()
  for (const [tool, given, command] of DAY) {
    const reply = await call(tool, given)
    const { json } = await coord({ cwd: there, env }, ...command, '--json')
    if (json.error?.hint) json.error.hint = waysByTools(json.error.hint)
    expect(comparable(reply.json, here), command.join(' ')).toEqual(comparable(json, there))
    expect(reply.isError).toBe(!json.ok)
    seen.add(json.error?.code ?? tool)
  }
  expect([...seen].sort()).toEqual([...NAMES, 'ambiguous', 'held', 'invalid', 'not_found'].sort())
  expect({ faults, said: said() }).toEqual({ faults: [], said: '' })
})

/** An answer without what is drawn by lot, and without its directory. */
function comparable(json: object, dir: string): unknown {
  return JSON.parse(
    JSON.stringify(json)
      .replaceAll(path.dirname(dir), 'DIR')
      .replace(/"session_uuid":"[^"]*"/g, '"session_uuid":""')
      // The id of an alert ends in the hash of what it is about, here a directory.
      .replace(/(-cwd_overlap-)[0-9a-f]{8}/g, '$1'),
  )
}

test('input that is wrong is named, and what is left to people is not taken', async () => {
  const { call, client } = await serve({ cwd: repository(), env: claude('one') })
  await call('join')
  const errorOf = async (tool: string, given: object) => {
    const { json, isError } = await call(tool, given)
    expect(isError).toBe(true)
    return [json.error.code, json.error.argument]
  }
  expect(await errorOf('claim', { type: 'file' })).toEqual(['invalid', 'name'])
  expect(await errorOf('claim', { type: 'file', name: 3 })).toEqual(['invalid', 'name'])
  expect(await errorOf('claim', { type: 'file', name: ['a'], norenew: true })).toEqual(['invalid', 'norenew'])
  expect(await errorOf('send', { to: 'human', subject: 's', as: 'human' })).toEqual(['invalid', 'as'])
  expect(await errorOf('release', { type: 'a', name: 'b', force: true })).toEqual(['invalid', 'force'])
  expect(await errorOf('join', { id: 'mine' })).toEqual(['invalid', 'id'])
  expect(await errorOf('status', { session: 3 })).toEqual(['invalid', 'session'])
  await expect(client.callTool({ name: 'end', arguments: {} })).rejects.toThrow('there is no tool "end"')
})

test('warnings of a command follow the JSON as a text of their own', async () => {
  const cwd = repository()
  const { call } = await serve({ cwd, env: claude('one') })
  await call('join')
  fs.rmSync(path.join(roomOf(cwd), 'STATUS_BOARD.md'))
  fs.mkdirSync(path.join(roomOf(cwd), 'STATUS_BOARD.md'))
  const { json, notes } = await call('claim', { type: 'task', name: ['t'] })
  expect(json.claim.resource_name).toBe('t')
  expect(notes).toEqual([expect.stringMatching(/^coord: .*STATUS_BOARD/)])
})

test('the resources tell of the room as of now, and reading them changes nothing', async () => {
  const cwd = repository()
  const { client, call, read } = await serve({ cwd, env: claude('one') })
  const { session } = (await call('join', { work: 'site' })).json
  const before = fs.readFileSync(path.join(roomOf(cwd), 'STATUS_BOARD.md'), 'utf8')
  expect((await client.listResources()).resources.map(({ uri }) => uri)).toEqual([
    'coord://board',
    'coord://index',
    'coord://alerts',
    'coord://history',
    'coord://report',
    'coord://rescue',
    'coord://requests',
    'coord://rollcall',
    'coord://channels',
    'coord://log',
  ])
  expect(await read('coord://board')).toContain(session.session_id)
  expect(JSON.parse(await read('coord://index')).sessions[0]).toMatchObject({ task: 'site' })
  expect(JSON.parse(await read('coord://alerts'))).toEqual({ ok: true, alerts: [] })
  expect(JSON.parse(await read('coord://history')).acts[0]).toMatchObject({
    message: 'site',
    metadata: { event: 'start' },
  })
  expect(fs.readFileSync(path.join(roomOf(cwd), 'STATUS_BOARD.md'), 'utf8')).toBe(before)
  await call('send', { to: 'channel:build', subject: 'green' })
  const files = everything(roomOf(cwd))
  const told = async (name: string) => JSON.parse(await read(`coord://${name}`))
  expect(await told('report')).toMatchObject({ log: null, session_id: session.session_id, unread: 0 })
  expect((await told('rescue')).sessions).toMatchObject([{ rescue: { state: 'current' } }])
  expect([(await told('requests')).requests, (await told('log')).entries]).toEqual([[], []])
  expect((await told('channels')).channels.map(({ channel }: any) => channel)).toContain('build')
  expect((await told('channels/build')).messages).toMatchObject([{ message: 'green', to: 'channel:build' }])
  expect((await client.listResourceTemplates()).resourceTemplates).toMatchObject([{ name: 'channel' }])
  await expect(read('coord://rollcall')).rejects.toMatchObject({ data: { code: 'not_found' } })
  await expect(read('coord://channels/No')).rejects.toMatchObject({ data: { code: 'invalid' } })
  expect(everything(roomOf(cwd))).toEqual(files)
  await expect(read('coord://secrets')).rejects.toMatchObject({ code: -32_002 })
})

test('without a room only join works, which makes it; outside git it says how', async () => {
  const cwd = repository()
  const { call, read } = await serve({ cwd, env: claude('one') })
  const missing = await call('status')
  expect(missing.json.error).toMatchObject({ code: 'not_initialized', hint: expect.stringContaining('join') })
  await expect(read('coord://board')).rejects.toMatchObject({ data: { code: 'not_initialized' } })
  expect(fs.existsSync(roomOf(cwd))).toBe(false)
  expect((await call('join')).json.created).toBe(true)
  expect((await call('status')).json.sessions).toHaveLength(1)
  const outside = await serve({ cwd: temporaryDirectory() })
  expect((await outside.call('join')).json.error).toMatchObject({ code: 'not_initialized' })
})

test('a server started elsewhere finds the repository by --dir, or by what its client says it works in', async () => {
  const cwd = repository()
  await register(cwd, 'ada')
  const away = temporaryDirectory()
  const byDir = await serve({ cwd: away, args: ['--dir', roomOf(cwd)] })
  const byRoots = await serve({ cwd: away, roots: [`file://${temporaryDirectory()}`, `file://${cwd}`] })
  for (const { call } of [byDir, byRoots])
    expect((await call('status')).json.sessions).toMatchObject([{ session_id: 'ada' }])
  await byRoots.call('join', { work: 'w' })
  expect((await byRoots.call('claim', { type: 'file', name: ['a.txt'] })).json.claim.resource_name).toBe(
    'a.txt',
  )
})

test('whatever bytes lie in the room, calls go on and status names the files', async () => {
  const cwd = repository()
  const { call, read, faults } = await serve({ cwd, env: claude('one') })
  await call('join')
  const room = roomOf(cwd)
  fs.writeFileSync(path.join(room, 'sessions/broken.json'), '\xff{"session_id": ')
  fs.writeFileSync(path.join(room, 'config.json'), 'not json')
  fs.writeFileSync(path.join(room, 'claims/task-x.claim'), Buffer.alloc(100))
  expect((await call('claim', { type: 'task', name: ['t'] })).json.ok).toBe(true)
  expect((await call('heartbeat', { action: 'building' })).json.ok).toBe(true)
  const told = (await call('status')).json.problems.map(({ path: file }: { path: string }) => file)
  expect(told).toEqual(expect.arrayContaining(['sessions/broken.json', 'config.json', 'claims/task-x.claim']))
  for (const uri of ['coord://board', 'coord://index', 'coord://alerts', 'coord://history']) await read(uri)
  expect(readJson(path.join(room, 'claims/task-t.claim'))).toMatchObject({ resource_name: 't' })
  expect(faults).toEqual([])
})
