/**
 * Git by plumbing, for `coord commit`: a private index, an expected old value, no hook, no prompt, no working tree. The user's
 * branch, index and files are never touched; a crash leaves at most loose objects and a directory in the system's /tmp.
 */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { execaSync } from 'execa'
import { CoordError } from '../protocol/errors.ts'
import { QUIET } from './git-run.ts'

const TIMEOUT_MS = 60_000

/** A repository for plumbing: its shared git directory and the environment that git may see. */
export interface GitPlace {
  common: string
  env: Record<string, string>
}

interface Call {
  input?: string
  env?: Record<string, string>
  /** Exit codes that are an answer, not a failure. */
  may?: number[]
}

/** Run git; its trimmed output. Throws `conflict` with git's last line when it refuses. */
function git(at: GitPlace, args: string[], call: Call = {}): string {
  const result = execaSync('git', [...QUIET, `--git-dir=${at.common}`, ...args], {
    input: call.input ?? '',
    env: { ...at.env, GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', ...call.env },
    extendEnv: false,
    reject: false,
    timeout: TIMEOUT_MS,
    maxBuffer: 256 << 20,
  })
  if (result.exitCode === 0 || call.may?.includes(result.exitCode ?? -1)) return result.stdout.trim()
  const said = String(result.stderr || result.shortMessage || '')
    .trim()
    .split('\n')
    .at(-1)
  throw new CoordError('conflict', `git ${args[0]} refused: ${said}`, 'Run git status, then repeat.')
}

/** The worktree in which a branch is checked out, or null. */
export function branchCheckedOut(at: GitPlace, branch: string): string | null {
  const blocks = git(at, ['worktree', 'list', '--porcelain']).split('\n\n')
  const block = blocks.find((text) => text.split('\n').includes(`branch refs/heads/${branch}`))
  return block ? (/^worktree (.*)$/m.exec(block)?.[1] ?? 'a worktree') : null
}

/** Whether there is a branch of a name; false too where git can't be asked. */
export function branchExists(at: GitPlace, branch: string): boolean {
  try {
    return git(at, ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`], { may: [1] }) !== ''
  } catch {
    return false
  }
}

/** A file of the commit: its path there, and its text or the file on disk that holds it. */
export type Entry = { path: string; text: string } | { path: string; source: string }

/** Commit entries as the whole tree of a branch. `changed` is false when the branch has that tree already. */
export function commitFiles(
  at: GitPlace,
  branch: string,
  entries: Entry[],
  message: string,
): { commit: string; changed: boolean } {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'coord-commit-'))
  const ref = `refs/heads/${branch}`
  try {
    const tree = writeTree(at, scratch, entries)
    const parent = git(at, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], { may: [1] })
    if (parent !== '' && git(at, ['rev-parse', `${parent}^{tree}`]) === tree)
      return { commit: parent, changed: false }
    if (parent !== '') refuseStranger(at, branch, parent)
    const parents = parent === '' ? [] : ['-p', parent]
    const commit = git(at, ['commit-tree', tree, ...parents], {
      input: `${message}\n\n${TRAILER}\n`,
      env: identity(at),
    })
    git(at, [
      'update-ref',
      '-m',
      'coord commit',
      ref,
      commit,
      parent === '' ? '0'.repeat(commit.length) : parent,
    ])
    return { commit, changed: true }
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true })
  }
}

/** What marks a commit as coord's own. */
export const TRAILER = 'Coord-Room: 1'

/** A branch that somebody else made is never written to, whatever its name. */
function refuseStranger(at: GitPlace, branch: string, tip: string): void {
  if (git(at, ['cat-file', 'commit', tip]).split('\n').includes(TRAILER)) return
  throw new CoordError(
    'conflict',
    `branch ${branch} exists and is not coord's own`,
    'Set git.branch in config.json to another name.',
  )
}

function writeTree(at: GitPlace, scratch: string, entries: Entry[]): string {
  const sources = entries.map((entry, index) => {
    if ('source' in entry) return entry.source
    const file = path.join(scratch, String(index))
    fs.writeFileSync(file, entry.text)
    return file
  })
  const blobs = git(at, ['hash-object', '-w', '--no-filters', '--stdin-paths'], {
    input: `${sources.join('\n')}\n`,
  }).split('\n')
  const lines = entries.map(({ path }, index) => `100644 ${blobs[index]}\t${path}\0`)
  const env = { GIT_INDEX_FILE: path.join(scratch, 'index') }
  git(at, ['update-index', '-z', '--add', '--index-info'], { env, input: lines.join('') })
  return git(at, ['write-tree'], { env })
}

const IDENTITY = {
  GIT_AUTHOR_NAME: 'coord',
  GIT_AUTHOR_EMAIL: 'coord@localhost',
  GIT_COMMITTER_NAME: 'coord',
  GIT_COMMITTER_EMAIL: 'coord@localhost',
}

/** The user's identity, or coord's own where git knows none. */
function identity(at: GitPlace): Record<string, string> {
  return git(at, ['config', 'user.email'], { may: [1] }) || at.env.GIT_AUTHOR_EMAIL ? {} : IDENTITY
}
