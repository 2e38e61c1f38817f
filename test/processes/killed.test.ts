/** Commands killed at any moment: whatever they leave can be read, nobody is locked out, tokens only grow. */
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { bootId, pidNamespace } from '../../src/store/processes.ts'
import { coord } from '../helpers/cli.ts'
import { filesBelow, launch, register, repository, roomOf, rounds } from './support.ts'

const ROUNDS = rounds(40, 20)
const RESOURCES = ['a', 'b']

test(`${ROUNDS} rounds of killed claims, heartbeats and releases leave a room in order`, async () => {
  const dir = repository()
  await register(dir, 'one', 'two', 'heir')
  let killed = 0
  let whole = 0
  for (let round = 0; round < ROUNDS; round++) {
    const name = RESOURCES[round % 2]!
    const acts = [
      ['claim', 'task', name],
      ['heartbeat', 'building', `round-${round}`],
      ['release', 'task', name, '--no-announce'],
    ]
    const running = acts.map((args, i) => launch(dir, (round + i) % 2 ? 'one' : 'two', ...args))
    const begun = performance.now()
    const ends = Promise.all(running.map(({ ended }) => ended))
    // Every tenth round is left alone and tells how long one takes, so that the kills hit it on fast and on busy machines.
    if (round % 10 === 0) {
      await ends
      whole = performance.now() - begun
      continue
    }
    await setTimeout(Math.random() * whole)
    for (const { child } of running) killed += child.kill('SIGKILL') ? 1 : 0
    await ends
  }
  expect(killed).toBeGreaterThan(ROUNDS / 2)
  for (const [file, text] of jsonFiles(dir)) expect(() => JSON.parse(text), file).not.toThrow()
  const status = await coord({ cwd: dir }, 'status', '--json')
  expect(status.code).toBe(0)
  const broken = status.json.problems.filter(
    (problem: any) => problem.kind !== 'drifted' && problem.kind !== 'skipped',
  )
  expect(broken).toEqual([])
  await mendable(dir)
  tokensGrow(dir)
})

/** Whatever the killed commands left: its holder can release it, and another one can have it. */
async function mendable(dir: string): Promise<void> {
  const heir = { cwd: dir, session: 'heir' }
  for (const name of RESOURCES) {
    const { claims } = (await coord({ cwd: dir }, 'claims', `task/${name}`, '--json')).json
    for (const claim of claims) {
      const freed = await coord({ cwd: dir, session: claim.claimed_by }, 'release', 'task', name, '--json')
      expect([freed.code, freed.json.claim?.token]).toEqual([0, claim.token])
    }
    const taken = await coord(heir, 'claim', 'task', name, '--json')
    expect(taken.code).toBe(0)
    const beaten = await coord({ cwd: dir, session: 'one' }, 'claim', 'task', name, '--json')
    expect(beaten.json.error.holder.claimed_by).toBe('heir')
    const { problems } = (await coord({ cwd: dir }, 'status', '--json')).json
    expect(problems.filter((problem: any) => problem.path.includes(`task-${name}`))).toEqual([])
  }
}

function jsonFiles(dir: string): [string, string][] {
  const root = roomOf(dir)
  const names = filesBelow(root).filter((name) => !path.basename(name).startsWith('.tmp-'))
  const whole = names.filter(
    (name) => /\.(json|claim)$|\.state\/(bindings|held|ledger)\//.test(name) && !name.startsWith('status/'),
  )
  const lines = names.filter((name) => name.startsWith('status/') && name.endsWith('.json'))
  const texts = whole.map((name): [string, string] => [name, fs.readFileSync(path.join(root, name), 'utf8')])
  const single = lines.flatMap((name) => {
    const text = fs.readFileSync(path.join(root, name), 'utf8')
    return text
      .trimEnd()
      .split('\n')
      .map((line): [string, string] => [name, line])
  })
  return [...texts, ...single].filter(([name]) => !name.endsWith('.gitignore'))
}

/** Through all slots of each ledger every new grant has a greater token than any before. */
function tokensGrow(dir: string): void {
  const ledgers = path.join(roomOf(dir), '.state', 'ledger')
  for (const domain of fs.readdirSync(ledgers)) {
    const slots = fs
      .readdirSync(path.join(ledgers, domain))
      .filter((name) => /^\d+$/.test(name))
      .toSorted()
    const seen = slots.map((name) => JSON.parse(fs.readFileSync(path.join(ledgers, domain, name), 'utf8')))
    const granted = seen
      .flatMap((slot) => slot.changes)
      .filter(({ act }) => act === 'claim' || act === 'takeover')
    const tokens = granted.map(({ token }) => token as number)
    expect(tokens.length, domain).toBeGreaterThan(0)
    expect(tokens, domain).toEqual([...new Set(tokens)].toSorted((a, b) => a - b))
    expect(slots.map(Number), domain).toEqual(slots.map((_, i) => Number(slots[0]) + i))
  }
}

test('the lock of a killed command stops nobody', async () => {
  const dir = repository()
  await register(dir, 'one')
  const locks = path.join(roomOf(dir), '.state', 'locks')
  const { child, ended } = launch(dir, 'one', 'heartbeat', 'building', 'x')
  const pid = child.pid!
  await ended
  for (const name of ['board', 'session-one'])
    fs.writeFileSync(path.join(locks, name), `${pid} 12345 ${bootId()} ${pidNamespace()} abc`)
  const me = { cwd: dir, session: 'one' }
  expect((await coord(me, 'heartbeat', 'building', 'after the crash')).code).toBe(0)
  expect(fs.readFileSync(path.join(roomOf(dir), 'STATUS_BOARD.md'), 'utf8')).toContain('after the crash')
  expect(fs.readdirSync(locks)).toEqual([])
})

test('an expired claim of a killed session is taken over with a greater token', async () => {
  const dir = repository()
  await register(dir, 'one', 'two')
  const first = await coord({ cwd: dir, session: 'one' }, 'claim', 'task', 'x', '--for', '1s', '--json')
  await expect
    .poll(async () => (await coord({ cwd: dir }, 'claims', '--expired', '--json')).json.claims.length)
    .toBe(1)
  const second = await coord({ cwd: dir, session: 'two' }, 'claim', 'task', 'x', '--json')
  expect(second.json).toMatchObject({ ok: true, took_over: { claimed_by: 'one' } })
  expect(second.json.claim.token).toBeGreaterThan(first.json.claim.token)
  const late = await coord({ cwd: dir, session: 'one' }, 'heartbeat', 'building', 'x', '--json')
  expect(late.json.lost).toMatchObject([{ resource_name: 'x', holder: 'two' }])
})
