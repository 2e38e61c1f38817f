/** Who is acting, under agents: ids, throw-away shells, agents in persons' shells, agents in agents. */
import { spawn } from 'node:child_process'
import path from 'node:path'
import { expect, test } from 'vitest'
import { coord } from '../helpers/cli.ts'
import { Agent, BIN, readJson, repository, Shell } from './support.ts'

const idOf = (json: Record<string, any>) => json.session?.session_id as string

test('an agent with a fresh shell for every command keeps one identity through its ancestors', async () => {
  const dir = repository()
  const agent = new Agent(dir)
  const id = idOf((await agent.coord('start', '--json')).json)
  expect((await agent.coord('claim', 'task', 'x', '--json')).json.claim.claimed_by).toBe(id)
  expect((await agent.coord('heartbeat', 'building', 'x', '--json')).json.heartbeat.session_id).toBe(id)
  const { json } = await agent.run('(cd / && true); bash -c "$(declare -f coord); coord whoami --json"')
  expect([idOf(json), json.source]).toEqual([id, 'ancestry'])
})

test('an agent that begins and acts in one line of shell, and then in another, is one session', async () => {
  const agent = new Agent(repository())
  const line = `'${process.execPath}' '${BIN}'`
  const { out } = await agent.run(`bash -c "${line} start --quiet && ${line} claim task x --quiet"`)
  const { claims } = (await agent.coord('claims', '--json')).json
  expect(claims.map(({ claimed_by }: Record<string, string>) => claimed_by)).toEqual([out.trim()])
  expect(idOf((await agent.coord('whoami', '--json')).json)).toBe(out.trim())
})

test('two agents without ids of their own, side by side, keep their identities', async () => {
  const dir = repository()
  const [one, two] = [new Agent(dir), new Agent(dir)]
  const a = idOf((await one.coord('start', '--json')).json)
  expect((await two.coord('whoami', '--json')).json.error?.code).toBe('no_session')
  const started = (await two.coord('start', '--json')).json
  expect(started.replaced).toBeUndefined()
  expect(idOf((await one.coord('whoami', '--json')).json)).toBe(a)
  expect(idOf((await two.coord('whoami', '--json')).json)).toBe(idOf(started))
})

test('an agent with several shells at once is one session in all of them', async () => {
  const dir = repository()
  const agent = new Agent(dir)
  const id = idOf((await agent.coord('start', '--json')).json)
  const kept = await agent.run('coord whoami --json >first & coord whoami --json >second & wait; cat first')
  expect(idOf(kept.json)).toBe(id)
  expect(idOf(readJson(path.join(dir, 'second')))).toBe(id)
})

test('a shell that an agent keeps open does not hide its session from its other shells', async () => {
  const dir = repository()
  const agent = new Agent(dir)
  const kept = spawn('bash', ['--norc'], {
    cwd: dir,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: agent.environment,
  })
  const gone = new Promise((resolve) => kept.once('close', resolve))
  kept.stdin.write(`'${process.execPath}' '${BIN}' start --id robot </dev/null; echo done\n`)
  await new Promise((resolve) =>
    kept.stdout.on('data', (text) => String(text).includes('done') && resolve(null)),
  )
  const beside = await coord({ cwd: dir, env: agent.environment }, 'whoami', '--json')
  kept.stdin.end()
  await gone
  expect(idOf(beside.json)).toBe('robot')
})

test('an agent with an id starts once; the same id is the same session, another another', async () => {
  const dir = repository()
  const claude = new Agent(dir, { CLAUDE_CODE_SESSION_ID: 'c-1' })
  const first = (await claude.coord('start', '--json')).json
  expect(first).toMatchObject({ created: true, session: { agent: { vendor: 'claude', session_id: 'c-1' } } })
  expect((await claude.coord('start', '--json')).json).toMatchObject({
    created: false,
    session: { session_id: idOf(first) },
  })
  const resumed = new Agent(dir, { CLAUDE_CODE_SESSION_ID: 'c-1' })
  const again = (await resumed.coord('whoami', '--json')).json
  expect([idOf(again), again.source]).toEqual([idOf(first), 'agent'])
  expect((await resumed.coord('start', '--json')).json.created).toBe(false)
  const other = new Agent(dir, { CLAUDE_CODE_SESSION_ID: 'c-2' })
  const second = (await other.coord('start', '--json')).json
  expect(second.created).toBe(true)
  expect(idOf(second)).not.toBe(idOf(first))
  expect(idOf((await claude.coord('whoami', '--json')).json)).toBe(idOf(first))
})

test('an agent with an id that has not started is nobody, even beside one that has', async () => {
  const dir = repository()
  await new Agent(dir, { CLAUDE_CODE_SESSION_ID: 'c-1' }).coord('start')
  const other = new Agent(dir, { CLAUDE_CODE_SESSION_ID: 'c-2' })
  expect((await other.coord('claim', 'task', 'x', '--json')).json.error?.code).toBe('no_session')
})

