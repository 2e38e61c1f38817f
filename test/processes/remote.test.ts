/** Claims between clones with real processes: races, kills in the middle of a push, and a remote behind HTTP. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import path from 'node:path'
import readline from 'node:readline'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { cleanEnvironment, coord } from '../helpers/cli.ts'
import { createRemote, ENV, git, type Remote, untouched } from '../store/remote/remotes.ts'
import { overHttp } from './http.ts'

const run = promisify(execFile)
const BUNDLER = path.join(import.meta.dirname, '../../build/bundle-test.mjs')
const ROUNDS = process.env.COORD_REMOTE === 'long' ? 1000 : 15

let bundled: Promise<string> | undefined
const workerFile = () => {
  bundled ??= run(process.execPath, [BUNDLER, 'test/workers/claims.ts']).then(({ stdout }) => stdout.trim())
  return bundled
}

interface Said {
  ok: boolean
  reason?: string
  token?: number
  holder_token?: number | null
}

const person = { env: { ...ENV, AI_AGENT: 'none' } }

/** A clone with a room that the remote arbitrates, and a process that claims in it when told. */
async function clonesOf(remote: Remote, count: number) {
  const clones = []
  for (let at = 0; at < count; at++) {
    const dir = remote.clone(`c${at}`)
    await coord({ cwd: dir, ...person }, 'start', '--id', `s${at}`)
    expect(await coord({ cwd: dir, ...person }, 'remote', 'setup')).toMatchObject({ code: 0 })
    clones.push({ dir, before: untouched(dir), ...(await claimantIn(dir, `s${at}`)) })
  }
  return clones
}

