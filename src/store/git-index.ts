/** What git makes of the room's files in the main working tree. Asks only; without git the answer is that nothing is wrong. */
import { execaSync } from 'execa'
import { QUIET } from './git.ts'

/** A working tree with its index. */
interface Tree {
  top: string
  common: string
  env: Record<string, string>
}

/** The files below a directory (from the top) that are in git's index, as paths in that directory. */
export function indexedFiles(at: Tree, directory: string): string[] {
  const names = ask(at, ['ls-files', '-z', '--', directory]).split('\0')
  return names.flatMap((name) => (name.startsWith(`${directory}/`) ? [name.slice(directory.length + 1)] : []))
}

/** The rule (`file:line: pattern`) by which git would ignore a path, or null. */
export function ignoredBy(at: Tree, file: string): string | null {
  const [, where, pattern] =
    /^(.*:\d+):(.*)\t/.exec(ask(at, ['check-ignore', '-v', '--no-index', '--', file])) ?? []
  return where === undefined || pattern!.startsWith('!') ? null : `${where}: ${pattern}`
}

function ask({ top, common, env }: Tree, args: string[]): string {
  const all = [...QUIET, `--git-dir=${common}`, `--work-tree=${top}`, '-C', top, ...args]
  const options = { env, extendEnv: false, reject: false, timeout: 60_000, maxBuffer: 256 << 20 } as const
  return execaSync('git', all, options).stdout ?? ''
}
