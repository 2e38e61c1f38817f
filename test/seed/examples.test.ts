/** The JSON examples of the original protocol: read without loss, rewritten without loss. */
import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { conform } from '../../src/protocol/conform.ts'
import type { Kind } from '../../src/protocol/records.ts'
import { isRecord } from '../../src/protocol/shapes.ts'
import { coord } from '../helpers/cli.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { FIXTURES, inRoom } from './scripts.ts'

const examples = JSON.parse(fs.readFileSync(path.join(FIXTURES, 'examples.json'), 'utf8')) as Record<
  string,
  any
>
const KINDS: [string, Kind][] = [
  ['session', 'session'],
  ['heartbeat', 'heartbeat'],
  ['claim', 'claim'],
  ['message', 'message'],
  ['session_end', 'session'],
]
const MINE = { unknown: { deep: [1, 'two', null] }, 'x-note': 'kept', zero: 0 }
/** Within the time of the examples. */
const NOW = { COORD_NOW: '2025-11-15T10:05:30.000Z' }
let dir: string

beforeEach(async () => {
  dir = temporaryDirectory()
  await coord({ cwd: dir, env: NOW }, 'init')
})

const put = (file: string, value: object) => {
  fs.mkdirSync(path.dirname(inRoom(dir, file)), { recursive: true })
  fs.writeFileSync(inRoom(dir, file), JSON.stringify(value, null, 2))
}
const get = (file: string) => JSON.parse(fs.readFileSync(inRoom(dir, file), 'utf8')) as Record<string, any>
const run = (session: string | undefined, ...args: string[]) =>
  coord({ cwd: dir, session, env: NOW }, ...args, '--json')

test.each(KINDS)('the example of a %s is a whole record, no field left out', (name, kind) => {
  const example = { ...examples[name], ...MINE }
  expect(conform(kind, example)).toEqual({ record: example, dropped: [], times: [] })
  expect(isRecord(kind, example)).toBe(true)
})

test('the session of the example keeps the fields that acts of coord do not concern', async () => {
  const original = { ...examples.session, ...MINE }
  put('sessions/session-001.json', original)
  expect((await run('session-001', 'claim', 'droplet', 'x')).code).toBe(0)
  expect((await run('session-001', 'heartbeat', 'building', 'church-guidance')).code).toBe(0)
  const after = get('sessions/session-001.json')
  const { current_work: _work, last_heartbeat: _beat, ...kept } = original
  expect(after).toMatchObject(kept)
  expect(after).toMatchObject({ current_work: 'church-guidance', last_heartbeat: NOW.COORD_NOW })
  expect(Object.keys(after).slice(0, 6)).toEqual(Object.keys(examples.session))
})

test('the ended session of the example is listed as ended, and reopened with its other fields', async () => {
  put('sessions/session-001.json', { ...examples.session_end, ...MINE })
  const { sessions } = (await run(undefined, 'sessions', '--all')).json
  expect(sessions).toMatchObject([{ ...examples.session_end, liveness: { level: 'ended' } }])
  expect((await run(undefined, 'start', '--id', 'session-001')).code).toBe(0)
  const after = get('sessions/session-001.json')
  expect(after).toMatchObject({
    ...MINE,
    work_completed: examples.session_end.work_completed,
    status: 'active',
  })
  expect(after).not.toHaveProperty('ended_at')
  expect(after.state).toBe('idle')
})

test('the claim of the example is shown whole, honoured, and its file stays byte for byte', async () => {
  const file = 'claims/droplet-church-guidance-ministry.claim'
  put(file, { ...examples.claim, ...MINE })
  put('sessions/session-002.json', { ...examples.session, session_id: 'session-002' })
  const text = fs.readFileSync(inRoom(dir, file), 'utf8')
  const { claims } = (await run(undefined, 'claims')).json
  const { expires_at, claimed_at, ...rest } = examples.claim
  expect(claims).toMatchObject([{ ...rest, ...MINE }])
  expect([Date.parse(claims[0].expires_at), Date.parse(claims[0].claimed_at)]).toEqual([
    Date.parse(expires_at),
    Date.parse(claimed_at),
  ])
  const refused = await run('session-002', 'claim', 'droplet', 'church-guidance-ministry')
  expect(refused.json.error).toMatchObject({ code: 'held', holder: { claimed_by: 'session-001' } })
  expect(fs.readFileSync(inRoom(dir, file), 'utf8')).toBe(text)
})

