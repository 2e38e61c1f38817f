/** Waiting for what others hold, in real processes: in line, told to the others, and without a trace afterwards. */
import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { describe, expect, test, vi } from 'vitest'
import { makeRoom, type Room } from '../cli/rooms.ts'
import { cleanEnvironment, coord } from '../helpers/cli.ts'
import { inside } from '../helpers/inside.ts'

const BIN = path.join(import.meta.dirname, '../../bin/coord.cjs')

/** coord as a process that goes on; the clock is the real one. */
function begin(room: Room, session: string, ...args: string[]) {
  return execa(process.execPath, [BIN, ...args], {
    cwd: room.dir,
    env: cleanEnvironment({ COORD_SESSION: session }),
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  })
}

const run = (room: Room, session: string, ...args: string[]) => coord({ cwd: room.dir, session }, ...args)
/** What comes before that which a test asks, within this process. */
const set = (room: Room, session: string, ...args: string[]) => {
  const { code, err } = inside({ cwd: room.dir, session }, ...args)
  expect(code, err).toBe(0)
}
const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 10 })
const queue = (room: Room, name = 'droplet-x') => {
  const dir = path.join(room.root, '.state/waiting', name)
  // A ticket that is still being written does not stand in line yet.
  return fs.existsSync(dir) ? fs.readdirSync(dir).filter((name) => !name.startsWith('.')) : []
}
const session = (room: Room, id: string) => JSON.parse(room.read(`sessions/${id}.json`))
const claimed = (room: Room) => JSON.parse(room.read('claims/droplet-x.claim')).claimed_by

/** A room in which `one` holds droplet/x. */
async function heldRoom(...sessions: string[]): Promise<Room> {
  const room = await makeRoom('one', ...sessions)
  expect((await run(room, 'one', 'claim', 'droplet', 'x')).code).toBe(0)
  return room
}

/** Let a session wait for droplet/x, once `ahead` others do. In an object, since a child is awaited by itself. */
async function inLine(room: Room, id: string, ahead: number, ...more: string[]) {
  const child = begin(room, id, 'claim', 'droplet', 'x', '--wait', '1m', ...more)
  await until(() => expect(queue(room)).toHaveLength(ahead + 1))
  return { child }
}

describe('claim --wait', () => {
  test('gets the claim when it is released, tells for what it waits meanwhile, and leaves nothing', async () => {
    const room = await heldRoom('two')
    const { child: waiter } = await inLine(room, 'two', 0, '--json')
    await until(() =>
      expect(session(room, 'two').waiting_for).toMatchObject({ type: 'droplet', name: 'x', holder: 'one' }),
    )
    await until(() => expect(room.read('STATUS_BOARD.md')).toContain('**Waiting For:** droplet/x'))
    expect((await run(room, 'one', 'release', 'droplet', 'x')).code).toBe(0)
    const { exitCode, stdout, stderr } = await waiter
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, claim: { claimed_by: 'two', resource_name: 'x' } })
    expect(session(room, 'two').waiting_for).toBe(null)
    expect(fs.readdirSync(path.join(room.root, '.state/waiting'))).toEqual([])
  })

  test('gets it when the lease runs out, or the holder ends', async () => {
    const room = await makeRoom('one', 'two', 'three')
    // Longer than a process takes to start and stand in line on a busy machine.
    set(room, 'one', 'claim', 'droplet', 'x', '--for', '4s', '--no-renew')
    expect((await (await inLine(room, 'two', 0)).child).exitCode).toBe(0)
    const third = begin(room, 'three', 'claim', 'droplet', 'x', '--wait', '1m')
    await until(() => expect(queue(room)).toHaveLength(1))
    set(room, 'two', 'end')
    expect((await third).exitCode).toBe(0)
    expect(claimed(room)).toBe('three')
  })

  test('says held with exit 1 when the patience runs out, and waits no more', async () => {
    const room = await heldRoom('two')
    const { exitCode, stderr } = await begin(room, 'two', 'claim', 'droplet', 'x', '--wait', '1s')
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(
      /^coord: droplet\/x is held by one .*; time is up after 1s\n {2}coord claim droplet x /,
    )
    expect(session(room, 'two').waiting_for).toBe(null)
    expect(queue(room)).toEqual([])
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends by %s with exit %i and leaves nothing', async (signal, code) => {
    const room = await heldRoom('two')
    const { child: waiter } = await inLine(room, 'two', 0)
    await until(() => expect(session(room, 'two').waiting_for).toBeTruthy())
    waiter.kill(signal)
    const { exitCode, stdout, stderr } = await waiter
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: code, stdout: '', stderr: '' })
    expect(session(room, 'two').waiting_for).toBe(null)
    expect(fs.readdirSync(path.join(room.root, '.state/waiting'))).toEqual([])
  })

  test.each([
    ['--wait', 'forever', 'wait'],
    ['--wait', '-1h', 'wait'],
    ['--wait', '5', 'wait'],
  ])('refuses %s %s and names the argument', async (flag, value, argument) => {
    const room = await heldRoom('two')
    const { code, json } = await run(room, 'two', 'claim', 'droplet', 'x', `${flag}=${value}`, '--json')
    expect({ code, argument: json.error.argument }).toEqual({ code: 2, argument })
  })
})

