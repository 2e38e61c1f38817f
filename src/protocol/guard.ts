/** Whether paths may be written: the rule of `coord guard`, for hooks and whoever else asks before a write. */
import { type Forfeit, findLease, isExpired, type Meets, type Moment, type Resource } from './claims.ts'
import { fold } from './names.ts'
import type { Lease } from './records.ts'
import { keptFor } from './remote/kept.ts'

/** A path as it was asked for, with what it means: its own name, and where a link leads. */
export interface GuardedPath {
  path: string
  resources: Resource[]
}

/** Who is about to write: null is nobody known. `token`: with this fencing token, which then also proves an unknown one's claim. */
export interface Writer {
  by: string | null
  token?: number | null
}

/** A path with what it means and the claim that tells of it. */
export interface PathClaim {
  path: string
  resource: Resource
  lease: Lease
}

/** What a claim is judged by: the time, the margin between clocks (ms), who forfeits, and which names mean one file. */
export interface Judged {
  now: Moment
  margin_ms: number
  forfeit: Forfeit
  meets: Meets
}

export interface GuardDecision {
  /** The paths that another session holds, each with one claim. */
  conflicts: PathClaim[]
  /** Every claim that runs and tells of a path or of what is below it, whoever has it. */
  running: PathClaim[]
  /** The writer's own, each with the claim that covers it. */
  own: PathClaim[]
  /** The paths for which the writer has no running lease with the token that it names. */
  stale: GuardedPath[]
}

/** Whether a claim that tells of a resource covers all of it: of a directory only one of it, or of one above. */
function coversAll(lease: Lease, resource: Resource): boolean {
  const [claimed, asked] = [fold(lease.resource_name), fold(resource.resource_name)]
  if (!resource.glob || claimed === asked) return true
  return lease.glob === true && /^(.*\/)?\*\*$/.test(claimed) && asked.startsWith(claimed.slice(0, -2))
}

/** Judge paths by the leases of the domain `file`. Expired and forfeited claims of others stand in nobody's way. */
export function guardPaths(
  paths: GuardedPath[],
  leases: Lease[],
  writer: Writer,
  { now, margin_ms, forfeit, meets }: Judged,
): GuardDecision {
  const { by, token = null } = writer
  const isOwn = (lease: Lease) =>
    by === null ? token !== null && lease.token === token : lease.claimed_by === by && keptFor(lease) === null
  const decision: GuardDecision = { conflicts: [], running: [], own: [], stale: [] }
  for (const { path, resources } of paths) {
    const about = resources.flatMap((resource) =>
      leases
        .filter((lease) => findLease([lease], resource) !== undefined || meets(lease, resource))
        .map((lease) => ({ path, resource, lease })),
    )
    const runs = ({ lease }: PathClaim) =>
      isOwn(lease)
        ? !isExpired(lease, now, 0)
        : !isExpired(lease, now, margin_ms) && forfeit(lease.claimed_by) === null
    const running = about.filter(runs)
    const rival = running.find(({ lease }) => !isOwn(lease))
    const mine = about.filter(
      ({ lease, resource }) => isOwn(lease) && !isExpired(lease, now, 0) && coversAll(lease, resource),
    )
    const own = mine.find(({ lease }) => token === null || lease.token === token)
    decision.running.push(...running.filter(({ lease }, at) => isFirst(running, lease, at)))
    if (rival) decision.conflicts.push(rival)
    if (own) decision.own.push(own)
    else if (token !== null) decision.stale.push({ path, resources })
  }
  return decision
}

/** Whether a claim was not met before by another name of the same path. */
const isFirst = (all: PathClaim[], lease: Lease, at: number) =>
  all.findIndex((each) => each.lease === lease) === at

/** A lease that a guard took without being asked, and that is over or whose holder is: of no interest to anybody. Who takes it away allows the margin between clocks. */
export function isSpent(lease: Lease, now: Moment, forfeit: Forfeit, margin_ms = 0): boolean {
  return lease.auto === true && (isExpired(lease, now, margin_ms) || forfeit(lease.claimed_by) !== null)
}
