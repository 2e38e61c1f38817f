/** What process stands for a session, and what its end allows: death and silence, never silence alone. */
import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { coord } from '../helpers/cli.ts'
import { Agent, editJson, loadSession, register, repository, Shell, sessionFile } from './support.ts'

const LONG_AGO = '2020-01-01T00:00:00.000Z'

test('the process of a session stays unknown after start and is learnt from a second command', async () => {
  const dir = repository()
  const ada = new Shell(dir)
  const { session } = (await ada.coord('start', '--id', 'ada', '--json')).json
  expect(session.pid).toBeNull()
  expect(loadSession(dir, 'ada').pid).toBeNull()
  await ada.coord('heartbeat', 'building', 'x')
  expect(loadSession(dir, 'ada').pid).toBe(ada.pid)
})

test('under an agent the process of a session is the agent, never a throw-away shell', async () => {
  const dir = repository()
  const agent = new Agent(dir)
  await agent.coord('start', '--id', 'robot')
  expect(loadSession(dir, 'robot').pid).toBeNull()
  await agent.run('bash -c "$(declare -f coord); coord heartbeat building x; exit"')
  expect(loadSession(dir, 'robot').pid).toBe(agent.pid)
  await agent.run('coord heartbeat building y; coord heartbeat building z')
  expect(loadSession(dir, 'robot').pid).toBe(agent.pid)
})

test('two commands in one throw-away shell do not make that shell the session', async () => {
  const dir = repository()
  const agent = new Agent(dir)
  await agent.run('coord start --id robot; coord heartbeat building x')
  expect([agent.pid, null]).toContain(loadSession(dir, 'robot').pid)
})

test('the pid that an agent names itself is taken at once', async () => {
  const dir = repository()
  const agent = new Agent(dir)
  await agent.run('CLAUDE_PID=$PPID coord start --id robot')
  expect(loadSession(dir, 'robot').pid).toBe(agent.pid)
})

test('a command from outside the known process makes the process unknown again', async () => {
  const dir = repository()
  const ada = new Shell(dir)
  await ada.coord('start', '--id', 'ada')
  await ada.coord('heartbeat', 'building', 'x')
  expect(loadSession(dir, 'ada').pid).toBe(ada.pid)
  const bob = new Shell(dir)
  await bob.coord('heartbeat', 'building', 'y', '--session', 'ada')
  expect([null, process.pid, process.ppid]).toContain(loadSession(dir, 'ada').pid)
})

test('a dead process and silence free a claim, and the takeover tells the old holder', async () => {
  const dir = repository()
  await register(dir, 'heir')
  const ada = new Shell(dir)
  await ada.coord('start', '--id', 'ada')
  const held = (await ada.coord('claim', 'task', 'x', '--json')).json.claim
  expect(loadSession(dir, 'ada').pid).toBe(ada.pid)
  await ada.end()
  const tooEarly = await coord({ cwd: dir, session: 'heir' }, 'claim', 'task', 'x', '--json')
  expect(tooEarly.json.error.code).toBe('held')
  editJson(sessionFile(dir, 'ada'), { last_seen: LONG_AGO })
  const taken = await coord({ cwd: dir, session: 'heir' }, 'claim', 'task', 'x', '--json')
  expect(taken.json).toMatchObject({ ok: true, took_over: { claimed_by: 'ada', token: held.token } })
  expect(taken.json.claim.token).toBeGreaterThan(held.token)
  const mail = (await coord({ cwd: dir, session: 'ada' }, 'inbox', '--json')).json.messages
  expect(mail.map((message: any) => message.type)).toContain('claim_taken_over')
  const woken = await coord({ cwd: dir, session: 'ada' }, 'renew', 'task', 'x', '--json')
  expect(woken.json.error).toMatchObject({ code: 'lost', holder: { claimed_by: 'heir' } })
})

test('silence alone never frees a claim: not with a living process, not with an unknown one', async () => {
  const dir = repository()
  await register(dir, 'heir')
  const ada = new Shell(dir)
  await ada.coord('start', '--id', 'ada')
  await ada.coord('claim', 'task', 'x')
  const heir = { cwd: dir, session: 'heir' }
  for (const change of [
    {},
    { pid: null, pid_started: null },
    { boot_id: 'another boot', pid: 1 << 22, pid_started: '1' },
  ]) {
    editJson(sessionFile(dir, 'ada'), { last_seen: LONG_AGO, last_heartbeat: LONG_AGO, ...change })
    const { code, json } = await coord(heir, 'claim', 'task', 'x', '--json')
    expect([code, json.error.code]).toEqual([1, 'held'])
    expect(json.error.holder.liveness.age_ms).toBeGreaterThan(86_400_000)
    expect(json.error.hint).toContain('--force --reason')
  }
})

test('a pid that another process has got since counts as dead', async () => {
  const dir = repository()
  await register(dir, 'heir')
  const ada = new Shell(dir)
  await ada.coord('start', '--id', 'ada')
  await ada.coord('claim', 'task', 'x')
  const other = spawn('cat', [], { stdio: ['pipe', 'ignore', 'ignore'] })
  const gone = new Promise((resolve) => other.once('close', resolve))
  editJson(sessionFile(dir, 'ada'), { last_seen: LONG_AGO, pid: other.pid, pid_started: '1' })
  const { json } = await coord({ cwd: dir, session: 'heir' }, 'claim', 'task', 'x', '--json')
  other.stdin!.end()
  await gone
  expect(json.took_over?.claimed_by).toBe('ada')
})
