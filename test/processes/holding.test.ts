/** `coord run TYPE NAME -- CMD`: a claim for as long as a command runs. */
import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { signalProcess } from '../../src/store/process-tree.ts'
import { type Process, readProcess } from '../../src/store/processes.ts'
import { makeRoom, type Room } from '../cli/rooms.ts'
import { cleanEnvironment, coord } from '../helpers/cli.ts'
import { inside } from '../helpers/inside.ts'

const BIN = path.join(import.meta.dirname, '../../bin/coord.cjs')
const run = (room: Room, session: string, ...args: string[]) => coord({ cwd: room.dir, session }, ...args)
/** What comes before that which a test asks, within this process. */
const set = (room: Room, session: string, ...args: string[]) => {
  const { code, err } = inside({ cwd: room.dir, session }, ...args)
  expect(code, err).toBe(0)
}
const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 10 })
const lease = (room: Room) => JSON.parse(room.read('claims/droplet-x.claim'))

/** `coord run` with a script that has begun; in an object, since a child is awaited by itself. */
async function holding(room: Room, flags: string[], script: string) {
  const words = ['run', 'droplet', 'x', ...flags, '--', 'bash', '-c', `touch began; ${script}`]
  const child = execa(process.execPath, [BIN, ...words], {
    cwd: room.dir,
    env: cleanEnvironment({ COORD_SESSION: 'one' }),
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  })
  await until(() => expect(fs.existsSync(path.join(room.dir, 'began'))).toBe(true))
  return { child }
}

test('holds the claim while the command runs, passes its output and exit code on, and releases after', async () => {
  const room = await makeRoom('one', 'two')
  const { child } = await holding(room, [], 'cat COORDINATION/claims/droplet-x.claim; exit 7')
  const { exitCode, stdout, stderr } = await child
  expect({ exitCode, stderr }).toEqual({ exitCode: 7, stderr: '' })
  expect(JSON.parse(stdout)).toMatchObject({ claimed_by: 'one', renew: false })
  expect(room.files('claims')).toEqual([])
  expect((await run(room, 'two', 'inbox', '--json')).json.messages).toEqual([])
})

test('renews while the command runs: longer than the term that it was claimed for', async () => {
  const room = await makeRoom('one', 'two')
  const { child } = await holding(room, ['--for', '1s'], 'while [ ! -e enough ]; do sleep 0.1; done')
  const first = lease(room)
  await until(() => expect(lease(room).renewed_at > first.expires_at).toBe(true))
  expect((await run(room, 'two', 'claim', 'droplet', 'x')).code).toBe(1)
  expect(lease(room).token).toBe(first.token)
  fs.writeFileSync(path.join(room.dir, 'enough'), '')
  expect((await child).exitCode).toBe(0)
  expect(room.files('claims')).toEqual([])
})

describe('what is not obtained', () => {
  test.each([
    [[], 75],
    [['--conflict-code', '9'], 9],
    [['--wait', '300ms'], 75],
  ])('%j: the command is not run, exit %i', async (flags, exit) => {
    const room = await makeRoom('one', 'two')
    set(room, 'two', 'claim', 'droplet', 'x')
    const { code, out, err } = await run(room, 'one', 'run', 'droplet', 'x', ...flags, '--', 'touch', 'ran')
    expect({ code, out }).toEqual({ code: exit, out: '' })
    expect(err).toMatch(/^coord: droplet\/x is held by two .*\n {2}coord run droplet x --wait 10m -- …, or /)
    expect(fs.existsSync(path.join(room.dir, 'ran'))).toBe(false)
  })

  test('its JSON tells the exit code, which is not that of the table', async () => {
    const room = await makeRoom('one', 'two')
    set(room, 'two', 'claim', 'droplet', 'x')
    const once = await run(room, 'one', 'run', 'droplet', 'x', '--json', '--', 'true')
    expect({ code: once.code, error: once.json.error }).toMatchObject({
      code: 75,
      error: { code: 'held', exit: 75 },
    })
    const flags = ['--json', '--wait', '300ms', '--conflict-code', '9']
    const { code, json } = await run(room, 'one', 'run', 'droplet', 'x', ...flags, '--', 'true')
    expect({ code, error: json.error }).toMatchObject({ code: 9, error: { code: 'held', exit: 9 } })
    expect(json.error.message).toMatch(/; time is up after 1s$/)
  })

  test('with --wait it waits in line, and runs then', async () => {
    const room = await makeRoom('one', 'two')
    set(room, 'two', 'claim', 'droplet', 'x', '--for', '1s', '--no-renew')
    expect((await run(room, 'one', 'run', 'droplet', 'x', '--wait', '1m', '--', 'touch', 'ran')).code).toBe(0)
    expect(fs.existsSync(path.join(room.dir, 'ran'))).toBe(true)
  })
})

