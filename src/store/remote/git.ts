/**
 * Git against a room's repository and one of its remotes: no prompt, no hook, nothing but the refs that are named, an end in time. The
 * user's branch, index, working tree and remote-tracking branches are never touched. A remote that refuses or does not answer is an
 * answer here, never an exception.
 */
import { CoordError } from '../../protocol/errors.ts'
import { pushAnswers, troubleOf } from '../../protocol/remote/answers.ts'
import { findRepository } from '../git-places.ts'
import { runGit } from '../git-run.ts'
import type { Answer, Far, Pin, RefMove } from './far.ts'
import { removeLeftLocks } from './left-locks.ts'
import { type Asked, inTime } from './waiting.ts'

/** The remote for who can't wait: all questions together have so long (ms). */
export const within = (far: Far, limit_ms: number): Far => ({ ...far, until: performance.now() + limit_ms })

/** Tells how long (ms) it is still worth trying: twice what a question may take from now on, or as long as the remote is waited for. */
export function patience({ timeout_ms, until = Number.POSITIVE_INFINITY }: Far): () => number {
  const end = Math.min(performance.now() + 2 * timeout_ms, until)
  return () => end - performance.now()
}

const LOCAL_MS = 20_000
const REFS = /^refs\/[A-Za-z0-9][A-Za-z0-9/._-]*(\/\*)?$/
const OID = /^([0-9a-f]{40}|[0-9a-f]{64})$/

/** Whether a name may be that of a remote: nothing that git would take for an option or a URL. */
const isRemoteName = (name: string) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name) && !name.includes('..')

/** A remote of the repository that a directory lies in. Throws `conflict` outside git, `invalid` for what is no name. */
export function openFar(from: string, remote: string, env: Record<string, string>, timeout_ms: number): Far {
  const repository = findRepository(from)
  if (!repository)
    throw new CoordError('conflict', `${from} is in no git repository`, 'A remote wants one: git init.')
  if (!isRemoteName(remote))
    throw new CoordError('invalid', `remote "${remote}" is no name of a remote`, 'git remote lists them.', {
      argument: 'remote',
    })
  const { main, common } = repository
  return { cwd: main ?? common, common, remote, env: unasked(env), timeout_ms }
}

/** Nobody is asked for anything: helpers that know a password may give it, those that would ask may not. */
function unasked(env: Record<string, string>): Record<string, string> {
  const { DISPLAY: _, WAYLAND_DISPLAY: __, ...kept } = env
  return { ...kept, GIT_ASKPASS: '', SSH_ASKPASS: '', SSH_ASKPASS_REQUIRE: 'never', GCM_INTERACTIVE: 'never' }
}

/** What git says in the repository, without asking the remote. Throws `conflict` where it refuses. */
export function localGit(far: Far, args: string[], input: string | Uint8Array = ''): string {
  const answer = runGit(args, { cwd: far.cwd, env: far.env, timeout_ms: LOCAL_MS, input })
  if ('code' in answer && answer.code === 0) return answer.out.toString('utf8')
  const why = 'trouble' in answer ? answer.trouble : answer.err.split('\n').at(-1)
  throw new CoordError('conflict', `git ${args[0]} refused: ${why}`, 'Run git status, then repeat.')
}

/** The remote's refs under some names or patterns (`refs/coord/claims/*`), with their values. */
export function listRefs(far: Far, patterns: string[]): Answer<Map<string, string>> {
  const answer = ask(far, ['ls-remote', '--refs', '--', far.remote, ...patterns.map(checked)])
  if ('trouble' in answer) return { ok: false, trouble: answer.trouble }
  if (answer.code !== 0) return { ok: false, trouble: troubleOf(answer.err) }
  const found = new Map<string, string>()
  for (const line of answer.out.toString('utf8').split('\n')) {
    const [oid = '', ref = ''] = line.split('\t')
    if (OID.test(oid) && REFS.test(ref)) found.set(ref, oid)
  }
  return { ok: true, result: found }
}

/**
 * Bring refs of the remote here, under names of our own: `['refs/coord/claims/*', 'refs/coord-remote/origin/claims/*']`. False where the
 * remote has none of a name that is no pattern. Those of a pattern that are gone there go here as well.
 */
