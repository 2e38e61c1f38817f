import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { end } from '../../src/operations/end.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { inbox } from '../../src/operations/inbox.ts'
import { log } from '../../src/operations/log.ts'
import { push } from '../../src/operations/push.ts'
import { report } from '../../src/operations/report.ts'
import { send } from '../../src/operations/send.ts'
import { everything } from '../cli/rooms.ts'
import { createWorld, type World } from '../helpers/world.ts'

const LOG = 'session-log/SESSION-LOG-2026-11-20.md'
const MINUTE = 60_000

function room() {
  const world = createWorld()
  world.start('one', { name: 'church', work: 'tower' })
  world.start('two')
  claim.run(world.as('one'), { type: 'droplet', name: ['tower'] })
  claim.run(world.as('one'), { type: 'file', name: ['src/a.ts'] })
  send.run(world.as('two'), { to: 'one', subject: 'hello', priority: 'low' })
  send.run(world.as('two'), { to: 'one', subject: 'quick', priority: 'critical' })
  return world
}

const entriesOf = (world: World) => {
  const answer = log.run(world.as(null), {})
  return 'entries' in answer ? answer.entries : []
}

test('a report has every session with its claims and mail, the asking one first and marked', () => {
  const world = room()
  const { sessions, stats, unread, session_id } = report.run(world.as('two'), { 'no-log': true })
  expect(session_id).toBe('two')
  expect(sessions).toMatchObject([
    { session_id: 'two', asks: true, claims: [], unread: 0, liveness: { level: 'fresh' } },
    {
      ...{ session_id: 'one', name: 'church', asks: false, current_work: 'tower', unread: 2 },
      claims: [{ resource_type: 'file', resource_name: 'src/a.ts' }, { resource_name: 'tower' }],
    },
  ])
  expect(sessions![1]!.session_uuid).toMatch(/^[0-9a-f-]{36}$/)
  expect(sessions![1]!.cwd).toBe(world.dir)
  expect(unread).toBe(0)
  expect(stats).toMatchObject({
    ...{ active_sessions: 2, total_sessions: 2, file_locks: 1, task_claims: 1, legacy_messages: 0 },
    messages: { total: 2, pending: 2, delivered: 0, read: 0 },
    room: { path: world.root },
  })
  expect(stats!.room.bytes).toBeGreaterThan(1000)
})

test('the report is appended to the log of the UTC day, one entry each time, in the form of the seed', () => {
  const world = room()
  const before = everything(world.root)
  const { log: written, sessions } = report.run(world.as('one'), {})
  expect(written).toEqual({ path: path.join(world.root, LOG) })
  const changed = everything(world.root)
  expect(Object.keys(changed).filter((file) => changed[file] !== before[file])).toEqual([LOG])
  const text = world.read(LOG)
  expect(text.split('\n').slice(0, 9)).toEqual([
    '### 2026-11-20T10:00:00Z - [H.0] Cross-LLM Session Dashboard Status',
    '',
    '**Author:** human',
    '',
    'Inter-Session Message Bus queried for active session status.',
    '',
    '**Cross-LLM Session Dashboard:**',
    '',
    '**Session: one** (THIS SESSION)',
  ])
  expect(text).toContain(`- **Session UUID:** \`${sessions![0]!.session_uuid}\``)
  expect(text).toContain(`- **CWD:** \`${world.dir}\``)
  world.advance(14 * 60 * MINUTE - 1)
  report.run(world.as('one'), {})
  expect(world.read(LOG).startsWith(text)).toBe(true)
  world.advance(1)
  expect(report.run(world.as('one'), {}).log?.path).toContain('SESSION-LOG-2026-11-21.md')
  expect(entriesOf(world)).toHaveLength(1)
})

test('what the log says of alerts is told to nobody in particular', () => {
  const world = room()
  heartbeat.run(world.as('one'), { action: 'blocked', message: 'no keys' })
  const { alerts } = report.run(world.as('one'), {})
  expect(alerts).toMatchObject([
    { kind: 'blocked', priority: 'high', session_ids: ['one'], since: '2026-11-20T10:00:00.000Z' },
  ])
  expect(alerts![0]!.text).toContain('church (you)')
  expect(world.read(LOG)).toContain('- blocked (priority 2/high): church is blocked')
  expect(world.read(LOG)).not.toContain('(you)')
})

test('without --no-log nothing of the room changes', () => {
  const world = room()
  const before = everything(world.root)
  expect(report.run(world.as('one'), { 'no-log': true }).log).toBeNull()
  report.run(world.as('one'), { unread: true, 'no-log': true })
  for (const part of ['stats', 'locks', 'claims', 'alerts', 'lifecycle'] as const)
    expect(report.run(world.as(null), { [part]: true }).log).toBeNull()
  expect(everything(world.root)).toEqual(before)
})

