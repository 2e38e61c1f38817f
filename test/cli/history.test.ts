import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { coord } from '../helpers/cli.ts'
import { changes, everything, makeRoom, minutesLater, NOW, said } from './rooms.ts'

async function busyRoom() {
  const room = await makeRoom('one', 'two')
  await room.didLater(5, 'one', 'claim', 'droplet', 'church')
  await room.didLater(7, 'two', 'heartbeat', 'testing', 'tower', '--progress', '30%')
  await room.didLater(
    9,
    'one',
    'heartbeat',
    'building',
    'church',
    'BUILD',
    '--message',
    'walls \u001b[31mred',
  )
  await room.didLater(20, 'one', 'release', '--no-announce')
  return room
}

test('history tells what the acting session did, oldest first, each line with its time', async () => {
  const room = await busyRoom()
  expect(said(await room.later(30, 'one', 'history')).split('\n')).toEqual([
    '10:00:00Z  start      session started',
    '10:05:00Z  claim      claimed droplet/church',
    '10:09:00Z  heartbeat  walls \\u{1b}[31mred',
    '10:20:00Z  release    released droplet/church',
  ])
})

test('history of another session, by id or unique name, and of the room', async () => {
  const room = await busyRoom()
  await room.didLater(21, 'two', 'start', '--id', 'three', '--name', 'ann')
  expect(said(await room.later(30, 'one', 'history', 'two')).split('\n')[1]).toBe(
    '10:07:00Z  heartbeat  testing – tower (30%)',
  )
  expect(said(await room.later(30, 'one', 'history', 'ann'))).toBe('10:21:00Z  start  session started')
  const whole = said(await room.later(30, 'one', 'history', '--all')).split('\n')
  expect(whole).toHaveLength(7)
  expect(whole.at(-1)).toBe('10:21:00Z  ann        start      session started')
  const outsider = { AI_AGENT: 'none', ...minutesLater(30) }
  expect(said(await coord({ cwd: room.dir, env: outsider }, 'history')).split('\n')).toEqual(
    whole.map((line) =>
      line.replace(/one \(you\)|(?<=Z {2}\w+) {6}/, (found) => (found.trim() ? 'one' : '')),
    ),
  )
  expect(said(await coord({ cwd: room.dir, env: minutesLater(60 * 24) }, 'history', 'ann'))).toContain(
    '2026-11-20 10:21:00Z  start',
  )
})

test('history --json has the lines as they stand, whose they are, and how many were left out', async () => {
  const room = await busyRoom()
  const { json } = await room.later(30, 'one', 'history', '--limit', '2', '--json')
  expect(json).toMatchObject({ ok: true, session_id: 'one', omitted: 2, problems: [] })
  expect(json.acts).toEqual([
    {
      timestamp: '2026-11-20T10:09:00.000Z',
      session_id: 'one',
      status: 'working',
      message: 'walls \u001b[31mred',
      metadata: { event: 'heartbeat', action: 'building', target: 'church', phase: 'BUILD' },
    },
    expect.objectContaining({ metadata: { event: 'release' } }),
  ])
  const since = await room.later(30, 'one', 'history', '--all', '--since', '24m', '--json')
  expect(since.json).toMatchObject({ session_id: null, acts: [{ session_id: 'two' }, {}, {}] })
  expect(said(await room.later(30, 'one', 'history', '--limit', '1'))).toMatch(
    /^… 3 earlier; --limit 4 shows them\n10:20:00Z {2}release/,
  )
})

test('lines that others append are history too; what can not be read is named', async () => {
  const room = await makeRoom('one')
  const file = path.join(room.root, 'status/guest_status.json')
  fs.writeFileSync(file, `{"timestamp":"${NOW}","session":"guest","status":"busy","message":"hi"}\njunk\n`)
  const answer = await room.plain('history', 'guest')
  expect(answer).toMatchObject({ code: 0, out: '10:00:00Z  busy  hi' })
  expect(answer.err).toBe("coord: status/guest_status.json: 1 line can't be read")
})

