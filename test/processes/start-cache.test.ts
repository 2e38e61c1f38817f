/** V8's compiled form of the bundle, kept beside it: made by a first run, made again when due, never trusted blindly. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { emptyDirectory, makeRoom } from '../cli/rooms.ts'
import { cleanEnvironment } from '../helpers/cli.ts'

const PACKAGE = path.join(import.meta.dirname, '../..')
const DAY = 86_400

let home: string
let cwd: string
beforeEach(async () => {
  home = emptyDirectory()
  for (const part of ['bin', 'dist', 'templates', 'package.json'])
    fs.cpSync(path.join(PACKAGE, part), path.join(home, part), { recursive: true })
  fs.rmSync(path.join(home, 'dist/cache'), { recursive: true, force: true })
  cwd = (await makeRoom('one')).dir
})

const start = (session: string, flags: string[], args: string[]) =>
  execFileSync(process.execPath, [...flags, path.join(home, 'bin/coord.cjs'), ...args], {
    cwd,
    env: cleanEnvironment({ COORD_SESSION: session, HOME: home }),
    encoding: 'utf8',
  })
const runWith = (flags: string[], ...args: string[]) => start('one', flags, args)
const run = (...args: string[]) => runWith([], ...args)
const runAs = (session: string, ...args: string[]) => start(session, [], args)

/** The room with so many sessions more that it is a large one. */
function fillRoom(dir = cwd): string {
  const seen = new Date().toISOString()
  for (let i = 0; i < 320; i++)
    fs.writeFileSync(
      path.join(dir, `COORDINATION/sessions/many-${i}.json`),
      JSON.stringify({ session_id: `many-${i}`, status: 'active', last_seen: seen }),
    )
  return dir
}

const files = () => fs.readdirSync(path.join(home, 'dist/cache'))
const cacheOf = (command: string) =>
  path.join(home, 'dist/cache', files().find((name) => name.endsWith(`-${command}`)) ?? '')
const madeTimes = (file: string) => fs.readFileSync(file).at(-1)
const linkAside = (file: string) => {
  fs.renameSync(file, `${file}-aside`)
  fs.symlinkSync(`${file}-aside`, file)
}
const age = (file: string, seconds: number) => {
  const time = Date.now() / 1000 - seconds
  fs.utimesSync(file, time, time)
}

