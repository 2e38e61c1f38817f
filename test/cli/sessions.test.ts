import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { coord, shell } from '../helpers/cli.ts'
import {
  done,
  emptyDirectory,
  makeRoom,
  minutesLater,
  NOW,
  PINNED,
  repository,
  roomAt,
  said,
} from './rooms.ts'

test('init makes a room, says what comes next, and is safe to repeat', async () => {
  const dir = repository()
  const room = roomAt(dir)
  expect(said(await room.plain('init'))).toBe(
    `made the room ${room.root}\nnext: git add COORDINATION && git commit (its README, config and .gitignore), then coord start`,
  )
  const before = room.everything()
  expect(said(await room.plain('init'))).toBe(`the room ${room.root} is in order`)
  expect(Object.keys(room.everything())).toEqual(Object.keys(before))
  fs.rmSync(path.join(room.root, 'claims'), { recursive: true })
  expect(said(await room.plain('init'))).toBe(`completed the room ${room.root}`)
})

test('init --json tells the room, whether it is new, and what was made', async () => {
  const dir = emptyDirectory()
  const { json } = await done({ cwd: dir }, 'init', '--json')
  expect(json).toEqual({
    ok: true,
    room: path.join(dir, 'COORDINATION'),
    created: true,
    made: expect.any(Array),
    changed: [],
    track: false,
    path: 'COORDINATION',
    in_git: false,
  })
  expect(json.made).toContain('config.json')
})

test('start makes the room of a repository and prints the id alone on line 1', async () => {
  const dir = repository()
  const answer = await coord(
    { cwd: dir, env: PINNED },
    'start',
    '--id',
    'session-001',
    '--work',
    'landing page',
  )
  expect(said(answer)).toBe('session-001\nnobody else is here; next: coord claim TYPE NAME')
  expect(roomAt(dir).files('sessions')).toEqual(['session-001.json'])
})

test('start shows who is here and what is claimed, and with --quiet only the id', async () => {
  const room = await makeRoom('session-001')
  await room.did('session-001', 'heartbeat', 'building', 'church-guidance', 'BUILD', '--progress', '0.3')
  await room.did('session-001', 'claim', 'droplet', 'church-guidance')
  await room.did('session-001', 'send', 'broadcast', 'hello', 'all')
  const answer = await room.plain('start', '--id', 'session-002')
  expect(answer.out).toBe(
    [
      'session-002',
      'sessions',
      '  ▶  session-001  ●  church-guidance  BUILD  30%  just now',
      'claims',
      '  droplet/church-guidance  session-001  in 4h',
      `alert  session-001 and session-002 work in ${room.dir}: coord alerts`,
      'messages  1 unread: coord inbox',
    ].join('\n'),
  )
  expect(answer.err).toBe(
    'coord: this shell was session session-001, which is still open: coord end --session session-001',
  )
  expect((await room.plain('start', '--id', 'session-003', '--quiet')).out).toBe('session-003')
})

test('start --json carries the session, whether it was created, and the surroundings', async () => {
  const room = await makeRoom('session-001')
  const args = [
    'start',
    '--id',
    'two',
    '--name',
    'builder',
    '--capability',
    'review',
    '--capability',
    'tests',
  ]
  const { json } = await room.plain(
    ...args,
    '--project',
    'demo',
    '--agent',
    'claude',
    '--model',
    'm',
    '--json',
  )
  expect(json).toMatchObject({ ok: true, created: true, replaced: 'session-001', claims: [], unread: 0 })
  expect(json.session).toMatchObject({
    session_id: 'two',
    started_at: NOW,
    status: 'active',
    name: 'builder',
    capabilities: ['review', 'tests'],
    project: 'demo',
    agent: { vendor: 'claude', model: 'm', session_id: null },
  })
  expect(json.sessions[0].liveness).toMatchObject({ level: 'fresh', age_ms: 0, reason: expect.any(String) })
  const again = await coord({ cwd: room.dir, session: 'two', env: PINNED }, 'start', '--id', 'two', '--json')
  expect(again.json.created).toBe(false)
})

test('eval "$(coord start --env)" makes the shell act as the new session', async () => {
  const room = await makeRoom()
  const { out } = await shell(
    { cwd: room.dir, env: PINNED },
    'eval "$(coord start --env)"; echo "$COORD_SESSION"; coord whoami --why',
  )
  const [id, who, why] = out.split('\n')
  expect(id).toMatch(/^session-1795168800-[a-z2-7]{4}$/)
  expect(who).toBe(id)
  expect(why).toBe('  by env  COORD_SESSION names it')
})

test('sessions lists the live ones, with --all also the ended, newest sign of life first', async () => {
  const room = await makeRoom('session-001', 'session-002')
  await room.did('session-002', 'end')
  await room.didLater(2, 'session-001', 'heartbeat', 'testing')
  const env = minutesLater(4)
  expect(said(await coord({ cwd: room.dir, env }, 'sessions'))).toBe(
    '▶  session-001  ●  –  testing    2m ago',
  )
  expect(said(await coord({ cwd: room.dir, env }, 'sessions', '--all')).split('\n')).toEqual([
    '▶  session-001  ●  –  testing      2m ago',
    '✓  session-002  ○  –  completed    ended',
  ])
  const { json } = await coord({ cwd: room.dir, env }, 'sessions', '--all', '--limit', '1', '--json')
  expect(json).toMatchObject({
    ok: true,
    now: env.COORD_NOW,
    sessions: [{ session_id: 'session-001' }],
    omitted: 1,
  })
})

test('whoami tells the session and the evidence', async () => {
  const room = await makeRoom('session-001')
  expect(said(await room.as('session-001', 'whoami'))).toBe('session-001')
  const { json } = await room.plain('whoami', '--session', 'session-001', '--json')
  expect(json).toMatchObject({
    ok: true,
    session: { session_id: 'session-001' },
    source: 'flag',
    why: '--session names it',
  })
})

test('end releases the claims, closes the record and tells the others', async () => {
  const room = await makeRoom('session-001', 'session-002')
  await room.did('session-001', 'claim', 'droplet', 'x')
  expect(said(await room.later(70, 'session-001', 'end', '--handoff', 'ready', '--completed', 'BUILD'))).toBe(
    'ended session-001 after 1h 10m, released droplet/x',
  )
  expect(room.files('claims')).toEqual([])
  const told = await room.later(71, 'session-002', 'inbox', '--json')
  expect(told.json.messages).toMatchObject([{ type: 'session_ended', subject: 'session-001 ended: ready' }])
})

test('end --json carries the closed session and what was released', async () => {
  const room = await makeRoom('session-001')
  await room.did('session-001', 'claim', 'droplet', 'x')
  const { json } = await room.later(5, 'session-001', 'end', '--completed', 'a', '--completed', 'b', '--json')
  expect(json).toMatchObject({
    ok: true,
    session: { status: 'completed', total_duration: '5m', work_completed: ['a', 'b'], handoff_notes: null },
    released: [{ resource_type: 'droplet', resource_name: 'x', token: expect.any(Number) }],
  })
})
