/** The commits of a range as `coord verify` reads them. Asks git alone; writes nothing. Sources: git-log(1), git-diff-tree(1). */
import fs from 'node:fs'
import { CoordError, invalid } from '../protocol/errors.ts'
import { quote } from '../protocol/needs.ts'
import { CLAIM_TRAILER, readClaimValue, SESSION_TRAILER } from '../protocol/trailers.ts'
import type { Committed } from '../protocol/verify.ts'
import { type GitCall, runGit, splitNul } from './git-run.ts'

const TIMEOUT_MS = 60_000

/** A call of git in a working tree for a command of its own, not for a hook. */
export const gitCall = (cwd: string, env: Record<string, string>): GitCall => ({
  cwd,
  env,
  timeout_ms: TIMEOUT_MS,
})

/** Git's answer, or null where it refuses. Throws `conflict` where it can't be asked. */
function ask(args: string[], call: GitCall): Buffer | null {
  const answer = runGit(args, call)
  if ('trouble' in answer) throw new CoordError('conflict', answer.trouble, 'Run git status, then repeat.')
  // In containers of CI another user often owns the clone: git then knows nothing at all.
  if (/dubious ownership/.test(answer.err))
    throw new CoordError(
      'conflict',
      answer.err.split('\n')[0]!,
      `git config --global --add safe.directory ${quote(call.cwd)}`,
    )
  return answer.code === 0 ? answer.out : null
}

const isSet = (range: string) => /\.\.|\^[@!-]/.test(range)

/**
 * The revisions to look at, as git takes them: the range that is given, a single revision as itself alone; without one what HEAD has and
 * its upstream has not, else HEAD alone. Throws `invalid` for what git does not know.
 */
export function revisionsOf(range: string | undefined, call: GitCall): string[] {
  if (range === undefined) {
    const upstream = ask(['rev-parse', '--verify', '--quiet', '@{upstream}^{commit}'], call)
    if (upstream) return [`${upstream.toString().trim()}..HEAD`]
    if (ask(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], call)) return ['--no-walk', 'HEAD']
    throw invalid('range', 'there is no commit here yet', 'Commit something first.')
  }
  const known = !range.startsWith('-') && ask(['rev-parse', '--revs-only', '--quiet', range, '--'], call)
  if (!known || known.toString().trim() === '')
    throw invalid(
      'range',
      `git knows no commits "${range}" here`,
      'e.g. origin/main..HEAD; fetch what is missing.',
    )
  return isSet(range) ? [range] : ['--no-walk', range]
}

const UNIT = '\x1f'
const BETWEEN = '\x1e'
const trailer = (key: string) => `%(trailers:key=${key},valueonly,unfold,separator=%x1e)`
const FORMAT = ['%H', '%at', '%ct', trailer(SESSION_TRAILER), trailer(CLAIM_TRAILER), '%s'].join('%x1f')

/** The commits of some revisions, oldest first; of merges what is as in none of the parents. */
export function readCommits(revisions: string[], call: GitCall): Committed[] {
  const log = [
    '-c',
    'log.showSignature=false',
    'log',
    '-z',
    '--reverse',
    '--encoding=UTF-8',
    `--format=${FORMAT}`,
  ]
  const out = ask([...log, ...revisions, '--'], call)
  if (!out) throw new CoordError('conflict', 'git log refused', `git log ${revisions.join(' ')} tells why.`)
  const commits = splitNul(out).map(readCommit)
  const paths = changedPaths(
    commits.map(({ commit }) => commit),
    call,
  )
  return commits.map((commit) => ({ ...commit, paths: paths.get(commit.commit) ?? [] }))
}

function readCommit(text: string): Omit<Committed, 'paths'> {
  const [commit, authored, committed, sessions, claims, ...subject] = text.split(UNIT)
  const values = (list = '') =>
    list
      .split(BETWEEN)
      .map((value) => value.trim())
      .filter(Boolean)
  return {
    commit: commit!,
    subject: subject.join(UNIT),
    authored: Number(authored) * 1000,
    committed: Number(committed) * 1000,
    session_ids: values(sessions),
    claims: values(claims).flatMap((value) => readClaimValue(value) ?? []),
  }
}

/** The paths that each commit changed, by its id: a rename as both. */
function changedPaths(ids: string[], call: GitCall): Map<string, string[]> {
  const how = ['-r', '-c', '--root', '--no-renames', '--ignore-submodules=none', '--name-only', '--always']
  const out = ask(['diff-tree', '--stdin', '-z', ...how], {
    ...call,
    input: ids.map((id) => `${id}\n`).join(''),
  })
  if (!out) throw new CoordError('conflict', 'git diff-tree refused', 'git fsck tells what is missing.')
  const paths = new Map<string, string[]>()
  const left = [...ids]
  let current: string[] = []
  for (const word of splitNul(out)) {
    if (word === left[0]) {
      current = []
      paths.set(left.shift()!, current)
    } else current.push(word)
  }
  return paths
}

/** The commits at which a shallow clone ends: what they changed is not known. */
export function shallowEnds(common: string): Set<string> {
  const file = `${common}/shallow`
  return new Set(fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n').filter(Boolean) : [])
}