test('a claim of coord keeps unknown fields when it is renewed, even from its file alone', async () => {
  put('sessions/session-001.json', examples.session)
  const file = 'claims/droplet-church-guidance-ministry.claim'
  const native = { ...examples.claim, claim_id: 'abcdefgh', token: 1_763_200_000, ...MINE }
  put(file, native)
  const { json } = await run('session-001', 'renew', 'droplet', 'church-guidance-ministry', '--for', '6h')
  expect(json).toMatchObject({ ok: true, claim: { token: native.token } })
  const { expires_at: _expires, claimed_at: _claimed, ...kept } = native
  expect(get(file)).toMatchObject(kept)
  expect(get(file).expires_at).toBe('2025-11-15T16:05:30.000Z')
})

test('the message and the heartbeat of the examples are read whole and never changed', async () => {
  put('sessions/session-001.json', examples.session)
  put('sessions/session-002.json', { ...examples.session, session_id: 'session-002' })
  const now = { timestamp: '2025-11-15T10:05:00Z' }
  const files: [string, object][] = [
    ['messages/broadcast/2025-11-15_10-05-00-session-001.json', { ...examples.message, ...now, ...MINE }],
    ['heartbeats/2025-11-15_10-05-session-001.json', { ...examples.heartbeat, ...MINE }],
  ]
  for (const [file, value] of files) put(file, value)
  const texts = files.map(([file]) => fs.readFileSync(inRoom(dir, file), 'utf8'))
  const { messages } = (await run('session-002', 'inbox')).json
  expect(messages).toMatchObject([{ ...examples.message, ...now, ...MINE }])
  await run('session-002', 'heartbeat', 'testing', 'y')
  expect(files.map(([file]) => fs.readFileSync(inRoom(dir, file), 'utf8'))).toEqual(texts)
  const { sessions } = (await run(undefined, 'sessions')).json
  const alive = sessions.find((session: any) => session.session_id === 'session-001').liveness
  expect(alive).toMatchObject({ level: 'fresh', age_ms: 30_000 })
})

test('our board has the headings and the labels of the example, in the same order', async () => {
  const example = fs.readFileSync(path.join(FIXTURES, 'STATUS_BOARD.example.md'), 'utf8')
  put('sessions/session-001.json', examples.session)
  const { target, phase, progress, next_action, estimated_completion } = examples.heartbeat
  const flags = ['--progress', progress, '--next', next_action, '--eta', estimated_completion]
  expect((await run('session-001', 'heartbeat', 'building', target, phase, ...flags)).code).toBe(0)
  await run('session-001', 'claim', 'droplet', 'church-guidance-ministry')
  await run('session-001', 'send', 'broadcast', 'Starting', 'church guidance')
  const board = fs.readFileSync(inRoom(dir, 'STATUS_BOARD.md'), 'utf8')
  const headings = (text: string) => text.split('\n').filter((line) => /^##? /.test(line))
  expect(headings(board)).toEqual(headings(example))
  const section = (text: string) => text.split('### session-001')[1]!.split(/\n###? |\n---/)[0]!
  const labels = (text: string) => [...section(text).matchAll(/^- \*\*(.+?):\*\*/gm)].map((match) => match[1])
  expect(labels(board)).toEqual(labels(example))
  expect(section(board)).toContain(
    '(Started: 10:00 UTC)\n- **Status:** Building\n- **Working On:** church-guidance',
  )
  for (const label of ['Last Updated', 'Active Sessions', 'Auto-refreshes', 'View'])
    expect(board).toContain(`**${label}:**`)
})
