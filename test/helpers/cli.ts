/** The built command line in real processes, with a cleared environment. */
import path from 'node:path'
import { execa } from 'execa'

const BIN = path.join(import.meta.dirname, '../../bin/coord.cjs')

export interface Answer {
  code: number
  out: string
  err: string
  /** The parsed answer of a command with `--json`. */
  json: Record<string, any>
}

export interface Call {
  cwd: string
  session?: string
  env?: Record<string, string>
  input?: string
}

/** The environment of a test process: nothing of the surroundings but PATH and HOME. */
export function cleanEnvironment(extra: Record<string, string | undefined> = {}): Record<string, string> {
  const base = { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8', ...extra }
  return Object.fromEntries(
    Object.entries(base).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

/** Run `coord` with arguments; never throws. */
export async function coord(call: Call, ...args: string[]): Promise<Answer> {
  const env = cleanEnvironment({ COORD_SESSION: call.session, ...call.env })
  const result = await execa(process.execPath, [BIN, ...args], {
    cwd: call.cwd,
    env,
    extendEnv: false,
    reject: false,
    input: call.input ?? '',
  })
  const json =
    args.includes('--json') && result.stdout.startsWith('{')
      ? (JSON.parse(result.stdout) as Record<string, any>)
      : {}
  return { code: result.exitCode ?? -1, out: result.stdout, err: result.stderr, json }
}

/** Run `coord` through a shell line, `coord` being the built one. */
export async function shell(call: Call, line: string): Promise<Answer> {
  const env = cleanEnvironment({ COORD_SESSION: call.session, ...call.env })
  const script = `coord() { "${process.execPath}" "${BIN}" "$@"; }\n${line}`
  const result = await execa('bash', ['-c', script], {
    cwd: call.cwd,
    env,
    extendEnv: false,
    reject: false,
    input: call.input ?? '',
  })
  return { code: result.exitCode ?? -1, out: result.stdout, err: result.stderr, json: {} }
}
