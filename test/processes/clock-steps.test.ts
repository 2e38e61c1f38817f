/**
 * Wall clocks that are set while claims live, a restart, another time namespace and a second host: through real processes. The wall
 * clock is shifted inside a process by a preload, since nobody may set the machine's; boot ids, boot clocks and host names are those
 * that the kernel gives to namespaces of their own (unshare(1)), where it allows them.
 */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import { execa } from 'execa'
import { describe, expect, test, vi } from 'vitest'
import { type Answer, cleanEnvironment, coord } from '../helpers/cli.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { inside } from '../helpers/inside.ts'
import { BIN, register, repository } from './support.ts'

const SECOND = 1000
const MINUTE = 60_000
const HOUR = 3_600_000
const SHIFT = path.join(import.meta.dirname, '../workers/wall-clock.cjs')

const wall = (step: number) => ({ NODE_OPTIONS: `--require ${SHIFT}`, WALL_CLOCK_STEP: String(step) })
type Run = (...args: string[]) => Promise<Answer>
/** Coord as a session, on a machine whose wall clock is off by `step`. */
const at =
  (cwd: string, session: string, step = 0): Run =>
  (...args) =>
    coord({ cwd, session, env: wall(step) }, ...args)

/** The same within this process, for what only looks. */
const looking =
  (cwd: string, session: string, step = 0): Run =>
  async (...args) => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + step })
    try {
      return inside({ cwd, session }, ...args)
    } finally {
      vi.useRealTimers()
    }
  }

/** What looks at everything and changes nothing. */
const LOOKS = [
  ...[['status'], ['board', '--print'], ['claims'], ['sessions', '--all'], ['history', 'one']],
  ...[['messages'], ['doctor'], ['whoami', '--why'], ['claims', 'task/x']],
]

