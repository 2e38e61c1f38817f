import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { coord } from '../helpers/cli.ts'
import { changes, everything, makeRoom, PINNED, said } from './rooms.ts'

const LOG = 'session-log/SESSION-LOG-2026-11-20.md'

test('report shows a block for each session and says where it was logged; the log has the same blocks', async () => {
  const room = await makeRoom('one', 'two')
  await room.did('one', 'claim', 'file', 'src/a.ts')
  const lines = said(await room.as('one', 'report')).split('\n')
  expect(lines.slice(0, 5)).toEqual([
    'Cross-LLM Session Dashboard',
    '='.repeat(50),
    '2 active sessions | 1 file lock | 0 task claims | 1 alert | 0 unread',
    '',
    '**Session: one** (THIS SESSION)',
  ])
  expect(lines).toContain(`- **CWD:** \`${room.dir}\``)
  expect(lines).toContain('- **File Locks:** src/a.ts')
  expect(lines.at(-1)).toBe(`Session log entry appended: ${path.join(room.root, LOG)}`)
  const block = (text: string) => text.slice(text.indexOf('**Session: one**'), text.indexOf('**Operator'))
  expect(block(room.read(LOG))).toBe(block(lines.join('\n')))
  expect(said(await room.plain('log'))).toContain(
    '10:00:00Z  report  Cross-LLM Session Dashboard Status  human',
  )
})

test('the uptime of a session is that of its process, known by its start time', async () => {
  const room = await makeRoom('one')
  const file = path.join(room.root, 'sessions/one.json')
  const session = JSON.parse(fs.readFileSync(file, 'utf8'))
  const stat = fs.readFileSync('/proc/self/stat', 'utf8')
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  const own = {
    ...session,
    ...{ pid: process.pid, pid_started: started },
    boot_id: fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    pid_ns: fs.readlinkSync('/proc/self/ns/pid'),
  }
  const reported = async (record: object) => {
    fs.writeFileSync(file, JSON.stringify(record))
    const { json } = await room.plain('report', '--no-log', '--json')
    const { pid, process: state, uptime_ms } = json.sessions[0]
    return { pid, state, uptime_ms }
  }
  const alive = await reported(own)
  expect(alive).toMatchObject({ pid: process.pid, state: 'alive' })
  expect(Math.abs(alive.uptime_ms - process.uptime() * 1000)).toBeLessThan(30_000)
  expect(await reported({ ...own, pid_started: '1' })).toEqual({
    pid: process.pid,
    state: 'dead',
    uptime_ms: null,
  })
  expect(await reported({ ...own, boot_id: 'another' })).toMatchObject({ state: 'unknown', uptime_ms: null })
})

test('parts are shown one below the other and leave the log alone', async () => {
  const room = await makeRoom('one', 'two')
  await room.did('one', 'claim', 'droplet', 'church')
  await room.did('two', 'send', 'one', 'hello', 'some text', '--priority', 'high')
  const before = everything(room.root)
  const flags = ['--stats', '--claims', '--unread', '--lifecycle', '--alerts', '--locks', '--no-log']
  const text = said(await room.as('one', 'report', ...flags))
  expect(text.split('\n').filter((_, at, all) => all[at + 1] === '='.repeat(50))).toEqual([
    'File Locks',
    'Task Claims',
    'Operator Alerts',
    'Unread Messages',
    'Session Lifecycle Events (last 20)',
    'Inter-Session Message Bus Statistics',
  ])
  expect(text).toContain(
    '1 unread (direct 1)\n\n[HIGH] hello — 2026-11-20T10:00:00Z\nFrom: two\nMessage: 46bu\nsome text\nAnswer: coord reply 46bu "…"',
  )
  expect(text).toContain(
    '**droplet/church**\n- **Session:** one\n- **Expires:** 2026-11-20T14:00:00Z (in 4h)',
  )
  expect(text).toContain(`2026-11-20T10:00:00Z started one ${path.basename(room.dir)} ${room.dir}`)
  expect(changes(before, everything(room.root))).toEqual([])
})

test('without sessions report says so and how to register, without a room how to make one', async () => {
  const room = await makeRoom()
  expect(said(await room.plain('report', '--no-log'))).toBe(
    `Cross-LLM Session Dashboard\n${'='.repeat(50)}\n0 active sessions\nNo LLM sessions are currently registered.\nRun coord start to register this session.`,
  )
  fs.rmSync(room.root, { recursive: true })
  const answer = await coord({ cwd: room.dir, env: PINNED }, 'report')
  expect(answer).toMatchObject({ code: 3, out: '' })
  expect(answer.err).toContain('there is no COORDINATION/ room')
})

