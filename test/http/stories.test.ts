/** Operations over HTTP do what the commands do, and answer with the same JSON. */
import path from 'node:path'
import { expect, test } from 'vitest'
import { offered } from '../../src/faces/http/offered.ts'
import { ERRORS, type ErrorCode } from '../../src/protocol/errors.ts'
import { changes, done, everything, PINNED, repository } from '../cli/rooms.ts'
import { inside } from '../helpers/inside.ts'
import { serve } from './serving.ts'

type Step = [session: string, operation: string, given: Record<string, unknown>, command: string[]]

/** A day of two sessions: requests beside the commands that they stand for. */
const DAY: Step[] = [
  ['one', 'claim', { type: 'droplet', name: ['guide'] }, ['claim', 'droplet', 'guide']],
  ['two', 'claim', { type: 'droplet', name: ['guide'] }, ['claim', 'droplet', 'guide']],
  ['one', 'claim', { type: 'file', name: ['a.txt', 'b.txt'] }, ['claim', 'file', 'a.txt', 'b.txt']],
  [
    'one',
    'renew',
    { type: 'droplet', name: 'guide', for: '2h' },
    ['renew', 'droplet', 'guide', '--for', '2h'],
  ],
  ['two', 'renew', { type: 'droplet', name: 'guide' }, ['renew', 'droplet', 'guide']],
  ['two', 'guard', { path: ['a.txt'] }, ['guard', 'a.txt']],
  [
    ...([
      'one',
      'heartbeat',
      { action: 'building', target: 'guide', progress: '30%', files: ['a.txt'] },
    ] as const),
    ['heartbeat', 'building', 'guide', '--progress', '30%', '--files', 'a.txt'],
  ],
  ['one', 'heartbeat', { action: 'x', state: 'odd' }, ['heartbeat', 'x', '--state', 'odd']],
  [
    ...(['one', 'push', { status: 'blocked', message: 'keys', progress: '0.4', meta: ['a=b'] }] as const),
    ['push', 'blocked', 'keys', '0.4', '--meta', 'a=b'],
  ],
  ['nobody', 'push', { status: 'idle', message: 'here' }, ['push', 'idle', 'here']],
  ['one', 'send', { to: 'two', subject: 'hello', ack: true }, ['send', 'two', 'hello', '--ack']],
  ['', 'send', { to: 'two', subject: 'you', as: 'human' }, ['send', 'two', 'you', '--as', 'human']],
  ['one', 'send', { to: 'tow', subject: 'hello' }, ['send', 'tow', 'hello']],
  ['two', 'inbox', { peek: true, limit: 1 }, ['inbox', '--peek', '--limit', '1']],
  ['two', 'inbox', {}, ['inbox']],
  ['two', 'ack', { id: 'nothing' }, ['ack', 'nothing']],
  ['', 'status', {}, ['status']],
  ['two', 'status', { session_id: 'one' }, ['status', 'one']],
  ['', 'status', { session_id: 'ona' }, ['status', 'ona']],
  ['', 'sessions', { all: true }, ['sessions', '--all']],
  ['', 'claims', {}, ['claims']],
  ['one', 'claims', { mine: true }, ['claims', '--mine']],
  ['', 'messages', { limit: 1 }, ['messages', '--limit', '1']],
  ['', 'history', { all: true, limit: 5 }, ['history', '--all', '--limit', '5']],
  [
    ...(['one', 'handoff', { type: 'file', name: 'b.txt', to: 'two', note: 'go on' }] as const),
    ['handoff', 'file', 'b.txt', '--to', 'two', '--note', 'go on'],
  ],
  ['two', 'release', { type: 'droplet', name: 'guide' }, ['release', 'droplet', 'guide']],
  ['one', 'release', { all: true }, ['release', '--all']],
  ['one', 'send', { to: 'path:src/new', subject: 'beware' }, ['send', 'path:src/new', 'beware']],
  ['two', 'claim', { type: 'file', name: ['src/new/a.ts'] }, ['claim', 'file', 'src/new/a.ts']],
  [
    ...(['one', 'request', { type: 'file', name: 'src/new/a.ts', reason: 'mine' }] as const),
    ['request', 'file', 'src/new/a.ts', '--reason', 'mine'],
  ],
  ['one', 'request', { list: true }, ['request', '--list']],
  ['two', 'request', { grant: 'nothing' }, ['request', '--grant', 'nothing']],
  ['two', 'inbox', {}, ['inbox']],
  ['one', 'rollcall', { text: 'here?', within: '5m' }, ['rollcall', 'here?', '--within', '5m']],
  ['', 'rollcall', {}, ['rollcall']],
  ['one', 'publish', { channel: 'build', message: 'green' }, ['publish', 'build', 'green']],
  ['', 'poll', { channel: 'build' }, ['poll', 'build']],
  ['', 'poll', {}, ['poll']],
  ['one', 'alerts', { all: true }, ['alerts', '--all']],
  ['one', 'alerts', { acknowledge: true }, ['alerts', '--acknowledge']],
  ['two', 'conflicts', { file: ['src/new/a.ts'] }, ['conflicts', 'src/new/a.ts']],
  ['one', 'log', { kind: 'note', subject: 'slow' }, ['log', 'note', 'slow']],
  ['', 'log', {}, ['log']],
  ['one', 'report', { locks: true, claims: true }, ['report', '--locks', '--claims']],
  ['one', 'end', { handoff: 'later' }, ['end', '--handoff', 'later']],
  ['one', 'claim', { type: 'file', name: ['c'] }, ['claim', 'file', 'c']],
  ['', 'gc', { 'dry-run': true }, ['gc', '--dry-run']],
  ['', 'doctor', {}, ['doctor']],
  ['', 'claims', { odd: 'x' }, ['claims', '--odd', 'x']],
]

