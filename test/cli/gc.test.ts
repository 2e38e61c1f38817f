import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { coord } from '../helpers/cli.ts'
import { changes, makeRoom, minutesLater, said } from './rooms.ts'

const LATER = 2 * 60

async function roomWithEnded() {
  const room = await makeRoom('one', 'two')
  await room.did('one', 'heartbeat', 'building')
  await room.did('one', 'end')
  const gc = (minutes: number, ...args: string[]) =>
    coord({ cwd: room.dir, env: minutesLater(minutes) }, 'gc', ...args)
  return { ...room, gc }
}

test('where nothing is to do gc says so', async () => {
  const room = await makeRoom('one')
  expect(said(await room.plain('gc'))).toBe('nothing to do')
  expect((await room.plain('gc', '--json')).json).toMatchObject({
    ok: true,
    dry_run: false,
    total: 0,
    items: [],
  })
})

test('a dry run lists path by path what would go, then the counts, and changes nothing', async () => {
  const room = await roomWithEnded()
  const before = room.everything()
  expect(said(await room.gc(LATER, '--dry-run')).split('\n')).toEqual([
    expect.stringMatching(/^sessions +sessions\/one.json +→ archive\/2026-11\/sessions\/one.json$/),
    expect.stringMatching(
      /^histories +status\/one_status.json +→ archive\/2026-11\/status\/one_status.json$/,
    ),
    '',
    expect.stringMatching(/^sessions +1 {2}archived, ended or given up$/),
    expect.stringMatching(/^histories +1 {2}moved with their sessions$/),
    '2 in all; nothing was changed',
  ])
  expect(changes(before, room.everything())).toEqual([])
})

test('gc says a line for each kind and the total, and its JSON names counts and paths', async () => {
  const room = await roomWithEnded()
  const planned = (await room.gc(LATER, '--dry-run', '--json')).json
  expect(Object.keys(planned)).toEqual(['ok', 'dry_run', 'total', 'counts', 'items'])
  expect(planned.items[0]).toEqual({
    kind: 'sessions',
    path: 'sessions/one.json',
    to: 'archive/2026-11/sessions/one.json',
  })
  expect(
    said(await room.gc(LATER))
      .split('\n')
      .at(-1),
  ).toBe('2 in all')
  expect(room.files('sessions')).toEqual(['two.json'])
  expect(room.files('archive/2026-11/sessions')).toEqual(['one.json'])
})

test('a cut list says how much it left out', async () => {
  const room = await roomWithEnded()
  expect(said(await room.gc(LATER, '--dry-run', '--limit', '1'))).toContain('… and 1 more')
  expect((await room.gc(LATER, '--limit', '1', '--json')).json).toMatchObject({ total: 2, omitted: 1 })
})

test('an archived session is refused as ended, with the command that brings it back; readers see it is over', async () => {
  const room = await roomWithEnded()
  await room.gc(LATER)
  const refused = await room.later(LATER, 'one', 'heartbeat', 'building', '--json')
  expect(refused.json.error).toMatchObject({
    code: 'no_session',
    hint: expect.stringContaining('coord start --id one'),
  })
  expect((await room.plain('status', 'one')).err).toContain('archived in archive/2026-11')
  expect(room.files('sessions')).toEqual(['two.json'])
  const back = await coord({ cwd: room.dir, env: minutesLater(LATER) }, 'start', '--id', 'one', '--json')
  expect(back.json).toMatchObject({
    ok: true,
    created: true,
    session: { session_id: 'one', status: 'active' },
  })
  expect(
    fs.readFileSync(path.join(room.root, 'status/one_status.json'), 'utf8').trim().split('\n'),
  ).toHaveLength(4)
})

test('an act that can not bring its session back is refused as what hinders it', async () => {
  const room = await roomWithEnded()
  await room.gc(LATER)
  const file = path.join(room.root, 'archive/2026-11/sessions/one.json')
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('"completed"', '"abandoned"'))
  fs.rmSync(path.join(room.root, 'status'), { recursive: true })
  fs.writeFileSync(path.join(room.root, 'status'), '')
  const refused = await room.later(LATER, 'one', 'heartbeat', 'building', '--json')
  expect(refused).toMatchObject({ code: 3, json: { error: { code: 'unwritable' } } })
  expect(fs.existsSync(file)).toBe(true)
})
