import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { claim } from '../../src/operations/claim.ts'
import { end } from '../../src/operations/end.ts'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { inbox } from '../../src/operations/inbox.ts'
import { send } from '../../src/operations/send.ts'
import { start } from '../../src/operations/start.ts'
import { whoami } from '../../src/operations/whoami.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { createWorld } from '../helpers/world.ts'
import { codeOf, errorOf } from '../store/helpers.ts'

const CLAUDE = { CLAUDE_CODE_SESSION_ID: 'abc' }
const OTHER = { CLAUDE_CODE_SESSION_ID: 'xyz' }

test('a session is registered under an id of its own with the fields of the seed', () => {
  const world = createWorld()
  const { session, created } = start.run(world.as(null), {
    work: 'church',
    capability: ['build'],
    name: 'mason',
  })
  expect(created).toBe(true)
  expect(session.session_id).toMatch(/^session-\d{10}-[a-z2-7]{4}$/)
  expect(world.json(`sessions/${session.session_id}.json`)).toMatchObject({
    started_at: '2026-11-20T10:00:00.000Z',
    last_seen: '2026-11-20T10:00:00.000Z',
    status: 'active',
    current_work: 'church',
    capabilities: ['build'],
    name: 'mason',
    pid: null,
  })
  expect(world.read('.current_session').trim()).toBe(session.session_id)
})

test('with an agent id start is idempotent, and later flags are taken over', () => {
  const world = createWorld()
  const first = start.run(world.as(null, CLAUDE), { work: 'a' })
  world.advance(60_000)
  const second = start.run(world.as(null, CLAUDE), { work: 'b' })
  expect([first.created, second.created]).toEqual([true, false])
  expect(second.session).toMatchObject({ session_id: first.session.session_id, current_work: 'b' })
  expect(second.session.started_at).toBe(first.session.started_at)
  expect(second.session.agent).toMatchObject({ vendor: 'claude', session_id: 'abc' })
  expect(world.list('sessions')).toHaveLength(1)
})

test('two agents have two sessions, and each is known by its id', () => {
  const world = createWorld()
  const one = start.run(world.as(null, CLAUDE), {}).session.session_id
  const two = start.run(world.as(null, OTHER), {}).session.session_id
  expect(two).not.toBe(one)
  expect(whoami.run(world.as(null, CLAUDE), {})).toMatchObject({
    session: { session_id: one },
    source: 'agent',
  })
  expect(whoami.run(world.as(null, OTHER), {})).toMatchObject({
    session: { session_id: two },
    source: 'agent',
  })
})

test('without an agent id each start is a new session, which says that it replaces the older one', () => {
  const world = createWorld()
  const first = start.run(world.as(null), {}).session.session_id
  const second = start.run(world.as(null), {})
  expect(second).toMatchObject({ created: true, replaced: first })
  expect(whoami.run(world.as(null), {})).toMatchObject({
    session: { session_id: second.session.session_id },
    source: 'ancestry',
  })
  expect(world.json(`sessions/${first}.json`)).toMatchObject({ status: 'active' })
})

test("an agent in a person's shell is not that person", () => {
  const world = createWorld()
  start.run(world.as(null), { id: 'person' })
  expect(codeOf(() => whoami.run(world.as(null, CLAUDE), {}))).toBe('no_session')
  expect(codeOf(() => whoami.run(world.as(null, { AGENT: '1' }), {}))).toBe('no_session')
})

test('the id of a live session of somebody else is refused, the own one is not', () => {
  const world = createWorld()
  start.run(world.as(null, CLAUDE), { id: 'mine' })
  for (const name of ['bindings', 'processes'])
    fs.rmSync(path.join(world.root, '.state', name), { recursive: true })
  expect(codeOf(() => start.run(world.as(null, OTHER), { id: 'mine' }))).toBe('conflict')
  expect(start.run(world.as(null, CLAUDE), { id: 'mine' }).created).toBe(false)
  expect(start.run(world.as(null, { ...OTHER, COORD_SESSION: 'mine' }), { id: 'mine' }).created).toBe(false)
})

test('the name of the session that was begun here is that session, whoever else asks for it is refused', () => {
  const world = createWorld()
  const { session } = start.run(world.as(null, CLAUDE), { name: 'mason' })
  fs.rmSync(path.join(world.root, '.state/agents'), { recursive: true })
  expect(codeOf(() => start.run(world.as(null, OTHER), { name: 'mason' }))).toBe('conflict')
  expect(codeOf(() => start.run(world.as(null), { name: 'mason' }))).toBe('conflict')
  expect(start.run(world.as(null, CLAUDE), { name: 'mason' })).toMatchObject({
    created: false,
    session: { session_id: session.session_id },
  })
})

