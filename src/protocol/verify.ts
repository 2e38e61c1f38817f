/** The rule of `coord verify`: whether commits touched what another session held when they were made, or name claims that were over. */
import { isAbout, type Meets, type Resource } from './claims.ts'
import type { Tenancy } from './tenancy.ts'
import { formatInstant } from './time.ts'
import type { TrailedClaim } from './trailers.ts'

/** A commit: when it was written first and last (epoch ms, whole seconds as git has them), what it changed, what its trailers say. */
export interface Committed {
  commit: string
  subject: string
  authored: number
  committed: number
  paths: string[]
  session_ids: string[]
  claims: TrailedClaim[]
}

/** What is known of claims: the holdings, and whether whatever was held of a resource at a time (epoch ms) is among them. */
export interface Knowledge {
  held: Tenancy[]
  isWhole(resource: Resource, time: number): boolean
  meets: Meets
}

/** `held`: touched a path that another session held then. `stale`: names a claim that another had been granted anew by then. */
export interface VerifyFinding {
  kind: 'held' | 'stale'
  commit: string
  subject: string
  /** Who committed, as the trailers say. */
  session_ids: string[]
  /** When the commit was made. */
  at: string
  path?: string
  resource_type: string
  resource_name: string
  /** Whose claim it was then, under which token and until when. */
  claimed_by: string
  token: number | null
  until: string | null
  /** The token that the commit names. */
  stale_token?: number
}

/** The verdict of one commit; `told`: whether all that it would take to clear it is known. */
export interface Verified {
  findings: VerifyFinding[]
  told: boolean
}

/** Git's times are whole seconds: a commit was made somewhere in its second. */
const SECOND = 1000

/** Judge a commit by what is known. */
export function verifyCommit(commit: Committed, known: Knowledge): Verified {
  const times = [...new Set([commit.authored, commit.committed])]
  const held = known.held.filter(
    (each) => each.resource_type === 'file' && times.some((time) => mayBeAt(each, time)),
  )
  const verdicts = [
    ...commit.paths.map((path) => judgePath(commit, path, times, { ...known, held })),
    ...commit.claims.map((claim) => judgeToken(commit, claim, known)),
  ]
  const findings = verdicts.flatMap(({ finding }) => finding ?? [])
  return { findings, told: verdicts.every(({ told }) => told) }
}

interface Judgement {
  finding?: VerifyFinding
  told: boolean
}

/** A commit writes its paths when it was made, and again when it was rewritten: by amending it, or by a rebase. */
function judgePath(
  commit: Committed,
  path: string,
  times: number[],
  { held, isWhole, meets }: Knowledge,
): Judgement {
  const resource = { resource_type: 'file', resource_name: path }
  const about = held.filter((each) => isAbout(each, resource) || meets(each, resource))
  const isOwn = ({ claimed_by }: Tenancy) => commit.session_ids.includes(claimed_by)
  const open = times.filter((time) => !about.some((each) => isOwn(each) && isAt(each, time)))
  for (const time of open) {
    const rival = about.find((each) => !isOwn(each) && isAt(each, time))
    if (rival) return { finding: { ...findingOf('held', commit, rival, time), path }, told: true }
  }
  const unsure = open.some((time) => about.some((each) => !isOwn(each) && mayBeAt(each, time)))
  return { told: !unsure && open.every((time) => isWhole(resource, time)) }
}

/** Whether something was held in a second; what began or ended in that very second counts as held. */
const isAt = ({ from, sure }: Tenancy, time: number) => from !== null && from < time + SECOND && sure > time

/** Whether it may have been, as far as is known. */
const mayBeAt = ({ from, until }: Tenancy, time: number) =>
  (from ?? -Infinity) < time + SECOND && until > time

/** A trailer is written with the commit, and goes with its first date through amending and rebasing. */
function judgeToken(commit: Committed, claim: TrailedClaim, { held, isWhole }: Knowledge): Judgement {
  const about = held.filter((each) => isAbout(each, claim))
  const newer = about.find(
    ({ token, from, until, claimed_by }) =>
      (token ?? 0) > claim.token &&
      (from ?? until) <= commit.authored &&
      !commit.session_ids.includes(claimed_by),
  )
  if (newer)
    return {
      finding: { ...findingOf('stale', commit, newer, commit.authored), stale_token: claim.token },
      told: true,
    }
  const isKnown = about.some(({ token }) => token === claim.token)
  return { told: isKnown && isWhole(claim, commit.authored) }
}

function findingOf(
  kind: VerifyFinding['kind'],
  { commit, subject, session_ids }: Committed,
  by: Tenancy,
  time: number,
): VerifyFinding {
  const { resource_type, resource_name, claimed_by, token, until } = by
  return {
    ...{ kind, commit, subject, session_ids, at: formatInstant(time) },
    ...{
      resource_type,
      resource_name,
      claimed_by,
      token,
      until: Number.isFinite(until) ? formatInstant(until) : null,
    },
  }
}

/** What others hold now, of the paths that commits touched: to be agreed before the commits go anywhere. */
export function heldNow(commits: Committed[], { held, meets }: Knowledge, now: number) {
  const live = held.filter(
    (each) => each.resource_type === 'file' && each.until > now && (each.from ?? 0) <= now,
  )
  const seen = new Map<string, { path: string; claim: Tenancy }>()
  for (const { paths, session_ids } of commits)
    for (const path of paths) {
      const resource = { resource_type: 'file', resource_name: path }
      const claim = live.find(
        (each) =>
          !session_ids.includes(each.claimed_by) && (isAbout(each, resource) || meets(each, resource)),
      )
      if (claim) seen.set(path, { path, claim })
    }
  return [...seen.values()].map(
    ({ path, claim: { resource_type, resource_name, claimed_by, token, until } }) => ({
      ...{ path, resource_type, resource_name, claimed_by, token },
      until: Number.isFinite(until) ? formatInstant(until) : null,
    }),
  )
}
