import type { Context } from '../context.ts'
import { readConfig } from '../protocol/config.ts'
import { CoordError } from '../protocol/errors.ts'
import { clip, visible } from '../protocol/escape.ts'
import { labelOf } from '../protocol/labels.ts'
import { nameOf } from '../protocol/names.ts'
import { isEnded } from '../protocol/sessions.ts'
import { tenanciesIn, untilEnd } from '../protocol/tenancy.ts'
import { formatClock, formatInstant, parseInstant } from '../protocol/time.ts'
import { heldNow, type Knowledge, type VerifyFinding, verifyCommit } from '../protocol/verify.ts'
import { loadArchived } from '../store/archived.ts'
import { listClaimFiles } from '../store/claims.ts'
import { gitCall, readCommits, revisionsOf, shallowEnds } from '../store/git-log.ts'
import type { GitCall } from '../store/git-run.ts'
import { listDomains, readSlots } from '../store/ledger.ts'
import { readRecorded } from '../store/recorded.ts'
import { domain, isOwnDirectory, isRoom, type Room } from '../store/room.ts'
import { loadSession } from '../store/sessions.ts'
import { defineOperation } from './operation.ts'
import { limited } from './views.ts'

/** Where what is known of claims comes from: the room's own ledger, or the branch on which `coord commit` recorded it. */
interface Source {
  source: 'ledger' | 'branch'
  ref?: string
  /** The times between which it tells of claims; null: no such end. */
  known_since: string | null
  known_until: string | null
}

/**
 * `coord verify`: whether commits touched what another session held when they were made, or name claims that were over by then. Reads
 * only. Throws `conflict` with the `findings`, `not_initialized` where neither a room nor a record of one is.
 */
export const verify = defineOperation({
  name: 'verify',
  summary: 'Prove that no commit touched what another session held.',
  writes: false,
  input: {
    range: { kind: 'text', help: 'the commits, e.g. origin/main..HEAD (default: what the upstream has not)' },
    limit: { kind: 'count', help: 'tell at most so many of a kind (default 50)' },
  },
  run(ctx, given) {
    if (!ctx.repository)
      throw new CoordError('not_initialized', 'there is no git repository here', 'Change to one.')
    const call = gitCall(ctx.at.cwd, ctx.gitEnvironment())
    const commits = readCommits(revisionsOf(given.range, call), call)
    const { known, ...source } = knowledgeOf(ctx, call)
    const ends = shallowEnds(ctx.repository.common)
    const looked = commits.filter(({ commit }) => !ends.has(commit))
    const verdicts = looked.map((commit) => verifyCommit(commit, known))
    const all = verdicts.flatMap(({ findings }) => findings)
    const { kept: findings, omitted } = limited(all, given.limit, 'first')
    const untold = commits.length - looked.length + verdicts.filter(({ told }) => !told).length
    const present = limited(heldNow(looked, known, ctx.now().wall), given.limit, 'first')
    const result = {
      ...{ checked: commits.length, untold, ...source, held_now: present.kept },
      ...(present.omitted > 0 ? { held_now_omitted: present.omitted } : {}),
    }
    if (all.length > 0) throw conflict(ctx, findings, omitted, result)
    return result
  },
})

/** What is known of claims here. Throws `not_initialized` where that is nothing at all. */
function knowledgeOf(ctx: Context, call: GitCall): Source & { known: Knowledge } {
  const room = ctx.root !== null && isRoom(ctx.root) ? ctx.room() : null
  if (room && isOwnDirectory({ ...room, problems: [] }, '.state')) return ofLedger(ctx, room)
  const { branch } = (room?.config ?? readConfig(undefined).config).git
  const recorded = readRecorded(branch, call)
  if (recorded) return ofBranch(ctx, recorded)
  throw new CoordError(
    'not_initialized',
    `nothing here tells of claims: neither a room in use nor a branch ${branch}`,
    `Fetch what coord commit recorded: git fetch origin ${branch}:${branch}`,
  )
}

