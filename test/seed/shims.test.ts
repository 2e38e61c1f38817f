/** The scripts of `coord init --scripts`, in the place of the original ones: the documented workflow in real shells. */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { cleanEnvironment, coord } from '../helpers/cli.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { inside } from '../helpers/inside.ts'
import { BIN, git, repository, roomOf, Shell } from '../processes/support.ts'
import { FIXTURES, script } from './scripts.ts'

const NAMES = fs.readdirSync(FIXTURES).filter((name) => name.endsWith('.sh'))
let dir: string
let onPath: string

beforeEach(() => {
  dir = repository()
  const bin = path.join(temporaryDirectory(), 'bin')
  fs.mkdirSync(bin)
  fs.writeFileSync(path.join(bin, 'coord'), `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`, {
    mode: 0o755,
  })
  onPath = `${bin}:${process.env.PATH}`
  expect(inside({ cwd: dir }, 'init', '--scripts').code).toBe(0)
})

const scripts = (...parts: string[]) => path.join(roomOf(dir), 'scripts', ...parts)
const terminal = () => new Shell(dir, { PATH: onPath })
const idOf = (out: string) => /^✅ Session (\S+) registered$/.exec(out)![1]!

test('there is one for each original script, executable, in sh and in bash, and git takes them', () => {
  expect(fs.readdirSync(scripts()).toSorted()).toEqual(NAMES.toSorted())
  for (const name of NAMES) {
    expect(fs.statSync(scripts(name)).mode & 0o777, name).toBe(0o755)
    for (const shell of ['sh', 'bash']) expect(spawnSync(shell, ['-n', scripts(name)]).status, name).toBe(0)
  }
  git(dir, 'add', '-A')
  expect(git(dir, 'ls-files', '-s', 'COORDINATION/scripts').match(/^100755/gm)).toHaveLength(NAMES.length)
})

test('two sessions follow the documented workflow, and each stays itself', async () => {
  const [ada, bob] = [terminal(), terminal()]
  const run = (shell: Shell, line: string) => shell.run(`./COORDINATION/scripts/session-${line}`)
  const first = idOf((await run(ada, 'start.sh')).out)
  const second = idOf((await run(bob, 'start.sh')).out)
  expect(second).not.toBe(first)
  expect(await run(ada, 'claim.sh droplet church-guidance-ministry')).toMatchObject({
    code: 0,
    out: '✅ Claimed: droplet/church-guidance-ministry',
    err: '',
  })
  const planning = 'heartbeat.sh "planning" "church-guidance-ministry" "SPECS"'
  expect(await run(ada, planning)).toMatchObject({ code: 0, out: '', err: '' })
  const refused = await run(bob, 'claim.sh droplet church-guidance-ministry')
  expect(refused).toMatchObject({
    code: 1,
    out: `⚠️  Already claimed by ${first}\nCheck COORDINATION/claims/droplet-church-guidance-ministry.claim`,
  })
  expect(refused.err).toContain('until')
  const status = (await run(bob, 'status.sh')).out
  const rows = [
    '=== ACTIVE SESSIONS ===',
    `${first}: active - church-guidance-ministry (last: 20`,
    `${second}: active - idle (last: 20`,
    '\n=== ACTIVE CLAIMS ===\n',
    `droplet: church-guidance-ministry (claimed by ${first})`,
  ]
  for (const row of rows) expect(status).toContain(row)
  expect((await run(bob, 'release.sh droplet church-guidance-ministry')).code).toBe(1)
  expect((await run(ada, 'release.sh droplet church-guidance-ministry')).out).toBe(
    '✅ Released: droplet/church-guidance-ministry',
  )
  const told = 'send-message.sh broadcast "BUILD complete" "ready for PRODUCTION"'
  expect((await run(ada, told)).out).toBe('✅ Message sent to broadcast')
  expect((await run(ada, `send-message.sh ${second} "Question" "Can I help?"`)).out).toBe(
    `✅ Message sent to ${second}`,
  )
  const mail = `=== BROADCAST MESSAGES ===\nFrom: ${first}\nSubject: BUILD complete\nMessage: ready for PRODUCTION\n---\n
=== DIRECT MESSAGES ===\nFrom: ${first}\nSubject: Question\nMessage: Can I help?\n---`
  expect((await run(bob, 'check-messages.sh')).out).toBe(mail)
  expect((await bob.coord('inbox')).out).toBe('no unread messages')
  expect((await run(bob, 'check-messages.sh')).out).toBe(mail)
  expect((await run(bob, 'claim.sh droplet church-guidance-ministry')).code).toBe(0)
})

