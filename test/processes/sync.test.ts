/** Clones with a bare remote between them, in real processes: killed in mid round, side by side, for a long time. */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Answer, cleanEnvironment, coord } from '../helpers/cli.ts'
import { inside } from '../helpers/inside.ts'
import { createRemote, type Remote, untouched } from '../store/remote/remotes.ts'
import { BIN, git, launch, loadSession, roomOf } from './support.ts'

/** A round may be killed at any moment; each kill takes two rounds. */
const KILLS = process.env.COORD_REMOTE === 'long' ? 60 : 8

interface Clone {
  dir: string
  session: string
  /** In a process of its own. */
  coord(...args: string[]): Promise<Answer>
  /** In this one. */
  inside(...args: string[]): Answer
}

/** A bare remote, and so many clones of it, each with a room, a session `s-0`, `s-1` … and the remote set. */
function team(count: number): { bare: string; clones: Clone[] } {
  const remote = createRemote()
  return { bare: remote.bare, clones: Array.from({ length: count }, (_, at) => join(remote, at)) }
}

function join(remote: Remote, at: number): Clone {
  const to = remote.clone(`clone-${at}`)
  const session = `s-${at}`
  inside({ cwd: to }, 'start', '--id', session)
  const setting = { version: 1, remote: 'origin', prefix: 'refs/coord', atomic: true, shards: 1 }
  const machine = String.fromCharCode(97 + at).repeat(8)
  const inode = String(fs.statSync(roomOf(to), { bigint: true }).ino)
  const rest = { inode, machine, since: '2026-11-20T10:00:00.000Z', timeout_ms: 20_000 }
  fs.writeFileSync(path.join(roomOf(to), '.state/remote.json'), JSON.stringify({ ...setting, ...rest }))
  return {
    dir: to,
    session,
    coord: (...args) => coord({ cwd: to, session }, ...args),
    inside: (...args) => inside({ cwd: to, session }, ...args),
  }
}

const ok = async (answer: Promise<Answer> | Answer) => {
  const { code, err, json } = await answer
  expect(code, err).toBe(0)
  return json
}

const subjectsOf = async (clone: Clone) =>
  (await ok(clone.inside('inbox', '--limit', '1000', '--json'))).messages
    .map(({ subject }: any) => subject)
    .sort()

test('Rounds killed at any moment lose no message, and none comes twice', async () => {
  const { clones } = team(2)
  const [a, b] = clones as [Clone, Clone]
  const sent: string[] = []
  const whole = await timed(() => ok(a.coord('sync', '--json')))
  await ok(b.coord('sync', '--json'))
  for (let round = 0; round < KILLS; round++) {
    const subject = `m${String(round).padStart(2, '0')}`
    await ok(a.inside('send', 's-1', subject, 'text', '--to-unknown', '--json'))
    sent.push(subject)
    const who = round % 2 === 0 ? a : b
    const { child, ended } = launch(who.dir, who.session, 'sync')
    await setTimeout(Math.random() * whole)
    child.kill('SIGKILL')
    await ended
    // What the killed round's git still does must not stand in the way of the next one either.
    if (round % 4 === 3) for (const clone of clones) await ok(clone.coord('sync', '--json'))
  }
  for (const clone of [a, b, a]) await ok(clone.coord('sync', '--json'))
  expect(await subjectsOf(b)).toEqual(sent)
  expect(await subjectsOf(b)).toEqual([])
  const doctor = await ok(a.inside('doctor', '--json'))
  expect(doctor.problems.filter(({ kind }: any) => ['sync', 'machine', 'unreadable'].includes(kind))).toEqual(
    [],
  )
})

test('A round that is killed in the middle of its push, its git after it, is taken up by the next one', async () => {
  const { bare, clones } = team(2)
  const [a, b] = clones as [Clone, Clone]
  await ok(a.coord('sync', '--json'))
  await ok(a.inside('send', 's-1', 'one', 'text', '--to-unknown', '--json'))
  // The remote tells when the push is there and who brings it, and then takes its time.
  const gate = path.join(bare, 'gate')
  const hook = path.join(bare, 'hooks/pre-receive')
  fs.writeFileSync(hook, `#!/bin/sh\necho $PPID > ${gate}.new; mv ${gate}.new ${gate}; sleep 1\n`, {
    mode: 0o755,
  })
  const { child, ended } = launch(a.dir, a.session, 'sync')
  await expect.poll(() => fs.existsSync(gate)).toBe(true)
  const receiver = Number(fs.readFileSync(gate, 'utf8'))
  const pushers = above(receiver, child.pid!).filter((pid) => commandOf(pid).includes('push'))
  expect(pushers.length).toBeGreaterThan(0)
  child.kill('SIGKILL')
  await ended
  for (const pid of pushers) process.kill(pid, 'SIGKILL')
  fs.rmSync(hook)
  for (const clone of [a, b, a]) await ok(clone.coord('sync', '--json'))
  expect(await subjectsOf(b)).toEqual(['one'])
  expect(await subjectsOf(b)).toEqual([])
})

const commandOf = (pid: number) => fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8')

/** The processes from one up to another that is above it, without the first. */
function above(pid: number, top: number): number[] {
  const parent = Number(fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[1])
  return parent === top || parent <= 1 ? [] : [parent, ...above(parent, top)]
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await act()
  return performance.now() - begun
}

