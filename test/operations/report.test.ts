import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { alerts } from '../../src/operations/alerts.ts'
import { claim } from '../../src/operations/claim.ts'
import { end } from '../../src/operations/end.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { inbox } from '../../src/operations/inbox.ts'
import { log } from '../../src/operations/log.ts'
import { push } from '../../src/operations/push.ts'
import { release } from '../../src/operations/release.ts'
import { report } from '../../src/operations/report.ts'
import { rescue } from '../../src/operations/rescue.ts'
import { send } from '../../src/operations/send.ts'
import { start } from '../../src/operations/start.ts'
import { status } from '../../src/operations/status.ts'
import { unreadPage } from '../../src/protocol/report/parts.ts'
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
  expect(Object.keys(changed).filter((file) => changed[file] !== before[file])).toEqual([
    'receipts/one.jsonl',
    LOG,
  ])
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

test('what the log says of needs is told to nobody in particular', () => {
  const world = room()
  heartbeat.run(world.as('one'), { action: 'blocked', message: 'no keys' })
  const { needs } = report.run(world.as('one'), {})
  expect(needs).toMatchObject([{ kind: 'blocked', session_ids: ['one'] }])
  expect(needs![0]!.text).toContain('church (you)')
  expect(world.read(LOG)).toContain('**Needs Attention:**\n- blocked: church is blocked')
  expect(world.read(LOG)).not.toContain('(you)')
})

test('with --no-log nothing of the room changes, nor by parts that show nothing to be known', () => {
  const world = room()
  const before = everything(world.root)
  expect(report.run(world.as('one'), { 'no-log': true }).log).toBeNull()
  report.run(world.as('one'), { unread: true, 'no-log': true })
  for (const part of ['stats', 'locks', 'claims', 'lifecycle'] as const)
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
  expect(cut).toMatchObject({ sessions_omitted: 1 })
  expect(cut.claims!.map(({ resource_type }) => resource_type)).toEqual(['file', 'droplet'])
  expect(cut.lifecycle).toHaveLength(1)
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
  const { sessions, needs } = report.run(world.as('one'), {})
  expect(sessions!.map(({ session_id }) => session_id)).toEqual(['one'])
  expect(needs!.map(({ act }) => act)).toContain('coord doctor')
})

/** Two of a named project, one of whom was refused what the other holds, and asked the person. */
function conflicted() {
  const world = createWorld()
  for (const id of ['a', 'b']) start.run(world.as(null), { id, project: 'PILOT' })
  claim.run(world.as('a'), { type: 'file', name: ['src/a.ts'] })
  expect(() => claim.run(world.as('b'), { type: 'file', name: ['src/a.ts'] })).toThrow('held')
  send.run(world.as('b'), { to: 'human', subject: 'may I?', ack: true })
  return world
}

test('alerts, status and report tell one number and one list, and what is acknowledged is unread to none of them', () => {
  const world = conflicted()
  const kinds = (found: { kind: string }[] | undefined) => found?.map(({ kind }) => kind)
  const all = ['project_conflict', 'file_conflict', 'cwd_overlap']
  const told = (given = {}) => report.run(world.as('b'), given)
  expect(kinds(told({ alerts: true }).alerts)?.toSorted()).toEqual(all.toSorted())
  expect(told({ alerts: true }).alerts).toEqual(alerts.run(world.as('b'), {}).alerts)
  expect(status.run(world.as('b'), {}).unread_alerts).toBe(3)
  const whole = told()
  expect([whole.stats!.unread_alerts, kinds(whole.needs)]).toEqual([3, ['question']])
  expect(world.read(LOG)).toContain('- Unread alerts: 3')
  alerts.run(world.as('b'), { id: ['file_conflict', 'cwd_overlap'], acknowledge: true })
  expect(kinds(told().alerts)).toEqual(['project_conflict'])
  expect(told().stats!.unread_alerts).toBe(1)
  expect(status.run(world.as('b'), {}).unread_alerts).toBe(1)
  expect(told().observations!.find(({ kind }) => kind === 'alerts')!.text).toBe(
    '1 operator alert: project_conflict (a and b are on project PILOT — coordinate task boundaries to avoid overlap); 2 more open, acknowledged or of others: coord conflicts',
  )
  expect(told().observations!.find(({ kind }) => kind === 'locks')!.text).toBe(
    '1 file conflict: b wants file/src/a.ts, which a holds',
  )
})

test('to be shown an alert by report is to be told of it; with --no-log it is not', () => {
  const world = conflicted()
  const stateOf = (id: string) =>
    alerts
      .run(world.as('a'), { all: true })
      .alerts.find(({ kind }) => kind === 'file_conflict')!
      .recipients.find(({ to }) => to === id)!.state
  report.run(world.as('b'), { alerts: true, 'no-log': true })
  expect(stateOf('b')).toBe('pending')
  report.run(world.as('b'), {})
  expect(stateOf('b')).toBe('delivered')
})

test('an alert whose cause is gone is in no report, and closed by one that may write', () => {
  const world = conflicted()
  release.run(world.as('a'), { type: 'file', name: 'src/a.ts' })
  const kinds = (given: object) => report.run(world.as('b'), given).alerts!.map(({ kind }) => kind)
  const [file] = world.list('alerts').filter((name) => name.includes('file_conflict'))
  expect(kinds({ 'no-log': true })).not.toContain('file_conflict')
  expect(world.json(`alerts/${file}`).closed_at).toBeNull()
  expect(kinds({})).not.toContain('file_conflict')
  expect(world.json(`alerts/${file}`).closed_at).toEqual(expect.any(String))
})

test('several in the repository of the room alone are an observation, and no alert', () => {
  const world = room()
  const { alerts: told, observations } = report.run(world.as(null), {})
  expect(told!.map(({ kind }) => kind)).toEqual(['cwd_overlap'])
  expect(observations!.map(({ text }) => text)).toContainEqual(
    expect.stringMatching(/^project_conflict: .*, the repository of this room, is shared by 2 sessions/),
  )
})

test('who ended, came back and was taken over is all told, and by whom', () => {
  const world = room()
  world.advance(MINUTE)
  end.run(world.as('two'), {})
  world.advance(MINUTE)
  world.start('two')
  world.advance(MINUTE)
  rescue.run(world.as('one'), { session_id: 'two', abandon: true, reason: 'no answer', force: true })
  const told = (given: object) =>
    report
      .run(world.as('one'), given)
      .lifecycle!.map(({ event, session_id, detail }) => `${event} ${session_id} ${detail ?? ''}`.trim())
  expect(told({ lifecycle: true })).toEqual([
    'ended two given up by church: no answer',
    'resumed two',
    'ended two session ended normally',
    'started one',
    'started two',
  ])
  world.advance(MINUTE)
  heartbeat.run(world.as('two'), { action: 'building' })
  expect(told({ lifecycle: true, limit: 1 })).toEqual(['resumed two'])
})

test('a message is shown to be answered: by its short id', () => {
  const world = room()
  const { messages } = report.run(world.as('one'), { unread: true })
  const lines = unreadPage(
    messages!,
    0,
    false,
    (id) => id.slice(-4),
    (text) => text,
  )
  const short = messages![0]!.id!.slice(-4)
  expect(lines).toContain(`Message: ${short}`)
  expect(lines).toContain(`Answer: coord reply ${short} "…"`)
})