describe('a claim that is lost', () => {
  test('stops the command, says who has it now, and is not released', async () => {
    const room = await makeRoom('one', 'two')
    const { child } = await holding(
      room,
      ['--for', '1s'],
      'trap "touch told; exit 0" TERM; while :; do sleep 0.1; done',
    )
    // Stopped, so that it does not look between the release and the claim.
    child.kill('SIGSTOP')
    set(room, 'two', 'release', 'droplet', 'x', '--force', '--reason', 'needed')
    expect((await run(room, 'two', 'claim', 'droplet', 'x')).code).toBe(0)
    child.kill('SIGCONT')
    const { exitCode, stderr } = await child
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^coord: you lost droplet\/x: it is held by two /m)
    expect(fs.existsSync(path.join(room.dir, 'told'))).toBe(true)
    expect(lease(room).claimed_by).toBe('two')
  })

  test('kills a command that does not heed TERM', async () => {
    const room = await makeRoom('one', 'two')
    const { child } = await holding(room, ['--for', '1s'], 'trap "" TERM; while :; do sleep 0.1; done')
    set(room, 'two', 'release', 'droplet', 'x', '--force', '--reason', 'needed')
    expect((await child).exitCode).toBe(1)
  })
})

test('a loss is told in JSON too, with the way to run it again', async () => {
  const room = await makeRoom('one', 'two')
  const { child } = await holding(room, ['--for', '1s', '--json'], 'exec sleep 60')
  set(room, 'two', 'release', 'droplet', 'x', '--force', '--reason', 'needed')
  const { exitCode, stdout } = await child
  const { error } = JSON.parse(stdout)
  expect({ exitCode, code: error.code }).toEqual({ exitCode: 1, code: 'lost' })
  expect(error.message).toBe('you hold droplet/x no more: forced by two: needed')
  expect(error.hint).toBe('The command was stopped. Again: coord run droplet x --wait 10m -- …')
})

