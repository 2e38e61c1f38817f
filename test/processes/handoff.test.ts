/** Claims handed from one real process to another: at once by many, and by processes that are killed. */
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { coord } from '../helpers/cli.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { inside } from '../helpers/inside.ts'
import { atOnce, git, launch, register, repository, roomOf, rounds, Shell } from './support.ts'

test('from one terminal to another: the token grows, the recipient renews it, the giver has lost it', async () => {
  const dir = repository()
  const [ada, bob] = [new Shell(dir), new Shell(dir)]
  await ada.coord('start', '--name', 'ada')
  await bob.coord('start', '--name', 'bob')
  const { token } = (await ada.coord('claim', 'droplet', 'church', '--json')).json.claim
  const handed = (await ada.coord('handoff', '--to', 'bob', '--note', 'the form is left', '--json')).json
  expect(handed.handoff.claims[0].token).toBeGreaterThan(token)
  const renewed = await bob.coord('renew', 'droplet', 'church', '--for', '6h', '--json')
  expect(renewed.json.claim).toMatchObject({ token: handed.handoff.claims[0].token })
  for (const verb of ['renew', 'release']) {
    const late = await ada.coord(verb, 'droplet', 'church', '--json')
    expect([late.code, late.json.error.code], verb).toEqual([1, 'lost'])
  }
  expect((await bob.coord('inbox')).out).toContain('the form is left')
  expect((await bob.coord('heartbeat', 'building', 'church', '--json')).json.lost).toBeUndefined()
  await bob.coord('end', '--handoff', 'ready for PRODUCTION')
  const next = (await ada.coord('claim', 'droplet', 'church', '--json')).json
  expect(next.handoff).toMatchObject({ from_name: 'bob', note: 'ready for PRODUCTION' })
  await ada.coord('commit')
  expect(git(dir, 'show', `coordination:${next.handoff.path}`)).toContain('ready for PRODUCTION')
})

test('of many who are handed one claim at once, one has it', async () => {
  const dir = repository()
  const heirs = Array.from({ length: 8 }, (_, i) => `heir-${i}`)
  await register(dir, 'one', ...heirs)
  inside({ cwd: dir, session: 'one' }, 'claim', 'task', 'x')
  const answers = await atOnce(heirs.length, (i) =>
    coord({ cwd: dir, session: 'one' }, 'handoff', 'task', 'x', '--to', heirs[i]!, '--json'),
  )
  const won = answers.filter(({ code }) => code === 0)
  expect(won).toHaveLength(1)
  const lost = answers.filter(({ code }) => code !== 0).map(({ json }) => json.error.code)
  expect(new Set(lost)).toEqual(new Set(['lost']))
  const { claims } = (await coord({ cwd: dir }, 'claims', '--json')).json
  expect(claims).toMatchObject([{ claimed_by: won[0]!.json.handoff.to }])
  expect(
    fs.readdirSync(path.join(roomOf(dir), 'handoffs')).filter((name) => name.endsWith('.md')),
  ).toHaveLength(1)
})

/** How long one handover takes that nobody kills, in ms: kills after a part of that hit it on fast and on busy machines. */
async function timeOfOne(dir: string): Promise<number> {
  inside({ cwd: dir, session: 'one' }, 'claim', 'task', 'measured')
  const begun = performance.now()
  const given = await coord({ cwd: dir, session: 'one' }, 'handoff', 'task', 'measured', '--to', 'two')
  expect(given.code, given.err).toBe(0)
  const took = performance.now() - begun
  expect(
    (await coord({ cwd: dir, session: 'two' }, 'release', 'task', 'measured', '--no-announce')).code,
  ).toBe(0)
  return took
}

const KILLS = rounds(25, 12)

test(`${KILLS} handovers killed at any moment lose neither claim nor note`, async () => {
  const dir = repository()
  await register(dir, 'one', 'two')
  const root = roomOf(dir)
  inside({ cwd: dir, session: 'one' }, 'claim', 'task', 'x')
  const whole = await timeOfOne(dir)
  let token = 0
  let killed = 0
  for (let round = 0; round < KILLS; round++) {
    const [from, to] = round % 2 ? ['two', 'one'] : ['one', 'two']
    const note = `round ${round}.`
    const { child, ended } = launch(dir, from, 'handoff', 'task', 'x', '--to', to, '--note', note)
    await setTimeout(Math.random() * whole)
    killed += child.kill('SIGKILL') ? 1 : 0
    await ended
    const again = await coord(
      { cwd: dir, session: from },
      'handoff',
      'task',
      'x',
      '--to',
      to,
      '--note',
      note,
      '--json',
    )
    expect([again.code, again.err.replace(/^coord: a handoff .* is finished now$/, '')]).toEqual([0, ''])
    expect(fs.readFileSync(path.join(root, again.json.handoff.path), 'utf8')).toContain(note)
    const [claim] = inside({ cwd: dir }, 'claims', '--json').json.claims
    expect(claim.claimed_by).toBe(to)
    expect(claim.token).toBeGreaterThan(token)
    token = claim.token
    const renewed = inside({ cwd: dir, session: to }, 'renew', 'task', 'x', '--json')
    expect(renewed.json.claim.token).toBe(token)
  }
  expect(killed).toBeGreaterThan(KILLS / 5)
  // What a kill left half written begins with a point; nobody reads it, and it is swept by age.
  const begun = fs.readdirSync(path.join(root, '.state/handing')).filter((name) => !name.startsWith('.tmp-'))
  expect(begun).toEqual([])
})

