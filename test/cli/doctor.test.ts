import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { type Answer, cleanEnvironment, coord, shell } from '../helpers/cli.ts'
import { inside } from '../helpers/inside.ts'
import { type BusyRoom, DAMAGES, FOR_PEOPLE, makeBusyRoom } from './damages.ts'
import { done, emptyDirectory, everything, PINNED, repository, roomAt, said } from './rooms.ts'

const BIN = path.join(import.meta.dirname, '../../bin/coord.cjs')

const proven = (answer: Answer) => {
  expect(answer).toMatchObject({ code: 0, json: { ok: true } })
  return answer.json
}
/** What doctor answers within this process; `built`: the built program, which mends the room that is damaged in every way at once. */
const doctor = async ({ dir }: { dir: string }, ...args: string[]) =>
  proven(inside({ cwd: dir, env: PINNED }, 'doctor', '--json', ...args))
const built = async (room: BusyRoom, ...args: string[]) =>
  proven(await room.plain('doctor', '--json', ...args))
const isAbout =
  ({ kind, path }: { kind: string; path: string }) =>
  (problem: any) =>
    problem.kind === kind && problem.path.startsWith(path)

test('a room in order has nothing wrong, and neither report nor repair changes it', async () => {
  const room = await makeBusyRoom()
  const before = room.everything()
  expect(said(await room.plain('doctor'))).toBe('nothing wrong')
  expect((await room.plain('doctor', '--json')).json).toEqual({ ok: true, problems: [], fixed: [] })
  const { problems, fixed, proof } = await built(room, '--fix')
  expect({ problems, fixed, lost: proof.lost }).toEqual({ problems: [], fixed: [], lost: [] })
  expect(room.everything()).toEqual(before)
})

test.each(Object.entries(DAMAGES))(
  '%s is named with its command, which mends it once and for all',
  async (_name, damage) => {
    const room = await makeBusyRoom()
    damage.does(room)
    const damaged = room.everything()
    const found = (await doctor(room)).problems.find(isAbout(damage))
    expect(found).toMatchObject({ fix: 'coord doctor --fix', fixable: true, detail: expect.any(String) })
    expect(room.everything()).toEqual(damaged)
    const mended = await doctor(room, '--fix')
    expect(mended.fixed.find(isAbout(damage))).toMatchObject({ done: expect.any(String) })
    expect(mended).toMatchObject({ problems: [], proof: { lost: [] } })
    expect(await doctor(room, '--fix')).toMatchObject({ problems: [], fixed: [], quarantine: null })
  },
)

test.each(Object.entries(FOR_PEOPLE))('%s is named and left to people', async (_name, damage) => {
  const room = await makeBusyRoom()
  damage.does(room)
  const [found] = (await doctor(room)).problems.filter(isAbout(damage))
  expect(found).toMatchObject({ fixable: false })
  if (damage.fix) expect(found.fix).toMatch(damage.fix)
  else expect(found.fix).toBeNull()
  const mended = await doctor(room, '--fix')
  expect(mended.problems.some(isAbout(damage))).toBe(true)
  expect(mended.proof.lost).toEqual([])
})

const COMMANDS = Object.entries(FOR_PEOPLE).filter(([, { fix }]) => fix && !/npm/.test(fix.source))

test.each(COMMANDS)('the command that is told for %s mends it', async (_name, damage) => {
  const room = await makeBusyRoom()
  damage.does(room)
  const found = (await doctor(room)).problems.find(isAbout(damage))
  const answer = await shell({ cwd: room.dir, env: PINNED }, found.fix)
  expect(answer.code, answer.err).toBe(0)
  expect((await doctor(room)).problems.filter(isAbout(damage))).toEqual([])
})

