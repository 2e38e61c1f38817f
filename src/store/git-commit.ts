/** The commit that git is about to make, as its hooks see it: what is staged, what kind of commit it is, its message. Sources: githooks(5), gitrepository-layout(5). */
import fs from 'node:fs'
import path from 'node:path'
import { readText } from './disk.ts'
import { type GitCall, gitOutput, splitNul } from './git-run.ts'

/** `merge` brings in what others committed, `rebase` (and `git am`) writes anew what was committed before; `heads`: what is merged. */
export interface CommitKind {
  kind: 'commit' | 'merge' | 'rebase'
  heads: string[]
}

const HEADS = 1 << 16

/** The kind of the commit that is being made in a worktree's git directory; `source` is what git says of its message. */
export function commitKind(git: string, source = ''): CommitKind {
  const isThere = (name: string) => fs.existsSync(`${git}/${name}`)
  if (isThere('rebase-merge') || isThere('rebase-apply')) return { kind: 'rebase', heads: [] }
  const reading = readText(`${git}/MERGE_HEAD`, HEADS)
  // A conflict of cherry-pick or revert is concluded with the source `merge` as well.
  const merges = source === 'merge' && !isThere('CHERRY_PICK_HEAD') && !isThere('REVERT_HEAD')
  if (!('text' in reading)) return { kind: merges ? 'merge' : 'commit', heads: [] }
  return { kind: 'merge', heads: reading.text.split('\n').filter((line) => /^[0-9a-f]{40,64}$/.test(line)) }
}

/** What a user's configuration must not change in the lists. */
const PLAIN = [
  ...['--name-only', '-z', '--no-renames', '--no-ext-diff', '--no-textconv'],
  '--ignore-submodules=none',
]

/**
 * The staged paths from the top of the worktree, a rename as both its paths, what is deleted too. Of a merge only those that are as in none
 * of its parents: what was decided by hand. Throws `conflict` where git does not tell.
 */
export function stagedPaths(call: GitCall, { heads }: CommitKind): string[] {
  const differing = (from: string[]) =>
    splitNul(gitOutput(['-c', 'diff.relative=false', 'diff', '--cached', ...PLAIN, ...from, '--'], call))
  return heads.reduce((paths, head) => {
    if (paths.length === 0) return paths
    const others = new Set(differing([head]))
    return paths.filter((name) => others.has(name))
  }, differing([]))
}

const MESSAGE = 1 << 20

/** The message in a file, or null where it is no text that could be written back as it was. */
export function readMessage(file: string): string | null {
  const reading = readText(file, MESSAGE)
  return 'text' in reading && !reading.text.includes('\ufffd') ? reading.text : null
}

/** Write a message as a whole, in the place of the one that is there. */
export function writeMessage(file: string, text: string): void {
  const temporary = path.join(path.dirname(file), `.tmp-coord-${process.pid}`)
  fs.writeFileSync(temporary, text)
  fs.renameSync(temporary, file)
}

/** Whether anything but comments is in a message, as git cleans it. */
export function hasText(text: string, call: GitCall): boolean {
  return gitOutput(['stripspace', '--strip-comments'], { ...call, input: text }).length > 0
}

/** Put trailers into the message in a file, as git-interpret-trailers(1) does: those that are there are not repeated. */
export function addTrailers(file: string, trailers: string[], call: GitCall): void {
  const how = ['--in-place', '--no-divider', '--where=end', '--if-exists=addIfDifferent', '--if-missing=add']
  const given = trailers.flatMap((trailer) => ['--trailer', trailer])
  gitOutput(
    ['-c', 'trailer.separators=:', 'interpret-trailers', ...how, ...given, path.resolve(call.cwd, file)],
    call,
  )
}
