/** Where git keeps a repository, read from its files without starting git. Source: gitrepository-layout(5), git-worktree(1). */
import fs from 'node:fs'
import path from 'node:path'

export interface Repository {
  /** The top of the working tree that contains the directory; the git directory itself inside a bare repository. */
  top: string
  /** The git directory that all worktrees share. */
  common: string
  /** The git directory of this worktree. */
  git: string
  /** The top of the main working tree; null where the repository is bare. */
  main: string | null
  linked: boolean
}

/** The repository that contains a directory, or null. */
export function findRepository(from: string): Repository | null {
  for (let dir = from; ; dir = path.dirname(dir)) {
    const dotGit = `${withSeparator(dir)}.git`
    const stat = fs.statSync(dotGit, { throwIfNoEntry: false })
    if (stat?.isDirectory())
      return { top: dir, common: dotGit, git: dotGit, main: isBare(dotGit) ? null : dir, linked: false }
    if (stat?.isFile()) return fromGitFile(dir, dotGit)
    if (isGitDirectory(dir)) return { top: dir, common: dir, git: dir, main: null, linked: false }
    if (path.dirname(dir) === dir) return null
  }
}

/** A directory as the beginning of a path below it; `path.join` would also normalize it, 15 µs a call in a fresh process. */
export const withSeparator = (dir: string) => (dir.endsWith(path.sep) ? dir : dir + path.sep)

const isGitDirectory = (dir: string) =>
  fs.existsSync(`${dir}/HEAD`) && fs.existsSync(`${dir}/objects`) && fs.existsSync(`${dir}/refs`)

/** `.git` as a file: a linked worktree where `commondir` says so, else a submodule or a separate git directory. */
function fromGitFile(top: string, dotGit: string): Repository | null {
  const match = /^gitdir:\s*(.+?)\s*$/m.exec(fs.readFileSync(dotGit, 'utf8'))
  if (!match) return null
  const git = path.resolve(top, match[1]!)
  const pointer = readTrimmed(path.join(git, 'commondir'))
  if (pointer === null) return { top, common: git, git, main: top, linked: false }
  const common = path.resolve(git, pointer)
  return { top, common, git, main: mainWorktree(common), linked: true }
}

function mainWorktree(common: string): string | null {
  if (isBare(common)) return null
  const configured = /^\s*worktree\s*=\s*(.+?)\s*$/im.exec(configOf(common))
  if (configured) return path.resolve(common, configured[1]!.replace(/^"(.*)"$/, '$1'))
  return path.basename(common) === '.git' ? path.dirname(common) : null
}

const configOf = (common: string) => readTrimmed(path.join(common, 'config')) ?? ''
const isBare = (common: string) => /^\s*bare\s*=\s*true\s*$/im.test(configOf(common))

function readTrimmed(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8').trim()
  } catch {
    return null
  }
}

/** The branch checked out in a worktree (`main`), or null when detached or unknown. */
export function currentBranch(git: string): string | null {
  const head = readTrimmed(path.join(git, 'HEAD'))
  return head?.startsWith('ref: refs/heads/') ? head.slice('ref: refs/heads/'.length) : null
}
