/** Questions in SQL, answered by the real DuckDB. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test, vi } from 'vitest'
import { cleanEnvironment, coord } from '../helpers/cli.ts'
import { emptyDirectory, makeRoom } from './rooms.ts'

const PACKAGE = path.join(import.meta.dirname, '../..')

test('sessions, status lines, heartbeats, claims, messages and receipts are tables', async () => {
  const room = await makeRoom('one', 'two')
  await room.did('one', 'claim', 'droplet', 'church')
  await room.did('one', 'heartbeat', 'building', 'church', 'BUILD', '--progress', '30%')
  await room.did('one', 'send', 'two', 'hello', 'a, "b"')
  await room.did('two', 'inbox')
  const sql = `SELECT
    (SELECT count(*) FROM sessions) AS sessions, (SELECT target FROM heartbeats) AS target,
    (SELECT count(*) FROM status WHERE metadata->>'event' = 'claim') AS acts,
    (SELECT claimed_by FROM claims) AS holder, (SELECT subject FROM messages WHERE "to" = 'two') AS subject,
    (SELECT state FROM receipts WHERE state = 'read') AS state, (SELECT record->>'subject' FROM messages WHERE "to" = 'two') AS again`
  const { json } = await room.plain('query', sql, '--json')
  expect(json.rows).toEqual([[2, 'church', 1, 'one', 'hello', 'read', 'hello']])
})

test('people get columns, programs JSON values', async () => {
  const room = await makeRoom('one')
  const sql = 'SELECT session_id, capabilities, started_at, 2::BIGINT AS n FROM sessions'
  const { out } = await room.plain('query', sql)
  expect(out.split('\n')[0]).toMatch(/^session_id {2}capabilities {2}started_at {2,}n$/)
  const { json } = await room.plain('query', sql, '--json')
  expect(json).toMatchObject({
    ok: true,
    columns: ['session_id', 'capabilities', 'started_at', 'n'],
    rows: [['one', [], expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), 2]],
    more: false,
  })
})

test('damaged files are repaired or named, links are not followed, and the room stays as it is', async () => {
  const room = await makeRoom('one')
  const put = (file: string, text: string | Buffer) => fs.writeFileSync(path.join(room.root, file), text)
  put('sessions/two.json', '{"session_id": "two", "current_work": "line\nbreak"}')
  put('sessions/three.json', Buffer.from([0xff, 0xfe, 0x00, 0x7b]))
  put('sessions/f[o]ur.json', '{"session_id": "four"}')
  put('status/x_status.json', '{"timestamp":"2026-11-20T09:00:00Z","session":"x",\n"status":"idle"}\njunk\n')
  fs.symlinkSync('/etc/passwd', path.join(room.root, 'sessions/link.json'))
  execFileSync('mkfifo', [path.join(room.root, 'sessions/pipe.json')])
  const before = fs.readdirSync(path.join(room.root, 'sessions'))
  const { json } = await room.plain('query', 'SELECT session_id FROM sessions ORDER BY ALL', '--json')
  expect(json.rows.flat()).toEqual(['four', 'one', 'two'])
  expect(json.problems.map(({ path }: { path: string }) => path).sort()).toEqual([
    'sessions/three.json',
    'sessions/two.json',
  ])
  const lines = await room.plain('query', "SELECT status FROM status WHERE session = 'x'", '--json')
  expect(lines.json.rows).toEqual([['idle']])
  expect(fs.readdirSync(path.join(room.root, 'sessions'))).toEqual(before)
})

test('a long answer is cut and says so', async () => {
  const room = await makeRoom()
  const { json } = await room.plain('query', 'SELECT * FROM range(500)', '--json')
  expect([json.rows.length, json.more]).toEqual([200, true])
  const { out, err } = await room.plain('query', 'SELECT * FROM range(500)', '--limit', '3')
  expect([out.split('\n').length, err]).toEqual([4, expect.stringContaining('--limit')])
})

test.each([
  ['a statement that changes something', 'CREATE TABLE x AS SELECT 1'],
  ['a copy into a file', "COPY (SELECT 1) TO 'stolen.csv'"],
  ['another database', "ATTACH 'other.db'"],
  ['an extension', 'INSTALL httpfs'],
  ['two questions at once', 'SELECT 1; SELECT 2'],
  ['any other file', "SELECT * FROM read_text('/etc/hostname')"],
  ['a file of the room by its path', "SELECT * FROM 'COORDINATION/config.json'"],
  ['a setting', 'SET enable_external_access = true'],
  ['what is no SQL', 'who is here?'],
  ['nothing', ' '],
])('%s is refused', async (_, sql) => {
  const room = await makeRoom()
  const { code, json } = await room.plain('query', sql, '--json')
  expect([code, json.error.code]).toEqual([2, 'invalid'])
  expect(fs.readdirSync(room.dir)).toEqual(['COORDINATION'])
})

/** A coord that has no DuckDB beside it, asked in a repository that brings a module of that name. */
async function askElsewhere(env: Record<string, string> = {}) {
  const room = await makeRoom()
  const home = emptyDirectory()
  for (const part of ['bin', 'dist', 'package.json', 'templates'])
    fs.cpSync(path.join(PACKAGE, part), path.join(home, part), { recursive: true })
  const committed = path.join(room.dir, 'node_modules/@duckdb/node-api')
  fs.mkdirSync(committed, { recursive: true })
  fs.writeFileSync(
    path.join(committed, 'index.js'),
    `require('fs').writeFileSync(${JSON.stringify(path.join(room.dir, 'ran'))}, '')`,
  )
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [path.join(home, 'bin/coord.cjs'), 'query', 'SELECT 41 + 1'],
    { cwd: room.dir, env: cleanEnvironment(env), extendEnv: false, reject: false },
  )
  return { exitCode, stdout, stderr, ran: fs.existsSync(path.join(room.dir, 'ran')) }
}