describe('the line', () => {
  test('is first come, first served, and shown by claims', async () => {
    const room = await heldRoom('two', 'three', 'four')
    const waiters = []
    for (const [index, id] of ['two', 'three', 'four'].entries())
      waiters.push((await inLine(room, id, index)).child)
    const { json } = await run(room, 'one', 'claims', 'droplet/x', '--json')
    expect(json.waiting.map((each: { session_id: string }) => each.session_id)).toEqual([
      'two',
      'three',
      'four',
    ])
    for (const [index, id] of ['one', 'two', 'three'].entries()) {
      expect((await run(room, id, 'release', 'droplet', 'x', '--no-announce')).code).toBe(0)
      expect((await waiters[index]!).exitCode).toBe(0)
    }
    expect(claimed(room)).toBe('four')
  })

  test('is not overtaken by a later caller who does not wait', async () => {
    const room = await heldRoom('two', 'three')
    const { child: waiter } = await inLine(room, 'two', 0)
    waiter.kill('SIGSTOP')
    set(room, 'one', 'release', 'droplet', 'x', '--no-announce')
    const { code, json } = await run(room, 'three', 'claim', 'droplet', 'x', '--json')
    expect({ code, error: json.error }).toMatchObject({
      code: 1,
      error: { code: 'held', holder: { claimed_by: 'two' } },
    })
    expect(json.error.message).toMatch(/^droplet\/x goes to two, who has waited/)
    waiter.kill('SIGCONT')
    expect((await waiter).exitCode).toBe(0)
  })

  test('passes over a waiting process that was killed', async () => {
    const room = await heldRoom('two', 'three')
    const { child: dead } = await inLine(room, 'two', 0)
    const { child: next } = await inLine(room, 'three', 1)
    dead.kill('SIGKILL')
    await dead
    set(room, 'one', 'release', 'droplet', 'x', '--no-announce')
    expect((await next).exitCode).toBe(0)
    expect((await run(room, 'two', 'heartbeat', 'idle')).code).toBe(0)
    expect(session(room, 'two').waiting_for).toBe(null)
  })

  test('passes over a stopped process after a while, so that it holds up nobody', async () => {
    const room = await heldRoom('two', 'three')
    const { child: stopped } = await inLine(room, 'two', 0)
    stopped.kill('SIGSTOP')
    const { child: next } = await inLine(room, 'three', 1)
    set(room, 'one', 'release', 'droplet', 'x', '--no-announce')
    expect((await next).exitCode).toBe(0)
    stopped.kill('SIGKILL')
    await stopped
  })
})

