/** Every code of a clear no, with its exit, its details, and where it is said. */
import fs from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Answer, coord } from '../helpers/cli.ts'
import { changes, done, emptyDirectory, makeRoom, PINNED, type Room, roomAt } from './rooms.ts'

/** Expect the error as one JSON object on stdout, with nothing on stderr. */
function refused(answer: Answer, exit: number, code: string): Record<string, any> {
  expect(answer.err).toBe('')
  expect(answer.json).toMatchObject({ ok: false, error: { code, message: expect.any(String) } })
  expect(answer.code).toBe(exit)
  expect(answer.out.split('\n')).toHaveLength(1)
  return answer.json.error
}

describe('a held resource', () => {
  let room: Room
  let token: number
  beforeAll(async () => {
    room = await makeRoom('one', 'two')
    await room.did('one', 'heartbeat', 'building', 'church')
    token = (await room.as('one', 'claim', 'droplet', 'church', '--json')).json.claim.token
  })

  test('is refused with who, what, until when and the next move, on stderr', async () => {
    const answer = await room.later(2, 'two', 'claim', 'droplet', 'church')
    expect(answer).toMatchObject({ code: 1, out: '' })
    const [what, ...next] = answer.err.split('\n')
    expect(what).toMatch(
      /^coord: droplet\/church is held by one \(building, .*2m.*\) until 14:00Z, in 3h 58m$/,
    )
    expect(next[0]).toBe(
      '  coord claim droplet church --wait 10m, or coord request droplet church --reason "…"',
    )
    expect(next[1]).toContain('coord release droplet church --force --reason "…"')
  })

  test('of a holder whose process is no more is refused with the way to rescue it', async () => {
    const other = await makeRoom('one', 'two')
    await other.as('one', 'claim', 'droplet', 'church')
    const one = JSON.parse(other.read('sessions/one.json'))
    const { boot_id, pid_ns } = JSON.parse(other.read('sessions/two.json'))
    const gone = { ...one, boot_id, pid_ns, pid: 0x3fffffff, pid_started: '1' }
    fs.writeFileSync(path.join(other.dir, 'COORDINATION/sessions/one.json'), `${JSON.stringify(gone)}\n`)
    const { err } = await other.later(2, 'two', 'claim', 'droplet', 'church')
    expect(err.split('\n').slice(1)).toEqual([
      '  its process is no more: coord rescue one',
      '  coord claim droplet church --wait 10m',
    ])
  })

  test('is refused in JSON with its holder', async () => {
    const error = refused(await room.as('two', 'claim', 'droplet', 'church', '--json'), 1, 'held')
    expect(error.holder).toEqual({
      claimed_by: 'one',
      token,
      expires_at: '2026-11-20T14:00:00.000Z',
      liveness: { level: 'fresh', age_ms: 0, reason: expect.any(String) },
    })
  })

  test('can not be released or renewed by another', async () => {
    const release = refused(await room.as('two', 'release', 'droplet', 'church', '--json'), 1, 'not_owner')
    expect(release.holder).toMatchObject({ claimed_by: 'one', token })
    refused(await room.as('two', 'renew', 'droplet', 'church', '--json'), 1, 'not_owner')
    expect(JSON.parse(room.read('claims/droplet-church.claim'))).toMatchObject({ claimed_by: 'one', token })
  })

  test('is refused to its own holder with a token that never was', async () => {
    const error = refused(
      await room.as('one', 'release', 'droplet', 'church', '--token', '7', '--json'),
      1,
      'not_owner',
    )
    expect(error).toMatchObject({
      message: 'droplet/church is yours, but not with that token',
      holder: { token },
    })
  })
})

test('a session whose claim was taken over can neither renew nor release it', async () => {
  const room = await makeRoom('one', 'two')
  await room.did('one', 'claim', 'droplet', 'x', '--for', '1m', '--no-renew')
  await room.didLater(5, 'two', 'claim', 'droplet', 'x')
  const error = refused(await room.later(6, 'one', 'renew', 'droplet', 'x', '--json'), 1, 'lost')
  expect(error.holder).toMatchObject({
    claimed_by: 'two',
    expires_at: expect.any(String),
    token: expect.any(Number),
  })
  const { err, code } = await room.later(6, 'one', 'release', 'droplet', 'x')
  expect(code).toBe(1)
  expect(err).toMatch(/^coord: you lost droplet\/x: it is held by two .*\n {2}Stop work on it/)
})

test('an older token is lost to the session that holds the claim anew', async () => {
  const room = await makeRoom('one')
  const { json } = await room.as('one', 'claim', 'droplet', 'x', '--json')
  await room.did('one', 'release')
  await room.did('one', 'claim', 'droplet', 'x')
  for (const act of ['release', 'renew']) {
    const answer = await room.as('one', act, 'droplet', 'x', '--token', `${json.claim.token}`, '--json')
    expect(refused(answer, 1, 'lost').holder).toMatchObject({
      claimed_by: 'one',
      token: json.claim.token + 1,
    })
  }
})

