/** Who calls is found out at each call: a server lives longer than a session, and may serve several. */
import { expect, test } from 'vitest'
import { coord } from '../helpers/cli.ts'
import { loadSession, repository } from '../processes/support.ts'
import { claude, codex, type Reply, serve } from './serving.ts'

const idOf = ({ json }: Reply): string => json.session.session_id
const actor = ({ json }: Reply): string => json.heartbeat?.session_id ?? json.error.code
const BEAT = { action: 'building' }

/** What a hook or a shell of Claude Code runs, as a child of the same process as the server. */
const asClaude = (cwd: string, id: string, ...args: string[]) =>
  coord({ cwd, env: claude(id) }, ...args, '--json')

test('Claude Code is known by its session id, on the command line and here', async () => {
  const cwd = repository()
  const { call } = await serve({ cwd, env: claude('one') })
  expect((await call('heartbeat', BEAT)).json.error.code).toBe('not_initialized')
  const joined = await call('join', { work: 'site' })
  expect(joined.json).toMatchObject({
    created: true,
    session: { agent: { vendor: 'claude', session_id: 'one' } },
  })
  expect((await asClaude(cwd, 'one', 'whoami')).json.session.session_id).toBe(idOf(joined))
  expect(actor(await call('heartbeat', BEAT))).toBe(idOf(joined))
})

test('join registers once: whoever is known is told who it is, and what is given is taken over', async () => {
  const cwd = repository()
  const started = (await asClaude(cwd, 'one', 'start', '--work', 'before')).json.session.session_id
  const { call } = await serve({ cwd, env: claude('one') })
  const again = await call('join')
  expect(again.json).toMatchObject({
    created: false,
    session: { session_id: started, current_work: 'before' },
  })
  expect((await call('join', { work: 'after', name: 'site' })).json).toMatchObject({
    created: false,
    session: { session_id: started, current_work: 'after', name: 'site' },
  })
  expect((await call('status')).json.sessions).toHaveLength(1)
})

test('after /clear the server follows its client to the new session', async () => {
  const cwd = repository()
  const { call } = await serve({ cwd, env: claude('one') })
  const before = idOf(await call('join'))
  await asClaude(cwd, 'one', 'end')
  expect(actor(await call('heartbeat', BEAT))).toBe('no_session')
  const after = (await asClaude(cwd, 'two', 'start')).json.session.session_id
  expect(after).not.toBe(before)
  expect(actor(await call('heartbeat', BEAT))).toBe(after)
  expect((await call('join')).json).toMatchObject({ created: false, session: { session_id: after } })
  expect(loadSession(cwd, before).status).toBe('completed')
})

test('so it does where nobody told of the end, and back again on /resume', async () => {
  const cwd = repository()
  const { call } = await serve({ cwd, env: claude('one') })
  const first = idOf(await call('join'))
  const second = (await asClaude(cwd, 'two', 'start')).json.session.session_id
  await asClaude(cwd, 'two', 'heartbeat', 'testing')
  expect(actor(await call('heartbeat', BEAT))).toBe(second)
  await asClaude(cwd, 'one', 'start')
  expect(actor(await call('heartbeat', BEAT))).toBe(first)
})

test('after the hooks of /clear the server, the hooks and the shell are one session', async () => {
  const cwd = repository()
  const { call } = await serve({ cwd, env: claude('one') })
  const before = idOf(await call('join'))
  const hook = (id: string, payload: object) =>
    coord(
      { cwd, env: claude(id), input: JSON.stringify({ session_id: id, cwd, ...payload }) },
      'hook',
      'claude',
    )
  await hook('one', { hook_event_name: 'SessionEnd', reason: 'clear' })
  await hook('two', { hook_event_name: 'SessionStart', source: 'clear', model: 'm' })
  const now = (await asClaude(cwd, 'two', 'whoami')).json.session.session_id
  expect(actor(await call('heartbeat', BEAT))).toBe(now)
  expect(idOf(await call('join'))).toBe(now)
  expect(loadSession(cwd, before).agent.session_id).toBe('two')
})

test('another Claude Code beside it, or run by it, is not it', async () => {
  const cwd = repository()
  const { call } = await serve({ cwd, env: claude('one') })
  const own = idOf(await call('join'))
  const beside = await serve({ cwd, env: claude('two'), apart: true })
  const other = idOf(await beside.call('join'))
  expect(other).not.toBe(own)
  expect(actor(await beside.call('heartbeat', BEAT))).toBe(other)
  expect(actor(await call('heartbeat', BEAT))).toBe(own)
  await beside.client.close()
  expect(actor(await call('heartbeat', BEAT))).toBe(own)
})