test('a question has a bounded memory, and spills into no file', async () => {
  const room = await makeRoom()
  const ask = (sql: string) => room.plain('query', sql, '--json')
  const { json } = await ask("SELECT current_setting('memory_limit'), current_setting('temp_directory')")
  expect(json.rows).toEqual([['953.6 MiB', '']])
  const large = "SELECT i, repeat('x', 200) || i AS t FROM range(8_000_000) r(i) ORDER BY t DESC"
  const { code, json: refused } = await ask(large)
  expect([code, refused.error]).toEqual([2, expect.objectContaining({ code: 'invalid' })])
  expect(refused.error.message).toContain('Out of Memory')
  expect(fs.readdirSync(room.dir)).toEqual(['COORDINATION'])
})

test('Ctrl-C ends a long question', async () => {
  const room = await makeRoom()
  const sql =
    'SELECT count(*) FROM range(100_000_000) a, range(100_000_000) b WHERE a.range * b.range % 7 = 3'
  const child = execa(process.execPath, [path.join(PACKAGE, 'bin/coord.cjs'), 'query', sql], {
    ...{ cwd: room.dir, env: cleanEnvironment(), extendEnv: false, reject: false },
  })
  const threads = () => fs.readdirSync(`/proc/${child.pid}/task`).length
  const used = () => Number(fs.readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(' ')[13])
  const atFirst = threads()
  await vi.waitFor(() => expect([threads() > atFirst, used() > 150]).toEqual([true, true]), 20_000)
  child.kill('SIGINT')
  onTestFinished(() => void child.kill('SIGKILL'))
  const began = performance.now()
  const { exitCode, stdout, stderr } = await child
  expect([exitCode, stdout, stderr]).toEqual([130, '', ''])
  expect(performance.now() - began).toBeLessThan(5000)
})

test('without DuckDB beside coord it is said how to get it, and a module of the repository is not run', async () => {
  const { exitCode, stderr, ran } = await askElsewhere()
  expect([exitCode, ran]).toEqual([1, false])
  expect(stderr).toMatch(/needs DuckDB, which is not installed beside coord\n {2}npm install -g/)
})

test("COORD_DUCKDB means a project's copy, by a whole path only", async () => {
  const { exitCode, stdout, ran } = await askElsewhere({ COORD_DUCKDB: PACKAGE })
  expect([exitCode, stdout.split('\n').at(-1)?.trim(), ran]).toEqual([0, '42', false])
  const refused = await askElsewhere({ COORD_DUCKDB: '.' })
  expect([refused.exitCode, refused.ran]).toEqual([2, false])
})

test('every record is exported, as lines or as CSV', async () => {
  const room = await makeRoom('one', 'two')
  await room.did('one', 'send', 'two', 'hello', 'a, "b"')
  const { out } = await room.plain('export')
  const rows = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(rows.filter(({ kind }) => kind === 'session').map(({ record }) => record.session_id)).toEqual([
    'one',
    'two',
  ])
  expect(rows.find(({ record }) => record.subject === 'hello')).toMatchObject({
    kind: 'message',
    record: { to: 'two', message: 'a, "b"' },
  })
  const csv = await room.plain('export', 'messages', '--format', 'csv')
  expect(csv.out.split('\n')[0]).toMatch(/^from,to,timestamp,type,subject,message,details,id,.*,file$/)
  expect(csv.out).toContain(',hello,"a, ""b""",')
  const wrong = await coord({ cwd: room.dir }, 'export', '--format', 'csv')
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('csv takes one table')])
})