test('a room damaged in every way at once is whole after one --fix, with all that was good in it', async () => {
  const room = await makeBusyRoom()
  const good = await goodIn(room)
  expect(Object.keys(DAMAGES).length).toBeGreaterThanOrEqual(20)
  for (const damage of Object.values(DAMAGES)) damage.does(room)
  const named = (await built(room, '--limit', '1000')).problems
  for (const [name, damage] of Object.entries(DAMAGES)) {
    expect(named.some(isAbout(damage)), name).toBe(true)
  }
  const originals = everything(room.root)
  const mended = await built(room, '--fix')
  expect(mended.problems).toEqual([])
  expect(mended.proof.lost).toEqual([])
  expect((await built(room)).problems).toEqual([])
  expect(await built(room, '--fix')).toMatchObject({ problems: [], fixed: [] })
  expect(said(await room.plain('doctor'))).toBe('nothing wrong')
  const now = await goodIn(room)
  expect(now.sessions).toEqual(expect.arrayContaining(good.sessions))
  expect(now.messages).toEqual(expect.arrayContaining(good.messages))
  expect(now.claims).toEqual(good.claims)
  for (const { path: file, kept } of mended.fixed)
    if (kept && originals[file] !== undefined) expect(room.read(kept), file).toBe(originals[file])
  for (const [type, name, by] of [
    ['task', 'x', 'two'],
    ['droplet', 'church', 'one'],
    ['file', 'a.ts', 'one'],
  ] as const) {
    const { token } = good.claims.find((claim: any) => claim.resource_name === name)
    expect((await room.as(by, 'release', type, name, '--no-announce')).code).toBe(0)
    const again = await room.as('one', 'claim', type, name, '--json')
    expect(again.json.claim.token).toBeGreaterThan(token)
  }
})

async function goodIn(room: BusyRoom) {
  const { json } = await room.plain('sessions', '--all', '--json')
  const messages = (await room.plain('messages', '--json')).json.messages
  const claims = (await room.plain('claims', '--json')).json.claims
  const idOf = ({ session_id, started_at }: any) => ({ session_id, started_at })
  const claimOf = ({ resource_type, resource_name, claimed_by, token, expires_at }: any) => ({
    resource_type,
    resource_name,
    claimed_by,
    token,
    expires_at,
  })
  const byName = (one: any, other: any) => (one.resource_name < other.resource_name ? -1 : 1)
  return {
    sessions: json.sessions.map(idOf),
    messages,
    claims: claims.map(claimOf).sort(byName),
  }
}

test('every original is kept under its path, byte for byte', async () => {
  const room = await makeBusyRoom()
  const bytes = Buffer.from([0, 255, 254, 10, 123, 7])
  fs.writeFileSync(path.join(room.root, 'sessions/junk.json'), bytes)
  const { fixed, quarantine } = await built(room, '--fix')
  expect(quarantine).toMatch(/^\.state\/quarantine\/2026-11-20_10-00-00-000-[a-z2-7]{4}$/)
  expect(fixed).toMatchObject([{ path: 'sessions/junk.json', kept: `${quarantine}/sessions/junk.json` }])
  expect(fs.readFileSync(path.join(room.root, fixed[0].kept))).toEqual(bytes)
})

test('a config comes back from its copy, not with the defaults', async () => {
  const room = await makeBusyRoom()
  const config = { ...room.json('config.json'), sessions: { staleAfter: '7m' } }
  fs.writeFileSync(path.join(room.root, 'config.json'), JSON.stringify(config))
  await room.plain('init')
  fs.rmSync(path.join(room.root, 'config.json'))
  await doctor(room, '--fix')
  expect(room.json('config.json')).toEqual(config)
})

test('a room whose messages git tracks is in order, and what lets git see them is left to init', async () => {
  const dir = repository()
  await done({ cwd: dir }, 'init', '--track')
  await done({ cwd: dir }, 'start', '--id', 'one')
  expect((await done({ cwd: dir }, 'doctor', '--json')).json.problems).toEqual([])
  fs.rmSync(path.join(dir, 'COORDINATION/handoffs/.gitignore'))
  const { json } = await done({ cwd: dir }, 'doctor', '--fix', '--json')
  expect(json.problems).toMatchObject([{ path: 'handoffs/.gitignore', kind: 'missing', fix: 'coord init' }])
  await done({ cwd: dir }, 'init')
  expect((await done({ cwd: dir }, 'doctor', '--json')).json.problems).toEqual([])
})