test.each([
  [['history', 'tow'], 1, 'not_found', 'two'],
  [['history', '--since', '11:00'], 2, 'invalid', "Yesterday's is 2026-11-19T11:00Z"],
  [['history', 'one', '--all'], 2, 'invalid', 'coord history one'],
  [['history', 'nobody', '--all'], 2, 'invalid', 'coord history nobody'],
  [['history', '--all', '--session', 'nobody'], 1, 'not_found', 'coord sessions'],
  [['history', '--since', 'later'], 2, 'invalid', '2h'],
  [['board', '--at', '10:01'], 2, 'invalid', 'past time'],
  [['board', '--at', '2026-11-19'], 2, 'invalid', 'coord board --at 2026-11-20T10:00:00.000Z'],
])('%j is refused with the way out', async (args, exit, code, hint) => {
  const room = await makeRoom('one', 'two')
  const { json, code: given } = await room.as('one', ...args, '--json')
  expect({ given, error: json.error }).toMatchObject({ given: exit, error: { code } })
  expect(json.error.hint).toContain(hint)
})

test('board --at prints the board of that moment and what is not known of it, and touches nothing', async () => {
  const room = await makeRoom('one', 'two')
  await room.didLater(5, 'one', 'claim', 'droplet', 'church')
  await room.didLater(9, 'one', 'heartbeat', 'building', 'church', 'BUILD', '--message', 'walls')
  await room.didLater(9, 'two', 'send', 'one', 'hello')
  const then = said(await room.later(10, 'one', 'board', '--print'))
  await room.didLater(20, 'one', 'end')
  const before = everything(room.root)
  const answer = await room.later(300, 'one', 'board', '--at', '10:10')
  const told = 'As it was at 2026-11-20 10:10:00Z, 4h 50m ago.'
  expect(said(answer)).toBe(
    `> **${told}** For now: \`coord board --print\`\n\n${then}\n\n**${told}**\n\n---\n\n**Not known of that moment:**\n- refused claims may be missing: they are remembered for an hour`,
  )
  const { json } = await room.later(30, 'one', 'board', '--at', '20m ago', '--json')
  expect(Object.keys(json)).toEqual(['ok', 'path', 'at', 'board', 'gaps'])
  expect(json).toMatchObject({ at: '2026-11-20T10:10:00.000Z', gaps: [] })
  expect(json.board.trimEnd()).toBe(then)
  await room.didLater(30, 'one', 'history', '--all')
  expect(changes(before, everything(room.root))).toEqual([])
})

test.each([
  ['now', 'As it was at 2026-11-20 10:30:00Z, just now.'],
  ['today 10:05', 'As it was at 2026-11-20 10:05:00Z, 25m ago.'],
])('board --at %j says above and below the board that it is of the past', async (at, told) => {
  const room = await busyRoom()
  const lines = said(await room.later(30, 'one', 'board', '--at', at)).split('\n')
  expect(lines[0]).toBe(`> **${told}** For now: \`coord board --print\``)
  expect(lines.lastIndexOf(`**${told}**`)).toBeGreaterThan(
    lines.findIndex((line) => line.startsWith('**View:**')),
  )
  expect(said(await room.later(30, 'one', 'board', '--print'))).not.toContain('As it was')
})

test('history --since takes words for days', async () => {
  const room = await busyRoom()
  const acts = async (since: string) =>
    (await room.later(30, 'one', 'history', '--all', '--since', since, '--json')).json.acts.length
  expect(await acts('yesterday')).toBe(await acts('2026-11-19'))
  expect(await acts('today')).toBeGreaterThan(1)
  expect(await acts('now')).toBe(0)
})

test('board --at is rendered by the template of the room', async () => {
  const room = await busyRoom()
  fs.mkdirSync(path.join(room.root, 'templates'))
  fs.writeFileSync(path.join(room.root, 'templates/STATUS_BOARD.md.hbs'), 'at {{updated}}: {{active}}\n')
  expect(said(await room.later(30, 'one', 'board', '--at', '10:10'))).toContain(
    '\n\nat 2026-11-20 10:10 UTC: 2\n\n',
  )
})
