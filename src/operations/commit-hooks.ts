/** What coord does at a commit of git: `pre-commit` keeps out what others hold, the message's hooks say who committed under which claims. */
import type { Context } from '../context.ts'
import { isExpired, type Moment } from '../protocol/claims.ts'
import { visible } from '../protocol/escape.ts'
import { groupBy } from '../protocol/groups.ts'
import { type GuardDecision, guardPaths, type PathClaim } from '../protocol/guard.ts'
import { labelOf } from '../protocol/labels.ts'
import { fold, isSessionId } from '../protocol/names.ts'
import { quote, wordsOf } from '../protocol/needs.ts'
import type { Lease } from '../protocol/records.ts'
import { formatInstant } from '../protocol/time.ts'
import { SESSION_TRAILER, trailersOf, withoutOlder } from '../protocol/trailers.ts'
import { namedInClaimFiles } from '../store/claims.ts'
import { asMetBy } from '../store/foreign/kept.ts'
import {
  addTrailers,
  commitKind,
  hasText,
  readMessage,
  stagedPaths,
  writeMessage,
} from '../store/git-commit.ts'
import type { GitCall } from '../store/git-run.ts'
import type { Room } from '../store/room.ts'
import { loadSession } from '../store/sessions.ts'
import { tellConflicts } from './guard.ts'
import { callerOf } from './identify.ts'
import { fileLeases, forfeits, meetsIn } from './leases.ts'
import { notify } from './notify.ts'

/** How the commit's git is asked, and whether the committer goes on although others hold what is staged. */
export interface Committing {
  call: GitCall
  bypass: boolean
}

/** What the hook answers: whether it refuses, and what is said on stderr. */
export interface CommitVerdict {
  refused: boolean
  lines: string[]
}

const SILENT: CommitVerdict = { refused: false, lines: [] }

/**
 * Judge what is staged. Refused is what another live session holds; where the committer bypasses that, the holders are told. Reads only, but
 * for these messages; holds no lock. Throws `conflict` where git does not tell what is staged.
 */
export function guardCommit(ctx: Context, room: Room, { call, bypass }: Committing): CommitVerdict {
  if (!ctx.repository) return SILENT
  const now = ctx.now()
  if (isNothingClaimed(room, now)) return SILENT
  const kind = commitKind(ctx.repository.git)
  const paths = stagedPaths(call, kind)
  if (paths.length === 0) return SILENT
  const by = callerOf(ctx, room)
  const { conflicts } = judgeStaged(room, paths, by, now)
  if (conflicts.length === 0) return SILENT
  const lines = tellConflicts(room, conflicts, now).lines.map((line) => `  ${visible(line)}`)
  if (kind.kind === 'rebase')
    return {
      refused: false,
      lines: ['coord: not refused, as a rebase goes on; agree with the holders before you push', ...lines],
    }
  if (!bypass)
    return {
      refused: true,
      lines: [`coord: ${refusalOf(conflicts)}`, ...lines, ...wayOut(room, conflicts, by)],
    }
  tellHolders(ctx, room, conflicts, by, now)
  return {
    refused: false,
    lines: ['coord: COORD_BYPASS: committed all the same; the holders are told', ...lines],
  }
}

const refusalOf = ({ length }: PathClaim[]) =>
  length === 1
    ? 'not committed: a staged path is held by another session'
    : `not committed: ${length} staged paths are held by other sessions`

function wayOut(room: Room, conflicts: PathClaim[], by: string | null): string[] {
  const [{ path, lease, resource }] = conflicts as [PathClaim]
  const session = loadSession(room, lease.claimed_by)
  const called = quote(session ? labelOf(session) : lease.claimed_by)
  const unknown = [
    '  It is not known which session commits here (coord whoami --why), so all that is held counts as held by',
    '  others. COORD_SESSION=ID git commit … commits as one.',
  ]
  return [
    ...(by === null ? unknown : []),
    `  Leave it out: git restore --staged -- ${quote(visible(path))}; wait: coord wait ${wordsOf(resource)}; or ask: coord send ${called} "…"`,
    '  All the same: git commit --no-verify, or COORD_BYPASS=1 git commit …, which tells the holders.',
  ]
}

/** Judge paths of the index for a committer (null: nobody known), as they are called from the top. */
function judgeStaged(room: Room, paths: string[], by: string | null, now: Moment): GuardDecision {
  const { resources, leases } = concerned(room, paths, now)
  const { skewMargin: margin_ms } = room.config.claims
  const judged = { now, margin_ms, forfeit: forfeits(room, now), meets: meetsIn(room) }
  const guarded = resources.map((resource) => ({ path: resource.resource_name, resources: [resource] }))
  return guardPaths(guarded, asMetBy(room, leases, by), { by }, judged)
}