export function fetchRefs(far: Far, refs: [from: string, to: string][]): Answer<boolean> {
  const specs = refs.map(([from, to]) => `+${checked(from)}:${checked(to)}`)
  const quiet = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance']
  const only = [
    '--refmap=',
    '--no-recurse-submodules',
    // A partial clone would leave out what is in the commits, and ask for each of them later.
    '--no-filter',
    specs.every((each) => each.includes('*')) ? '--prune' : '--no-prune',
  ]
  // No commit has a parent, so there is nothing to agree on.
  const settings = [
    'fetch.fsckObjects=true',
    'core.logAllRefUpdates=false',
    'fetch.negotiationAlgorithm=noop',
  ]
  const args = [
    ...settings.flatMap((setting) => ['-c', setting]),
    'fetch',
    ...quiet,
    ...only,
    '--',
    far.remote,
    ...specs,
  ]
  const first = ask(far, args)
  const answer =
    'code' in first && first.code !== 0 && removeLeftLocks(far, first.err) ? ask(far, args) : first
  if ('trouble' in answer) return { ok: false, trouble: answer.trouble }
  if (answer.code === 0) return { ok: true, result: true }
  if (/couldn't find remote ref/.test(answer.err)) return { ok: true, result: false }
  return { ok: false, trouble: troubleOf(answer.err) }
}

/**
 * Move refs of the remote, each only from the value that is expected; `atomic`: all or none. Where one was not moved, the trouble of the
 * first that says why; with `atomic`, nor are they where `pin` is not. After `unreachable` nobody knows whether they were: read them.
 */
export function pushRefs(far: Far, moves: RefMove[], atomic = false, pin: Pin | null = null): Answer<null> {
  const all = [...(pin ? [{ ref: pin.ref, to: pin.oid, was: pin.oid }] : []), ...moves]
  const leases = all.map(({ ref, was }) => `--force-with-lease=${checked(ref)}:${was ?? ''}`)
  const specs = all.map(({ ref, to }) => `${to ?? ''}:${checked(ref)}`)
  const quiet = [
    '--quiet',
    '--porcelain',
    '--no-verify',
    '--no-follow-tags',
    '--recurse-submodules=no',
    '--no-signed',
  ]
  const whole = atomic && all.length > 1 ? ['--atomic'] : ['--no-atomic']
  const isBranch = moves.some(({ ref }) => ref.startsWith('refs/heads/'))
  const { url } = isBranch ? apart(far, moves[0]!.ref) : far
  // Nothing that the repository adds to its own pushes.
  const settings = [`remote.${far.remote}.mirror=false`, 'push.pushOption=', 'pack.threads=1']
  const answer = ask(far, [
    ...settings.flatMap((setting) => ['-c', setting]),
    'push',
    ...quiet,
    ...whole,
    ...leases,
    '--',
    url ?? far.remote,
    ...specs,
  ])
  if ('trouble' in answer) return { ok: false, trouble: answer.trouble }
  if (answer.code === 0) return { ok: true, result: null }
  const answers = pushAnswers(answer.out.toString('utf8'))
  const trouble = all.flatMap(({ ref }) => answers.get(ref) ?? [])[0]
  return { ok: false, trouble: trouble ?? troubleOf(answer.err) }
}

/**
 * The remote to be pushed to by its URL, where the branches that track it would take in our ref: git would move these, which are the user's,
 * and name objects that lie apart from the repository. By its name where they do not.
 */
export function apart(far: Far, ref: string): Far {
  const answer = ask(far, ['config', '--get-all', `remote.${far.remote}.fetch`])
  const specs = 'code' in answer ? answer.out.toString('utf8').split('\n') : []
  const isTracked = specs.some((spec) => {
    const [head = '', tail] = spec.replace(/^\+/, '').split(':')[0]!.split('*')
    return tail !== undefined && ref.startsWith(head)
  })
  if (!isTracked) return far
  return { ...far, url: localGit(far, ['remote', 'get-url', '--push', '--', far.remote]).trim() }
}

/** Ask the remote, as long as that is worth something. Who kills us leaves git behind: over http it ends by itself when nothing moves for as long. */
export function ask(far: Far, args: string[]): Asked {
  const still = `http.lowSpeedTime=${Math.ceil(far.timeout_ms / 1000)}`
  const told = ['-c', 'http.lowSpeedLimit=1', '-c', still, ...args]
  return inTime(far, (timeout_ms) => runGit(told, { cwd: far.cwd, env: far.env, timeout_ms }))
}

/** The same name: no ref from outside becomes an option, or leaves the names that refs may have. Throws `bug`. */
export function checked(ref: string): string {
  if (REFS.test(ref) && !/\.\.|\/\/|\/\.|\.lock(\/|$)|\.$/.test(ref)) return ref
  throw new CoordError('bug', `"${ref}" is no name for a ref`)
}