test('two threads of Codex through one server are two sessions', async () => {
  const cwd = repository()
  const { call, read } = await serve({ cwd, name: 'codex-mcp-client' })
  const [one, two] = [await call('join', {}, codex('t1')), await call('join', {}, codex('t2'))]
  expect(idOf(one)).not.toBe(idOf(two))
  expect(one.json.session.agent).toMatchObject({ vendor: 'codex', session_id: 't1' })
  expect(actor(await call('heartbeat', BEAT, codex('t1')))).toBe(idOf(one))
  expect(actor(await call('heartbeat', BEAT, codex('t2')))).toBe(idOf(two))
  expect(actor(await call('heartbeat', BEAT, { threadId: 't1' }))).toBe(idOf(one))
  const claim = { type: 'file', name: ['a.txt'] }
  expect((await call('claim', claim, codex('t1'))).json.ok).toBe(true)
  expect((await call('claim', claim, codex('t2'))).json.error).toMatchObject({ code: 'held' })
  const shell = await coord({ cwd, env: { CODEX_THREAD_ID: 't2' } }, 'whoami', '--json')
  expect(shell.json.session.session_id).toBe(idOf(two))
  await read('coord://board', codex('t2'))
})

test('a thread that nobody registered acts as nobody, and a subagent of Codex as the session that its hooks tell', async () => {
  const cwd = repository()
  const { call } = await serve({ cwd })
  const root = idOf(await call('join', {}, codex('root')))
  expect(actor(await call('heartbeat', BEAT, codex('stranger')))).toBe('no_session')
  expect(actor(await call('heartbeat', BEAT, codex('child', 'root')))).toBe(root)
  expect((await call('join', {}, codex('child', 'root'))).json).toMatchObject({ created: false })
  await coord({ cwd, env: { CODEX_THREAD_ID: 'child' } }, 'start')
  expect(actor(await call('heartbeat', BEAT, codex('child', 'root')))).not.toBe(root)
})

test('the id that comes with a call counts more than what the server was started in', async () => {
  const cwd = repository()
  const { call } = await serve({ cwd, env: claude('one') })
  const own = idOf(await call('join'))
  expect(idOf(await call('join', {}, codex('t1')))).not.toBe(own)
  expect(actor(await call('heartbeat', BEAT))).toBe(own)
})

test.each([
  [undefined],
  [{ threadId: 7, 'x-codex-turn-metadata': 'text' }],
  [{ threadId: '', 'x-codex-turn-metadata': { session_id: null } }],
])('metadata %j tells of nobody, and is no fault', async (meta) => {
  const { call } = await serve({ cwd: repository(), env: claude('one') })
  const own = idOf(await call('join', {}, meta))
  expect(actor(await call('heartbeat', BEAT, meta))).toBe(own)
})

test('an agent that tells no id is known by its process, its kind by what its client is called', async () => {
  const cwd = repository()
  const { call } = await serve({ cwd, name: 'gemini-cli-mcp-client' })
  const joined = await call('join')
  expect(joined.json.session.agent).toMatchObject({ vendor: 'gemini', session_id: null })
  expect((await call('join')).json).toMatchObject({ created: false, session: { session_id: idOf(joined) } })
  const restarted = await serve({ cwd })
  expect(actor(await restarted.call('heartbeat', BEAT))).toBe(idOf(joined))
})

test('an agent is never the person in whose terminal it runs', async () => {
  const cwd = repository()
  await coord({ cwd }, 'start', '--id', 'person')
  const { call } = await serve({ cwd })
  expect(actor(await call('heartbeat', BEAT))).toBe('no_session')
  expect(idOf(await call('join'))).not.toBe('person')
})

test('where several could be meant a call names its session; the names are told, and the tools', async () => {
  const cwd = repository()
  const agent = { env: { AI_AGENT: 'x' } }
  for (const id of ['ada', 'bob']) await coord({ cwd, ...agent }, 'start', '--id', id)
  const { call } = await serve({ cwd, env: { COORD_SESSION: 'ada' } })
  expect(actor(await call('heartbeat', BEAT))).toBe('ada')
  expect(actor(await call('heartbeat', { ...BEAT, session: 'bob' }))).toBe('bob')
  const unknown = await call('heartbeat', { ...BEAT, session: 'eve' })
  expect(unknown.json.error).toMatchObject({ code: 'no_session', hint: expect.stringContaining('Call join') })
})

test('conversations of one Cursor are told apart by the session that a call names, and never guessed', async () => {
  const cwd = repository()
  const of = (id: string) => ({ cwd, env: { CURSOR_AGENT: '1', CURSOR_CONVERSATION_ID: id } })
  for (const id of ['ada', 'bob']) await coord(of(id), 'start', '--id', id)
  const { call } = await serve({ cwd, name: 'cursor-vscode' })
  const unknown = await call('heartbeat', BEAT)
  expect(unknown.json.error).toMatchObject({ code: 'no_session', candidates: ['ada', 'bob'] })
  expect(actor(await call('heartbeat', { ...BEAT, session: 'bob' }))).toBe('bob')
})