function ofLedger(ctx: Context, room: Room): Source & { known: Knowledge } {
  const quiet = { ...room, problems: [] }
  const now = ctx.now()
  const domains = new Map(listDomains(quiet).map((name) => [name, readSlots(quiet, name)]))
  const looks = [...domains.values()].map((slots) =>
    slots.map(({ slot }) => ({ at: parseInstant(slot.at) ?? 0, claims: slot.claims, changes: slot.changes })),
  )
  const scripts = listClaimFiles(quiet, now.wall).filter(({ foreign }) => foreign)
  const held = [...looks, [{ at: 0, claims: scripts }]].flatMap((each) => tenanciesIn(each, true))
  const since = new Map(
    [...domains].map(([name, slots]) => [
      name,
      slots[0] && slots[0].n > 1 ? (parseInstant(slots[0].slot.at) ?? 0) : null,
    ]),
  )
  const isWhole: Knowledge['isWhole'] = ({ resource_type, resource_name }, time) =>
    (since.get(domain(resource_type, resource_name)) ?? 0) <= time
  const from = since.get('file') ?? null
  return {
    source: 'ledger',
    ...{ known_since: from === null ? null : formatInstant(from), known_until: null },
    known: {
      held: untilEnd(held, (id) => endOfSession(quiet, id)),
      isWhole,
      meets: ctx.lazy.paths().overlap,
    },
  }
}

function endOfSession(room: Room, id: string): number | null {
  const session = loadSession(room, id) ?? loadArchived(room, id)
  return session && isEnded(session) ? parseInstant(session.ended_at) : null
}

/** Claims that came and went between two records are in none of them; before the first and after the last, nothing can be told. */
function ofBranch(
  ctx: Context,
  { ref, looks }: NonNullable<ReturnType<typeof readRecorded>>,
): Source & { known: Knowledge } {
  const [first, last] = [looks[0]?.at ?? 0, looks.at(-1)?.at ?? 0]
  return {
    source: 'branch',
    ref,
    ...{ known_since: formatInstant(first), known_until: formatInstant(last) },
    known: {
      held: tenanciesIn(looks, false),
      isWhole: (_resource, time) => time >= first && time <= last,
      meets: ctx.lazy.paths().overlap,
    },
  }
}

/** The refusal that names each finding. */
function conflict(ctx: Context, findings: VerifyFinding[], omitted: number, result: object): CoordError {
  const lines = findings.map((finding) => lineOf(ctx, finding))
  if (omitted > 0) lines.push(`and ${omitted} more; --limit ${omitted + findings.length} shows them`)
  return new CoordError(
    'conflict',
    lines.join('\n'),
    'Agree with the holder. Once it is free, a commit made anew counts by its new date: git commit --amend --reset-author',
    { findings, ...(omitted > 0 ? { omitted } : {}), ...result },
  )
}

function lineOf(ctx: Context, finding: VerifyFinding): string {
  const { kind, commit, subject, path, claimed_by, token, stale_token } = finding
  const now = ctx.now().wall
  const at = formatClock(parseInstant(finding.at) ?? now, now)
  const until = finding.until === null ? '' : ` until ${formatClock(parseInstant(finding.until) ?? now, now)}`
  const what = `${commit.slice(0, 10)} ${JSON.stringify(clip(visible(subject), 50))}`
  const name = visible(nameOf(finding))
  const who = calledIn(ctx, claimed_by)
  if (kind === 'held') {
    const nobody = finding.session_ids.length === 0 ? '; it names no session' : ''
    const as = finding.resource_name === path ? '' : ` as ${name}`
    return `${what} touched ${visible(path!)} at ${at}, which ${who} held${as}${until}${nobody}`
  }
  return `${what} names ${name}#${stale_token}, but by ${at} ${who} had been granted it with ${token}`
}

function calledIn(ctx: Context, id: string): string {
  const session =
    ctx.root !== null && isRoom(ctx.root) ? loadSession({ ...ctx.room(), problems: [] }, id) : null
  return session ? labelOf(session) : id
}
