/** The seed MON-001's own list of what is to be verified, with real hooks. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { coord } from '../helpers/cli.ts'
import { done, minutesLater, type Room, repository, roomAt } from './rooms.ts'

let room: Room
beforeEach(async () => {
  room = roomAt(repository())
  await done({ cwd: room.dir }, 'init')
})

/** Each agent's hooks have random numbers of their own. */
const envOf = (agent: string, minutes: number) => ({
  ...minutesLater(minutes),
  COORD_SEED: String(agent.charCodeAt(0)),
})

const fire = (agent: string, event: string, minutes = 0, rest = {}, env = {}) =>
  coord(
    {
      cwd: room.dir,
      env: { ...envOf(agent, minutes), ...env },
      input: JSON.stringify({
        session_id: agent,
        hook_event_name: event,
        cwd: room.dir,
        source: 'startup',
        ...rest,
      }),
    },
    'hook',
    'claude',
  )
const work = (agent: string, file: string, minutes = 0, env = {}) =>
  fire(
    agent,
    'PostToolUse',
    minutes,
    { tool_name: 'Write', tool_input: { file_path: path.join(room.dir, file) } },
    env,
  )
const line = (agent: string, percentage: number, minutes = 0) =>
  coord(
    {
      cwd: room.dir,
      env: envOf(agent, minutes),
      input: JSON.stringify({
        ...{ session_id: agent, cwd: room.dir },
        context_window: {
          used_percentage: percentage,
          total_input_tokens: percentage * 2000,
          context_window_size: 200_000,
        },
      }),
    },
    'statusline',
  )
const forms = () =>
  room
    .files('status')
    .filter((name) => !name.endsWith('_status.json'))
    .map((name) => JSON.parse(room.read(`status/${name}`)))
const index = () => JSON.parse(room.read('index.json'))
const title = async (minutes = 0) =>
  (await coord({ cwd: room.dir, env: minutesLater(minutes) }, 'menubar', '--quiet')).out

test('two hooks of two sessions write two files, and an index of both', async () => {
  await work('aaa', 'src/a.ts')
  await work('bbb', 'src/b.ts')
  await line('aaa', 22)
  await line('bbb', 65)
  expect(forms()).toHaveLength(2)
  expect(forms()).toContainEqual({
    ...{ version: '1.1.0', updated_at: '2026-11-20T10:00:00.000Z', session_id: expect.any(String) },
    task: { name: 'src/a.ts', id: null, progress: null, status: 'active' },
    context: { current_tokens: 44_000, total_tokens: 200_000, percentage: 22 },
    agents: { active: 0, names: [] },
    load: {
      profile: expect.any(String),
      status: expect.stringMatching(/^(OK|HIGH|CRITICAL)$/),
      load_avg: expect.any(Number),
    },
  })
  const { sessions, summary } = index()
  expect(
    sessions
      .map(({ task, context_pct, status }: Record<string, unknown>) => [task, context_pct, status])
      .sort(),
  ).toEqual([
    ['src/a.ts', 22, 'active'],
    ['src/b.ts', 65, 'active'],
  ])
  expect(summary).toEqual({
    ...{ total_sessions: 2, active_sessions: 2, stale_sessions: 0, total_agents: 0, max_context_pct: 65 },
    load: forms()[0].load,
  })
})

test('two hooks at once leave both files and both sessions in the index', async () => {
  await Promise.all(['aaa', 'bbb', 'ccc', 'ddd'].map((agent) => work(agent, `${agent}.ts`)))
  expect(
    forms()
      .map(({ task }) => task.name)
      .sort(),
  ).toEqual(['aaa.ts', 'bbb.ts', 'ccc.ts', 'ddd.ts'])
  expect(index().summary.total_sessions).toBe(4)
})

