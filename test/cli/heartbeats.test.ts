import { expect, test } from 'vitest'
import { makeRoom, NOW, said } from './rooms.ts'

test('a heartbeat in the form of the seed says what the session does', async () => {
  const room = await makeRoom('session-001')
  expect(said(await room.as('session-001', 'heartbeat', 'building', 'target', 'phase'))).toBe(
    'session-001: building – target – phase',
  )
  expect(room.files('heartbeats')).toHaveLength(1)
})

test('a heartbeat with everything answers with the record', async () => {
  const room = await makeRoom('session-001')
  const flags = [
    '--progress',
    '30',
    '--next',
    'form',
    '--files',
    'a.ts',
    '--files',
    'b.ts',
    '--eta',
    '2h',
    '--task',
    't1',
  ]
  const rest = [
    '--message',
    'going on',
    '--meta',
    'items=15',
    '--meta',
    'note=a=b',
    '--state',
    'waiting',
    '--json',
  ]
  const { json, code, err } = await room.as(
    'session-001',
    'heartbeat',
    'building',
    'church',
    'BUILD',
    ...flags,
    ...rest,
  )
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(json).toEqual({
    ok: true,
    heartbeat: {
      session_id: 'session-001',
      timestamp: NOW,
      action: 'building',
      target: 'church',
      phase: 'BUILD',
      files_touched: ['a.ts', 'b.ts'],
      progress: '30%',
      next_action: 'form',
      estimated_completion: '2026-11-20T12:00:00.000Z',
      state: 'waiting',
      message: 'going on',
      task_id: 't1',
      metadata: { items: '15', note: 'a=b' },
    },
  })
})

test('a heartbeat that finds a claim lost says so on stderr and in its answer, once', async () => {
  const room = await makeRoom('one', 'two')
  await room.did('one', 'claim', 'droplet', 'x', '--for', '1m', '--no-renew')
  await room.didLater(5, 'two', 'claim', 'droplet', 'x')
  const first = await room.later(6, 'one', 'heartbeat', 'building', '--json')
  expect(first.json.lost).toMatchObject([{ resource_type: 'droplet', resource_name: 'x', holder: 'two' }])
  expect((await room.later(6, 'one', 'heartbeat', 'building', '--json')).json.lost).toBeUndefined()
})

test('a lost claim is told on stderr with its token and who holds it now', async () => {
  const room = await makeRoom('one', 'two')
  await room.did('one', 'claim', 'droplet', 'x', '--for', '1m', '--no-renew')
  await room.didLater(5, 'two', 'claim', 'droplet', 'x')
  const { err, code } = await room.later(6, 'one', 'heartbeat', 'building', '--quiet')
  expect(code).toBe(0)
  expect(err).toMatch(
    /^coord: you lost droplet\/x \(token \d+\): ran out, and was taken over by two; two holds it now\. Stop work on it, or claim it again\.$/,
  )
})
