/** What the tests of the store share: system calls that fail, git, a listing of everything that lies in a directory. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { onTestFinished, vi } from 'vitest'
import type { CoordError, ErrorCode } from '../../src/protocol/errors.ts'

/** An error as a system call throws it. */
function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: made by a test`), { code, syscall: 'test' })
}

type Call =
  | 'readdirSync'
  | 'linkSync'
  | 'openSync'
  | 'writeFileSync'
  | 'writeSync'
  | 'renameSync'
  | 'unlinkSync'
  | 'mkdirSync'
  | 'symlinkSync'

/** Let a system call fail with a code where `when` says so; the rest goes to the system. Ends with the test. */
export function failing(call: Call, code: string, when: (...args: unknown[]) => boolean = () => true) {
  const real = fs[call].bind(fs) as (...args: unknown[]) => unknown
  const spy = vi.spyOn(fs, call).mockImplementation(((...args: unknown[]) => {
    if (when(...args)) throw systemError(code)
    return real(...args)
  }) as never)
  onTestFinished(() => void spy.mockRestore())
  return spy
}

/** The error code that a call is refused with; fails when it is not refused. */
export function codeOf(run: () => unknown): ErrorCode {
  return errorOf(run).code
}

/** The error that a call is refused with. */
export function errorOf(run: () => unknown): CoordError {
  try {
    run()
  } catch (error) {
    return error as CoordError
  }
  throw new Error('it was not refused')
}

/** Run git with an identity of its own and without the user's configuration; its output. */
export function git(cwd: string, ...args: string[]): string {
  const own = ['-c', 'user.name=Test', '-c', 'user.email=test@localhost', '-c', 'init.defaultBranch=main']
  const allow = ['-c', 'protocol.file.allow=always', '-c', 'commit.gpgSign=false']
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' }
  return execFileSync('git', [...own, ...allow, ...args], { cwd, env, encoding: 'utf8', stdio: 'pipe' })
}

/** A repository with one commit in a directory. */
export function repository(dir: string): string {
  fs.mkdirSync(dir, { recursive: true })
  git(dir, 'init', '--quiet')
  fs.writeFileSync(path.join(dir, 'a.txt'), 'a\n')
  git(dir, 'add', 'a.txt')
  git(dir, 'commit', '--quiet', '-m', 'first')
  return dir
}

/** Everything below a directory, each with kind, size and the time of its last change. */
export function listing(root: string): string[] {
  const lines: string[] = []
  const walk = (dir: string) => {
    for (const name of fs.readdirSync(dir).sort()) {
      const file = path.join(dir, name)
      const stat = fs.lstatSync(file)
      const kind = stat.isDirectory() ? 'd' : stat.isFile() ? 'f' : 'o'
      lines.push(`${path.relative(root, file)} ${kind} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`)
      if (stat.isDirectory()) walk(file)
    }
  }
  walk(root)
  return lines
}

/** A FIFO, which blocks whoever opens it without care. */
export function fifo(file: string): void {
  execFileSync('mkfifo', [file])
}

/** Whether flags open a file for writing. */
export function isWrite(flags: unknown): boolean {
  return flags === 'wx' || (typeof flags === 'number' && (flags & 3) !== 0)
}

const CALLS = ['renameSync', 'linkSync', 'unlinkSync', 'openSync'] as const

/** The calls that look at it. */
export const LOOKS = ['lstatSync', 'statSync', 'readdirSync', 'openSync'] as const

/** Run something before the n-th of the calls that change the disk, or of others; whether there were as many. */
export function beforeCall(
  n: number,
  run: () => void,
  calls: readonly (typeof CALLS | typeof LOOKS)[number][] = CALLS,
): () => boolean {
  let count = 0
  let running = false
  const spies = calls.map((call) => {
    const real = fs[call].bind(fs) as (...args: unknown[]) => unknown
    return vi.spyOn(fs, call).mockImplementation(((...args: unknown[]) => {
      const counts = !running && !/\/(locks|proc)\//.test(String(args[0]))
      if (counts && ++count === n) {
        running = true
        run()
        running = false
      }
      return real(...args)
    }) as never)
  })
  const restore = () => {
    for (const spy of spies) spy.mockRestore()
    return count >= n
  }
  onTestFinished(() => void restore())
  return restore
}
