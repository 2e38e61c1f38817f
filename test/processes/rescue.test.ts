/** Rescue with real processes: what runs, is stopped, works or is gone; agents without a session; and acts killed at any moment. */
import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { bootId, pidNamespace, readProcess } from '../../src/store/processes.ts'
import { coord } from '../helpers/cli.ts'
import { inside } from '../helpers/inside.ts'
import { editJson, git, launch, register, repository, roomOf, sessionFile } from './support.ts'

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()

/** A process that goes with the test. */
function run(dir: string, script: string): ChildProcess {
  const child = spawn('bash', ['-c', script], { cwd: dir, stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** Let a session be that of a process, or of none, and give no sign for some minutes. */
function silence(dir: string, id: string, minutes: number, pid: number | null): void {
  const traces = {
    ...{ pid: pid ?? 0x3fffffff, pid_started: pid === null ? '1' : readProcess(pid)!.started },
    ...{ boot_id: bootId(), pid_ns: pidNamespace() },
  }
  editJson(sessionFile(dir, id), { ...traces, state: 'working', last_seen: minutesAgo(minutes) })
}

/** A file that was changed long before any session fell silent. */
function settle(dir: string): void {
  const before = Date.now() / 1000 - 86_400
  for (const name of fs.readdirSync(dir)) fs.utimesSync(path.join(dir, name), before, before)
  fs.utimesSync(path.join(dir, '.git/logs/HEAD'), before, before)
}

test('a silent session is hung while its process idles or is stopped, at work while it computes, orphaned when it is gone', async () => {
  const dir = repository()
  await register(dir, 'one', 'two')
  settle(dir)
  const told = async () =>
    (await coord({ cwd: dir, session: 'two' }, 'rescue', 'one', '--json')).json.session.rescue
  const idle = run(dir, 'exec sleep 600')
  await expect.poll(() => readProcess(idle.pid!)?.name).toBe('sleep')
  silence(dir, 'one', 20, idle.pid!)
  const hung = await told()
  expect(hung).toMatchObject({
    state: 'hung',
    process: { pid: idle.pid, program: 'sleep', cpu_share: 0, below: 0 },
  })
  idle.kill('SIGSTOP')
  await expect.poll(async () => (await told()).evidence[1]).toBe(`its process ${idle.pid} (sleep) is stopped`)
  const page = await coord({ cwd: dir, session: 'two' }, 'status', 'one')
  expect(page.out).toContain(`${idle.pid}, is stopped`)
  expect(page.out).toMatch(/may hang, 20m ago\n.*may hang {3}coord rescue one looks closely/s)
  const report = await coord({ cwd: dir, session: 'two' }, 'report', '--no-log')
  expect(report.out).toContain(`${idle.pid} (is stopped, uptime `)
  const busy = run(dir, '(while :; do :; done) & wait')
  silence(dir, 'one', 20, busy.pid!)
  expect(await told()).toMatchObject({ state: 'active', process: { below: 1 } })
  run(dir, `kill -9 $(pgrep -P ${busy.pid}) ${busy.pid}`)
  await expect.poll(async () => (await told()).state, { timeout: 20_000 }).toBe('orphaned')
})

test('a session that has shown no process yet is known by what it was started from, in a terminal gone with its shell', async () => {
  const dir = repository()
  await register(dir, 'two', 'one')
  const told = async () =>
    (await coord({ cwd: dir, session: 'two' }, 'rescue', 'one', '--json')).json.session.rescue
  const binding = path.join(roomOf(dir), '.state/bindings/one.json')
  const { pid } = process
  const place = { boot_id: bootId(), pid_ns: pidNamespace(), terminal: 'tty x 1' }
  editJson(binding, { ...place, chain: [{ pid, started: readProcess(pid)!.started }] })
  editJson(sessionFile(dir, 'one'), { ...place, pid: null })
  const { json } = await coord({ cwd: dir }, 'report', '--no-log', '--json')
  const reported = json.sessions.find((each: { session_id: string }) => each.session_id === 'one')
  expect(reported).toMatchObject({ pid, process: 'alive' })
  expect(await told()).toMatchObject({ state: 'active', process: { source: 'starter', pid } })
  editJson(binding, { chain: [{ pid: 0x3fffffff, started: '1' }], terminal: 'tty x 1' })
  const at = minutesAgo(6)
  editJson(sessionFile(dir, 'one'), { started_at: at, last_seen: at, pid: null })
  expect(await told()).toMatchObject({ state: 'orphaned', process: { source: 'starters' } })
  editJson(sessionFile(dir, 'one'), { started_at: minutesAgo(7) })
  expect(await told()).toMatchObject({ state: 'active' })
})

test('agents that run in the repository and belong to no session are listed, those elsewhere are not', async () => {
  const dir = repository()
  await register(dir, 'one')
  const stray = run(dir, 'exec -a claude sleep 600')
  run(repository(), 'exec -a codex sleep 600')
  const list = async () => (await coord({ cwd: dir }, 'rescue', '--json')).json.unregistered_processes
  await expect.poll(list, { timeout: 20_000 }).toMatchObject([{ pid: stray.pid, agent: 'claude', cwd: dir }])
  expect((await coord({ cwd: dir }, 'rescue')).out).toContain(`${stray.pid}  claude  ${dir}`)
  silence(dir, 'one', 1, stray.pid!)
  expect(await list()).toEqual([])
})

test('rescues killed at any moment are whole when they are said again: claims, mail, changes', async () => {
  const dir = repository()
  await register(dir, 'two', 'asker')
  let whole = 0
  let killed = 0
  for (let round = 0; round <= 5; round++) {
    const id = `lost-${round}`
    await register(dir, id)
    inside({ cwd: dir, session: id }, 'claim', 'task', id)
    inside({ cwd: dir, session: 'asker' }, 'send', id, `to ${id}`)
    fs.writeFileSync(path.join(dir, 'a.txt'), `${id}\n`)
    silence(dir, id, 10, null)
    const before = [git(dir, 'status', '--porcelain'), git(dir, 'rev-parse', 'HEAD')]
    const begun = performance.now()
    const { child, ended } = launch(dir, 'two', 'rescue', id, '--take')
    // The first is left alone, and tells how long it takes.
    if (round > 0) {
      await setTimeout((0.3 + Math.random() * 0.7) * whole)
      killed += child.kill('SIGKILL') ? 1 : 0
    }
    await ended
    if (round === 0) whole = performance.now() - begun
    const again = await coord({ cwd: dir, session: 'two' }, 'rescue', id, '--take', '--json')
    expect(again.code, again.err).toBe(0)
    const { claims } = (await coord({ cwd: dir }, 'claims', `task/${id}`, '--json')).json
    expect(claims).toMatchObject([{ claimed_by: 'two' }])
    const { messages } = (await coord({ cwd: dir, session: 'two' }, 'inbox', '--json')).json
    expect(messages.filter(({ subject }: { subject: string }) => subject === `to ${id}`)).toHaveLength(1)
    const refs = git(dir, 'for-each-ref', '--format=%(refname)', `refs/coord/rescue/${id}-*`).split('\n')
    expect(refs).toHaveLength(1)
    expect(git(dir, 'show', `${refs[0]}:a.txt`)).toBe(id)
    expect([git(dir, 'status', '--porcelain'), git(dir, 'rev-parse', 'HEAD')]).toEqual(before)
  }
  expect(killed).toBeGreaterThan(0)
  const handing = path.join(roomOf(dir), '.state/handing')
  expect(fs.readdirSync(handing).filter((name) => !name.startsWith('.tmp-'))).toEqual([])
}, 120_000)

test('a repository inside is named on one line, whatever its name holds', async () => {
  const dir = repository()
  await register(dir, 'one', 'two')
  silence(dir, 'one', 60, null)
  const inner = path.join(dir, 'a\nb\u001b[2J')
  fs.mkdirSync(inner)
  git(inner, 'init', '-q')
  git(inner, '-c', 'user.name=n', '-c', 'user.email=e@x', 'commit', '-q', '--allow-empty', '-m', 'x')
  fs.writeFileSync(path.join(dir, 'new.txt'), 'new')
  const { code, err } = await coord({ cwd: dir, session: 'two' }, 'rescue', 'one', '--take')
  expect(code).toBe(0)
  expect(err.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/not saved: a b\\u\{1b\}\[2J is a repository of its own/),
  ])
})