const ODD = [
  "it's",
  'say "hi"',
  '$(touch pwned) `touch pwned` $HOME',
  'back\\slash \\n',
  '  two  spaces ',
  '*',
  '-x',
  '--',
  'src/a b.ts',
  'é🎉',
  '%s %d',
]

test.each(ODD)(
  'the text %j is a name, a phase and a message, whatever a shell would make of it',
  async (odd) => {
    const run = (name: string, ...args: string[]) => {
      const { status, stdout, stderr } = spawnSync(scripts(`session-${name}.sh`), args, {
        cwd: dir,
        env: cleanEnvironment({ PATH: onPath }),
        encoding: 'utf8',
      })
      return { code: status, out: stdout, err: stderr }
    }
    expect(run('start', '--id', 'one')).toMatchObject({ code: 0 })
    expect(run('claim', 'task', odd)).toMatchObject({ code: 0, out: `✅ Claimed: task/${odd}\n` })
    expect(run('heartbeat', odd, odd, odd).code).toBe(0)
    expect(run('send-message', 'broadcast', odd, odd)).toMatchObject({ code: 0 })
    const answers = ['claims', 'messages', 'sessions'].map((each) => inside({ cwd: dir }, each, '--json'))
    const [claims, messages, sessions] = answers.map(({ json }) => json)
    expect(claims!.claims[0]).toMatchObject({ resource_name: odd, claimed_by: 'one' })
    expect(messages!.messages[0]).toMatchObject({ subject: odd, message: odd })
    expect(sessions!.sessions[0].last).toMatchObject({ target: odd, phase: odd })
    inside({ cwd: dir, env: { AI_AGENT: 'none' } }, 'start', '--id', 'two')
    const refused = spawnSync(scripts('session-claim.sh'), ['task', odd], {
      cwd: dir,
      env: cleanEnvironment({ PATH: onPath, COORD_SESSION: 'two' }),
      encoding: 'utf8',
    })
    expect(refused).toMatchObject({ status: 1 })
    expect(refused.stdout).toContain('Already claimed by one\n')
    expect(run('release', 'task', odd)).toMatchObject({ code: 0, out: `✅ Released: task/${odd}\n` })
    expect(run('release', 'task', odd).code).toBe(0)
    expect(fs.existsSync(path.join(dir, 'pwned'))).toBe(false)
  },
)

test.each([
  ['a missing name', 'claim.sh droplet', 2, 'name "" is empty'],
  ['a type that is none', 'claim.sh My-Type x', 2, 'My-Type'],
  ['nobody registered', 'claim.sh droplet x', 3, 'no session is known here'],
  ['a release of what nobody claimed', 'release.sh droplet x', 0, ''],
  ['a message without a subject', 'send-message.sh broadcast', 2, 'subject'],
  ['a message to nobody known, which waits', 'send-message.sh session-099 Hi there', 0, ''],
])('%s: %s ends with %i', async (what, line, code, text) => {
  const shell = terminal()
  if (what !== 'nobody registered') await shell.run('./COORDINATION/scripts/session-start.sh')
  const answer = await shell.run(`COORDINATION/scripts/session-${line}`)
  expect(answer.code).toBe(code)
  expect(answer.err).toContain(text)
})

