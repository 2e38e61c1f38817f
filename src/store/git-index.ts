/** What git makes of the room's files in the main working tree. Asks only; without git the answer is that nothing is wrong. */
import path from 'node:path'
import { execaSync } from 'execa'
import { quote } from '../protocol/needs.ts'
import type { Repository } from './git-places.ts'
import { QUIET } from './git-run.ts'
import { isRuntimePath } from './tracking.ts'

/** A working tree with its index. */
interface Tree {
  top: string
  common: string
  env: Record<string, string>
}

/** The files below a directory (from the top) that are in git's index, as paths in that directory. */
function indexedFiles(at: Tree, directory: string): string[] {
  const names = ask(at, ['ls-files', '-z', '--', directory]).split('\0')
  return names.flatMap((name) => (name.startsWith(`${directory}/`) ? [name.slice(directory.length + 1)] : []))
}

/** The rule (`file:line: pattern`) by which git would ignore a path, or null. */
export function ignoredBy(at: Tree, file: string): string | null {
  const [, where, pattern] =
    /^(.*:\d+):(.*)\t/.exec(ask(at, ['check-ignore', '-v', '--no-index', '--', file])) ?? []
  return where === undefined || pattern!.startsWith('!') ? null : `${where}: ${pattern}`
}

/** Where the room lies in the main working tree, as git writes paths; null where git can't track it. */
export function pathInTree(repository: Repository | null, root: string): string | null {
  const inside = repository?.main ? path.relative(repository.main, root) : ''
  if (inside === '' || inside.startsWith('..') || path.isAbsolute(inside)) return null
  return inside.split(path.sep).join('/')
}

/** Runtime files that somebody made git track. */
export interface Committed {
  /** Where they lie, from the top: the one directory or file, or the room. */
  path: string
  /** How many they are, and what: `14 runtime files: sessions (9), status (3), claims (1) and 2 more`. */
  what: string
  /** The command that takes them out of the index and leaves the files, from any directory. */
  command: string
}

const FEW = 3

/** The runtime files of the room in git's index; null for none. `tracked`: messages, handoffs and logs belong there. */
export function findCommitted(at: Tree, inTree: string, tracked: boolean): Committed | null {
  const files = indexedFiles(at, inTree).filter(
    (file) => isRuntimePath(file, tracked) && !file.endsWith('/.gitignore'),
  )
  if (files.length === 0) return null
  const counts = new Map<string, number>()
  for (const file of files) counts.set(topOf(file), (counts.get(topOf(file)) ?? 0) + 1)
  const tops = [...counts].sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1))
  const named = tops.slice(0, FEW).map(([top, count]) => `${top} (${count})`)
  const more = tops.length > FEW ? ` and ${tops.length - FEW} more` : ''
  return {
    path: tops.length === 1 ? `${inTree}/${tops[0]![0]}` : inTree,
    what: `${files.length} runtime file${files.length === 1 ? '' : 's'}: ${named.join(', ')}${more}`,
    command: takeOut(at, inTree, files, tracked),
  }
}

const topOf = (file: string) => file.split('/')[0]!

/** Of many kinds: all that git ignores and tracks all the same, where that is nothing else, as a list of all would fill the screen. */
function takeOut(at: Tree, inTree: string, files: string[], tracked: boolean): string {
  const git = `git -C ${quote(at.top)}`
  const tops = [...new Set(files.map(topOf))].sort()
  const ignored = ['ls-files', '-ciz', '--exclude-standard', inTree]
  const known = new Set(ask(at, ignored).split('\0'))
  if (tops.length > FEW && !tracked && files.every((file) => known.has(`${inTree}/${file}`)))
    return `${git} ${ignored.map(quote).join(' ')} | xargs -0 ${git} rm -qf --cached`
  return `${git} rm -rqf --cached ${tops.map((top) => quote(`${inTree}/${top}`)).join(' ')}`
}

function ask({ top, common, env }: Tree, args: string[]): string {
  const all = [...QUIET, `--git-dir=${common}`, `--work-tree=${top}`, '-C', top, ...args]
  const options = { env, extendEnv: false, reject: false, timeout: 60_000, maxBuffer: 256 << 20 } as const
  return execaSync('git', all, options).stdout ?? ''
}