test('two that wait for each other are told so, on both sides and on the board', async () => {
  const room = await heldRoom('two')
  set(room, 'two', 'claim', 'droplet', 'y')
  const { child: first } = await inLine(room, 'two', 0)
  const second = begin(room, 'one', 'claim', 'droplet', 'y', '--wait', '1m')
  await until(() => expect(room.read('STATUS_BOARD.md')).toContain('waiting in a circle'))
  for (const id of ['one', 'two']) {
    const { json } = await run(room, id, 'status', id, '--json')
    expect(json.needs.map((need: { kind: string }) => need.kind)).toContain('cycle')
  }
  set(room, 'two', 'release', 'droplet', 'y')
  expect((await second).stderr).toMatch(/^coord: waiting in a circle: one → two → one; /)
  set(room, 'one', 'release', 'droplet', 'x')
  expect((await first).exitCode).toBe(0)
})

describe('wait', () => {
  test('ends when the resource is free, without claiming it', async () => {
    const room = await heldRoom('two')
    const waiter = begin(room, 'two', 'wait', 'droplet', 'x')
    await until(() => expect(session(room, 'two').waiting_for).toBeTruthy())
    set(room, 'one', 'release', 'droplet', 'x', '--no-announce')
    expect(await waiter).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^droplet\/x is free/) })
    expect(room.files('claims')).toEqual([])
    expect(session(room, 'two').waiting_for).toBe(null)
    const { code, json } = await run(room, 'two', 'wait', 'droplet', 'x', '--json')
    expect({ code, json }).toMatchObject({ code: 0, json: { free: true, resource_name: 'x', waited_ms: 0 } })
  })

  test('says held with exit 1 after its timeout', async () => {
    const room = await heldRoom('two')
    const { code, json } = await run(room, 'two', 'wait', 'droplet', 'x', '--timeout', '1s', '--json')
    expect({ code, error: json.error.code }).toEqual({ code: 1, error: 'held' })
    expect(json.error.message).toMatch(/; time is up after 1s$/)
    expect(json.error.waited_ms).toBeGreaterThanOrEqual(1000)
    expect(json.error.hint).toMatch(/^coord wait droplet x, or coord request droplet x /)
  })

  test('says that one holds it oneself, also in JSON', async () => {
    const room = await heldRoom()
    const { code, out } = await run(room, 'one', 'wait', 'droplet', 'x')
    expect({ code, out }).toEqual({ code: 0, out: 'you hold droplet/x yourself, for 4h more' })
    const { json } = await run(room, 'one', 'wait', 'droplet', 'x', '--json')
    expect(json).toMatchObject({
      ok: true,
      claim: { claimed_by: 'one', resource_name: 'x' },
      already: true,
      free: false,
    })
  })
})

test.each([
  [['wait', 'droplet', 'x', '--wait', '5m'], 'wait', '--timeout'],
  [['claim', 'droplet', 'x', '--timeout', '5m'], 'timeout', '--wait'],
  [['run', 'droplet', 'x', '--timeout=5m', '--', 'true'], 'timeout', '--wait'],
])('%j is refused with the name that the flag has there', async (args, argument, right) => {
  const room = await makeRoom('one')
  const { code, json } = await run(room, 'one', args[0]!, '--json', ...args.slice(1))
  expect({ code, argument: json.error.argument }).toEqual({ code: 2, argument })
  expect(json.error.hint).toBe(`Did you mean ${right}? coord ${args[0]} --help`)
})

describe('what a session waits for', () => {
  const waits = (room: Room) => session(room, 'two').waiting_for

  test('stays told while another process of the session acts', async () => {
    const room = await heldRoom('two')
    const { child } = await inLine(room, 'two', 0)
    await until(() => expect(waits(room)).toBeTruthy())
    const told = waits(room)
    expect(told).toMatchObject({ pid: child.pid, pid_started: expect.stringMatching(/^\d+$/) })
    set(room, 'two', 'heartbeat', 'building')
    expect(waits(room)).toEqual(told)
    child.kill('SIGINT')
    await child
  })

  test('is told again once another process, which waited for something else, is done', async () => {
    const room = await heldRoom('two')
    set(room, 'one', 'claim', 'droplet', 'y')
    const { child } = await inLine(room, 'two', 0)
    await until(() => expect(waits(room)).toBeTruthy())
    const told = waits(room)
    const other = begin(room, 'two', 'claim', 'droplet', 'y', '--wait', '1m')
    await until(() => expect(waits(room)).toMatchObject({ name: 'y', pid: other.pid }))
    other.kill('SIGINT')
    await other
    await until(() => expect(waits(room)).toEqual(told))
    await until(() => expect(room.read('STATUS_BOARD.md')).toContain('**Waiting For:** droplet/x'))
    child.kill('SIGINT')
    await child
    expect(waits(room)).toBe(null)
  })

  test('is not believed of a process that has got the pid of another one', async () => {
    const room = await heldRoom('two')
    const file = path.join(room.root, 'sessions/two.json')
    const waiting_for = { type: 'droplet', name: 'x', holder: 'one', pid: process.pid, pid_started: '1' }
    fs.writeFileSync(file, JSON.stringify({ ...session(room, 'two'), waiting_for }))
    set(room, 'two', 'heartbeat', 'building')
    expect(waits(room)).toBe(null)
  })
})