test('Three clones that sync at once, again and again, hear everything once; a partition only delays it', async () => {
  const { bare, clones } = team(3)
  const before = clones.map(({ dir }) => untouched(dir))
  const all = (...args: string[]) => Promise.all(clones.map((clone) => clone.coord(...args)))
  for (const clone of clones)
    await ok(clone.inside('send', 'broadcast', `from ${clone.session}`, 'x', '--json'))
  for (let round = 0; round < 3; round++) await all('sync')
  fs.renameSync(bare, `${bare}.away`)
  const away = await all('sync', '--json')
  expect(new Set(away.map(({ code, json }) => `${code} ${json.error.code}`))).toEqual(new Set(['75 busy']))
  for (const clone of clones)
    await ok(clone.inside('send', 'broadcast', `late ${clone.session}`, 'x', '--json'))
  fs.renameSync(`${bare}.away`, bare)
  for (let round = 0; round < 2; round++) for (const clone of clones) await ok(clone.coord('sync', '--json'))
  for (const clone of clones) {
    const others = clones.filter(({ session }) => session !== clone.session)
    const expected = others.flatMap(({ session }) => [`from ${session}`, `late ${session}`]).sort()
    expect(await subjectsOf(clone)).toEqual(expected)
    const { sessions } = await ok(clone.inside('sessions', '--json'))
    expect(sessions).toHaveLength(3)
  }
  expect(clones.map(({ dir }) => untouched(dir))).toEqual(before)
})

test('Of two rounds of one clone at once one leaves it to the other', async () => {
  const { clones } = team(1)
  const [a] = clones as [Clone]
  const answers = await Promise.all(Array.from({ length: 4 }, () => a.coord('sync', '--json')))
  const codes = answers.map(({ code }) => code)
  expect(codes).toContain(0)
  expect(new Set(codes.filter((code) => code !== 0))).toEqual(
    codes.every((code) => code === 0) ? new Set() : new Set([75]),
  )
  expect(fs.existsSync(path.join(roomOf(a.dir), '.state/locks/sync'))).toBe(false)
})

test('A heartbeat starts a round of its own accord, and does not wait for it', async () => {
  const { bare, clones } = team(1)
  const [a] = clones as [Clone]
  const marker = path.join(roomOf(a.dir), '.state/pruned')
  fs.rmSync(marker, { force: true })
  await ok(a.coord('heartbeat', 'building', 'x', '--json'))
  const published = () => git(bare, 'for-each-ref', '--format=%(refname)', 'refs/coord/state')
  for (let turn = 0; turn < 200 && published() === ''; turn++) await setTimeout(100)
  expect(published()).toBe('refs/coord/state/aaaaaaaa')
  expect(loadSession(a.dir, 's-0').state).toBe('working')
  for (let turn = 0; turn < 100 && fs.existsSync(path.join(roomOf(a.dir), '.state/locks/sync')); turn++)
    await setTimeout(100)
})

test('A clone that watches gets mail without being asked, outlives a remote that is away, and ends on a signal', async () => {
  const { bare, clones } = team(2)
  const [a, b] = clones as [Clone, Clone]
  const { child, ended, said } = watching(b)
  const arrives = async (count: number) => {
    const box = path.join(roomOf(b.dir), 'messages/direct/s-1')
    const there = () => (fs.existsSync(box) ? fs.readdirSync(box).length : 0)
    for (let turn = 0; turn < 300 && there() < count; turn++) await setTimeout(100)
    expect(there()).toBe(count)
  }
  await ok(a.inside('send', 's-1', 'one', 'x', '--to-unknown', '--json'))
  await ok(a.coord('sync', '--json'))
  await arrives(1)
  fs.renameSync(bare, `${bare}.away`)
  const failures = () => {
    // Mail is there before the round that brought it is noted.
    const state = path.join(roomOf(b.dir), '.state/sync/state.json')
    return fs.existsSync(state) ? (JSON.parse(fs.readFileSync(state, 'utf8')).failures as number) : 0
  }
  for (let turn = 0; turn < 300 && failures() === 0; turn++) await setTimeout(100)
  expect(failures()).toBeGreaterThan(0)
  fs.renameSync(`${bare}.away`, bare)
  await ok(a.inside('send', 's-1', 'two', 'x', '--to-unknown', '--json'))
  await ok(a.coord('sync', '--json'))
  await arrives(2)
  await expect
    .poll(said, { timeout: 30_000 })
    .toMatch(/^coord: origin (does not answer|did not take it)[^\n]*\n(.*\n)*origin {2}/m)
  child.kill('SIGINT')
  expect(await ended).toBe(130)
  expect(said()).not.toContain('abort listeners added')
})

/** `coord sync --watch` in a process that warns of a second listener at one signal, and what it has said. */
function watching({ dir, session }: Clone) {
  const few = 'data:text/javascript,import { setMaxListeners } from "node:events"; setMaxListeners(1)'
  const args = ['--import', few, BIN, 'sync', '--watch', '--every', '1s']
  const child = spawn(process.execPath, args, { cwd: dir, env: cleanEnvironment({ COORD_SESSION: session }) })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
    })
  const ended = new Promise((resolve) => child.once('close', resolve))
  return { child, ended, said: () => text }
}