test('a part is that part alone', () => {
  const world = room()
  const keys = (given: Parameters<typeof report.run>[1]) =>
    Object.keys(report.run(world.as('one'), given)).filter(
      (key) => !['now', 'session_id', 'log'].includes(key),
    )
  expect(keys({ stats: true, alerts: true })).toEqual(['stats', 'alerts'])
  expect(keys({ lifecycle: true })).toEqual(['lifecycle'])
  const { claims } = report.run(world.as('one'), { locks: true })
  expect(claims).toMatchObject([{ resource_type: 'file', claimed_by: 'one', expired: false }])
  expect(report.run(world.as('one'), { claims: true }).claims).toMatchObject([{ resource_type: 'droplet' }])
})

test('unread messages come most urgent first, and to show them is to deliver them, not to read them', () => {
  const world = room()
  const { messages } = report.run(world.as('one'), { unread: true })
  expect(messages!.map(({ subject }) => subject)).toEqual(['quick', 'hello'])
  report.run(world.as('one'), { unread: true })
  expect(
    world
      .read('receipts/one.jsonl')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).state),
  ).toEqual(['delivered', 'delivered'])
  expect(report.run(world.as('one'), { stats: true }).stats!.messages).toMatchObject({
    pending: 0,
    delivered: 2,
  })
  inbox.run(world.as('one'), { limit: 1 })
  expect(report.run(world.as('one'), { stats: true }).stats!.messages).toMatchObject({
    delivered: 1,
    read: 1,
  })
})

test('an agent that is nobody has no unread messages to ask for; the person has', () => {
  const world = createWorld()
  world.write(
    'sessions/far.json',
    '{"session_id":"far","status":"active","started_at":"2026-11-20T09:59:00Z"}',
  )
  send.run(world.as('far'), { to: 'human', subject: 'please' })
  const person = report.run(world.as(null), { unread: true })
  expect(person.messages!.map(({ subject }) => subject)).toEqual(['please'])
  expect(report.run(world.as(null), { 'no-log': true })).toMatchObject({ session_id: null, unread: 1 })
  const agent = () => world.as(null, { AI_AGENT: 'x' })
  expect(() => report.run(agent(), { unread: true })).toThrow(expect.objectContaining({ code: 'no_session' }))
  expect(report.run(agent(), { 'no-log': true })).toMatchObject({ unread: null })
})

test('sessions that ended are history, names that only push are heard of', () => {
  const world = room()
  world.advance(MINUTE)
  end.run(world.as('two'), {})
  push.run(world.as('stranger'), { status: 'working', message: 'x' })
  const { sessions, lifecycle, observations, stats } = report.run(world.as('one'), {})
  expect(sessions!.map(({ session_id }) => session_id)).toEqual(['one'])
  expect(stats).toMatchObject({ active_sessions: 1, total_sessions: 2 })
  expect(lifecycle!.map(({ event, session_id }) => `${event} ${session_id}`)).toEqual([
    'ended two',
    'started one',
    'started two',
  ])
  expect(observations!.at(-1)).toMatchObject({ kind: 'unregistered', session_ids: ['stranger'] })
})

test('an empty room has a report, and it is logged', () => {
  const world = createWorld()
  expect(report.run(world.as(null), {})).toMatchObject({ sessions: [], alerts: [], lifecycle: [] })
  expect(world.read(LOG)).toContain('No LLM sessions are currently registered.')
})

test('--limit cuts each list and tells what is left out; totals and observations do not change', () => {
  const world = room()
  const cut = report.run(world.as('one'), { limit: 1, 'no-log': true })
  const whole = report.run(world.as('one'), { 'no-log': true })
  expect(cut).toMatchObject({ sessions_omitted: 1, claims_omitted: 1 })
  expect(cut.sessions).toHaveLength(1)
  expect(cut.observations).toEqual(whole.observations)
  expect(cut.stats!.task_claims).toBe(1)
})

test('a log that can not be written is a warning: the report is there', () => {
  const world = room()
  fs.mkdirSync(path.join(world.root, LOG), { recursive: true })
  const ctx = world.as('one')
  const { log: written, sessions } = report.run(ctx, {})
  expect([written, sessions!.length]).toEqual([null, 2])
  expect(ctx.warnings).toEqual([
    expect.stringMatching(/^Session log write failed: .*SESSION-LOG-2026-11-20\.md/),
  ])
})

test('nothing is written through a link in the place of the log', () => {
  const world = room()
  const target = path.join(world.dir, 'elsewhere.md')
  fs.writeFileSync(target, 'mine\n')
  fs.symlinkSync(target, path.join(world.root, LOG))
  const ctx = world.as('one')
  expect(report.run(ctx, {}).log).toBeNull()
  expect(ctx.warnings).toHaveLength(1)
  expect(fs.readFileSync(target, 'utf8')).toBe('mine\n')
})

test('damaged records leave the rest of the report as it is', () => {
  const world = room()
  world.write('sessions/two.json', '\u0000{')
  world.write('status/one_status.json', '[]\n\u0000\n')
  world.write('alerts/x.json', '{"id":"y"}')
  const { sessions, alerts } = report.run(world.as('one'), {})
  expect(sessions!.map(({ session_id }) => session_id)).toEqual(['one'])
  expect(alerts!.map(({ act }) => act)).toContain('coord doctor')
})
