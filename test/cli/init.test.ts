/** `coord init` with its flags: what git then sees, what is refused, and that nothing of the user's is overwritten. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { bootId, ownStart, pidNamespace } from '../../src/store/processes.ts'
import { coord, shell } from '../helpers/cli.ts'
import { git, repository, roomOf } from '../processes/support.ts'
import { done, emptyDirectory, everything, said } from './rooms.ts'

const init = (cwd: string, ...flags: string[]) => coord({ cwd }, 'init', ...flags)
const read = (dir: string, name: string) => fs.readFileSync(path.join(roomOf(dir), name), 'utf8')
const write = (dir: string, name: string, text: string) => {
  fs.mkdirSync(path.dirname(path.join(roomOf(dir), name)), { recursive: true })
  fs.writeFileSync(path.join(roomOf(dir), name), text)
}
const seen = (dir: string) =>
  git(dir, 'status', '--porcelain', '-uall')
    .split('\n')
    .map((line) => line.slice(3))
    .filter(Boolean)

/** A session that has sent a message and written a handoff, a log and all else that a room holds. */
async function live(dir: string): Promise<string> {
  await done({ cwd: dir, env: { AI_AGENT: 'none' } }, 'start', '--id', 'one')
  const { json } = await done({ cwd: dir, session: 'one' }, 'send', 'broadcast', 'hello', '--json')
  await done({ cwd: dir, session: 'one' }, 'claim', 'droplet', 'x')
  await done({ cwd: dir, session: 'one' }, 'heartbeat', 'building')
  write(dir, 'handoffs/2026-11-20_10-00-00-000-one.md', '# Handoff\n')
  write(dir, 'session-log/SESSION-LOG-2026-11-20.md', '- log\n')
  return `COORDINATION/messages/broadcast/${json.message.id}.json`
}

const TRACKED_FILES = ['.gitattributes', '.gitignore', 'README.md', 'config.json'].map(
  (name) => `COORDINATION/${name}`,
)
const INNER = ['handoffs', 'messages', 'session-log'].map((name) => `COORDINATION/${name}/.gitignore`)

test('--track lets git see messages, handoffs and the session log, and no other runtime file', async () => {
  const dir = repository()
  expect(said(await init(dir, '--track'))).toContain('git tracks messages')
  const message = await live(dir)
  const records = [
    message,
    'COORDINATION/handoffs/2026-11-20_10-00-00-000-one.md',
    'COORDINATION/session-log/SESSION-LOG-2026-11-20.md',
  ]
  expect(seen(dir).toSorted()).toEqual([...TRACKED_FILES, ...INNER, ...records].toSorted())
  expect(JSON.parse(read(dir, 'config.json')).git.track).toBe(true)
})

test('init and start without the flag keep tracking; --no-track goes back to what it was', async () => {
  const dir = repository()
  await done({ cwd: dir }, 'init')
  const before = everything(roomOf(dir))
  await done({ cwd: dir }, 'init', '--track')
  const tracked = everything(roomOf(dir))
  expect((await init(dir, '--json')).json).toMatchObject({ ok: true, made: [], changed: [], track: true })
  expect(everything(roomOf(dir))).toEqual({ ...tracked, ...derived(dir) })
  const message = await live(dir)
  expect(seen(dir)).toContain(message)
  expect((await init(dir, '--no-track', '--json')).json.track).toBe(false)
  expect(seen(dir)).toEqual(TRACKED_FILES)
  for (const name of ['.gitignore', 'messages/.gitignore', 'config.json'])
    expect(read(dir, name), name).toBe(before[name])
})

/** The files that every act rewrites. */
const derived = (dir: string) =>
  Object.fromEntries(
    Object.entries(everything(roomOf(dir))).filter(([name]) => /^(STATUS_BOARD|index|\.state)/.test(name)),
  )

test('config set git.track does what --track and --no-track do', async () => {
  const [one, other] = [repository(), repository()]
  for (const dir of [one, other]) await done({ cwd: dir }, 'init')
  const told = (dir: string) =>
    Object.fromEntries(Object.entries(everything(roomOf(dir))).filter(([name]) => !(name in derived(dir))))
  for (const [value, flag] of [
    ['true', '--track'],
    ['false', '--no-track'],
  ] as const) {
    const answer = await coord({ cwd: one }, 'config', 'set', 'git.track', value, '--json')
    expect(answer.json).toMatchObject({ ok: true, setting: { value: value === 'true' } })
    expect(answer.json.changed).toContain('messages/.gitignore')
    await done({ cwd: other }, 'init', flag)
    expect(told(one)).toEqual(told(other))
  }
  const message = await live(one)
  expect(seen(one)).not.toContain(message)
  expect(said(await coord({ cwd: one }, 'config', 'set', 'git.track', 'true'))).toContain(
    'git add COORDINATION',
  )
  expect(seen(one)).toContain(message)
  git(one, 'add', 'COORDINATION')
  const back = await coord({ cwd: one }, 'config', 'set', 'git.track', 'false')
  expect((await shell({ cwd: '/' }, /git -C .*/.exec(back.err)![0])).code).toBe(0)
  expect(seen(one)).not.toContain(message)
})