test('the menu bar tells of one session by its task, of two by their number', async () => {
  await work('aaa', 'src/a.ts')
  await line('aaa', 22)
  expect(await title()).toBe('☁️ src/a.ts │ Ctx:22% │ 0a │ ✓')
  await work('bbb', 'src/b.ts')
  await line('bbb', 65)
  await fire('bbb', 'SubagentStart', 0, { agent_id: 'x', agent_type: 'coder' })
  expect(await title()).toBe('☁️ 2s │ Ctx:22%/65% │ 1a │ ✓')
  const { out } = await coord({ cwd: room.dir, env: minutesLater(0) }, 'menubar')
  expect(out).toMatch(/\n--Context: 65%\n(.*\n)*--Show all of it \| shell="/)
  const tmux = await coord({ cwd: room.dir, env: minutesLater(0) }, 'statusline', '--tmux')
  expect(tmux.out).toBe(await title())
})

test('the file of a session goes when it ends, and that of one without a sign for 30 minutes at the next hook', async () => {
  await work('aaa', 'src/a.ts')
  await work('bbb', 'src/b.ts')
  await fire('aaa', 'SessionEnd')
  expect(forms().map(({ task }) => task.name)).toEqual(['src/b.ts'])
  expect(index().sessions).toHaveLength(1)
  fs.utimesSync(path.join(room.root, '.state/forms-swept'), 1, 1)
  await work('ccc', 'src/c.ts', 31)
  expect(forms().map(({ task }) => task.name)).toEqual(['src/c.ts'])
})

test('tools that know one status.json are led to the session that worked last', async () => {
  await done({ cwd: room.dir }, 'config', 'set', 'compat.legacyStatusLink', 'status.json')
  const legacy = () => JSON.parse(fs.readFileSync(path.join(room.dir, 'status.json'), 'utf8'))
  await work('aaa', 'src/a.ts')
  expect(legacy().task.name).toBe('src/a.ts')
  await work('bbb', 'src/b.ts')
  expect(legacy().task.name).toBe('src/b.ts')
  expect(fs.lstatSync(path.join(room.dir, 'status.json')).isSymbolicLink()).toBe(true)
})

/** As somebody's repository may have it: `config set` would refuse what can't be. */
function configure(link: string): void {
  const config = path.join(room.root, 'config.json')
  const settings = JSON.parse(fs.readFileSync(config, 'utf8'))
  fs.writeFileSync(config, JSON.stringify({ ...settings, compat: { legacyStatusLink: link } }))
}

test.each([
  ['a file that is there already', 'status.json', 'mine'],
  ['a place outside of the repository', '../status.json', null],
  ['the room itself', 'COORDINATION/STATUS.json', null],
  ['what is no JSON', 'Makefile', null],
  ['a directory that is not there', 'nowhere/status.json', null],
])('the legacy link never takes the place of %s', async (_, link, text) => {
  configure(link)
  const file = path.join(room.dir, link)
  if (text) fs.writeFileSync(file, text)
  const answer = await work('aaa', 'src/a.ts')
  expect([answer.code, answer.err]).toEqual([0, ''])
  expect(fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : null).toBe(text)
})

test.each([
  ['a directory of the home by a link of the repository', 'out/app/settings.json', 'home/.config/app'],
  ['a file of another name in ~/.claude', '~/.claude/settings.json', 'home/.claude'],
  ['a directory in ~/.claude', '~/.claude/todos/a.json', 'home/.claude/todos'],
  ['the room by a link', 'room/a.json', 'COORDINATION/sessions'],
  ['.git by a link', 'git/a.json', '.git/hooks'],
  ['.git', '.git/hooks/a.json', '.git/hooks'],
])('the legacy link never stands in %s', async (_, link, dir) => {
  const home = fs.mkdtempSync(path.join(room.dir, '..', 'coord-home-'))
  onTestFinished(() => fs.rmSync(home, { recursive: true }))
  fs.mkdirSync(path.join(home, '.config'))
  fs.symlinkSync(path.join(home, '.config'), path.join(room.dir, 'out'))
  fs.symlinkSync('COORDINATION/sessions', path.join(room.dir, 'room'))
  fs.symlinkSync('.git/hooks', path.join(room.dir, 'git'))
  const there = path.join(dir.startsWith('home/') ? home : room.dir, dir.replace(/^home\//, ''))
  fs.mkdirSync(there, { recursive: true })
  configure(link)
  const answer = await work('aaa', 'src/a.ts', 0, { HOME: home })
  expect([answer.code, answer.err]).toEqual([0, ''])
  expect(
    fs.readdirSync(there).filter((name) => fs.lstatSync(path.join(there, name)).isSymbolicLink()),
  ).toEqual([])
})

test('the legacy link may be the status.json of ~/.claude', async () => {
  const home = repository()
  fs.mkdirSync(path.join(home, '.claude'))
  await done({ cwd: room.dir }, 'config', 'set', 'compat.legacyStatusLink', '~/.claude/status.json')
  await work('aaa', 'src/a.ts', 0, { HOME: home })
  const form = JSON.parse(fs.readFileSync(path.join(home, '.claude/status.json'), 'utf8'))
  expect(form.task.name).toBe('src/a.ts')
})

test('where there is no room the menu bar tells of the legacy file, and of nobody without one', async () => {
  const home = repository()
  const cwd = repository()
  const ask = () => coord({ cwd, env: { HOME: home } }, 'menubar', '--quiet')
  expect((await ask()).out).toBe('☁️ 0s │ 0a │ ✓')
  fs.mkdirSync(path.join(home, '.claude'))
  const legacy = {
    version: '1.0.0',
    task: { name: 'Log analysis' },
    context: { percentage: 22 },
    agents: { active: 0 },
  }
  fs.writeFileSync(path.join(home, '.claude/status.json'), JSON.stringify(legacy))
  expect((await ask()).out).toBe('☁️ Log analysis │ Ctx:22% │ 0a │ ✓')
})

test("the original's shell reads a session's file and the index", async () => {
  await work('aaa', 'src/a.ts')
  const jq = (filter: string, file: string) =>
    execFileSync('jq', ['-r', filter, path.join(room.root, file)], { encoding: 'utf8' }).trim()
  const [name] = room.files('status').filter((file) => !file.endsWith('_status.json'))
  expect(jq('.task.name + " " + .version', `status/${name}`)).toBe('src/a.ts 1.1.0')
  expect(jq('.summary.total_sessions', 'index.json')).toBe('1')
})
