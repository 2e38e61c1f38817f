import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { coord } from '../helpers/cli.ts'
import {
  changes,
  done,
  emptyDirectory,
  everything,
  makeRoom,
  minutesLater,
  PINNED,
  repository,
  roomAt,
  said,
} from './rooms.ts'

async function busyRoom() {
  const room = await makeRoom('session-001', 'session-002')
  const beat = ['heartbeat', 'building', 'church-guidance', 'BUILD - landing page', '--progress', '30%']
  await room.did('session-001', ...beat)
  await room.did('session-002', 'heartbeat', 'blocked', 'dashboard', '--message', 'waiting for API keys')
  await room.did('session-001', 'claim', 'droplet', 'church-guidance')
  await room.did('session-002', 'claim', 'droplet', 'dashboard', '--for', '10m')
  await room.did('session-002', 'send', 'session-001', 'hello')
  return room
}

test('status begins with what needs an act', async () => {
  const room = await busyRoom()
  const answer = await coord({ cwd: room.dir, session: 'session-001', env: minutesLater(2) }, 'status')
  expect(said(answer)).toBe(
    [
      'needs attention',
      '  ■  session-002 is blocked 2m on dashboard: "waiting for API keys"  coord send session-002 "…"',
      'sessions',
      '  ▶  session-001 (you)  ●  church-guidance  BUILD - landing page  30%  2m ago',
      '  ■  session-002        ●  dashboard        blocked                    2m ago',
      'claims',
      '  droplet/dashboard        session-002        in 8m',
      '  droplet/church-guidance  session-001 (you)  in 3h 58m',
      'messages  1 unread, 1 in the last hour',
      'alerts  1 to acknowledge: coord alerts',
    ].join('\n'),
  )
})

test('status says that nothing needs you, but for unread mail', async () => {
  const room = await makeRoom('one', 'two')
  const first = async (...args: string[]) => said(await room.as('two', 'status', ...args)).split('\n')[0]
  expect(await first()).toBe('nothing needs you')
  await room.did('one', 'send', 'two', 'hello', 'you')
  expect(await first()).toBe('nothing needs you but 1 unread message')
  expect(await first('one')).toMatch(/^– {2}one {2}●/)
  await room.did('one', 'heartbeat', 'blocked', 'x')
  expect(await first()).toBe('needs attention')
})

test('status of a quiet room is short and teaches the beginning', async () => {
  const room = await makeRoom()
  expect(said(await room.plain('status'))).toBe(
    'nothing needs you\nno active sessions; coord start registers one\nmessages  0 in the last hour',
  )
})

test('status --json has the documented fields', async () => {
  const room = await busyRoom()
  const { json } = await coord({ cwd: room.dir, env: minutesLater(6) }, 'status', '--json')
  const fields = ['now', 'sessions', 'claims', 'messages', 'needs', 'problems', 'unregistered', 'mailboxes']
  expect(Object.keys(json)).toEqual(expect.arrayContaining(['ok', ...fields]))
  expect(json.sessions[0].liveness).toEqual({ level: 'stale', age_ms: 360_000, reason: expect.any(String) })
  expect(json.claims[0].expires_in_ms).toEqual(expect.any(Number))
  expect(json.needs[0]).toMatchObject({
    kind: 'blocked',
    session_ids: ['session-002'],
    act: expect.any(String),
  })
})

test('status names a file that can not be read, with path, kind and detail', async () => {
  const room = await makeRoom('session-001')
  fs.writeFileSync(path.join(room.root, 'sessions/session-009.json'), '\u0000junk')
  const { json, code } = await room.plain('status', '--json')
  expect(code).toBe(0)
  expect(json.problems).toMatchObject([
    { path: 'sessions/session-009.json', kind: expect.any(String), detail: expect.any(String) },
  ])
  expect((await room.plain('status')).out).toContain('sessions/session-009.json')
})

test('status of one session shows what concerns it', async () => {
  const room = await busyRoom()
  const { json } = await room.plain('status', 'session-002', '--json')
  expect(json.sessions.map((session: { session_id: string }) => session.session_id)).toEqual(['session-002'])
  expect(json.claims.map((claim: { resource_name: string }) => claim.resource_name)).toEqual(['dashboard'])
})

test('board refreshes the file and names it; --print shows it as of now and touches nothing', async () => {
  const room = await busyRoom()
  expect(said(await room.plain('board'))).toBe(path.join(room.root, 'STATUS_BOARD.md'))
  const before = everything(room.root)
  const printed = await coord({ cwd: room.dir, env: minutesLater(9) }, 'board', '--print')
  expect(said(printed)).toContain('2026-11-20 10:09')
  expect(changes(before, everything(room.root))).toEqual([])
  const { json } = await room.plain('board', '--json')
  expect(json).toEqual({ ok: true, path: path.join(room.root, 'STATUS_BOARD.md') })
  const both = await room.plain('board', '--print', '--json')
  expect(`${both.json.board}`.trimEnd()).toBe(room.read('STATUS_BOARD.md').trimEnd())
})

test('readers change no file of the room', async () => {
  const room = await busyRoom()
  const before = everything(room.root)
  for (const args of [
    ['status'],
    ['sessions', '--all'],
    ['claims'],
    ['claims', 'droplet/dashboard'],
    ['messages'],
    ['whoami', '--why'],
  ])
    expect((await room.later(90, 'session-001', ...args)).code, args.join(' ')).toBe(0)
  expect(changes(before, everything(room.root))).toEqual([])
})

test('commit records the room on its own branch and leaves the working branch alone', async () => {
  const dir = repository()
  const git = (...args: string[]) => execFileSync('git', ['-C', dir, ...args], { encoding: 'utf8' }).trim()
  await done({ cwd: dir }, 'start', '--id', 'session-001')
  const env = {
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@b',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@b',
  }
  const call = { cwd: dir, env: { ...PINNED, ...env } }
  const { json } = await coord(call, 'commit', '-m', 'end of the day', '--json')
  expect(json).toMatchObject({ ok: true, branch: 'coordination', changed: true, files: expect.any(Number) })
  expect(json.commit).toBe(git('rev-parse', 'coordination'))
  expect(git('log', '-1', '--format=%s', 'coordination')).toBe('end of the day')
  expect(git('show', 'coordination:STATUS_BOARD.md')).toBe(roomAt(dir).read('STATUS_BOARD.md').trim())
  expect(git('show', 'coordination:sessions/session-001.json')).not.toMatch(/"(host|machine_id|cwd|pid)"/)
  expect(git('status', '--porcelain')).not.toMatch(/sessions|STATUS_BOARD/)
  expect(said(await coord(call, 'commit'))).toBe(`coordination is up to date: ${json.commit.slice(0, 12)}`)
})

test('commit outside git says that everything else works', async () => {
  const dir = emptyDirectory()
  await done({ cwd: dir }, 'init')
  const { json, code } = await roomAt(dir).plain('commit', '--json')
  expect({ code, error: json.error }).toMatchObject({ code: 3, error: { code: 'not_initialized' } })
  expect(json.error.hint).toContain('without git')
})