describe('following', () => {
  test('inbox --follow prints messages as they come, marks them read, and ends by Ctrl-C with 130', async () => {
    const room = await makeRoom('one', 'two')
    set(room, 'one', 'send', 'two', 'early')
    const follower = begin(room, 'two', 'inbox', '--follow')
    let out = ''
    follower.stdout.on('data', (text) => {
      out += text
    })
    await until(() => expect(out).toContain('early'))
    set(room, 'one', 'send', 'broadcast', 'to all')
    set(room, 'one', 'send', 'two', 'late')
    await until(() => expect(out).toMatch(/to all[\s\S]*late/))
    follower.kill('SIGINT')
    expect((await follower).exitCode).toBe(130)
    expect((await run(room, 'two', 'inbox', '--json')).json.messages).toEqual([])
  })

  test('status --watch --json gives an object a line for each change', async () => {
    const room = await makeRoom('one')
    const watcher = begin(room, 'one', 'status', '--watch', '--json')
    let out = ''
    watcher.stdout.on('data', (text) => {
      out += text
    })
    await until(() => expect(out).toMatch(/\n$/))
    set(room, 'one', 'claim', 'droplet', 'x')
    await until(() => expect(out.trim().split('\n').length).toBeGreaterThan(1))
    watcher.kill('SIGTERM')
    expect((await watcher).exitCode).toBe(143)
    const looks = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(looks.map(({ claims }) => claims.length)).toEqual([0, ...looks.slice(1).map(() => 1)])
  })
})

test('a session that was ended while it waits gets nothing any more', async () => {
  const room = await heldRoom('two', 'three')
  const { child: waiter } = await inLine(room, 'two', 0)
  expect((await run(room, 'two', 'end')).code).toBe(0)
  set(room, 'one', 'release', 'droplet', 'x', '--no-announce')
  const { exitCode, stderr } = await waiter
  expect({ exitCode, stderr }).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('two has ended'),
  })
  expect((await run(room, 'three', 'claim', 'droplet', 'x')).code).toBe(0)
})

test('who waits for what the caller holds does not keep it from what is free', async () => {
  const room = await makeRoom('one', 'two')
  set(room, 'one', 'claim', 'file', 'b')
  const waiter = begin(room, 'two', 'claim', 'file', 'a', 'b', '--wait', '1m')
  await until(() => expect(session(room, 'two').waiting_for?.holder).toBe('one'))
  expect((await run(room, 'one', 'claim', 'file', 'a')).code).toBe(0)
  set(room, 'one', 'release', '--all', '--no-announce')
  expect((await waiter).exitCode).toBe(0)
})

test('a claim file that can not be published keeps no processor busy', async () => {
  const room = await heldRoom('two')
  fs.rmSync(path.join(room.root, 'claims/droplet-x.claim'))
  fs.mkdirSync(path.join(room.root, 'claims/droplet-x.claim/in-the-way'), { recursive: true })
  const { exitCode } = await begin(room, 'two', 'claim', 'droplet', 'x', '--wait', '2s')
  expect(exitCode).toBe(1)
  const looks = room.read('.state/refusals.jsonl')
  expect(looks.split('\n').length).toBeLessThan(5)
})
