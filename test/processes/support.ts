/** Real repositories, long-lived shells and agents that run each command in a throw-away shell. */
import {
  type ChildProcess,
  type ChildProcessWithoutNullStreams,
  execFileSync,
  spawn,
} from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import readline from 'node:readline'
import { onTestFinished } from 'vitest'
import { type Answer, cleanEnvironment } from '../helpers/cli.ts'
import { fileDirectory, temporaryDirectory } from '../helpers/directories.ts'
import { inside } from '../helpers/inside.ts'
import { type Layout, readLayout, writeLayout } from '../helpers/layouts.ts'

export const BIN = path.join(import.meta.dirname, '../../bin/coord.cjs')

/** Git that sees no configuration but its own. */
export function git(cwd: string, ...args: string[]): string {
  const env = { ...cleanEnvironment(), ...ALONE, ...ME }
  return execFileSync('git', args, {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trimEnd()
}

/** Nothing that others have configured; and no process after each commit to see whether there is something to tidy. */
const ALONE = {
  ...{ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
  ...{ GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'maintenance.auto', GIT_CONFIG_VALUE_0: 'false' },
}
const ME = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
}

let first: Layout | undefined

/** A repository with one commit on `main`: made by git once, then copied. */
export function repository(): string {
  first ??= readLayout(firstRepository(), null)
  const dir = path.join(temporaryDirectory(), 'project')
  writeLayout(first, dir)
  return dir
}

function firstRepository(): string {
  const dir = fileDirectory()
  git(dir, 'init', '-q', '-b', 'main')
  fs.writeFileSync(path.join(dir, 'a.txt'), 'one\n')
  git(dir, 'add', 'a.txt')
  git(dir, 'commit', '-q', '-m', 'First')
  return dir
}

/** How often something is killed at any moment; as often as that in `npm run torture` alone. */
export const rounds = (often: number, few: number) => (process.env.COORD_TORTURE === 'long' ? often : few)

export const roomOf = (dir: string) => path.join(dir, 'COORDINATION')
export const readJson = (file: string) => JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, any>
export const sessionFile = (dir: string, id: string) => path.join(roomOf(dir), 'sessions', `${id}.json`)
export const loadSession = (dir: string, id: string) => readJson(sessionFile(dir, id))

/** Change a JSON file as an editor would. */
export function editJson(file: string, change: Record<string, unknown>): void {
  fs.writeFileSync(file, `${JSON.stringify({ ...readJson(file), ...change }, null, 2)}\n`)
}

/** Register sessions under ids of their own, within this process. */
export async function register(dir: string, ...ids: string[]): Promise<void> {
  for (const id of ids) {
    const { code, err } = inside({ cwd: dir, env: { AI_AGENT: 'none' } }, 'start', '--id', id)
    if (code !== 0) throw new Error(err)
  }
}

/** All at the same time. */
export const atOnce = (count: number, run: (index: number) => Promise<Answer>) =>
  Promise.all(Array.from({ length: count }, (_, index) => run(index)))

/** Every file below a directory, as paths in it. */
export function filesBelow(dir: string): string[] {
  const entries = fs.readdirSync(dir, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(dir, path.join(entry.parentPath, entry.name)))
}

/** A long-lived process that answers one line of JSON per line of shell. */
class Terminal {
  readonly child: ChildProcessWithoutNullStreams
  private readonly lines: AsyncIterator<string>

  constructor(command: string, args: string[], cwd: string, env: Record<string, string>) {
    this.child = spawn(command, args, { cwd, env: cleanEnvironment(env), stdio: 'pipe' })
    this.child.stderr.resume()
    this.lines = readline.createInterface({ input: this.child.stdout })[Symbol.asyncIterator]()
    onTestFinished(() => this.end())
  }

  async answer(text: string): Promise<Answer> {
    this.child.stdin.write(text)
    const { value, done } = await this.lines.next()
    if (done) throw new Error('the shell ended')
    const { code, out, err } = JSON.parse(value as string) as Answer
    return { code, out, err, json: out.startsWith('{') ? (JSON.parse(out) as Record<string, any>) : {} }
  }

  get pid(): number {
    return this.child.pid!
  }

  /** End it; resolves when it is reaped. */
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const gone = new Promise((resolve) => this.child.once('close', resolve))
    this.child.kill(signal)
    await gone
  }
}

const ANSWER = `jq -cn --arg out "$OUT" --rawfile err "$ERR" --argjson code "$CODE" '$ARGS.named'`

/** A person's shell: bash that is fed through its standard input. */
export class Shell extends Terminal {
  private readonly errors: string

  constructor(cwd: string, env: Record<string, string> = {}) {
    super('bash', ['--norc', '--noprofile'], cwd, env)
    this.errors = path.join(temporaryDirectory(), 'err')
    this.child.stdin.write(`coord() { '${process.execPath}' '${BIN}' "$@"; }\nERR='${this.errors}'\n`)
  }

  /** Run a line in a subshell of this shell. */
  run(line: string): Promise<Answer> {
    return this.answer(`OUT=$({ ${line}\n} 2>"$ERR" </dev/null); CODE=$?; ${ANSWER}\n`)
  }

  /** Run coord as a child of the shell itself, as when typed. */
  coord(...args: string[]): Promise<Answer> {
    const words = args.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
    const file = `${this.errors}.out`
    return this.answer(
      `coord ${words} >'${file}' 2>"$ERR" </dev/null; CODE=$?; OUT=$(<'${file}'); ${ANSWER}\n`,
    )
  }
}

const AGENT = `
if (process.env.TITLE) process.title = process.env.TITLE
const { spawnSync } = require('node:child_process')
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { script, env } = JSON.parse(line)
  const options = { encoding: 'utf8', env: { ...process.env, ...env } }
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], options)
  console.log(JSON.stringify({ code: status, out: stdout.trimEnd(), err: stderr }))
})`

/** An agent: a process that runs each command in a fresh shell. */
export class Agent extends Terminal {
  readonly environment: Record<string, string>

  constructor(cwd: string, env: Record<string, string> = {}) {
    const environment = { CLAUDECODE: '1', ...env }
    super(process.execPath, ['-e', AGENT], cwd, environment)
    this.environment = cleanEnvironment(environment)
  }

  run(script: string, env: Record<string, string> = {}): Promise<Answer> {
    const full = `coord() { '${process.execPath}' '${BIN}' "$@"; }\n${script}\nexit $?`
    return this.answer(`${JSON.stringify({ script: full, env })}\n`)
  }

  coord(...args: string[]): Promise<Answer> {
    return this.run(`coord ${args.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')}`)
  }
}

/** A command that is to be killed, and its end. */
export function launch(
  cwd: string,
  session: string,
  ...args: string[]
): { child: ChildProcess; ended: Promise<number | null> } {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: cleanEnvironment({ COORD_SESSION: session }),
    stdio: 'ignore',
  })
  return { child, ended: new Promise((resolve) => child.once('close', (code) => resolve(code))) }
}
