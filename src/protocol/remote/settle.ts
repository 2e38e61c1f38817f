/**
 * How the claims of one room and of all others become one: the rule by which a remote arbitrates. Pure. The remote's order decides: what it
 * took first stands, and a claim that it has not taken yet gives way to one that it has. Each room moves its own claims alone; those of
 * others go only when they are over, by force, or where they are kept for who claims them.
 */
import { changeOf, type Meets } from '../claims.ts'
import type { Change, Lease } from '../records.ts'
import { type Causes, type Ending, endingOf } from './endings.ts'
import { isKeptFor, keptFor } from './kept.ts'
import { isPlaceHere } from './places.ts'
import { type FarLease, isSameResource, isWaiting, sightOf, unmarked } from './slots.ts'

/** What the remote holds, of the shards that were read. */
export interface FarHoldings {
  counter: number
  claims: FarLease[]
}

/** What a room brings: its ledger before and after the remote was read, and how it judges. */
export interface Standing {
  machine: string
  before: FarLease[]
  /** Null where the room has no ledger: then nothing of it counts as given up. */
  after: FarLease[] | null
  /** Whether all shards of a lease were read, so that it can be moved. */
  inScope: (lease: Lease) => boolean
  /** Whether a lease of another room is over, and whether one of the own is: what ended before it was taken is not offered any more. */
  isOver: (lease: FarLease) => boolean
  hasEnded: (lease: FarLease) => boolean
  meets: Meets
  /** Whether a lease of one's own stands in all its shards that were read: what the remote has in part is offered again. */
  isWhole: (lease: FarLease) => boolean
  /** Leases of others that are given back by force, by their ids. */
  drop: Set<string>
  /** Why these, by their ids. */
  reasons?: ReadonlyMap<string, string>
  /** Claims that are wanted together or not at all, by their ids. */
  together: Set<string>
  /** What does not leave the room. */
  strip: (lease: Lease) => Lease
}

/** What is to become of it. */
export interface Settled {
  far: FarHoldings
  changed: boolean
  changes: Change[]
  /** The room's own leases as they stand at the remote once this is there. */
  accepted: FarLease[]
  /** The room's own leases that can't stand; `rival` is what stands instead, null where the remote knows nothing any more; `ending` how that came, once it is settled. */
  lost: { lease: FarLease; rival: FarLease | null; ending?: Ending }[]
}

/** Settle a room's claims with the remote's. */
export function settle(far: FarHoldings, here: Standing): Settled {
  const twins = twinsIn(far.claims.filter(here.isWhole), here.machine)
  const mine = (here.after ?? []).filter((lease) => isOwn(lease, here.machine) && here.inScope(lease))
  const lost = findLost(far, twins, mine, here)
  const gone = new Set(lost.map(({ lease }) => lease))
  const standing = mine.filter(
    (lease) => !gone.has(lease) && (twins.has(lease.claim_id) || !here.hasEnded(lease)),
  )
  let { counter } = far
  const changes: Change[] = []
  const accepted: FarLease[] = []
  let claims = far.claims
  const mayGo = (other: FarLease) => here.isOver(other) || here.drop.has(other.claim_id)
  const others = claims.filter((other) => other.machine !== here.machine)
  const yielding = others.filter((other) => mayGo(other) || keptFor(other) !== null)
  for (const lease of standing) {
    const there = twins.get(lease.claim_id)
    const rivals = yielding.filter(
      (other) =>
        claims.includes(other) &&
        meet(other, lease, here.meets) &&
        (mayGo(other) || isKeptFor(other, here.machine, lease.claimed_by)),
    )
    const token = there?.token === lease.token || lease.token > counter ? lease.token : counter + 1
    counter = Math.max(counter, token)
    const offered = offer(lease, token, here)
    const same = there && JSON.stringify(there) === JSON.stringify(offered)
    accepted.push(same ? there : offered)
    if (same && rivals.length === 0) continue
    claims = [...claims.filter((other) => !isTwin(other, lease, here) && !rivals.includes(other)), offered]
    changes.push(moveOf(offered, there, rivals.length > 0))
  }
  const kept = new Set(accepted.map(({ claim_id }) => claim_id))
  for (const lease of far.claims) {
    const released =
      lease.machine === here.machine && here.inScope(lease) && here.after && !kept.has(lease.claim_id)
    const forced = lease.machine !== here.machine && here.drop.has(lease.claim_id)
    if ((!released && !forced) || !claims.includes(lease)) continue
    claims = claims.filter((other) => other !== lease)
    const reason = here.reasons?.get(lease.claim_id)
    // Who it was kept for gives it back without a reason; force has one.
    const givenBack = !forced || (keptFor(lease) !== null && reason === undefined)
    changes.push(givenBack ? changeOf('release', lease) : changeOf('force', lease, reason))
  }
  return { far: { claims, counter }, changed: changes.length > 0, changes, accepted, lost }
}

/** What happens to a lease at the remote, of which it has `there`. */
function moveOf(offered: FarLease, there: FarLease | undefined, hasRivals: boolean): Change {
  if (!there) return changeOf(hasRivals ? 'takeover' : 'claim', offered)
  const from = there.claimed_by
  return from === offered.claimed_by ? changeOf('renew', offered) : { ...changeOf('transfer', offered), from }
}

const isOwn = (lease: FarLease, own: string) =>
  !lease.foreign && !isPlaceHere(lease) && (lease.machine === undefined || lease.machine === own)

const isTwin = (other: FarLease, { claim_id }: FarLease, { machine }: Standing) =>
  other.machine === machine && other.claim_id === claim_id

type Twins = Map<string, FarLease>

