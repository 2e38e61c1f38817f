import { expect, test } from 'vitest'
import { done, makeRoom, said } from './rooms.ts'

test('config get lists every setting and marks those that are not the default', async () => {
  const room = await makeRoom()
  expect(said(await room.plain('config', 'set', 'claims.defaultFor', '2 hours'))).toBe(
    'claims.defaultFor is 2 hours now (was 4h)',
  )
  const lines = said(await room.plain('config', 'get')).split('\n')
  expect(lines).toHaveLength(22)
  expect(lines.filter((line) => line.startsWith('*'))).toEqual([
    expect.stringMatching(/^\* {2}claims\.defaultFor +2 hours +default 4h$/),
  ])
  expect(said(await room.plain('config', 'get', 'claims.defaultFor'))).toBe('2 hours')
  expect(said(await room.plain('config', 'set', 'claims.defaultFor', '2 hours'))).toBe(
    'claims.defaultFor is 2 hours already',
  )
})

test('what is set counts for the next command', async () => {
  const room = await makeRoom('one')
  await done({ cwd: room.dir }, 'config', 'set', 'claims.defaultFor', '90m', '--quiet')
  const { json } = await room.as('one', 'claim', 'droplet', 'x', '--json')
  expect(json.claim.expires_at).toBe('2026-11-20T11:30:00.000Z')
})

test('config --json gives one setting or all', async () => {
  const room = await makeRoom()
  const one = await room.plain('config', 'get', 'git.branch', '--json')
  expect(one.json).toEqual({
    ok: true,
    setting: { key: 'git.branch', value: 'coordination', default: 'coordination', is_default: true },
  })
  const all = await room.plain('config', 'get', '--json')
  expect(all.json.settings).toHaveLength(22)
  const set = await room.plain('config', 'set', 'git.branch', 'room', '--json')
  expect(set.json).toMatchObject({ ok: true, was: 'coordination', setting: { value: 'room' } })
})

test.each([
  [['config', 'get', 'claims.defaltFor'], 'key', 'Did you mean claims.defaultFor'],
  [['config', 'set', 'claims.maxFor', 'soon'], 'value', 'It takes a duration'],
  [['config', 'set', 'claims.maxFor'], 'value', 'coord config set KEY VALUE'],
  [['config', 'set'], 'key', 'coord config set KEY VALUE'],
  [['config', 'gte'], 'action', 'Did you mean coord config get?'],
  [['config', 'get', 'git.branch', 'x'], 'value', 'coord config set git.branch x'],
])('%j is invalid, names the argument and the way out', async (args, argument, hint) => {
  const room = await makeRoom()
  const before = room.everything()
  const { code, json } = await room.plain(...args, '--json')
  expect(code).toBe(2)
  expect(json.error).toMatchObject({ code: 'invalid', argument, hint: expect.stringContaining(hint) })
  expect(room.everything()).toEqual(before)
})

test('sets at the same time lose nothing', async () => {
  const room = await makeRoom()
  const settings: [string, string][] = [
    ['claims.defaultFor', '1h'],
    ['claims.maxFor', '2d'],
    ['git.branch', 'room'],
    ['messages.maxBytes', '100'],
    ['sessions.goneAfter', '45m'],
  ]
  await Promise.all(settings.map(([key, value]) => room.plain('config', 'set', key, value)))
  const { json } = await room.plain('config', 'get', '--json')
  const changed = json.settings.filter((setting: { is_default: boolean }) => !setting.is_default)
  expect(changed.map(({ key, value }: { key: string; value: unknown }) => [key, String(value)])).toEqual(
    expect.arrayContaining(settings),
  )
})
