/** The built command line in real processes, with a cleared environment. */
import { spawn } from 'node:child_process'
import path from 'node:path'

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
  const answer = await ended(process.execPath, [BIN, ...args], call)
  const isObject = args.includes('--json') && answer.out.startsWith('{')
  return { ...answer, json: isObject ? (JSON.parse(answer.out) as Record<string, any>) : {} }
}

/** Run `coord` through a shell line, `coord` being the built one. */
export async function shell(call: Call, line: string): Promise<Answer> {
  const script = `coord() { "${process.execPath}" "${BIN}" "$@"; }\n${line}`
  return { ...(await ended('bash', ['-c', script], call)), json: {} }
}

/** What a process comes to; -1 for one that a signal ended, or that could not be started. By itself, since execa takes as long as a tenth of coord. */
function ended(file: string, args: string[], call: Call): Promise<Omit<Answer, 'json'>> {
  const env = cleanEnvironment({ COORD_SESSION: call.session, ...call.env })
  const child = spawn(file, args, { cwd: call.cwd, env, stdio: 'pipe' })
  const said = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text
  })
  // Who reads nothing may be gone before all is written.
  child.stdin.on('error', () => {})
  child.stdin.end(call.input ?? '')
  return new Promise((resolve) => {
    child.once('error', () => resolve({ code: -1, out: '', err: '' }))
    child.once('close', (code) =>
      resolve({ code: code ?? -1, out: said.out.replace(/\r?\n$/, ''), err: said.err.replace(/\r?\n$/, '') }),
    )
  })
}