async function peopled(): Promise<string> {
  const cwd = repository()
  for (const id of ['one', 'two']) await done({ cwd, env: { AI_AGENT: 'x' } }, 'start', '--id', id)
  return cwd
}

test('every request answers as its command does with --json, with the status of its code', async () => {
  const [here, there] = [await peopled(), await peopled()]
  const { get, post } = await serve(here, { env: PINNED })
  const seen = new Set<string>()
  for (const [session, name, given, command] of DAY) {
    const acting = session === '' ? {} : { session }
    const { writes, looks } = offered.get(name)!
    const { status, json: reply } =
      writes && !looks?.(given)
        ? await post(`/api/operations/${name}`, { ...acting, ...given })
        : await get(`/api/operations/${name}?${queryOf({ ...acting, ...given })}`)
    const as = session === '' ? [] : ['--session', session]
    const { json } = inside({ cwd: there, env: PINNED }, ...command, ...as, '--json')
    if (given.odd === undefined)
      expect(comparable(reply, here), command.join(' ')).toEqual(comparable(json, there))
    const code = reply.error?.code as ErrorCode | undefined
    expect(status, command.join(' ')).toBe(code === undefined ? 200 : ERRORS[code].http)
    seen.add(code ?? 'ok')
  }
  expect([...seen].sort()).toEqual(['held', 'invalid', 'no_session', 'not_found', 'not_owner', 'ok'])
})

const queryOf = (given: Record<string, unknown>) =>
  new URLSearchParams(
    Object.entries(given).flatMap(([name, value]) =>
      [value].flat().map((each): [string, string] => [name, String(each)]),
    ),
  )

/** An answer without what is drawn by lot or measured, and without its directory. */
function comparable(json: object, dir: string): unknown {
  return JSON.parse(
    JSON.stringify(json)
      .replaceAll(path.dirname(dir), 'DIR')
      .replaceAll(path.basename(dir), 'DIR')
      .replace(/"session_uuid":"[^"]*"/g, '"session_uuid":""')
      .replace(/(conflict|overlap)-[0-9a-f]{8}/g, '$1-ID')
      .replace(/"pid(_started)?":("\d*"|\d+|null)/g, '"pid$1":0')
      .replace(/(\d\d-\d{3}-\w+)-[a-z2-7]{4}/g, '$1-ID'),
  )
}