test('--track waits for who changes the config, and refuses rather than to write over it', async () => {
  const dir = repository()
  await done({ cwd: dir }, 'init')
  const before = everything(roomOf(dir))
  const holder = `${process.pid} ${ownStart()} ${bootId()} ${pidNamespace()} x`
  write(dir, '.state/locks/config', holder)
  const { json } = await init(dir, '--track', '--json')
  expect(json.error).toMatchObject({ code: 'busy' })
  expect(everything(roomOf(dir))).toEqual({ ...before, '.state/locks/config': holder })
  fs.rmSync(path.join(roomOf(dir), '.state/locks/config'))
})

test('--track and config set at the same time lose nothing', async () => {
  const dir = repository()
  await done({ cwd: dir }, 'init')
  const set = (key: string, value: string) => coord({ cwd: dir }, 'config', 'set', key, value)
  await Promise.all([set('git.branch', 'rooms'), init(dir, '--track'), set('claims.defaultFor', '2h')])
  const { git, claims } = JSON.parse(read(dir, 'config.json'))
  expect([git.branch, git.track, claims.defaultFor]).toEqual(['rooms', true, '2h'])
})

test('--track keeps the form of config.json, with its byte order mark and line ends', async () => {
  const dir = repository()
  await done({ cwd: dir }, 'init')
  write(dir, 'config.json', '\ufeff{\r\n\t"version": 1\r\n}\r\n')
  expect((await init(dir, '--track', '--json')).json).toMatchObject({ ok: true, track: true })
  const form = '\ufeff{\r\n\t"version": 1,\r\n\t"git": {\r\n\t\t"track": true\r\n\t}\r\n}\r\n'
  expect(read(dir, 'config.json')).toBe(form)
  expect(read(dir, '.state/config.json')).toBe(form)
})

test('what people wrote into the files that --track edits stays', async () => {
  const dir = repository()
  await done({ cwd: dir }, 'init')
  fs.appendFileSync(path.join(roomOf(dir), '.gitignore'), '/mine/\n')
  write(dir, '.gitattributes', '*.md text')
  write(dir, 'handoffs/.gitignore', '*.secret\n')
  write(dir, 'config.json', JSON.stringify({ version: 1, git: { branch: 'rooms' } }))
  await done({ cwd: dir }, 'init', '--track')
  expect(read(dir, '.gitignore')).toMatch(/^!\/messages\/$[\s\S]*^\/mine\/$/m)
  expect(read(dir, '.gitattributes')).toMatch(/^\*\.md text\n[\s\S]*\* -text\n/)
  expect(read(dir, 'handoffs/.gitignore')).toBe('*.secret\n')
  expect(JSON.parse(read(dir, 'config.json'))).toEqual({ version: 1, git: { branch: 'rooms', track: true } })
})

test.each([
  ['outside git', () => emptyDirectory(), ['--track'], 'track', 'is in no git repository'],
  ['back, outside git', () => emptyDirectory(), ['--no-track'], 'no-track', 'is in no git repository'],
  ['in a bare repository', bare, ['--track'], 'track', 'in no working tree'],
  ['both ways', repository, ['--track', '--no-track'], 'track', 'contradict'],
  ['--force alone', repository, ['--force'], 'force', '--scripts'],
])('%s init is refused as bad input and makes nothing', async (_where, make, flags, argument, text) => {
  const dir = make()
  const before = everything(dir)
  const { code, json } = await init(dir, ...flags, '--json')
  expect([code, json.error.code, json.error.argument]).toEqual([2, 'invalid', argument])
  expect(json.error.message).toContain(text)
  expect(everything(dir)).toEqual(before)
})

function bare(): string {
  const dir = emptyDirectory()
  git(dir, 'init', '-q', '--bare', '-b', 'main')
  return dir
}