test('they act on the room that they lie in, from wherever they are called', async () => {
  const shell = new Shell('/', { PATH: onPath })
  const id = idOf((await shell.run(`${scripts('session-start.sh')}`)).out)
  await shell.run(`cd ${scripts()} && ./session-claim.sh droplet x`)
  await shell.run(`cd ${scripts()} && bash session-heartbeat.sh building x BUILD`)
  const { json } = await coord({ cwd: dir }, 'claims', '--json')
  expect(json.claims).toMatchObject([{ claimed_by: id, resource_name: 'x' }])
})

test('in a linked worktree they act on the room of the main one', async () => {
  git(dir, 'add', '-A')
  git(dir, 'commit', '-q', '-m', 'Room')
  const side = path.join(path.dirname(dir), 'side')
  git(dir, 'worktree', 'add', '-q', side)
  const id = idOf((await new Shell(side, { PATH: onPath }).run('COORDINATION/scripts/session-start.sh')).out)
  expect(fs.existsSync(path.join(roomOf(dir), 'sessions', `${id}.json`))).toBe(true)
})

test('without coord on PATH each says so, with the way out, and fails', () => {
  for (const name of NAMES) {
    const { status, stdout, stderr } = spawnSync('/bin/sh', [scripts(name)], {
      cwd: dir,
      env: { PATH: '/usr/bin:/bin' },
      encoding: 'utf8',
    })
    expect([status, stdout], name).toEqual([127, ''])
    expect(stderr).toMatch(/coord is not on PATH.*npm install/)
  }
})

test('an original script sees what a script of ours did, and the other way round', async () => {
  const shell = terminal()
  const id = idOf((await shell.run('COORDINATION/scripts/session-start.sh')).out)
  await shell.run('COORDINATION/scripts/session-claim.sh droplet x')
  expect(script(dir, 'status').out).toContain(`droplet: x (claimed by ${id})`)
  fs.writeFileSync(path.join(roomOf(dir), '.current_session'), 'somebody\n')
  expect(script(dir, 'claim', ['droplet', 'x'])).toMatchObject({ code: 1 })
  script(dir, 'claim', ['droplet', 'y'])
  expect((await shell.run('COORDINATION/scripts/session-claim.sh droplet y')).out).toContain(
    'Already claimed by somebody',
  )
})

test('a script that somebody changed is left alone and named; --force replaces it and keeps it', async () => {
  const file = scripts('session-claim.sh')
  const own = '#!/bin/bash\necho mine\n'
  fs.writeFileSync(file, own)
  const again = await coord({ cwd: dir }, 'init', '--scripts', '--json')
  expect(again.json.scripts).toEqual({ written: [], kept: ['scripts/session-claim.sh'], saved: [] })
  expect(again.err).toContain('scripts/session-claim.sh')
  expect(again.err).toContain('--force')
  expect(fs.readFileSync(file, 'utf8')).toBe(own)
  const forced = (await coord({ cwd: dir }, 'init', '--scripts', '--force', '--json')).json.scripts
  expect(forced).toMatchObject({
    written: ['scripts/session-claim.sh'],
    saved: ['scripts/session-claim.sh.orig'],
  })
  expect(fs.readFileSync(scripts('session-claim.sh.orig'), 'utf8')).toBe(own)
  fs.writeFileSync(file, 'again\n')
  fs.chmodSync(scripts('session-start.sh'), 0o644)
  const third = (await coord({ cwd: dir }, 'init', '--scripts', '--force', '--json')).json.scripts
  expect(third.saved).toEqual(['scripts/session-claim.sh.orig-2'])
  expect(third.written).toEqual(['scripts/session-start.sh', 'scripts/session-claim.sh'])
  expect(fs.statSync(scripts('session-start.sh')).mode & 0o111).not.toBe(0)
})