describe('what the command left in the background', () => {
  /** The processes that a script noted in the file `pids`, by name; ended with the test. */
  function noted(room: Room) {
    const lines = fs.readFileSync(path.join(room.dir, 'pids'), 'utf8').trim().split('\n')
    const all = lines.map((line) => line.split(' ')).map(([name, pid]) => [name!, readProcess(Number(pid))!])
    const found = Object.fromEntries(all) as Record<string, Process>
    onTestFinished(() => {
      for (const each of Object.values(found)) signalProcess(each, 'SIGKILL')
    })
    return {
      found,
      alive: () =>
        Object.keys(found)
          .filter((name) => lives(found[name]!))
          .sort(),
    }
  }
  const lives = ({ pid, started }: Process) => {
    const now = readProcess(pid)
    return now?.started === started && !now.over
  }
  // Without our pipes, for whose end the test would wait.
  const LEFT = `exec >/dev/null 2>&1
    sleep 1000 & echo child $! >> pids
    (sleep 1000 & echo orphan $! >> pids)
    setsid sleep 1000 & echo apart $! >> pids
    (setsid bash -c 'echo daemon $$ >> pids; exec sleep 1000' &)
    until grep -q daemon pids; do sleep 0.01; done; touch left`
  const left = (room: Room) => until(() => expect(fs.existsSync(path.join(room.dir, 'left'))).toBe(true))
  const take = (room: Room) => run(room, 'two', 'release', 'droplet', 'x', '--force', '--reason', 'needed')

  test('is stopped with it when the claim is lost, but no daemon that it started', async () => {
    const room = await makeRoom('one', 'two')
    const { child } = await holding(room, ['--for', '1s'], `${LEFT}; wait`)
    await left(room)
    const { alive } = noted(room)
    expect(alive()).toEqual(['apart', 'child', 'daemon', 'orphan'])
    await take(room)
    expect((await child).exitCode).toBe(1)
    expect(alive()).toEqual(['daemon'])
  })

  test('is killed when it does not heed TERM, though the command itself has ended', async () => {
    const room = await makeRoom('one', 'two')
    const stubborn = `bash -c 'trap "touch told" TERM; touch left; while :; do sleep 0.1; done' & echo stubborn $! >> pids`
    const { child } = await holding(room, ['--for', '1s'], `${stubborn}; wait`)
    await left(room)
    const { alive } = noted(room)
    await take(room)
    expect((await child).exitCode).toBe(1)
    expect(fs.existsSync(path.join(room.dir, 'told'))).toBe(true)
    expect(alive()).toEqual([])
  })

  test('goes on when the command ends by itself', async () => {
    const room = await makeRoom('one')
    const { child } = await holding(room, [], LEFT)
    const { exitCode } = await child
    const { alive } = noted(room)
    expect({ exitCode, alive: alive() }).toEqual({
      exitCode: 0,
      alive: ['apart', 'child', 'daemon', 'orphan'],
    })
    expect(room.files('claims')).toEqual([])
  })

  test('is told from processes of others in the same group', async () => {
    const room = await makeRoom('one', 'two')
    const script = `sleep 1000 & echo neighbour $! >> pids; exec "$@"`
    const words = [
      process.execPath,
      BIN,
      'run',
      'droplet',
      'x',
      '--for',
      '1s',
      '--',
      'bash',
      '-c',
      'touch left; sleep 1000',
    ]
    const child = execa('bash', ['-c', script, 'bash', ...words], {
      cwd: room.dir,
      env: cleanEnvironment({ COORD_SESSION: 'one' }),
      extendEnv: false,
      reject: false,
      stdio: 'ignore',
    })
    await left(room)
    const { alive } = noted(room)
    await take(room)
    expect((await child).exitCode).toBe(1)
    expect(alive()).toEqual(['neighbour'])
  })
})

describe('manners', () => {
  test('a session that held the claim before keeps it', async () => {
    const room = await makeRoom('one')
    set(room, 'one', 'claim', 'droplet', 'x')
    expect((await run(room, 'one', 'run', 'droplet', 'x', '--', 'true')).code).toBe(0)
    expect(lease(room).claimed_by).toBe('one')
  })

  test('a signal reaches the command, and the claim is released when it dies of it', async () => {
    const room = await makeRoom('one')
    const { child } = await holding(room, [], 'exec sleep 60')
    child.kill('SIGTERM')
    expect((await child).exitCode).toBe(143)
    expect(room.files('claims')).toEqual([])
  })

  test.each([
    [['run', 'droplet', 'x'], 2, 'CMD'],
    [['run', 'droplet', 'x', '--'], 2, 'CMD'],
    [['run', 'droplet', 'x', '--', 'no-such-program-here'], 2, 'CMD'],
    [['run', 'droplet', 'x', '--for', 'soon', '--', 'true'], 2, 'for'],
    [['run', 'droplet', 'x', '--conflict-code', '300', '--', 'true'], 2, 'conflict-code'],
  ])('%j is refused, and nothing is claimed', async (args, exit, argument) => {
    const room = await makeRoom('one')
    const { code, json } = await coord(
      { cwd: room.dir, session: 'one' },
      args[0]!,
      '--json',
      ...args.slice(1),
    )
    expect({ code, argument: json.error.argument }).toEqual({ code: exit, argument })
    expect(room.files('claims')).toEqual([])
  })
})

test('the end of the session stops the command soon, however long the term', async () => {
  const room = await makeRoom('one', 'two')
  const { child } = await holding(room, ['--for', '1h'], 'exec sleep 60')
  expect((await run(room, 'two', 'end', '--session', 'one')).code).toBe(0)
  expect((await child).exitCode).toBe(1)
})

test('a command that can not be started leaves no claim behind', async () => {
  const room = await makeRoom('one')
  fs.writeFileSync(path.join(room.dir, 'plain.txt'), 'no program')
  const { code } = await run(room, 'one', 'run', 'droplet', 'x', '--', './plain.txt')
  expect(code).toBe(2)
  expect(room.files('claims')).toEqual([])
})
