/** The same in real processes: commands that a preloaded layer kills (SIGKILL), or whose disk it fails, at their n-th call. */
import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { copyOf, emptyDirectory, once } from '../cli/rooms.ts'
import { type Answer, cleanEnvironment, coord } from '../helpers/cli.ts'
import { temporaryDirectory } from '../helpers/directories.ts'
import { BIN, filesBelow, register, repository, roomOf } from '../processes/support.ts'
import { type Call, LAYER, type Plan } from './layer.ts'
import { takePicture } from './picture.ts'

const LONG = process.env.COORD_FAULTS === 'long'
/** How many points of each command CI takes; the long form takes all that differ. */
const POINTS = 2
const SEED = Number(process.env.COORD_FAULTS_SEED ?? 1)

const COMMANDS: [string, ...string[]][] = [
  ['claim', 'task', 'new'],
  ['release', 'task', 'held'],
  ['send', 'two', 'subject', 'text'],
  ['run', 'task', 'new', '--', 'true'],
  ['claim', 'task', 'theirs', '--wait', '100ms'],
  ['commit'],
]

/** A repository in which `one` holds a task, and `two` another. Made once, then copied. */
const furnished = async () => copyOf(await template())

const template = once(async () => {
  const dir = emptyDirectory()
  fs.cpSync(repository(), dir, { recursive: true })
  await register(dir, 'one', 'two')
  for (const [session, name] of [
    ['one', 'held'],
    ['two', 'theirs'],
  ] as const)
    await coord({ cwd: dir, session }, 'claim', 'task', name)
  return dir
})

async function withPlan(
  dir: string,
  plan: Partial<Plan>,
  args: string[],
): Promise<Answer & { calls: Call[]; signal?: string }> {
  const log = path.join(temporaryDirectory(), 'log')
  const env = cleanEnvironment({
    COORD_SESSION: 'one',
    COORD_FAULT_PLAN: JSON.stringify({ below: dir, log, ...plan }),
  })
  const result = await execa(process.execPath, ['-r', LAYER, BIN, ...args, '--json'], {
    cwd: dir,
    env,
    extendEnv: false,
    reject: false,
    input: '',
  })
  const calls = fs.existsSync(log) ? JSON.parse(fs.readFileSync(log, 'utf8')).calls : []
  const json = result.stdout.startsWith('{') ? JSON.parse(result.stdout) : {}
  return {
    code: result.exitCode ?? -1,
    out: result.stdout,
    err: result.stderr,
    json,
    calls,
    signal: result.signal!,
  }
}

/** A few kills and failures, spread over the calls of a command. */
function pointsOf(calls: Call[], command: number): Plan[] {
  const kills = calls.flatMap(({ changes }, i): Plan[] => (changes ? [{ at: i + 1, as: 'kill' }] : []))
  const failures = calls.flatMap(({ errnos }, i) =>
    errnos.map((as): Plan => ({ at: i + 1, as, lasting: true })),
  )
  const spread = (plans: Plan[], count: number) =>
    Array.from(
      { length: Math.min(count, plans.length) },
      (_, i) => plans[(SEED * 7 + command * 5 + i * 31) % plans.length]!,
    )
  return LONG ? [...kills, ...spread(failures, 40)] : [...spread(kills, POINTS - 1), ...spread(failures, 1)]
}

/** A lock whose owner was killed before it could say who it is goes after a minute, a temporary file after an hour; nobody waits for them. */
const tellsOwner = (file: string) => fs.readFileSync(file, 'utf8') !== ''

/** Everything works afterwards, by commands in processes of their own. */
async function expectInOrder(dir: string, args: string[], at: string): Promise<void> {
  expect(() => takePicture(roomOf(dir)), at).not.toThrow()
  const status = await coord({ cwd: dir, session: 'one' }, 'status', '--json')
  expect(status.code, at).toBe(0)
  const kinds = status.json.problems.map(({ kind }: { kind: string }) => kind)
  expect(
    kinds.filter((kind: string) => kind !== 'drifted' && kind !== 'skipped'),
    at,
  ).toEqual([])
  const again = await withPlan(dir, {}, args)
  expect([0, 1], `${at}: ${again.out}`).toContain(again.code)
  const fixed = await coord({ cwd: dir }, 'doctor', '--fix', '--json')
  expect(
    fixed.json.problems?.filter(({ fixable }: { fixable: boolean }) => fixable),
    at,
  ).toEqual([])
  const locks = filesBelow(roomOf(dir)).filter(
    (file) =>
      /^\.state\/(locks|waiting)\/(?!.*\.tmp-)/.test(file) && tellsOwner(path.join(roomOf(dir), file)),
  )
  expect(locks, at).toEqual([])
}

test.each(COMMANDS.map((args, i) => [args.join(' '), args, i] as const))(
  'coord %s, killed or failed at any call, leaves a room in order',
  async (name, args, index) => {
    const rehearsal = await withPlan(await furnished(), {}, args)
    expect(rehearsal.calls.length, rehearsal.err).toBeGreaterThan(20)
    for (const plan of pointsOf(rehearsal.calls, index)) {
      const dir = await furnished()
      const { code, signal, json, err } = await withPlan(dir, plan, args)
      const at = `${name} ${JSON.stringify(plan)} ${code} ${signal} ${err}`
      if (code !== 0 && !signal) expect(json.error?.code, at).not.toBe('bug')
      if (code === 70) expect(at).toBe('no fault of coord itself')
      await expectInOrder(dir, args, at)
    }
  },
  LONG ? 3_600_000 : 120_000,
)
