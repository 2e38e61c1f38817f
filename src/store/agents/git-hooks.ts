/** Where git looks for hooks, and who else manages them. Asks git alone; writes nothing. Source: githooks(5), git-config(1) core.hooksPath. */
import fs from 'node:fs'
import path from 'node:path'
import { execaSync } from 'execa'
import { lookAt } from '../disk.ts'
import type { Repository } from '../git-places.ts'

export interface HooksDirectory {
  dir: string
  /** `git`: the repository's own. `shared`: in the working tree, for all who clone. `outside`: of several repositories. */
  kind: 'git' | 'shared' | 'outside'
  /** Husky's generated directory stands in for the one where people write. */
  husky: boolean
  /** The value of core.hooksPath, with its scope; null where it is not set. */
  configured: { scope: string; value: string } | null
}

/** The directory whose hooks git runs in a working tree. */
export function hooksDirectory(repository: Repository, env: Record<string, string>): HooksDirectory {
  const own = path.join(repository.common, 'hooks')
  const configured = hooksPath(repository.top, env)
  if (!configured) return { dir: own, kind: 'git', husky: false, configured }
  const dir = path.resolve(repository.top, configured.value)
  const husky = path.basename(dir) === '_' && path.basename(path.dirname(dir)) === '.husky'
  const at = husky ? path.dirname(dir) : dir
  const kind = isInside(at, repository.common) ? 'git' : isInside(at, repository.top) ? 'shared' : 'outside'
  return { dir: at, kind, husky, configured }
}

/** Whether a path lies below a directory, by their names alone. */
export function isInside(dir: string, top: string): boolean {
  const way = path.relative(top, dir)
  return way !== '' && !way.startsWith('..') && !path.isAbsolute(way)
}

function hooksPath(top: string, env: Record<string, string>): HooksDirectory['configured'] {
  const args = ['-C', top, 'config', '--show-scope', '--type=path', '--get', 'core.hooksPath']
  const options = { env, extendEnv: false, reject: false, timeout: 10_000 } as const
  const [, scope, value] = /^(\w+)\t(.+)$/s.exec(execaSync('git', args, options).stdout ?? '') ?? []
  return scope && value ? { scope, value } : null
}

/** What lies in the place of a hook. */
export type HookFile =
  | { kind: 'none' }
  | { kind: 'shell' | 'lefthook'; text: string; mode: number }
  /** A program, a link, or one that git does not run: not to be written into. */
  | { kind: 'other' }

const SHELL = /^#!.*\b(ba|da|z|k|a)?sh\b/
const MOST = 1 << 20

/** Look at a hook. A file without `#!` is a shell script only where it is said so (`bare`: husky). */
export function readHook(file: string, bare: boolean): HookFile {
  const stat = lookAt(file)
  if (!stat) return { kind: 'none' }
  if (!stat.isFile() || stat.size > MOST) return { kind: 'other' }
  const text = textOf(file)
  if (text === null) return { kind: 'other' }
  if (/\bcall_lefthook\b/.test(text)) return { kind: 'lefthook', text, mode: stat.mode & 0o7777 }
  const runs = bare || (stat.mode & 0o111) !== 0
  const isShell = SHELL.test(text) || (bare && !text.startsWith('#!'))
  return runs && isShell ? { kind: 'shell', text, mode: stat.mode & 0o7777 } : { kind: 'other' }
}

/** The text of a file; null for bytes that are none, or that this user may not read. */
function textOf(file: string): string | null {
  try {
    const bytes = fs.readFileSync(file)
    const text = bytes.toString('utf8')
    return Buffer.from(text).equals(bytes) ? text : null
  } catch {
    return null
  }
}