/** A room's own leases as the remote has them, by their ids. */
const twinsIn = (claims: FarLease[], machine: string): Twins =>
  new Map(claims.filter((lease) => lease.machine === machine).map((lease) => [lease.claim_id, lease]))

const meet = (one: Lease, other: Lease, meets: Meets) => isSameResource(one, other) || meets(one, other)

function findLost(far: FarHoldings, twins: Twins, mine: FarLease[], here: Standing): Settled['lost'] {
  const lost = mine.flatMap((lease) => {
    if (twins.has(lease.claim_id)) return []
    const others = far.claims.filter(
      (other) =>
        other.machine !== here.machine &&
        !here.drop.has(other.claim_id) &&
        !isKeptFor(other, here.machine, lease.claimed_by) &&
        meet(other, lease, here.meets),
    )
    const rival = others.find((other) => !here.isOver(other))
    if (rival) return [{ lease, rival }]
    return wasTaken(lease, here) ? [{ lease, rival: others[0] ?? null }] : []
  })
  const cause = lost.find(({ lease }) => here.together.has(lease.claim_id))
  if (!cause) return lost
  const known = new Set(lost.map(({ lease }) => lease))
  const withIt = mine.filter(
    (lease) => here.together.has(lease.claim_id) && lease.machine === undefined && !known.has(lease),
  )
  return [...lost, ...withIt.map((lease) => ({ lease, rival: cause.rival }))]
}

/** Whether the remote had taken a lease before it was read: then its absence there says that it is lost. */
function wasTaken(lease: FarLease, { machine, before }: Standing): boolean {
  return before.some((other) => other.claim_id === lease.claim_id && other.machine === machine)
}

/** A lease as it goes out. */
function offer(lease: FarLease, token: number, { machine, strip }: Standing): FarLease {
  return { ...(strip(unmarked(lease)) as FarLease), token, machine }
}

/** A claim under one token, however often it is renewed. */
const tenureOf = ({ claim_id, token }: Lease) => `${claim_id} ${token}`

/** A lease with what the remote had to do with it: one that was taken since it was read as lost is not lost. */
const standingOf = (lease: FarLease) =>
  `${sightOf(lease)} ${lease.machine ?? ''} ${lease.provisional ?? false}`

/**
 * What a room's ledger becomes once the remote has answered: its own claims as they were taken, without those that are lost; the claims of
 * others as the remote tells them. What moved here meanwhile stays as it is. `rename`: what a holder elsewhere is called here. Its changes
 * remember how each claim ended, as far as the last moves there (`causes`) tell; `refused` are claims whose
 * session is being told so.
 */
export function mirror(
  here: { claims: Lease[]; counter: number },
  settled: Settled,
  at: {
    machine: string
    before: Lease[]
    concerns: (lease: Lease) => boolean
    rename: (lease: Pick<FarLease, 'claimed_by' | 'machine'>) => string
    causes?: Causes
    refused?: ReadonlySet<string>
  },
): { claims: Lease[]; counter: number; changes: Change[] } {
  const changes: Change[] = []
  const lost = new Map(settled.lost.map(({ lease, rival }) => [standingOf(lease), rival]))
  const ending = (lease: FarLease, rival: FarLease | null) => {
    const told = endingOf(lease, rival, at.causes ?? new Map())
    const { by, by_machine: machine } = told
    return { ...told, ...(by && machine ? { by: at.rename({ claimed_by: by, machine }) } : {}) }
  }
  const taken = new Map(settled.accepted.map((lease) => [lease.claim_id, lease]))
  const own = here.claims.flatMap((lease: FarLease): Lease[] => {
    if (lease.machine !== undefined && lease.machine !== at.machine) return at.concerns(lease) ? [] : [lease]
    const rival = lost.get(standingOf(lease))
    if (rival !== undefined) {
      const how = at.refused?.has(lease.claim_id) ? { how: 'refused' as const } : {}
      changes.push({ ...changeOf('displace', lease), ...ending(lease, rival), ...how })
      return []
    }
    const there = taken.get(lease.claim_id)
    const read = at.before.find((other) => other.claim_id === lease.claim_id)
    if (!there || !read || sightOf(read) !== sightOf(lease)) return [lease]
    const next = { ...unmarked(lease), token: there.token, machine: at.machine }
    if (lease.machine === at.machine && !isWaiting(lease) && lease.token === there.token) return [lease]
    changes.push(changeOf('accept', next))
    return [next]
  })
  const theirs = settled.far.claims.filter((lease) => lease.machine !== at.machine && at.concerns(lease))
  const others = theirs.map((lease) => ({ ...lease, claimed_by: at.rename(lease) }))
  const known = new Map(here.claims.map((lease) => [sightOf(lease), lease]))
  const left = new Set([...own, ...others].map(tenureOf))
  for (const lease of here.claims as FarLease[]) {
    const { machine } = lease
    if (machine === undefined || machine === at.machine || left.has(tenureOf(lease))) continue
    const rival = [...theirs, ...settled.accepted].find((other) => isSameResource(other, lease))
    changes.push({ ...changeOf('gone', lease), machine, ...ending(lease, rival ?? null) })
  }
  // Also one that has another name here now: what a copied room had as its own is its original's.
  for (const lease of others)
    if (known.get(sightOf(lease))?.claimed_by !== lease.claimed_by)
      changes.push({ ...changeOf('abroad', lease), machine: lease.machine })
  const fresh = others.map((lease) => {
    const same = known.get(sightOf(lease))
    return same?.claimed_by === lease.claimed_by ? same : lease
  })
  return { claims: [...own, ...fresh], counter: Math.max(here.counter, settled.far.counter), changes }
}