test('where all tracked files are gone they are left to git: another branch may be checked out', async () => {
  const room = await makeBusyRoom()
  for (const name of ['README.md', 'config.json', '.gitignore']) fs.rmSync(path.join(room.root, name))
  const { problems } = await doctor(room, '--fix')
  expect(problems).toContainEqual(expect.objectContaining({ path: '.', kind: 'missing', fix: 'coord init' }))
  expect(fs.existsSync(path.join(room.root, 'README.md'))).toBe(false)
  expect((await room.plain('init')).code).toBe(0)
  expect((await doctor(room)).problems).toEqual([])
})

test('a room of a newer protocol is told of, and not touched', async () => {
  const room = await makeBusyRoom()
  fs.writeFileSync(path.join(room.root, 'config.json'), '{"version":2}')
  const before = room.everything()
  expect((await doctor(room)).problems).toMatchObject([{ kind: 'newer', fixable: false }])
  expect(await room.plain('doctor', '--fix', '--json')).toMatchObject({
    code: 3,
    json: { error: { code: 'newer_room' } },
  })
  expect(room.everything()).toEqual(before)
})

test('without a room doctor says how to make one', async () => {
  const { code, json } = await roomAt(emptyDirectory()).plain('doctor', '--json')
  expect([code, json.error.code]).toEqual([3, 'not_initialized'])
})

test('a linked worktree with a room of its own is named, one that only has the tracked files is not', async () => {
  const room = await makeBusyRoom()
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@localhost', ...args], { cwd: room.dir })
  git('add', 'COORDINATION')
  git('commit', '-q', '-m', 'room')
  const other = path.join(emptyDirectory(), 'tree')
  git('worktree', 'add', '-q', other)
  expect((await doctor(room)).problems).toEqual([])
  fs.mkdirSync(path.join(other, 'COORDINATION/sessions'))
  expect((await doctor(room)).problems).toMatchObject([
    { kind: 'second-room', path: path.join(other, 'COORDINATION') },
  ])
})

test('another coord that comes first on PATH is named with its version', async () => {
  const room = await makeBusyRoom()
  const home = emptyDirectory()
  fs.mkdirSync(path.join(home, 'bin'))
  fs.writeFileSync(path.join(home, 'package.json'), '{"name":"git-coord","version":"0.0.1"}')
  fs.writeFileSync(path.join(home, 'bin/coord'), '#!/bin/sh\n', { mode: 0o755 })
  const env = { PATH: `${home}/bin:${process.env.PATH}` }
  const { json } = await coord({ cwd: room.dir, env }, 'doctor', '--json')
  expect(json.problems.filter(({ kind }: any) => kind === 'other-coord')).toMatchObject([
    { path: `${home}/bin/coord`, detail: expect.stringContaining('version 0.0.1'), fixable: false },
  ])
})

test('people read groups, worst first, one line each with the command, and the sum', async () => {
  const room = await makeBusyRoom()
  for (const name of ['a removed claim file', 'a session file of junk', 'a symlink in place of a message'])
    DAMAGES[name]!.does(room)
  FOR_PEOPLE['an empty mailbox of nobody']!.does(room)
  const lines = said(await room.plain('doctor')).split('\n')
  expect(lines.filter((line) => !line.startsWith(' '))).toEqual([
    'things in the way',
    'claims',
    'records',
    'participants',
    'coord doctor --fix mends 3 of 4',
  ])
  expect(lines.filter((line) => line.startsWith(' '))).toHaveLength(4)
  expect(lines[1]).toMatch(/^ {2}messages\/broadcast\/\S+ {2}is a symbolic link.* coord doctor --fix$/)
  const mended = said(await room.plain('doctor', '--fix'))
  expect(mended).toMatch(
    /^nothing was lost: all that could be read .* \(2 sessions, 2 messages, 1 heartbeat, .*\)$/m,
  )
  expect(mended).toMatch(/^the originals are in \.state\/quarantine\/\S+$/m)
  expect(mended.split('\n').at(-1)).toBe('1 left, for you to decide')
})