test('an agent started in the shell of a person is never that person, who stays who he was', async () => {
  const dir = repository()
  const ada = new Shell(dir)
  await ada.coord('start', '--id', 'ada')
  const before = await ada.run(
    'CLAUDECODE=1 bash -c "$(declare -f coord); coord heartbeat building x --json"',
  )
  expect([before.code, JSON.parse(before.out).error.code]).toEqual([3, 'no_session'])
  const marks = [
    'CLAUDECODE=1',
    'CODEX_SANDBOX=seatbelt',
    'GEMINI_CLI=1',
    'CURSOR_AGENT=1',
    'AI_AGENT=x',
    'AGENT=amp',
  ]
  for (const mark of marks) expect((await ada.run(`${mark} coord whoami`)).code, mark).toBe(3)
  const inner = await ada.run(
    'CLAUDECODE=1 bash -c "$(declare -f coord); coord start --id robot; coord whoami --json; exit"',
  )
  expect(inner.out).toContain('"session_id":"robot"')
  expect(idOf((await ada.coord('whoami', '--json')).json)).toBe('ada')
  expect((await ada.coord('heartbeat', 'testing', 'y', '--json')).json.heartbeat.session_id).toBe('ada')
  expect(idOf((await ada.coord('start', '--id', 'ada', '--json')).json)).toBe('ada')
})

test('a new agent in the same shell is not the one that ended there before', async () => {
  const dir = repository()
  const ada = new Shell(dir)
  const agent = (id: string) =>
    `CLAUDECODE=1 bash -c "$(declare -f coord); coord start >/dev/null; coord whoami --json; exit" ${id}`
  const first = idOf(JSON.parse((await ada.run(agent('a'))).out))
  const second = idOf(JSON.parse((await ada.run(agent('b'))).out))
  expect(first).toBeTruthy()
  expect(second).not.toBe(first)
})

test('of two agents one in the other, the nearest ancestor decides', async () => {
  const dir = repository()
  const outer = new Agent(dir, { CLAUDE_CODE_SESSION_ID: 'c-1' })
  await outer.coord('start', '--id', 'outer')
  const inner = new Agent(dir, { CODEX_THREAD_ID: 't-1' })
  await inner.coord('start', '--id', 'inner')
  const both = { CLAUDE_CODE_SESSION_ID: 'c-1', CODEX_THREAD_ID: 't-1' }
  const script = 'coord whoami --json'
  expect(idOf((await outer.run(script, both)).json)).toBe('outer')
  expect(idOf((await inner.run(script, both)).json)).toBe('inner')
  const neither = new Agent(dir, both)
  const { code, json } = await neither.coord('whoami', '--json')
  expect([code, json.error.code]).toEqual([3, 'no_session'])
  expect(json.error.candidates.toSorted()).toEqual(['inner', 'outer'])
})

test('an agent inside an agent that starts under the ids of both becomes a session of its own', async () => {
  const dir = repository()
  const outer = new Agent(dir, { CLAUDE_CODE_SESSION_ID: 'c-1' })
  await outer.coord('start', '--id', 'outer')
  const inner = new Agent(dir, { CLAUDE_CODE_SESSION_ID: 'c-1', CODEX_THREAD_ID: 't-1' })
  const started = (await inner.coord('start', '--json')).json
  expect(started).toMatchObject({ created: true, session: { agent: { vendor: 'codex', session_id: 't-1' } } })
  expect(idOf((await inner.coord('whoami', '--json')).json)).toBe(idOf(started))
  expect(idOf((await outer.coord('whoami', '--json')).json)).toBe('outer')
  expect((await inner.coord('start', '--json')).json).toMatchObject({
    created: false,
    session: { session_id: idOf(started) },
  })
  const again = (await outer.coord('start', '--json')).json
  expect(again).toMatchObject({ created: false, session: { session_id: 'outer' } })
})

test('of several ids that nobody has registered, the one named like an ancestor counts', async () => {
  const dir = repository()
  const both = { CLAUDE_CODE_SESSION_ID: 'c-1', CODEX_THREAD_ID: 't-1' }
  const inner = new Agent(dir, { ...both, TITLE: 'codex' })
  const { session } = (await inner.coord('start', '--json')).json
  expect(session.agent).toMatchObject({ vendor: 'codex', session_id: 't-1' })
  const outer = new Agent(dir, { CLAUDE_CODE_SESSION_ID: 'c-1', TITLE: 'claude' })
  expect((await outer.coord('start', '--json')).json.created).toBe(true)
})

test('COORD_AGENT_SESSION serves an agent that gives its shell no id', async () => {
  const dir = repository()
  const env = { COORD_AGENT_SESSION: 'gemini:g-1', GEMINI_CLI: '1' }
  const id = idOf((await new Agent(dir, env).coord('start', '--json')).json)
  const { json } = await new Agent(dir, env).coord('whoami', '--json')
  expect([idOf(json), json.source]).toEqual([id, 'agent'])
})