test('nobody acts who is not named: neither the shell that serves, nor its agent', async () => {
  const cwd = repository()
  const env = { CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: 'a1' }
  await done({ cwd, env }, 'start', '--id', 'agent')
  const { get, post } = await serve(cwd, { env: { ...env, COORD_SESSION: 'agent' } })
  for (const [name, given] of [
    ['claim', { type: 'file', name: ['x'] }],
    ['heartbeat', { action: 'x' }],
    ['inbox', {}],
    ['push', { status: 'idle', message: 'x' }],
  ] as const) {
    const { status, json } = await post(`/api/operations/${name}`, given)
    expect([status, json.error.code], name).toEqual([401, 'no_session'])
  }
  expect((await get('/api/operations/claims?mine=true')).json.error.code).toBe('no_session')
  expect((await post('/api/operations/send', { to: 'agent', subject: 'hi', as: 'human' })).json.ok).toBe(true)
  const wrong = await post('/api/operations/send', { to: 'agent', subject: 'hi', as: 'agent' })
  expect(wrong.json.error).toMatchObject({ code: 'invalid', argument: 'as' })
  for (const name of ['start', 'init', 'uninstall', 'config', 'torture', '__proto__', 'constructor'])
    expect((await post(`/api/operations/${name}`, {})).status, name).toBe(404)
})

test('rescue looks by GET without anybody, and acts by POST as the session that is named', async () => {
  const { get, post } = await serve(await peopled(), { env: PINNED })
  const rescue = '/api/operations/rescue'
  const { json } = await get(rescue)
  const states = json.sessions.map(({ session_id, rescue }: any) => `${session_id} ${rescue.state}`)
  expect(states.sort()).toEqual(['one active', 'two active'])
  expect((await get(`${rescue}?session_id=one&export=true`)).json.session.session_id).toBe('one')
  expect((await get(`${rescue}?session=two&session_id=two`)).json.session.rescue.state).toBe('current')
  for (const act of ['take=true', 'take', 'abandon=1', 'take=yes'])
    expect((await get(`${rescue}?session_id=one&${act}`)).status, act).toBe(405)
  expect((await post(rescue, {})).json.sessions).toHaveLength(2)
  const take = { session_id: 'one', take: true }
  expect((await post(rescue, take)).json.error.code).toBe('no_session')
  expect((await post(rescue, { ...take, session: 'two' })).json.error.code).toBe('conflict')
  const forced = await post(rescue, { ...take, session: 'two', force: true, reason: 'told so' })
  expect(forced.json).toMatchObject({ ok: true, session: { session_id: 'one', status: 'abandoned' } })
})

test('what only looks is read by GET, and writes nothing; what acts is refused there', async () => {
  const cwd = await peopled()
  const { get, post } = await serve(cwd, { env: PINNED })
  await post('/api/operations/send', { session: 'one', to: 'two', subject: 'hi' })
  await post('/api/operations/rollcall', { session: 'one', text: 'here?' })
  const before = everything(`${cwd}/COORDINATION`)
  const asked = async (query: string) => (await get(`/api/operations/${query}`)).json
  const report = await asked('report')
  expect(report).toMatchObject({ ok: true, log: null, sessions: [{}, {}] })
  expect(report.needs).toContainEqual(expect.objectContaining({ kind: 'unanswered' }))
  expect((await asked('report?alerts=true')).alerts).toEqual((await asked('alerts')).alerts)
  expect((await asked('report?unread=true&session=two')).messages).toHaveLength(2)
  expect((await asked('inbox?session=two')).messages).toHaveLength(2)
  expect((await asked('alerts?session=one')).alerts).toEqual((await asked('alerts')).alerts)
  expect((await asked('conflicts?file=a.ts')).paths).toEqual([{ path: 'a.ts', free: true, claims: [] }])
  expect((await asked('rollcall')).counts).toMatchObject({ open: 1 })
  expect([(await asked('log')).entries, (await asked('request?list=true')).requests]).toEqual([[], []])
  expect(changes(before, everything(`${cwd}/COORDINATION`))).toEqual([])
  expect((await asked('inbox')).error.code).toBe('no_session')
  for (const act of [
    'log?kind=note&subject=x',
    'rollcall?text=x',
    'alerts?all=true&acknowledge=true',
    'request',
  ])
    expect((await get(`/api/operations/${act}`)).status, act).toBe(405)
  const { paths } = (await get('/api/openapi.json')).json
  const methods = (name: string) => Object.keys(paths[`/api/operations/${name}`]).sort()
  for (const name of ['report', 'log', 'alerts', 'conflicts', 'rollcall', 'request', 'rescue', 'inbox'])
    expect([name, methods(name)]).toEqual([name, ['get', 'post']])
  expect([methods('poll'), methods('publish'), methods('send')]).toEqual([['get'], ['post'], ['post']])
  const { parameters } = paths['/api/operations/report'].get
  expect(parameters.map(({ name }: { name: string }) => name)).not.toContain('no-log')
})
