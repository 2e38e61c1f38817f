/** What lists and answers show people: one name for each session everywhere, short ids, nothing wider than the terminal. */
import { execFileSync, spawnSync } from 'node:child_process'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { columnsIn } from '../../src/faces/cli/columns.ts'
import { cleanEnvironment } from '../helpers/cli.ts'
import { done, makeRoom, minutesLater, type Room, said } from './rooms.ts'

const BIN = path.join(import.meta.dirname, '../../bin/coord.cjs')
const ID = 'session-1763632800-a2b3'

/** Two named sessions, one of whose ids is long, and one without a name. */
async function namedRoom(): Promise<Room> {
  const room = await makeRoom()
  const start = async (...args: string[]) => done({ cwd: room.dir }, 'start', '--quiet', ...args)
  await start('--id', ID, '--name', 'builder', '--work', 'landing page')
  await start('--id', 's2', '--name', 'Ann Bee')
  await start('--id', 's3')
  return room
}

test('sessions are called by name in every list and answer, and by id in JSON', async () => {
  const room = await namedRoom()
  await room.did(ID, 'claim', 'droplet', 'x')
  expect(said(await room.as(ID, 'send', 's2', 'hello'))).toMatch(/^sent [a-z2-7]{4} to Ann Bee: hello$/)
  await room.did('s2', 'send', 'builder', 'question', '--ack')
  const pages = {
    status: await room.as('s3', 'status'),
    sessions: await room.as('s3', 'sessions'),
    claims: await room.as('s3', 'claims'),
    'claims TYPE/NAME': await room.as('s3', 'claims', 'droplet/x'),
    messages: await room.as('s3', 'messages'),
    inbox: await room.as('s2', 'inbox', '--peek'),
    history: await room.as('s3', 'history', '--all'),
    board: await room.as('s3', 'start', '--id', 's3'),
  }
  for (const [name, answer] of Object.entries(pages)) {
    expect(answer.out, name).toContain('builder')
    expect(answer.out, name).not.toContain(ID)
  }
  const { json } = await room.as('s2', 'inbox', '--json')
  expect(json.messages).toMatchObject([{ from: ID, to: 's2' }])
  expect(said(await room.as('s2', 'end'))).toMatch(/^ended Ann Bee/)
})

test('what is shown is accepted where a session may be typed', async () => {
  const room = await namedRoom()
  await room.did(ID, 'claim', 'droplet', 'x')
  await room.did(ID, 'send', 'Ann Bee', 'hello')
  for (const args of [
    ['send', 'builder', 'x'],
    ['inbox', '--peek', '--from', 'builder'],
    ['status', 'builder'],
    ['history', 'builder'],
    ['whoami', '--session', 'Ann Bee'],
  ])
    expect((await room.as('s2', ...args)).code, args.join(' ')).toBe(0)
  const from = async (who: string) => (await room.as('s2', 'inbox', '--peek', '--from', who, '--json')).json
  expect((await from('builder')).messages).toMatchObject([{ subject: 'hello' }])
  expect((await from('s3')).messages).toEqual([])
  expect((await from('buildr')).error).toMatchObject({
    code: 'invalid',
    argument: 'from',
    suggestions: ['builder'],
  })
  expect((await room.as(ID, 'handoff', '--to', 'Ann Bee')).code).toBe(0)
})

test('lists mark the row that is you, and only that', async () => {
  const room = await namedRoom()
  await room.did('s2', 'claim', 'droplet', 'x')
  const marked = async (...args: string[]) =>
    (await room.as('s2', ...args)).out.split('\n').filter((line) => line.includes('(you)'))
  expect(await marked('sessions')).toEqual([expect.stringContaining('Ann Bee (you)')])
  expect(await marked('claims')).toEqual([expect.stringMatching(/^droplet\/x {2}Ann Bee \(you\) {2}/)])
  expect(await marked('status')).toHaveLength(2)
  expect(await marked('status', 's3')).toEqual([])
})

test('messages are shown with a short end of their id, which names them', async () => {
  const room = await namedRoom()
  await done({ cwd: room.dir, session: ID, env: { COORD_SEED: '2' } }, 'send', 's2', 'first')
  await done({ cwd: room.dir, session: ID, env: { COORD_SEED: '3' } }, 'send', 's2', 'second', '--ack')
  const lines = said(await room.as('s2', 'inbox', '--peek')).split('\n')
  const shortOf = (subject: string) => lines.find((line) => line.includes(subject))?.split('  ')[1] ?? ''
  const [first, second] = [shortOf('first'), shortOf('second')]
  for (const short of [first, second]) expect(short).toMatch(/^[a-z2-7]{4}$/)
  expect(said(await room.as('s2', 'status'))).toContain(`coord reply ${second} "…"`)
  expect(said(await room.as('s2', 'messages', '--thread', first)).split('\n')).toHaveLength(1)
  expect(said(await room.as('s2', 'ack', first))).toBe(`acknowledged ${first} of builder: first`)
  expect(said(await room.as('s2', 'reply', second, 'yes'))).toMatch(
    /^replied [a-z2-7]{4} to builder: Re: second$/,
  )
  const { json } = await room.as('s2', 'messages', '--json')
  const ids = json.messages.map(({ id }: { id: string }) => id)
  expect(ids).toContain(`2026-11-20_10-00-00-000-${ID}-${first}`)
})