test('what is not there is not_found', async () => {
  const room = await makeRoom('session-001')
  const release = await room.as('session-001', 'release', 'droplet', 'never', '--json')
  expect(refused(release, 1, 'not_found').message).toContain('droplet/never')
  refused(await room.as('session-001', 'release', '--json'), 1, 'not_found')
  refused(await room.as('session-001', 'renew', 'droplet', 'never', '--json'), 1, 'not_found')
  refused(await room.as('session-001', 'ack', 'nope', '--json'), 1, 'not_found')
  refused(await room.as('session-001', 'reply', 'nope', 'x', '--json'), 1, 'not_found')
  refused(await room.as('session-001', 'messages', '--thread', 'nope', '--json'), 1, 'not_found')
  const status = refused(await room.plain('status', 'session-002', '--json'), 1, 'not_found')
  expect(status.hint).toContain('session-001')
})

test('an act that contradicts what is there is a conflict', async () => {
  const room = await makeRoom('one', 'two')
  const live = await coord({ cwd: room.dir, session: 'two', env: PINNED }, 'start', '--id', 'one', '--json')
  expect(refused(live, 1, 'conflict').message).toContain('one')
  const { json } = await room.as('one', 'send', 'broadcast', 'hi', '--json')
  refused(await room.as('one', 'reply', json.message.id, 'to myself', '--json'), 1, 'conflict')
})

test('what fits several is ambiguous, with the candidates', async () => {
  const room = await makeRoom('one')
  for (const id of ['two', 'three']) {
    await room.plain('start', '--id', id)
    const file = path.join(room.root, 'sessions', `${id}.json`)
    fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(file, 'utf8')), name: 'twin' }))
  }
  const error = refused(await room.as('one', 'send', 'twin', 'hi', '--json'), 2, 'ambiguous')
  expect([...error.candidates].sort()).toEqual(['three', 'two'])
})

test('an identity that is not known is no_session, with candidates and the way out', async () => {
  const room = await makeRoom()
  const error = refused(await room.plain('claim', 'droplet', 'x', '--json'), 3, 'no_session')
  expect(error).toMatchObject({ candidates: [], hint: expect.stringContaining('coord start') })
  await done({ cwd: room.dir }, 'start', '--id', 'session-001')
  const mistyped = refused(await room.as('session-01', 'heartbeat', 'x', '--json'), 3, 'no_session')
  expect(mistyped).toMatchObject({ candidates: ['session-001'] })
  expect(mistyped.message).toContain('COORD_SESSION')
})

test('a session that has ended can not act, and the way back is named', async () => {
  const room = await makeRoom('session-001')
  await room.did('session-001', 'end')
  for (const args of [['claim', 'droplet', 'x'], ['heartbeat', 'x'], ['inbox'], ['end']]) {
    const error = refused(await room.plain(...args, '--session', 'session-001', '--json'), 3, 'no_session')
    expect(error.message).toContain('has ended')
    expect(error.hint).toContain('coord start --id session-001')
  }
  expect((await room.plain('start', '--id', 'session-001')).code).toBe(0)
  expect((await room.as('session-001', 'heartbeat', 'x')).code).toBe(0)
})

test('without a room all commands but init say how to make one', async () => {
  const dir = emptyDirectory()
  for (const args of [['status'], ['claim', 'droplet', 'x'], ['start'], ['inbox'], ['board']]) {
    const error = refused(await coord({ cwd: dir }, ...args, '--json'), 3, 'not_initialized')
    expect(error.hint).toContain('coord init')
  }
  expect(fs.readdirSync(dir)).toEqual([])
})

test('a room of a newer protocol is left alone', async () => {
  const room = await makeRoom('one')
  fs.writeFileSync(path.join(room.root, 'config.json'), '{"version": 2}')
  const before = room.everything()
  const error = refused(await room.as('one', 'claim', 'droplet', 'x', '--json'), 3, 'newer_room')
  expect(error).toMatchObject({ version: 2, hint: expect.stringContaining('git-coord') })
  refused(await room.plain('status', '--json'), 3, 'newer_room')
  expect(changes(before, room.everything())).toEqual([])
})

test('a damaged ledger stops its own resource only', async () => {
  const room = await makeRoom('one', 'two')
  await room.did('one', 'claim', 'droplet', 'bad')
  const slot = '.state/ledger/droplet-bad/000000000001'
  fs.writeFileSync(path.join(room.root, slot), '{"torn')
  for (const args of [
    ['claim', 'droplet', 'bad'],
    ['renew', 'droplet', 'bad'],
    ['release', 'droplet', 'bad'],
  ]) {
    const error = refused(await room.as('one', ...args, '--json'), 4, 'damaged')
    expect(error.path).toBe(`COORDINATION/${slot}`)
  }
  expect((await room.as('two', 'claim', 'droplet', 'good')).code).toBe(0)
  expect((await room.as('two', 'heartbeat', 'building')).code).toBe(0)
  const { json } = await room.plain('status', '--json')
  expect(json.problems.map((problem: { path: string }) => problem.path).join()).toContain('droplet-bad')
})

test('a broken config is said once on stderr and only fails init', async () => {
  const room = await makeRoom('one')
  fs.writeFileSync(path.join(room.root, 'config.json'), '{"version":1,"claims":{"maxFor":"soon"},"colour":1}')
  const beat = await room.as('one', 'heartbeat', 'x')
  expect(beat.code).toBe(0)
  expect(beat.err).toMatch(/config\.json: .*maxFor/)
  expect(beat.err).toMatch(/config\.json: .*colour/)
  const error = refused(await roomAt(room.dir).plain('init', '--json'), 2, 'invalid')
  expect(error.argument).toBe('config.json')
})
