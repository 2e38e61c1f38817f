/** Which refs of a remote a move concerns, what they hold together, and how this room judges it. */
import { isExpired, type Moment, type Resource } from '../../protocol/claims.ts'
import type { Lease } from '../../protocol/records.ts'
import { keptFor } from '../../protocol/remote/kept.ts'
import type { Standing } from '../../protocol/remote/settle.ts'
import { isOverAbroad, seenAs } from '../../protocol/remote/sights.ts'
import type { FarLease } from '../../protocol/remote/slots.ts'
import { type FarHead, type FarLedger, knownHead, shardRef, shardsFor } from '../../store/remote/heads.ts'
import { domain, type Room } from '../../store/room.ts'
import { meetsIn } from '../leases.ts'

/** The shards of a domain that some resources stand in: whether a lease stands in these alone, and whether it does at all. */
export interface Scope {
  shards: number[]
  refs: string[]
  inScope: (lease: Lease) => boolean
  concerns: (lease: Lease) => boolean
}

/** The scope of some resources of a domain. */
export function scopeOf(ledger: FarLedger, name: string, resources: Resource[]): Scope {
  const shards = [...new Set(resources.flatMap((resource) => shardsFor(ledger, resource)))].sort(
    (a, b) => a - b,
  )
  const of = (lease: Lease) => shardsFor(ledger, lease)
  return {
    shards,
    refs: shards.map((shard) => shardRef(ledger.setting, name, shard)),
    inScope: (lease) => of(lease).every((shard) => shards.includes(shard)),
    concerns: (lease) => of(lease).some((shard) => shards.includes(shard)),
  }
}

/** The refs that a resource stands in. */
export const refsFor = (
  ledger: FarLedger,
  resource: { resource_type: string; resource_name: string; glob?: boolean | null | undefined },
): string[] => {
  const name = domain(resource.resource_type, resource.resource_name)
  return shardsFor(ledger, resource).map((shard) => shardRef(ledger.setting, name, shard))
}

/** What is known; a ref never seen is taken for new, which the push finds out without another question. */
export const knownHeads = (room: Room, refs: string[]): FarHead[] =>
  refs.map((ref) => knownHead(room, ref) ?? { ref, oid: null, slot: null, sights: {} })

/** The claims of several shards; a glob stands in all of them. */
export function unite(heads: FarHead[]) {
  const claims = new Map<string, FarLease>()
  for (const { slot } of heads) for (const lease of slot?.claims ?? []) claims.set(lease.claim_id, lease)
  return {
    claims: [...claims.values()],
    counter: Math.max(0, ...heads.map(({ slot, floor }) => Math.max(slot?.counter ?? 0, floor ?? 0))),
  }
}

/** How a room judges what it and others hold. */
export function standing(
  ledger: FarLedger,
  scope: Scope,
  heads: FarHead[],
  { drop, together, reasons }: Pick<Standing, 'drop' | 'together' | 'reasons'>,
  now: Moment,
): Omit<Standing, 'before' | 'after'> {
  const { room, setting } = ledger
  const of = (lease: Lease) => shardsFor(ledger, lease)
  const { skewMargin } = room.config.claims
  const sight = (lease: Lease) =>
    heads.map(({ sights }) => sights[seenAs(lease)]).find((each) => each !== undefined)
  const strip = ({ host: _host, ...lease }: Lease) => lease as Lease
  return {
    machine: setting.machine,
    inScope: scope.inScope,
    isWhole: (lease) => {
      const shards = of(lease)
      const read = heads.filter((_, at) => shards.includes(scope.shards[at]!))
      return read.every(({ slot }) => slot?.claims.some(({ claim_id }) => claim_id === lease.claim_id))
    },
    isOver: (lease) =>
      isOverAbroad(lease, now, skewMargin, sight(lease)) ||
      (keptFor(lease) !== null && room.lazy.upkeep().isKeptForNobody(room, lease)),
    hasEnded: (lease) => isExpired(lease, now, 0),
    meets: meetsIn(room),
    drop,
    ...(reasons ? { reasons } : {}),
    together,
    strip: room.config.git.publishHost ? (lease) => lease : strip,
  }
}