async function claimantIn(dir: string, session: string) {
  const env = cleanEnvironment({ ...ENV, COORD_DIR: path.join(dir, 'COORDINATION') })
  const child: ChildProcess = spawn(process.execPath, [await workerFile()], {
    cwd: dir,
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = readline.createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  await lines.next()
  const ask = async (op: string, name: string, type = 'droplet'): Promise<Said> => {
    child.stdin!.write(`${JSON.stringify({ op, type, name, session, ttl: '1h', token: null })}\n`)
    return JSON.parse((await lines.next()).value as string) as Said
  }
  return { ask, child }
}

test(
  `of two clones that claim one name at once one wins, ${ROUNDS} times`,
  async () => {
    const remote = createRemote()
    const clones = await clonesOf(remote, 2)
    const wins = [0, 0]
    for (let round = 0; round < ROUNDS; round++) {
      const [name, type] = round % 2 ? [`r${round}`, 'droplet'] : [`src/${round}.ts`, 'file']
      const answers = await Promise.all(clones.map(({ ask }) => ask('claim', name, type)))
      const won = answers.filter(({ ok }) => ok)
      expect(won, JSON.stringify(answers)).toHaveLength(1)
      const lost = answers.find(({ ok }) => !ok)!
      expect(lost).toMatchObject({ reason: 'held', holder_token: won[0]!.token })
      wins[answers.findIndex(({ ok }) => ok)]!++
    }
    expect(wins[0]! + wins[1]!).toBe(ROUNDS)
    for (const { dir, before } of clones) expect(untouched(dir)).toEqual(before)
  },
  Math.max(90_000, ROUNDS * 3000),
)

test.each([
  ['by itself', []],
  ['by git push', ['remote.origin.receivepack', 'git-receive-pack']],
])(
  'a clone that is killed while it pushes %s leaves a claim that counts or none, never two, and no process',
  async (_how, settings) => {
    const remote = createRemote()
    const [one, two] = await clonesOf(remote, 2)
    for (const { dir } of settings.length > 0 ? [one!, two!] : []) git(dir, 'config', ...settings)
    // The remote tells when the push is there, and then takes its time.
    const gate = path.join(remote.dir, 'gate')
    const hook = path.join(remote.bare, 'hooks/pre-receive')
    fs.writeFileSync(hook, `#!/bin/sh\necho $PPID >${gate}~\nmv ${gate}~ ${gate}\nsleep 0.5\n`, {
      mode: 0o755,
    })
    void one!.ask('claim', 'church').catch(() => {})
    await expect.poll(() => fs.existsSync(gate)).toBe(true)
    one!.child.kill('SIGKILL')
    fs.rmSync(hook)
    const taken = await two!.ask('claim', 'church')
    const again = await claimantIn(one!.dir, 's0')
    const mine = await again.ask('claim', 'church')
    expect([taken.ok, mine.ok].filter(Boolean)).toHaveLength(1)
    const yours = await two!.ask('renew', 'church')
    expect(yours.ok).toBe(taken.ok)
    git(remote.bare, 'fsck', '--strict')
    const receiver = Number(fs.readFileSync(gate, 'utf8'))
    await expect.poll(() => isThere(receiver)).toBe(false)
  },
)

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('a heartbeat does not wait for a remote that hangs; its renewal goes out by itself once that answers', async () => {
  const remote = createRemote()
  const dir = remote.clone('a')
  const at = (hours: number) => new Date(Date.parse('2026-11-20T10:00:00Z') + hours * 3_600_000).toISOString()
  const run = (hours: number, ...args: string[]) =>
    coord({ cwd: dir, session: 's0', env: { ...person.env, COORD_NOW: at(hours) } }, ...args)
  await run(0, 'start', '--id', 's0')
  await run(0, 'remote', 'setup')
  await run(0, 'claim', 'droplet', 'church')
  // One that takes connections, and never answers.
  const server = net.createServer(() => {}).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const open: net.Socket[] = []
  server.on('connection', (socket) => open.push(socket))
  onTestFinished(() => open.forEach((socket) => void socket.destroy()))
  git(dir, 'remote', 'set-url', 'origin', `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.git`)
  const file = path.join(dir, 'COORDINATION/claims/droplet-church.claim')
  const claim = () => JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>
  expect(await run(2.5, 'heartbeat', 'building')).toMatchObject({ code: 0 })
  expect(claim()).toMatchObject({ expires_at: at(6.5), taken_until: at(4) })
  await expect.poll(() => open.length, { timeout: 20_000 }).toBe(1)
  git(dir, 'remote', 'set-url', 'origin', remote.bare)
  open[0]!.destroy()
  const lease = path.join(dir, 'COORDINATION/.state/locks/sync')
  await expect.poll(() => fs.existsSync(lease), { timeout: 20_000 }).toBe(false)
  expect(await run(4.8, 'heartbeat', 'building')).toMatchObject({ code: 0 })
  await expect.poll(() => claim().taken_until, { timeout: 20_000 }).toBeUndefined()
})

test('over HTTP it is the same; a password that nobody stored is not asked for, and never shown', async () => {
  const remote = createRemote()
  const { url } = await overHttp(remote, 'secret')
  const [a, b] = ['a', 'b'].map((name) => remote.clone(name)) as [string, string]
  for (const [at, dir] of [a, b].entries()) await coord({ cwd: dir, ...person }, 'start', '--id', `s${at}`)
  git(a, 'remote', 'set-url', 'origin', url)
  const refused = await coord({ cwd: a, ...person }, 'remote', 'setup', '--json')
  expect(refused.json).toMatchObject({ ok: false, error: { code: 'conflict', remote: 'unauthorised' } })
  for (const dir of [a, b]) {
    git(dir, 'remote', 'set-url', 'origin', url.replace('//', '//coord:secret@'))
    expect((await coord({ cwd: dir, ...person }, 'remote', 'setup')).code).toBe(0)
  }
  const first = await coord({ cwd: a, session: 's0', ...person }, 'claim', 'file', 'x.ts', '--json')
  expect(first.json.claim).toMatchObject({ claimed_by: 's0', machine: expect.any(String) })
  const second = await coord({ cwd: b, session: 's1', ...person }, 'claim', 'file', '*.ts', '--json')
  expect(second.json).toMatchObject({ ok: false, error: { code: 'held', holder: { claimed_by: 's0' } } })
  git(b, 'remote', 'set-url', 'origin', url.replace('//', '//coord:wrong@'))
  const status = await coord({ cwd: b, ...person }, 'remote', 'status')
  expect(status.out).toContain('unauthorised')
  expect(status.out + status.err).not.toContain('wrong')
})
