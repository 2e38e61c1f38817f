/** Who is acting, in the shells of persons: real bash processes, no environment. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { coord } from '../helpers/cli.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { BIN, git, loadSession, repository, roomOf, Shell, sessionFile } from './support.ts'

const LINE = `"${process.execPath}" "${BIN}"`
const idOf = (json: Record<string, any>) => json.session.session_id as string

test('two shells in one checkout keep their own identity and claims without any environment', async () => {
  const dir = repository()
  const [ada, bob] = [new Shell(dir), new Shell(dir)]
  const a = idOf((await ada.coord('start', '--json')).json)
  const b = idOf((await bob.coord('start', '--json')).json)
  expect(a).not.toBe(b)
  expect((await ada.coord('claim', 'task', 'login', '--json')).json.claim.claimed_by).toBe(a)
  expect((await bob.coord('claim', 'task', 'logout', '--json')).json.claim.claimed_by).toBe(b)
  expect((await bob.coord('claim', 'task', 'login')).code).toBe(1)
  expect((await ada.coord('heartbeat', 'building', 'login', '--json')).json.heartbeat.session_id).toBe(a)
  expect((await bob.coord('heartbeat', 'testing', 'logout', '--json')).json.heartbeat.session_id).toBe(b)
  const mine = (await ada.coord('claims', '--mine', '--json')).json.claims
  expect(mine.map((claim: any) => claim.resource_name)).toEqual(['login'])
  const { json } = await bob.coord('whoami', '--json')
  expect([idOf(json), json.source]).toEqual([b, 'ancestry'])
})

test('subshells, pipes and scripts of a shell act as its session', async () => {
  const dir = repository()
  const ada = new Shell(dir)
  const a = idOf((await ada.coord('start', '--json')).json)
  fs.writeFileSync(path.join(dir, 'work.sh'), '(coord heartbeat building x --json | cat)\n')
  const { out } = await ada.run('export -f coord; bash work.sh')
  expect(JSON.parse(out).heartbeat.session_id).toBe(a)
})

test('the last command of sh -c and bash -c, which the shell becomes, acts as the session that it began', async () => {
  const dir = repository()
  const ada = new Shell(dir)
  const a = idOf((await ada.coord('start', '--json')).json)
  for (const shell of ['bash', 'sh']) {
    const { out } = await ada.run(`${shell} -c '${LINE} start --quiet; ${LINE} heartbeat building x'`)
    const [began, ...more] = out.trim().split('\n')
    expect(began).not.toBe(a)
    expect(more).toEqual([`${began}: building – x`])
  }
})

test('a shell that has not started is not the session of the shell beside it', async () => {
  const dir = repository()
  const [ada, bob, eve] = [new Shell(dir), new Shell(dir), new Shell(dir)]
  await ada.coord('start')
  await bob.coord('start')
  const { code, json } = await eve.coord('whoami', '--json')
  expect([code, json.error.code]).toEqual([3, 'no_session'])
  expect(json.error.hint).toContain('coord start')
})

test('a second start in a shell replaces the binding and says that the other is still open', async () => {
  const dir = repository()
  const ada = new Shell(dir)
  const first = idOf((await ada.coord('start', '--json')).json)
  const second = (await ada.coord('start', '--json')).json
  expect(second).toMatchObject({ created: true, replaced: first })
  const third = await ada.coord('start')
  expect(third.out + third.err).toContain(idOf(second))
  expect(third.out + third.err).toMatch(/still open/)
  const now = idOf((await ada.coord('whoami', '--json')).json)
  expect([first, idOf(second)]).not.toContain(now)
  for (const id of [first, idOf(second), now]) expect(loadSession(dir, id).status).toBe('active')
})

test('a linked worktree shares the room and the board, and each shell keeps its identity', async () => {
  const dir = repository()
  const side = path.join(path.dirname(dir), 'side')
  const ada = new Shell(dir)
  const a = idOf((await ada.coord('start', '--json')).json)
  git(dir, 'worktree', 'add', '-q', side)
  const bob = new Shell(side)
  const b = idOf((await bob.coord('start', '--json')).json)
  expect((await ada.coord('claim', 'task', 'x')).code).toBe(0)
  expect((await bob.coord('claim', 'task', 'x', '--json')).json.error.holder.claimed_by).toBe(a)
  expect(idOf((await bob.coord('whoami', '--json')).json)).toBe(b)
  expect(loadSession(dir, b)).toMatchObject({ worktree: side, branch: 'side' })
  const board = path.join(roomOf(side), 'STATUS_BOARD.md')
  expect(fs.readlinkSync(board)).toBe(path.join(roomOf(dir), 'STATUS_BOARD.md'))
  expect(fs.readFileSync(board, 'utf8')).toContain(b)
  expect(fs.readdirSync(roomOf(side))).toEqual(['STATUS_BOARD.md'])
  expect(git(side, 'status', '--porcelain')).toBe('')
})

test('COORD_SESSION wins over the shell; an ended or unknown session in it is refused', async () => {
  const dir = repository()
  const [ada, bob] = [new Shell(dir), new Shell(dir)]
  await ada.coord('start', '--id', 'ada')
  await bob.coord('start', '--id', 'bob')
  const other = await ada.run('COORD_SESSION=bob coord whoami --json')
  expect(JSON.parse(other.out)).toMatchObject({ session: { session_id: 'bob' }, source: 'env' })
  await bob.coord('end')
  for (const [id, why] of [
    ['bob', 'has ended'],
    ['nobody', 'is not registered'],
  ] as const) {
    const { code, out } = await ada.run(`COORD_SESSION=${id} coord heartbeat building x --json`)
    const { error } = JSON.parse(out)
    expect([code, error.code]).toEqual([3, 'no_session'])
    expect(error.message).toContain(why)
    expect(error.hint).toContain(`coord start --id ${id}`)
  }
  expect((await bob.run('COORD_SESSION=bob coord claim task x')).code).toBe(3)
})

test('.current_session counts only while one live session exists, and never under an agent', async () => {
  const dir = repository()
  await coord({ cwd: dir }, 'init')
  const now = new Date().toISOString()
  const enter = (id: string, status = 'active') => {
    const text = JSON.stringify({ session_id: id, started_at: now, status, last_heartbeat: now })
    fs.writeFileSync(sessionFile(dir, id), text)
  }
  enter('one')
  fs.writeFileSync(path.join(roomOf(dir), '.current_session'), 'one\n')
  const ada = new Shell(dir)
  const { json } = await ada.coord('whoami', '--json')
  expect([idOf(json), json.source]).toEqual(['one', 'current_session'])
  expect((await ada.coord('heartbeat', 'building', 'x', '--json')).json.heartbeat.session_id).toBe('one')
  expect((await ada.run('CLAUDECODE=1 coord whoami --json')).code).toBe(3)
  enter('two')
  expect((await ada.coord('whoami', '--json')).json.error.code).toBe('no_session')
  enter('two', 'completed')
  expect(idOf((await ada.coord('whoami', '--json')).json)).toBe('one')
  fs.writeFileSync(path.join(roomOf(dir), '.current_session'), 'two\n')
  expect((await ada.coord('whoami')).code).toBe(3)
})

test('whoami --why tells by what each identity is known', async () => {
  const dir = repository()
  const ada = new Shell(dir)
  await ada.coord('start', '--id', 'ada')
  const bare = await ada.coord('whoami', '--why')
  expect(bare.out).toMatch(/ada/)
  expect(bare.out).toMatch(/started by ancestor 1/)
  expect((await ada.coord('whoami', '--why', '--session', 'ada')).out).toMatch(/--session names it/)
  expect((await ada.run('COORD_SESSION=ada coord whoami --why')).out).toMatch(/COORD_SESSION names it/)
  const agent = 'CLAUDE_CODE_SESSION_ID=c1'
  await ada.run(`${agent} coord start --id claude`)
  expect((await ada.run(`${agent} coord whoami --why`)).out).toMatch(/claude[\s\S]*registered for this agent/)
  const elsewhere = temporaryDirectory()
  const none = await coord({ cwd: elsewhere }, 'whoami', '--why')
  expect([none.code, none.err.includes('coord init')]).toEqual([3, true])
})
