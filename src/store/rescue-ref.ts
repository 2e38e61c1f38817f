/**
 * The uncommitted changes of a working tree, saved as `refs/coord/rescue/<session>-<time>` in the form of a stash: the tree as it lies there, with
 * new files, on top of the last commit and of what is staged, so that `git stash apply REF` brings it back. By plumbing with a private
 * index: the user's index, branch and files are never touched; a crash leaves at most loose objects and a directory in the system's /tmp.
 */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileTime } from '../protocol/time.ts'
import { findRepository } from './git-places.ts'
import { gitOutput, runGit, splitNul } from './git-run.ts'
import { linkedWorktrees } from './worktrees.ts'

const PREFIX = 'refs/coord/rescue/'
const TIMEOUT_MS = 60_000
/** Neither a split index nor a cache of untracked files is written for an index that lives a second. */
const PLAIN = [
  '-c',
  'core.splitIndex=false',
  '-c',
  'core.untrackedCache=false',
  '-c',
  'advice.addEmbeddedRepo=false',
]

/** The changes that were saved: where, and how many files they are about. `left_out`: what could not be saved. */
export interface SavedChanges {
  ref: string
  commit: string
  worktree: string
  files: number
  left_out: string[]
}

/** The ids of sessions may hold what git allows in no name of a ref. */
const refOf = (session: string, now: number) => `${PREFIX}${session.replaceAll('..', '._')}-${fileTime(now)}`

interface Shop {
  git(args: string[], input?: string): string
  index: string
}

/**
 * Save what is not committed in the working tree at `top`; null where there is nothing. The same changes of a session are saved once. `but`
 * are directories that are left out, e.g. the room. Throws `conflict` where git refuses.
 */
export function saveChanges(
  top: string,
  session: string,
  now: number,
  env: Record<string, string>,
  but: string[],
): SavedChanges | null {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'coord-rescue-'))
  const index = path.join(scratch, 'index')
  const call = { cwd: top, env: { ...IDENTITY, ...env, GIT_INDEX_FILE: index }, timeout_ms: TIMEOUT_MS }
  const git: Shop['git'] = (args, input = '') =>
    gitOutput([...PLAIN, ...args], { ...call, input })
      .toString('utf8')
      .trim()
  try {
    copyIndex(top, index)
    const head = firstLine(runGit(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], call))
    const base = head ?? git(['commit-tree', git(['mktree']), '-m', 'nothing'])
    const staged = firstLine(runGit(['write-tree'], call)) ?? git(['rev-parse', `${base}^{tree}`])
    const trouble = addEverything(top, but, call)
    const left_out = [...trouble, ...dropNested({ git, index }, base, call)]
    const tree = git(['write-tree'])
    const same = git(['rev-parse', `${base}^{tree}`])
    if (tree === same && staged === same) return null
    const files = splitNul(gitOutput(['diff-tree', '-r', '-z', '--name-only', base, tree], call)).length
    const told = { worktree: top, files, left_out }
    const known = savedBefore(session, tree, head, call)
    if (known) return { ...known, ...told }
    const under = git(['commit-tree', staged, '-p', base, '-m', `index of ${session}`])
    const commit = git([
      'commit-tree',
      tree,
      '-p',
      base,
      '-p',
      under,
      '-m',
      `Uncommitted changes of ${session}`,
    ])
    const ref = refOf(session, now)
    git(['update-ref', '-m', 'coord rescue', ref, commit, '0'.repeat(commit.length)])
    return { ref, commit, ...told }
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true })
  }
}

type Call = Parameters<typeof runGit>[1]

/** A copy knows the times of files, so that only changed ones are read, and what a sparse checkout leaves out. */
function copyIndex(top: string, index: string): void {
  const from = path.join(findRepository(top)?.git ?? top, 'index')
  if (fs.existsSync(from)) fs.copyFileSync(from, index)
}

function firstLine(answer: ReturnType<typeof runGit>): string | null {
  return 'code' in answer && answer.code === 0 ? answer.out.toString('utf8').trim() || null : null
}

/** Add all but what git ignores; a file that can't be read is named and left out. */
function addEverything(top: string, but: string[], call: Call): string[] {
  const repository = findRepository(top)
  const others = [...but, ...(repository ? linkedWorktrees(repository) : [])]
  const inside = others.filter((dir) => dir.startsWith(`${top}/`)).map((dir) => path.relative(top, dir))
  const pathspecs = ['.', ...inside.map((dir) => `:(exclude,literal)${dir}`)]
  const answer = runGit([...PLAIN, 'add', '--all', '--ignore-errors', '--', ...pathspecs], call)
  if ('trouble' in answer) return [answer.trouble]
  if (answer.code === 0) return []
  return answer.err
    .split('\n')
    .filter((line) => /^(error|fatal):/.test(line))
    .slice(0, 5)
}

/** A repository inside the working tree would be saved as a bare name: it is left out, and named. */
function dropNested({ git }: Shop, base: string, call: Call): string[] {
  const fields = splitNul(gitOutput(['diff-index', '--cached', '--raw', '-z', '--no-renames', base], call))
  const nested = fields.flatMap((field, at) => (field.startsWith(':000000 160000') ? [fields[at + 1]!] : []))
  if (nested.length > 0) git(['update-index', '-z', '--force-remove', '--stdin'], `${nested.join('\0')}\0`)
  return nested.map((name) => `${name} is a repository of its own`)
}

/** A ref that has these very changes of the session already: an act that was cut off is repeated. */
function savedBefore(session: string, tree: string, head: string | null, call: Call) {
  const found = listSavedChanges(session, call).find(
    (each) => each.tree === tree && (head === null || each.parent === head),
  )
  return found ? { ref: found.ref, commit: found.commit } : null
}

/** What was saved of a session, oldest first; none where git can't be asked. */
export function listSavedChanges(
  session: string,
  call: { cwd: string; env: Record<string, string | undefined> },
) {
  const form = '--format=%(refname) %(objectname) %(tree) %(parent)'
  const stem = refOf(session, 0).slice(0, -fileTime(0).length)
  const answer = runGit(['for-each-ref', '--sort=refname', form, PREFIX], { ...call, timeout_ms: TIMEOUT_MS })
  const lines = 'code' in answer && answer.code === 0 ? answer.out.toString('utf8').trim().split('\n') : []
  return lines
    .map((line) => line.split(' '))
    .filter(([ref = '']) => ref.startsWith(stem) && ref.length === stem.length + fileTime(0).length)
    .map(([ref, commit, tree, parent]) => ({
      ref: ref!,
      commit: commit!,
      tree: tree!,
      parent: parent ?? null,
    }))
}

/** It is coord's commit, nobody's work is signed by it; what the environment says goes first. */
const IDENTITY = {
  GIT_AUTHOR_NAME: 'coord',
  GIT_AUTHOR_EMAIL: 'coord@localhost',
  GIT_COMMITTER_NAME: 'coord',
  GIT_COMMITTER_EMAIL: 'coord@localhost',
}