test('status of one session tells all that is known of it', async () => {
  const room = await namedRoom()
  const beat = ['heartbeat', 'building', 'church', 'BUILD', '--progress', '30%', '--message', 'going well']
  await room.did(ID, ...beat, '--next', 'the form', '--files', 'a.ts')
  await room.did(ID, 'claim', 'droplet', 'x')
  await room.did('s2', 'send', 'builder', 'hello')
  const out = said(await room.later(2, 's2', 'status', 'builder'))
  for (const fact of [
    `  id         ${ID}`,
    '  name       builder',
    '  alive      fresh: last sign 2m ago',
    '  works on   church',
    '  phase      BUILD (30%)',
    '  says       going well',
    '  next       the form',
    '  files      a.ts',
    `  place      ${room.dir}`,
    '  started    10:00Z, 2m ago',
    '  unread     1 message',
    '  10:00:00Z  heartbeat  going well (30%)',
    '  10:00:00Z  claim      claimed droplet/x',
    '  coord history builder',
    '  droplet/x  builder  in 3h 58m',
  ])
    expect(out.split('\n')).toContain(fact)
  const { json } = await room.later(2, 's2', 'status', 'builder', '--json')
  expect(json.detail).toMatchObject({ unread: 1, process: expect.any(String) })
  expect(json.detail.acts.map(({ metadata }: { metadata: { event: string } }) => metadata.event)).toEqual([
    'start',
    'heartbeat',
    'claim',
  ])
  expect((await room.plain('status', '--json')).json.detail).toBeUndefined()
})

test('claims takes a resource in one word or in two, and says what to write for a type alone', async () => {
  const room = await makeRoom('one')
  await room.did('one', 'claim', 'file', 'src/a.ts')
  for (const args of [['file/src/a.ts'], ['file', 'src/a.ts'], ['file', './src/a.ts']])
    expect(said(await room.as('one', 'claims', ...args)), args.join(' ')).toMatch(/^file\/src\/a\.ts {2}one/)
  expect(said(await room.as('one', 'claims', 'droplet', 'x y'))).toBe('droplet/x y is free')
  const alone = await room.as('one', 'claims', 'file', '--json')
  expect(alone.json.error).toMatchObject({ code: 'invalid', argument: 'resource' })
  expect(alone.json.error.hint).toContain('coord claims --type file')
})

describe.skipIf(spawnSync('script', ['--version']).status !== 0)('on a terminal', () => {
  const WORK = 'the landing page of the church guidance droplet, with all that hangs on it'
  let room: Room
  beforeAll(async () => {
    room = await makeRoom()
    const names = ['', '建設者の長い名前', '🚀 rocket', 'frontend-refactoring-specialist', 'nine']
    const ids = Array.from({ length: 12 }, (_, at) =>
      at === 11 ? 'x'.repeat(64) : `session-17636328${at}-a2b3`,
    )
    for (const [at, id] of ids.entries()) {
      const name = names[at] ? ['--name', names[at]] : []
      await done({ cwd: room.dir }, 'start', '--quiet', '--id', id, ...name, '--work', WORK)
    }
    for (const [at, id] of [...ids.slice(0, 4), ...ids.slice(10)].entries()) {
      const call = { cwd: room.dir, session: id, env: { COORD_SEED: `${at}` } }
      await done(call, 'heartbeat', 'building', at % 2 ? '教会ガイダンス'.repeat(5) : WORK, `🎉 ${WORK}`)
      await done(call, 'claim', 'file', `src/${'deep/'.repeat(at * 6)}${at}.ts`, '--note', `教会 ${WORK}`)
      await done(call, 'send', 'nine', `${at} 🎉 ${WORK} ${WORK}`, '--ack', '--priority', 'high')
    }
    const nine = { cwd: room.dir, session: 'nine', env: { COORD_SEED: '9' } }
    await done(nine, 'send', 'x'.repeat(64), WORK)
  }, 60_000)

  const shown = (width: number, line: string) =>
    execFileSync(
      'script',
      ['-qec', `stty cols ${width}; "${process.execPath}" "${BIN}" ${line}`, '/dev/null'],
      {
        cwd: room.dir,
        env: cleanEnvironment({ ...minutesLater(1), NO_COLOR: '1', TERM: 'xterm', SHELL: '/bin/bash' }),
        encoding: 'utf8',
        input: '',
      },
    )
      .trimEnd()
      .split('\r\n')

  const PAGES = [
    'status',
    'sessions',
    'claims',
    'messages',
    'inbox --peek',
    'history --all',
    'claims file src/0.ts',
  ]
  test.each(PAGES)('no row of %s is wider than 60, 80 or 120 columns', (page) => {
    for (const width of [60, 80, 120]) {
      const wide = shown(width, `${page} --session nine`).filter((line) => columnsIn(line) > width)
      expect(wide.filter((line) => !/^ +coord /.test(line))).toEqual([])
    }
  })

  test('ids and the beginning of each subject stay at 80 columns; at 280 nothing of it is cut', () => {
    const rows = (width: number) =>
      shown(width, 'inbox --peek --session nine').filter((line) => line.startsWith('↩'))
    expect(rows(80)).toHaveLength(6)
    for (const row of rows(80)) expect(row).toMatch(/^↩ {2}[a-z2-7]{4} {2}.+ {2}\[high\] \d 🎉 the.*…/)
    for (const row of rows(280)) expect(row).toContain(`${WORK} ${WORK}  1m ago`)
  })

  test('an answer is one line, too', () => {
    const [line, ...rest] = shown(60, `send broadcast '${WORK} ${WORK}' --session nine`)
    expect(line).toMatch(/^sent \S+ to broadcast: the landing page.*…$/)
    expect(rest).toEqual([])
  })
})