/** No age that anybody is shown is negative; only the time that a lease has left may be. */
async function expectSaneAges(run: Run): Promise<void> {
  for (const look of LOOKS) {
    const plain = await run(...look)
    expect(plain.code, `${look}: ${plain.err}`).toBe(0)
    expect(plain.out, look.join(' ')).not.toMatch(/(^|[\s(])-\d+ ?(ms|s|m|h|d)\b|NaN|Invalid Date|Infinity/m)
    const { out } = await run(...look, '--json')
    expect(out.replaceAll(/"expires_in_ms":-\d+/g, ''), look.join(' ')).not.toMatch(/_ms":-\d/)
  }
}

test('the preload shifts the wall clock of a command, and nothing else', async () => {
  const dir = repository()
  await register(dir, 'one')
  for (const step of [-HOUR, HOUR]) {
    await at(dir, 'one', step)('heartbeat', 'building')
    const { json } = await at(dir, 'one', step)('sessions', '--json')
    const seen = Date.parse(json.sessions[0].last_seen) - Date.now()
    expect(Math.abs(seen - step)).toBeLessThan(MINUTE)
  }
})

test.each([-HOUR, HOUR])(
  'a live claim stays with its holder while the wall clock is set by %i ms, forth and back',
  async (step) => {
    const dir = repository()
    await register(dir, 'one', 'two')
    const held = (await at(dir, 'one')('claim', 'task', 'x', '--for', '5m', '--json')).json.claim
    for (const clock of [step, 0]) {
      const refused = await at(dir, 'two', clock)('claim', 'task', 'x', '--json')
      expect([refused.code, refused.json.error.code]).toEqual([1, 'held'])
      const { json } = await at(dir, 'one', clock)('heartbeat', 'building', '--json')
      expect([json.ok, json.lost ?? []]).toEqual([true, []])
    }
    await expectSaneAges(looking(dir, 'one', step))
    const renewed = await at(dir, 'one', step)('renew', 'task', 'x', '--for', '10m', '--json')
    expect(renewed.json.claim.token).toBe(held.token)
    for (const clock of [-step, 0]) {
      const { json } = await at(dir, 'two', clock)('claims', 'task/x', '--json')
      expect(json.claims[0].expires_in_ms).toBeGreaterThan(9 * MINUTE)
    }
    expect((await at(dir, 'one', -step)('release', 'task', 'x', '--json')).json.ok).toBe(true)
    const next = await at(dir, 'two')('claim', 'task', 'x', '--json')
    expect(next.json.claim.token).toBeGreaterThan(held.token)
  },
)

test.each([
  [HOUR, 0],
  [0, -HOUR],
])(
  'a lease granted at %i ms is free for a clock at %i ms as soon as its own time is over',
  async (granted, later) => {
    const dir = repository()
    await register(dir, 'one', 'two')
    const before = performance.now()
    const { json } = await at(dir, 'one', granted)('claim', 'task', 'x', '--for', '1s', '--json')
    const after = performance.now()
    expect(json.ok).toBe(true)
    let begun = 0
    let answer: Answer
    const refused: number[] = []
    do {
      begun = performance.now()
      answer = await at(dir, 'two', later)('claim', 'task', 'x', '--json')
      if (answer.code === 1) refused.push(begun - after)
    } while (answer.code === 1 && begun < after + 10 * SECOND)
    expect(answer.json.ok).toBe(true)
    expect(performance.now() - before).toBeGreaterThan(SECOND)
    // Whoever begins to claim after its time is over gets it, however long a command takes here; boot clocks tick every 10 ms.
    expect(Math.max(0, ...refused)).toBeLessThan(1.05 * SECOND)
    const late = await at(dir, 'one', later)('renew', 'task', 'x', '--json')
    expect(late.json.error.code).toBe('lost')
  },
)

test('heartbeats renew through steps of the clock, and nobody gets between them', async () => {
  const dir = repository()
  await register(dir, 'one', 'two')
  const { claim } = (await at(dir, 'one')('claim', 'task', 'x', '--for', '4s', '--json')).json
  const begun = performance.now()
  for (let round = 0; performance.now() - begun < 5 * SECOND; round++) {
    const step = [HOUR, -HOUR, 0][round % 3]!
    const beat = await at(dir, 'one', step)('heartbeat', 'building', '--json')
    expect([beat.code, beat.json.lost ?? []]).toEqual([0, []])
    const refused = await at(dir, 'two', [-HOUR, 0, HOUR][round % 3]!)('claim', 'task', 'x', '--json')
    expect(refused.json.error?.code).toBe('held')
  }
  const { claims } = (await at(dir, 'one')('claims', 'task/x', '--json')).json
  expect(claims[0]).toMatchObject({ claimed_by: 'one', token: claim.token })
})

test('sessions seem silent or just seen after a step, and are fresh by each clock after their next act', async () => {
  const dir = repository()
  await register(dir, 'one', 'two')
  const level = async (step: number) => {
    const { json } = await at(dir, 'two', step)('sessions', '--json')
    const { liveness } = json.sessions.find(({ session_id }: any) => session_id === 'one')
    expect(liveness.age_ms).toBeGreaterThanOrEqual(0)
    return liveness.level as string
  }
  expect(await level(0)).toBe('fresh')
  expect(await level(-HOUR)).toBe('fresh')
  expect(['gone', 'silent']).toContain(await level(HOUR))
  await at(dir, 'one', HOUR)('heartbeat', 'building')
  expect(await level(HOUR)).toBe('fresh')
  expect(await level(0)).toBe('fresh')
})

interface Machine {
  boot?: string
  host?: string
  /** Seconds by which the boot clock is ahead. */
  ahead?: number
  step?: number
}

const BOOT = '/proc/sys/kernel/random/boot_id'
const ENTER = `if [ -n "$BOOT_ID" ]; then mount --bind "$BOOT_ID" ${BOOT} || exit 99; fi
if [ -n "$HOST_ID" ]; then mount --bind "$HOST_ID" /etc/machine-id && hostname "$(cat "$HOST_ID")" || exit 99; fi
exec "$@"`

/** Coord as a session, in namespaces that make it another machine, another boot, or another boot clock. */
function elsewhere(cwd: string, session: string, machine: Machine): Run {
  const dir = temporaryDirectory()
  const file = (name: string, text: string | undefined) => {
    if (text === undefined) return {}
    fs.writeFileSync(path.join(dir, name), text)
    return { [name]: path.join(dir, name) }
  }
  const names = { ...file('BOOT_ID', machine.boot), ...file('HOST_ID', machine.host) }
  const env = cleanEnvironment({ COORD_SESSION: session, ...names, ...wall(machine.step ?? 0) })
  const time = machine.ahead === undefined ? [] : ['-T', '--boottime', String(machine.ahead)]
  return async (...args) => {
    const inside = ['-m', '-u', ...time, '--fork', 'sh', '-c', ENTER, 'sh', process.execPath, BIN, ...args]
    const result = await execa('unshare', inside, { cwd, env, extendEnv: false, reject: false })
    const json = result.stdout.startsWith('{') ? JSON.parse(result.stdout) : {}
    return { code: result.exitCode ?? -1, out: result.stdout, err: result.stderr, json }
  }
}

const probe = ['-m', '-u', '-T', '--boottime', '5', '--fork', 'sh', '-c', `mount --bind /dev/null ${BOOT}`]
const mayEnter = spawnSync('unshare', probe).status === 0

describe.skipIf(!mayEnter)('in real namespaces', () => {
  const REBOOTED: Machine = { boot: '11111111-2222-3333-4444-555555555555\n' }
  const OTHERS: [string, Machine][] = [
    ['another boot', REBOOTED],
    ['a time namespace far ahead', { ahead: 90 * 24 * 3600 }],
    ['a time namespace a little ahead', { ahead: 3600 }],
    ['another host', { ...REBOOTED, host: 'elsewhere' }],
  ]

  test('a process sees the boot, the clock and the host of its namespaces', async () => {
    const dir = repository()
    const far = elsewhere(dir, 'far', { ...REBOOTED, host: 'elsewhere', ahead: 3600 })
    expect((await far('start', '--id', 'far')).code).toBe(0)
    const { session } = (await far('whoami', '--json')).json
    expect(session).toMatchObject({ host: 'elsewhere', boot_id: REBOOTED.boot!.trim() })
    await far('claim', 'task', 'x')
    const [slot] = fs.readdirSync(path.join(dir, 'COORDINATION/.state/ledger/task-x'))
    const text = fs.readFileSync(path.join(dir, 'COORDINATION/.state/ledger/task-x', slot!), 'utf8')
    const { clock } = JSON.parse(text).claims[0]
    expect(clock.id).toMatch(/^11111111-2222-3333-4444-555555555555\/time:/)
    const uptime = Number.parseFloat(fs.readFileSync('/proc/uptime', 'utf8')) * 1000
    expect(clock.expires_ms - uptime).toBeGreaterThan(4 * HOUR + 3500 * SECOND)
  })

  test.each(OTHERS)('%s neither takes a live claim nor waits beyond the margin', async (_name, machine) => {
    const dir = repository()
    await register(dir, 'one', 'two')
    const { claim } = (await at(dir, 'one')('claim', 'task', 'x', '--for', '1h', '--json')).json
    for (const step of [-HOUR, 30 * SECOND, HOUR + 20 * SECOND]) {
      const answer = await elsewhere(dir, 'two', { ...machine, step })('claim', 'task', 'x', '--json')
      expect([answer.code, answer.json.error?.code], `${step}`).toEqual([1, 'held'])
    }
    const own = elsewhere(dir, 'one', machine)
    expect((await own('heartbeat', 'building', '--json')).json.lost ?? []).toEqual([])
    expect((await own('renew', 'task', 'x', '--for', '1h', '--json')).json.claim.token).toBe(claim.token)
    for (const step of [0, HOUR + 20 * SECOND])
      expect((await at(dir, 'two', step)('claim', 'task', 'x', '--json')).json.error?.code).toBe('held')
    const free = await at(dir, 'two', HOUR + 3 * MINUTE)('claim', 'task', 'x', '--json')
    expect(free.json.claim?.token).toBeGreaterThan(claim.token)
  })

  test.each([-HOUR, -10 * MINUTE, 10 * MINUTE, HOUR])(
    'a second host whose clock is off by %i ms takes nothing, loses nothing, and is told of',
    async (skew) => {
      const dir = repository()
      await register(dir, 'one', 'two')
      const far = elsewhere(dir, 'far', { ...REBOOTED, host: 'elsewhere', step: skew })
      await far('start', '--id', 'far')
      const mine = (await at(dir, 'one')('claim', 'task', 'mine', '--json')).json.claim
      const theirs = (await far('claim', 'task', 'theirs', '--json')).json.claim
      await far('send', 'one', 'hello from a wrong clock')
      expect((await far('claim', 'task', 'mine', '--json')).json.error.code).toBe('held')
      expect((await at(dir, 'two')('claim', 'task', 'theirs', '--json')).json.error.code).toBe('held')
      if (Math.abs(skew) === HOUR) await expectSaneAges(skew > 0 ? looking(dir, 'one') : far)
      const { messages } = (await at(dir, 'one')('inbox', '--json')).json
      expect(messages.map(({ subject }: any) => subject)).toContain('hello from a wrong clock')
      const problems = (await (skew > 0 ? at(dir, 'one') : far)('doctor', '--json')).json.problems
      expect(problems.map(({ kind }: any) => kind)).toContain('future')
      expect((await far('renew', 'task', 'theirs', '--json')).json.claim.token).toBe(theirs.token)
      expect((await at(dir, 'one')('renew', 'task', 'mine', '--json')).json.claim.token).toBe(mine.token)
      const late = 4 * HOUR + Math.max(0, skew) + 3 * MINUTE
      const taken = await at(dir, 'two', late)('claim', 'task', 'theirs', '--json')
      expect(taken.json.claim?.token).toBeGreaterThan(theirs.token)
    },
  )

  test('a margin as wide as the skew keeps short leases of a host whose clock is an hour behind', async () => {
    const dir = repository()
    await register(dir, 'two')
    const far = elsewhere(dir, 'far', { ...REBOOTED, host: 'elsewhere', step: -HOUR })
    await far('start', '--id', 'far')
    await far('claim', 'task', 'x', '--for', '10m')
    await at(dir, 'two')('config', 'set', 'claims.skewMargin', '1h')
    expect((await at(dir, 'two')('claim', 'task', 'x', '--json')).json.error?.code).toBe('held')
    const free = await at(dir, 'two', 11 * MINUTE)('claim', 'task', 'x', '--json')
    expect(free.json.ok).toBe(true)
  })
})