const isNothingClaimed = (room: Room, now: Moment) =>
  fileLeases(room, [], now).length === 0 && namedInClaimFiles(room, 'file').size === 0

/** The paths that any claim may tell of, and the claims of files; a commit of thousands must not look for each on the disk. */
function concerned(room: Room, paths: string[], now: Moment) {
  const known = fileLeases(room, [], now)
  const names = namedInClaimFiles(room, 'file')
  for (const { resource_name } of known) names.add(fold(resource_name))
  const all = paths.map((resource_name) => ({ resource_type: 'file', resource_name }))
  const named = all.filter(({ resource_name }) => names.has(fold(resource_name)))
  const leases = named.length > 0 ? fileLeases(room, named, now) : known
  return { resources: known.some(({ glob }) => glob) ? all : named, leases }
}

function tellHolders(ctx: Context, room: Room, conflicts: PathClaim[], by: string | null, now: Moment): void {
  const from = by ?? (ctx.at.under === 'person' ? 'human' : 'unknown')
  const who = (by && labelSession(room, by)) ?? (from === 'human' ? 'a person' : 'an unknown agent')
  for (const [holder, held] of groupBy(conflicts, ({ lease }) => lease.claimed_by)) {
    const [{ path, lease }] = held as [PathClaim]
    const more = held.length > 1 ? ` and ${held.length - 1} more` : ''
    const { resource_type, resource_name, token } = lease
    notify(ctx, room, {
      ...{ from, to: holder, type: 'claim_bypassed', priority: 'high' },
      subject: `${path}${more}, which you hold: committed by ${who} all the same (COORD_BYPASS)`,
      details: {
        resource_type,
        resource_name,
        token,
        paths: held.map((each) => each.path),
        at: formatInstant(now.wall),
      },
    })
  }
}

function labelSession(room: Room, id: string): string {
  const session = loadSession(room, id)
  return session ? labelOf(session) : id
}

/** The message of a commit: its file, where it comes from (githooks(5), prepare-commit-msg), and whether it is in its last form. */
export interface CommitMessage {
  file: string
  source: string
  final: boolean
}

/** Messages that are still to be written: with a trailer in one, git would commit what its writer left empty or untouched. */
const UNWRITTEN = ['', 'template']

/**
 * Add who commits, and the claims that cover what is staged, to the message of a commit; again where it has them already changes nothing.
 * Nothing where no session is known, nor in merges and rebases, which bring in or write anew the commits of others.
 */
export function signCommit(ctx: Context, room: Room, message: CommitMessage, call: GitCall): void {
  if (!ctx.repository || (!message.final && UNWRITTEN.includes(message.source))) return
  const kind = commitKind(ctx.repository.git, message.source)
  if (kind.kind !== 'commit') return
  const by = callerOf(ctx, room)
  if (by === null || !isSessionId(by)) return
  const text = readMessage(message.file)
  if (text !== null && (isSigned(text, by, message) || isUnwritten(text, message, call))) return
  const claims = coveringClaims(room, by, ctx.now(), () => stagedPaths(call, kind))
  const kept = text === null ? text : withoutOlder(text, claims)
  if (kept !== null && kept !== text) writeMessage(message.file, kept)
  addTrailers(message.file, trailersOf(by, claims), call)
}

/** The hook of the final message has nothing to do where the one before it has been. */
const isSigned = (text: string, by: string, { final }: CommitMessage) =>
  final && text.split('\n').includes(`${SESSION_TRAILER}: ${by}`)

/** What people wrote, git has to tell from its comments; what came by `-m` and the like begins with text. */
const isUnwritten = (text: string, { final }: CommitMessage, call: GitCall) =>
  final ? !hasText(text, call) : text.trim() === ''

/** The running claims of a session that cover staged paths; git is only asked for these where there are any. */
function coveringClaims(room: Room, by: string, now: Moment, staged: () => string[]): Lease[] {
  const own = fileLeases(room, [], now).filter(
    (lease) => lease.claimed_by === by && !isExpired(lease, now, 0),
  )
  if (own.length === 0) return []
  const meets = meetsIn(room)
  const resources = staged().map((resource_name) => ({ resource_type: 'file', resource_name }))
  const names = new Set(resources.map(({ resource_name }) => fold(resource_name)))
  return own.filter(
    (lease) => names.has(fold(lease.resource_name)) || resources.some((resource) => meets(lease, resource)),
  )
}