test('a long report is cut and says so', async () => {
  const room = await makeBusyRoom()
  for (let i = 0; i < 5; i++) fs.writeFileSync(path.join(room.root, `sessions/junk-${i}.json`), 'x')
  FOR_PEOPLE['an empty mailbox of nobody']!.does(room)
  expect(await doctor(room, '--limit', '2')).toMatchObject({
    problems: { length: 2 },
    omitted: 4,
    omitted_fixable: 3,
  })
  const text = said(await room.plain('doctor', '--limit', '2'))
  expect(text).toContain('… 4 more')
  expect(text).toContain('coord doctor --fix mends 5 of 6')
  expect((await doctor(room, '--fix', '--limit', '1')).fixed).toHaveLength(5)
})

test('files that were committed by the hundred are told in one short line, and one command takes them out', async () => {
  const room = await makeBusyRoom()
  FOR_PEOPLE['runtime files of many kinds that were committed']!.does(room)
  for (let i = 0; i < 100; i++) fs.writeFileSync(path.join(room.root, `heartbeats/${i}.txt`), '')
  execFileSync('git', ['add', '-f', 'COORDINATION'], { cwd: room.dir })
  const { problems } = await doctor(room, '--limit', '1000')
  const row = problems.find(({ kind }: any) => kind === 'tracked')
  expect(row.detail).toMatch(
    /^git tracks 1\d\d runtime files: heartbeats \(101\), \S+ \(\d+\), \S+ \(\d+\) and \d+ more$/,
  )
  expect((await shell({ cwd: '/', env: PINNED }, row.fix)).code).toBe(0)
  const left = execFileSync('git', ['ls-files', 'COORDINATION'], { cwd: room.dir, encoding: 'utf8' })
  expect(left.trim().split('\n')).toEqual(
    ['.gitignore', 'README.md', 'config.json', 'templates/mine.hbs'].map((name) => `COORDINATION/${name}`),
  )
})

test('all that is wrong with a config is told, each with its command', async () => {
  const room = await makeBusyRoom()
  const config = { claims: { maxFor: 'soon', defaultFor: '10d' }, git: { branch: '..', x: 1 } }
  fs.writeFileSync(path.join(room.root, 'config.json'), JSON.stringify(config))
  const faults = (await doctor(room)).problems.filter(({ kind }: any) => kind === 'config')
  expect(faults.map(({ fix }: any) => fix)).toEqual([
    'coord config set claims.maxFor 7d',
    null,
    'coord config set git.branch coordination',
    'coord config set claims.defaultFor 7d',
  ])
  const commands = faults.flatMap(({ fix }: any) => fix ?? [])
  const answer = await shell({ cwd: room.dir, env: PINNED }, commands.join(' && '))
  expect(answer.code, answer.err).toBe(0)
  expect((await doctor(room)).problems).toMatchObject([{ detail: 'unknown key "git.x"' }])
})