const LOOKS = rounds(20, 10)

test(`after ${LOOKS} handovers killed at any moment the inbox of the recipient has the note, or nothing has moved`, async () => {
  const dir = repository()
  await register(dir, 'one', 'two')
  inside({ cwd: dir, session: 'one' }, 'claim', 'task', 'x')
  const handing = path.join(roomOf(dir), '.state/handing')
  const begun = () =>
    fs.existsSync(handing) ? fs.readdirSync(handing).filter((name) => !name.startsWith('.tmp-')) : []
  const whole = await timeOfOne(dir)
  let cut = 0
  let [from, to] = ['one', 'two']
  for (let round = 0; round < LOOKS; round++) {
    const note = `round ${round}.`
    const { child, ended } = launch(dir, from!, 'handoff', 'task', 'x', '--to', to!, '--note', note)
    // Half of them at the moment at which it is known that the handover has begun.
    if (round % 2) await setTimeout(Math.random() * whole)
    else await expect.poll(() => begun().length > 0 || child.exitCode !== null, { interval: 1 }).toBe(true)
    child.kill('SIGKILL')
    await ended
    if (begun().length > 0) cut++
    // A lock that was killed before it could say whose it is counts for five seconds.
    const read = async () => (await coord({ cwd: dir, session: to! }, 'inbox', '--json')) && begun()
    await expect.poll(read).toEqual([])
    const [claim] = inside({ cwd: dir }, 'claims', '--json').json.claims
    const all = inside({ cwd: dir }, 'messages', '--search', note, '--json').json.messages
    expect(all.length > 0, note).toBe(claim.claimed_by === to)
    const held = fs.readdirSync(path.join(roomOf(dir), `.state/held/${claim.claimed_by}`))
    expect(held, note).toEqual(['task-x.claim'])
    if (claim.claimed_by === to) [from, to] = [to, from]
  }
  expect(cut).toBeGreaterThan((3 * LOOKS) / 20)
})

/** Makes a process say that it is there, and wait, before its second link into the ledger. */
const PAUSED = `
const fs = require('node:fs')
const link = fs.linkSync
let links = 0
fs.linkSync = (from, to) => {
  if (String(to).includes('/.state/ledger/') && ++links === 2) {
    fs.writeFileSync(process.env.PAUSE + '/here', '')
    const cell = new Int32Array(new SharedArrayBuffer(4))
    while (!fs.existsSync(process.env.PAUSE + '/go')) Atomics.wait(cell, 0, 0, 5)
  }
  return link(from, to)
}`

test('a handover that is paused for long is left to its process, which tells of all it moved', async () => {
  const dir = repository()
  await register(dir, 'one', 'two')
  for (const name of ['x', 'y']) await coord({ cwd: dir, session: 'one' }, 'claim', 'droplet', name)
  const PAUSE = temporaryDirectory()
  const hook = path.join(PAUSE, 'hook.cjs')
  fs.writeFileSync(hook, PAUSED)
  const env = { PAUSE, NODE_OPTIONS: `--require ${hook}` }
  const handing = coord({ cwd: dir, session: 'one', env }, 'handoff', '--all', '--to', 'two', '--json')
  await expect
    .poll(() => fs.existsSync(path.join(PAUSE, 'here')), { timeout: 20_000, interval: 5 })
    .toBe(true)
  const before = Date.now() / 1000 - 60
  fs.utimesSync(path.join(roomOf(dir), '.state/locks/handing'), before, before)
  const other = await coord({ cwd: dir, session: 'two' }, 'inbox', '--json')
  expect([other.err, other.json.messages]).toEqual(['', []])
  expect((await coord({ cwd: dir }, 'gc', '--dry-run', '--json')).json.counts.handoffs).toBe(0)
  expect((await coord({ cwd: dir }, 'doctor')).out).not.toContain('cut off')
  fs.writeFileSync(path.join(PAUSE, 'go'), '')
  const { code, json } = await handing
  expect([code, json.handoff.claims.length]).toEqual([0, 2])
  const file = fs.readFileSync(path.join(roomOf(dir), json.handoff.path), 'utf8')
  for (const name of ['x', 'y']) expect(file).toContain(`**droplet/${name}**`)
  const { messages } = (await coord({ cwd: dir, session: 'two' }, 'inbox', '--json')).json
  expect(messages).toMatchObject([{ subject: 'droplet/x, droplet/y are yours now' }])
  expect(fs.readdirSync(path.join(roomOf(dir), '.state/handing'))).toEqual([])
})