test('a log that can not be written is told on stderr, beside the report', async () => {
  const room = await makeRoom('one')
  fs.mkdirSync(path.join(room.root, LOG))
  const { code, out, err } = await room.as('one', 'report')
  expect([code, out.split('\n')[0]]).toEqual([0, 'Cross-LLM Session Dashboard'])
  expect(err).toMatch(/^coord: Session log write failed: /)
  expect(out).not.toContain('entry appended')
})

test('log adds with text from standard input and shows it, of today and by date', async () => {
  const room = await makeRoom('one')
  const added = await coord(
    { cwd: room.dir, env: PINNED, session: 'one', input: 'line 1\nline 2\n' },
    ...['log', 'fix', 'pinned it', '-', '--task', 'H.13.9'],
  )
  expect(said(added)).toBe(`Session log entry appended: ${path.join(room.root, LOG)}`)
  const shown = `10:00:00Z  fix     [H.13.9] pinned it  human\n  line 1\n  line 2\n${path.join(room.root, LOG)}`
  expect(said(await room.plain('log'))).toBe(shown)
  expect(said(await room.later(24 * 60, 'one', 'log', '--date', 'yesterday'))).toBe(shown)
  expect(said(await room.later(24 * 60, 'one', 'log'))).toBe('nothing was logged on 2026-11-21 (UTC)')
  expect((await room.as('one', 'log', 'bug', 'x')).code).toBe(2)
  expect(said(await room.plain('log', '--task', 'H.13.9'))).toBe(shown)
  expect(said(await room.plain('log', '--task', 'H.1'))).toBe('nothing was logged of H.1 on 2026-11-20 (UTC)')
  const { code, err } = await room.plain('log', '--date', '2026-02-30')
  expect([code, err]).toEqual([2, expect.stringContaining('is no day of the calendar')])
})

test('a report that is to be quiet is only logged', async () => {
  const room = await makeRoom('one')
  expect(said(await room.as('one', 'report', '--quiet'))).toBe('')
  expect(room.read(LOG)).toContain('**Session: one** (THIS SESSION)')
  expect(said(await room.as('one', 'report', '--lifecycle', '--limit', '1'))).toContain('Events (last 1)')
})

test('by the clock of the machine too the first start of a session is a start', async () => {
  const room = await makeRoom()
  const start = () => coord({ cwd: room.dir }, 'start', '--id', 'one')
  await start()
  await coord({ cwd: room.dir, session: 'one' }, 'end')
  await start()
  const { json } = await coord({ cwd: room.dir }, 'poll', 'session_lifecycle', '--json')
  expect(json.messages.map(({ type }: { type: string }) => type)).toEqual(['started', 'ended', 'resumed'])
})

test('start tells of a conflict that it begins in, also where only the shell is told its session', async () => {
  const room = await makeRoom('one')
  const told = await room.plain('start', '--id', 'two')
  expect(told.out).toContain(`alert  one and two work in ${room.dir}: coord alerts`)
  const { out, err } = await room.plain('start', '--id', 'three', '--env')
  expect(out.trim()).toBe('export COORD_SESSION=three')
  expect(err).toContain(`coord: one, three and two work in ${room.dir}: coord alerts`)
})

test('paths outside of the repository are said to be', async () => {
  const room = await makeRoom('one')
  const words = 'free, but outside of this repository'
  expect(said(await room.as('one', 'conflicts', '../x'))).toContain(`../x  ${words}`)
  expect(said(await room.as('one', 'guard', '../x'))).toBe(`../x is ${words}`)
  expect((await room.as('one', 'poll', '--since', 'abcd')).code).toBe(2)
})

test('entries written at the same time are all there, each whole', async () => {
  const room = await makeRoom('one')
  const texts = Array.from({ length: 12 }, (_, at) => `${at} ${'x'.repeat(3000)}`)
  await Promise.all(texts.map((text, at) => room.plain('log', 'note', `number ${at}`, text, '--as', 'human')))
  const { json } = await room.plain('log', '--json')
  expect(json.entries.map(({ text }: { text: string }) => text).sort()).toEqual(texts.sort())
})