test('the command for a broken config brings back the last good one', async () => {
  const room = await makeBusyRoom()
  await room.plain('config', 'set', 'claims.defaultFor', '3h')
  fs.writeFileSync(path.join(room.root, 'config.json'), '{"claims":')
  const refused = (await room.plain('config', 'get', '--json')).json.error
  expect(refused).toMatchObject({
    code: 'invalid',
    message: expect.stringMatching(/^config\.json is not JSON \(/),
  })
  const command = /mv .*/.exec(refused.hint)![0]
  expect((await doctor(room)).problems).toMatchObject([{ kind: 'config', fix: command }])
  expect((await room.plain('init', '--json')).json.error).toEqual(refused)
  expect((await shell({ cwd: '/', env: { ...PINNED, COORD_DIR: room.root } }, command)).code).toBe(0)
  expect(said(await room.plain('config', 'get', 'claims.defaultFor'))).toBe('3h')
  expect(room.read('config.json.broken')).toBe('{"claims":')
})

test('a broken config is never copied over the good copy of it', async () => {
  const room = await makeBusyRoom()
  await room.plain('config', 'set', 'claims.defaultFor', '3h')
  const copy = room.read('.state/config.json')
  expect(copy).toContain('3h')
  for (const broken of ['[]', 'null', '{"claims":']) {
    fs.writeFileSync(path.join(room.root, 'config.json'), broken)
    await doctor(room, '--fix')
    await room.plain('start', '--id', 'later', '--quiet')
    expect(room.read('.state/config.json'), broken).toBe(copy)
  }
})

test.skipIf(spawnSync('script', ['--version']).status !== 0).each([60, 80, 120])(
  'on a terminal of %i columns nothing that doctor says is cut, and its commands are not broken',
  async (width) => {
    const room = await makeBusyRoom()
    const other = path.join(room.dir, 'nested/COORDINATION')
    fs.mkdirSync(path.join(other, 'sessions'), { recursive: true })
    fs.copyFileSync(path.join(room.root, 'config.json'), path.join(other, 'config.json'))
    fs.writeFileSync(path.join(room.root, 'sessions/two.json'), '{"session')
    const { problems } = await doctor(room)
    expect(problems.length).toBeGreaterThan(1)
    const out = execFileSync(
      'script',
      ['-qec', `stty cols ${width}; "${process.execPath}" "${BIN}" doctor`, '/dev/null'],
      {
        cwd: room.dir,
        env: cleanEnvironment({ ...PINNED, NO_COLOR: '1', TERM: 'xterm', SHELL: '/bin/bash' }),
        encoding: 'utf8',
        input: '',
      },
    )
    const flat = out.replace(/\s+/g, ' ')
    for (const { path, detail, fix } of problems) {
      expect(flat).toContain(`${path} ${detail}`)
      if (fix) expect(out).toContain(fix)
    }
    expect(out).not.toContain('…')
    const wide = out.split('\r\n').filter((line) => line.length > width && !/^ +coord /.test(line))
    expect(wide).toEqual([])
  },
)

test('doctor lets a session act whose shell runs, and advises to take its claim when that has ended', async () => {
  const room = await makeBusyRoom()
  const tear = `printf '{"sess' > COORDINATION/sessions/bob.json`
  const line = `coord start --id bob >/dev/null; coord claim droplet site >/dev/null; ${tear}`
  const advised = (text: string) =>
    JSON.parse(text).problems.filter(({ fix }: any) => /release|start/.test(fix ?? ''))
  const told = await shell({ cwd: room.dir, env: PINNED }, `${line}; coord doctor --json`)
  expect(advised(told.out)).toEqual([])
  expect(told.out).toContain('tells nothing of bob: its process runs, and its next act registers it again')
  const again = await shell(
    { cwd: room.dir, env: PINNED },
    `${line}; coord heartbeat >/dev/null; coord doctor --json`,
  )
  expect(again.out).not.toContain('tells nothing of bob')
  const later = await shell({ cwd: room.dir, env: PINNED }, `${tear}; coord doctor --json`)
  expect(advised(later.out).map(({ kind }: any) => kind)).toEqual(['orphaned', 'unregistered'])
})

test('one damage is one row, in status as in doctor', async () => {
  const room = await makeBusyRoom()
  fs.writeFileSync(path.join(room.root, 'messages/direct/file'), '')
  fs.writeFileSync(path.join(room.root, 'claims/droplet-tower.claim'), '{"cl')
  const { problems } = await doctor(room)
  const paths = ['messages/direct/file', 'claims/droplet-tower.claim']
  for (const each of paths) {
    expect(problems.filter((problem: any) => problem.path === each)).toHaveLength(1)
    expect(said(await room.plain('status')).split(each)).toHaveLength(2)
  }
  expect((await doctor(room, '--fix')).problems).toEqual([])
})