test('a session that another one replaced in its shell is not taken up by a start there, the other is', () => {
  const world = createWorld('one', 'two')
  expect(codeOf(() => start.run(world.as(null), { id: 'one' }))).toBe('conflict')
  expect(start.run(world.as('one'), { id: 'two' })).toMatchObject({ created: false })
})

test('an ended session is reopened under its id without its claims', () => {
  const world = createWorld('one')
  claim.run(world.as('one'), { type: 'droplet', name: ['church'] })
  end.run(world.as('one'), { handoff: 'later' })
  expect(errorOf(() => heartbeat.run(world.as('one'), { action: 'x' }))).toMatchObject({
    code: 'no_session',
    hint: expect.stringContaining('coord start --id one'),
  })
  const again = start.run(world.as(null), { id: 'one' })
  expect(again).toMatchObject({ created: true, session: { session_id: 'one', status: 'active' }, claims: [] })
  expect(again.session).not.toHaveProperty('ended_at')
})

test('a reopened session is as idle and present as a new one', () => {
  const world = createWorld('one')
  end.run(world.as('one'), {})
  world.advance(60_000)
  expect(start.run(world.as(null), { id: 'one' }).session).toMatchObject({
    state: 'idle',
    last_seen: '2026-11-20T10:01:00.000Z',
  })
})

test('start tells who else is there, what is claimed and how much mail waits', () => {
  const world = createWorld('one')
  claim.run(world.as('one'), { type: 'droplet', name: ['church'] })
  send.run(world.as('one'), { to: 'broadcast', subject: 'hello' })
  expect(start.run(world.as(null), { id: 'two' })).toMatchObject({
    sessions: [{ session_id: 'one', liveness: { level: 'fresh' } }],
    claims: [{ resource_name: 'church' }],
    unread: 1,
  })
})

test('an environment that still names another session is warned of', () => {
  const world = createWorld('old')
  const ctx = world.as(null, { COORD_SESSION: 'old' })
  start.run(ctx, { id: 'new' })
  expect(ctx.warnings.join()).toContain('export COORD_SESSION=new')
})

test.each(['broadcast', 'human', 'a/b', '../x', 'x_status', 'con', '.hidden', 'a'.repeat(65)])(
  'the id "%s" is refused and registers nothing',
  (id) => {
    const world = createWorld()
    expect(errorOf(() => start.run(world.as(null), { id }))).toMatchObject({
      code: 'invalid',
      details: { argument: 'id' },
    })
    expect(world.list('sessions')).toEqual([])
  },
)

test('a deleted session file is written again by the next act, with what belongs to a session', () => {
  const world = createWorld('one')
  fs.rmSync(path.join(world.root, 'sessions/one.json'))
  heartbeat.run(world.as('one'), { action: 'building', target: 'church' })
  expect(world.json('sessions/one.json')).toMatchObject({
    session_id: 'one',
    status: 'active',
    current_work: 'church',
  })
  expect(inbox.run(world.as('one'), {}).messages).toEqual([])
})

test('a name that no session has is refused with the nearest one', () => {
  const world = createWorld('mason')
  expect(errorOf(() => heartbeat.run(world.as('masson'), { action: 'x' }))).toMatchObject({
    code: 'no_session',
    details: { candidates: ['mason'] },
  })
  expect(codeOf(() => heartbeat.run(world.as('../x'), { action: 'x' }))).toBe('invalid')
})

test("a session file that tells of an id outside the room can't make anybody write there", () => {
  const world = createWorld('one')
  world.write(
    'sessions/one.json',
    JSON.stringify({ ...world.json('sessions/one.json'), session_id: '../../x' }),
  )
  world.write('sessions/evil.json', JSON.stringify({ session_id: '../../../y', status: 'active' }))
  heartbeat.run(world.as('one'), { action: 'building' })
  expect(codeOf(() => heartbeat.run(world.as('evil'), { action: 'building' }))).toBe('no_session')
  expect(fs.readdirSync(world.dir)).toEqual(['COORDINATION'])
})

test('a room is made where a repository has none, and outside git only by init', () => {
  const world = createWorld()
  const nowhere = temporaryDirectory()
  expect(codeOf(() => start.run({ ...world.as(null), root: null }, {}))).toBe('not_initialized')
  expect(fs.readdirSync(nowhere)).toEqual([])
  const root = path.join(nowhere, 'COORDINATION')
  const ctx = { ...world.as(null), root }
  start.run(ctx, { id: 'one' })
  expect(fs.existsSync(path.join(root, 'sessions/one.json'))).toBe(true)
})

test('a start takes no --session, which would be ignored', () => {
  const world = createWorld('one')
  expect(errorOf(() => start.run(world.as('one'), { name: 'ivy' }))).toMatchObject({
    code: 'invalid',
    details: { argument: 'session' },
    hint: 'coord start --id one',
  })
})