test('runtime files that were committed by hand are named, with the command that takes them out', async () => {
  const dir = repository()
  await done({ cwd: dir }, 'init')
  await live(dir)
  git(dir, 'add', '-f', 'COORDINATION')
  git(dir, 'commit', '-q', '-m', 'Everything')
  const { code, err } = await init(dir, '--track')
  expect(code).toBe(0)
  const command = /git -C .*/.exec(err)![0]
  expect(command).toContain('COORDINATION/sessions')
  expect(command).not.toContain('COORDINATION/messages')
  expect((await shell({ cwd: '/' }, command)).code).toBe(0)
  git(dir, 'add', '-A')
  git(dir, 'commit', '-q', '-m', 'Only the records')
  expect(said(await init(dir))).toContain('in order')
  await done({ cwd: dir, session: 'one' }, 'heartbeat', 'testing')
  expect(seen(dir)).toEqual([])
})

test('a rule of the user that hides the records all the same is named', async () => {
  const dir = repository()
  fs.writeFileSync(path.join(dir, '.gitignore'), '*.log\nCOORDINATION/\n')
  const { code, err } = await init(dir, '--track')
  expect(code).toBe(0)
  expect(err).toContain('git ignores COORDINATION/messages all the same, by .gitignore:2: COORDINATION/')
})

test('tracking that comes by a pull into a live room takes effect at once, without a command', async () => {
  const dir = repository()
  await done({ cwd: dir }, 'init')
  git(dir, 'add', '-A')
  git(dir, 'commit', '-q', '-m', 'Room')
  const clone = path.join(path.dirname(dir), 'clone')
  git(dir, 'clone', '-q', dir, clone)
  await done({ cwd: clone }, 'init')
  const message = await live(clone)
  expect(seen(clone)).toEqual([])
  await done({ cwd: dir }, 'init', '--track')
  git(dir, 'add', '-A')
  git(dir, 'commit', '-q', '-m', 'Track')
  git(clone, 'pull', '-q', '--no-rebase')
  expect(seen(clone)).toContain(message)
  expect(seen(clone).every((name) => /\/(messages|handoffs|session-log)\//.test(name))).toBe(true)
})

test('in a linked worktree --track is for the room of the main one', async () => {
  const dir = repository()
  const side = path.join(path.dirname(dir), 'side')
  git(dir, 'worktree', 'add', '-q', side)
  await done({ cwd: side }, 'init', '--track')
  expect(seen(dir).toSorted()).toEqual([...TRACKED_FILES, ...INNER].toSorted())
  expect(seen(side)).toEqual([])
})

test('a broken config.json is refused before anything is tracked', async () => {
  const dir = repository()
  await done({ cwd: dir }, 'init')
  write(dir, 'config.json', '{ "git": ')
  const { code, json } = await init(dir, '--track', '--json')
  expect([code, json.error.code]).toEqual([2, 'invalid'])
  expect(read(dir, '.gitignore')).not.toContain('!/messages/')
})

test('init --scripts says in short what it wrote, what it left alone and what git is to track, as seen from where it ran', async () => {
  const dir = repository()
  const root = roomOf(dir)
  fs.mkdirSync(path.join(dir, 'sub dir'))
  const sub = path.join(dir, 'sub dir')
  expect(said(await init(sub, '--scripts'))).toBe(
    [
      `made the room ${root}`,
      'wrote ../COORDINATION/scripts/session-*.sh (7)',
      'next: git add ../COORDINATION && git commit (its README, config, .gitignore and scripts), then coord start',
    ].join('\n'),
  )
  git(sub, 'add', '../COORDINATION')
  expect(git(dir, 'ls-files')).toContain('COORDINATION/scripts/session-claim.sh')
  expect(said(await init(dir, '--scripts'))).toBe(`the room ${root} is in order`)
  write(dir, 'scripts/session-claim.sh', 'mine\n')
  const alone = await init(dir, '--scripts')
  expect(alone.out).toBe(`the room ${root} is in order, but for a script of somebody's own`)
  expect(alone.err).toContain('left alone: scripts/session-claim.sh; coord init --scripts --force')
  expect(said(await init(dir, '--scripts', '--force'))).toBe(
    [
      `completed the room ${root}`,
      'wrote COORDINATION/scripts/session-claim.sh',
      'yours stays as COORDINATION/scripts/session-claim.sh.orig',
      'next: git add COORDINATION && git commit (its README, config, .gitignore and scripts)',
    ].join('\n'),
  )
})

test('where git has no part in it, init asks for no commit', async () => {
  const dir = emptyDirectory()
  expect(said(await init(dir))).toBe(`made the room ${roomOf(dir)}\nnext: coord start`)
})