describe('the start-up cache', () => {
  test('is one for each hot command, one for the others and one for what most do without', () => {
    run('heartbeat', 'building')
    for (const args of [['status'], ['inbox'], ['--version'], ['--help']]) run(...args)
    expect(() => run('no-such-command')).toThrow()
    expect(
      files()
        .map((name) => name.slice(name.lastIndexOf('-') + 1))
        .sort(),
    ).toEqual(['everyday', 'full', 'heartbeat', 'upkeep'])
  })

  test('is one for each part that is loaded when it is needed', () => {
    runAs('two', 'start', '--id', 'two')
    run('claim', 'file', 'src/**')
    expect(() => runAs('two', 'claim', 'file', 'src/a.ts')).toThrow(/is held by one/)
    expect(caches()).toEqual(expect.arrayContaining(['paths', 'words']))
    fs.writeFileSync(cacheOf('words'), 'junk')
    expect(() => runAs('two', 'claim', 'file', 'src/a.ts')).toThrow(/is held by one/)
  })

  const event = (name: string, more = {}) =>
    JSON.stringify({ session_id: 'agent', cwd, ...more, hook_event_name: name })
  const hook = (input: string) =>
    execFileSync(process.execPath, [path.join(home, 'bin/coord.cjs'), 'hook', 'claude'], {
      cwd,
      env: cleanEnvironment({ HOME: home }),
      input,
      encoding: 'utf8',
    })
  const caches = () => files().map((name) => name.replace(/^.*-x64-0-|^.*-arm64-0-/, ''))

  test.each([
    ['SessionStart', 'hook-start'],
    ['UserPromptSubmit', 'hook-prompt'],
    ['PreToolUse', 'hook-before'],
    ['BeforeTool', 'hook-before'],
    ['PostToolUse', 'hook-after'],
    ['afterFileEdit', 'hook-after'],
    ['Stop', 'hook'],
  ])('is one for each of the events that agents have often, and one for the others: %s', (name, cache) => {
    hook(event(name))
    expect(caches().filter((each) => each.startsWith('hook'))).toEqual([cache])
  })

  test('a payload that does not tell its event at the beginning is read whole, and starts from the others’ cache', () => {
    const long = { prompt: `"hook_event_name":"PreToolUse" ${'x'.repeat(200_000)}` }
    hook(event('PostToolUse', long))
    expect(caches().filter((each) => each.startsWith('hook'))).toEqual(['hook'])
    expect(run('sessions', '--json')).toContain('"session_id":"agent"')
  })

  test('is what bars and scripts start from too, which run every few seconds: nothing else is loaded', () => {
    fs.writeFileSync(path.join(home, 'dist/full.cjs'), 'throw new Error("full.cjs is loaded")')
    expect(() => run('monitor')).toThrow()
    const lines = [['status'], ['menubar'], ['statusline', '--tmux'], ['monitor', '--once', '--json']]
    for (const args of lines) expect(run(...args)).toContain('one')
  })

  test('is made again when it is due, and then knows what the later run needed', () => {
    expect(() => run('heartbeat', 'building', '--session', 'nobody')).toThrow()
    const file = cacheOf('heartbeat')
    const first = fs.statSync(file).size
    age(file, DAY)
    run('heartbeat', 'building')
    expect(madeTimes(file)).toBe(1)
    const second = fs.statSync(file).size
    expect(second).toBeGreaterThan(first * 1.1)
    age(file, DAY)
    expect(() => run('heartbeat', 'building', '--session', 'nobody')).toThrow()
    expect(madeTimes(file)).toBe(2)
    expect(fs.statSync(file).size).toBeGreaterThan(second * 0.98)
  })

  test('has V8 compile no more to machine code after a large room than before', () => {
    const heartbeat = () => runWith(['--trace-baseline-batch-compilation'], 'heartbeat', 'building')
    const compiled = () => heartbeat().split('Enqueued SFI').length
    const small = cwd
    heartbeat()
    const file = cacheOf('heartbeat')
    fs.utimesSync(file, new Date(), new Date())
    const before = compiled()
    const large = emptyDirectory()
    fs.cpSync(small, large, { recursive: true })
    cwd = fillRoom(large)
    for (let made = 1; made <= 3; made++) {
      age(file, DAY)
      heartbeat()
      expect(madeTimes(file)).toBe(made)
    }
    cwd = small
    fs.utimesSync(file, new Date(), new Date())
    expect(compiled()).toBeLessThan(before + 20)
  })

  test('is taken again after a command that let V8 only interpret, reading a large room', () => {
    fillRoom()
    run('status')
    const file = cacheOf('everyday')
    const bytes = fs.readFileSync(file)
    bytes[bytes.length - 1] = 200
    fs.writeFileSync(file, bytes)
    run('status')
    expect(madeTimes(file)).toBe(200)
  })

  test.each(['--jitless', '--no-sparkplug', '--max-opt=0'])(
    'is made and taken under %s too, which stays as it is',
    (flag) => {
      for (const made of [0, 1, 1]) {
        runWith([flag], 'heartbeat', 'building')
        const file = cacheOf('heartbeat')
        expect(madeTimes(file)).toBe(made)
        age(file, made === 0 ? DAY : 0)
      }
    },
  )

  test('is left alone until then: after an hour at most', () => {
    run('heartbeat', 'building')
    const file = cacheOf('heartbeat')
    const bytes = fs.readFileSync(file)
    bytes[bytes.length - 1] = 200
    for (const [seconds, made] of [
      [3000, 200],
      [4000, 201],
    ] as const) {
      fs.writeFileSync(file, bytes)
      age(file, seconds)
      run('heartbeat', 'building')
      expect(madeTimes(file), `${seconds} s`).toBe(made)
    }
  })

  test.each<[what: string, damage: (file: string) => void]>([
    ['junk', (file) => fs.writeFileSync(file, 'junk')],
    ['cut', (file) => fs.truncateSync(file, 5000)],
    ['empty', (file) => fs.truncateSync(file, 0)],
    ['open to others', (file) => fs.chmodSync(file, 0o666)],
    ['a link', linkAside],
  ])('is not believed and replaced when it is %s', (_, damage) => {
    run('heartbeat', 'building')
    const file = cacheOf('heartbeat')
    const whole = fs.statSync(file).size
    damage(file)
    expect(run('heartbeat', 'testing')).toMatch(/^one: testing/)
    const stat = fs.lstatSync(file)
    expect([stat.isFile(), stat.mode & 0o777, stat.size > whole / 2]).toEqual([true, 0o600, true])
  })
})
