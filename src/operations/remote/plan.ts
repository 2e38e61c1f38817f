/** What a domain comes to by some heads of the remote: what has to be pushed for it, and how the room's ledger follows once that is there. */
import type { Context } from '../../context.ts'
import type { Moment, Resource } from '../../protocol/claims.ts'
import { markedId } from '../../protocol/machines/names.ts'
import type { Lease } from '../../protocol/records.ts'
import { causesIn, endingOf, forcedAfter } from '../../protocol/remote/endings.ts'
import { bornOf, pastAfter } from '../../protocol/remote/lineage.ts'
import { type FarHoldings, mirror, type Settled, settle } from '../../protocol/remote/settle.ts'
import type { FarLease, FarSlot } from '../../protocol/remote/slots.ts'
import { firstFar } from '../../protocol/remote/tombstones.ts'
import { nextSlot } from '../../protocol/slots.ts'
import { readHead } from '../../store/ledger.ts'
import { noteContact } from '../../store/remote/contact.ts'
import { type FarHead, type FarLedger, keepHead, shardRef, shardsFor } from '../../store/remote/heads.ts'
import type { Room } from '../../store/room.ts'
import { loadSession } from '../../store/sessions.ts'
import { attempt } from '../act.ts'
import { transactHere } from '../leases.ts'
import { knownHeads, type Scope, scopeOf, standing, unite } from './scope.ts'
import type { SetBack } from './set-back.ts'

/** What is asked for besides: who acts, whose claims go by force, what is wanted all or nothing, whether to ask even if all seems known. */
export interface Asked {
  by: string
  drop: Set<string>
  together: Set<string>
  fresh: boolean
  /** Why claims go by force, by their ids. */
  reasons?: ReadonlyMap<string, string>
  /** Where to note what the remote has lost; absent: it is told as a warning. */
  seen?: SetBack
}

/** What is to be settled: what of a domain, and what the room held before the remote was read. */
export interface Matter {
  name: string
  resources: Resource[]
  scope: Scope
  before: FarLease[]
  asked: Asked
}

/** What it comes to by some heads, and what has to move there for it. */
export interface Plan extends Matter {
  /** What it was settled by. */
  heads: FarHead[]
  settled: Settled
  moves: { head: FarHead; slot: FarSlot }[]
  now: Moment
}

/** Settle by some heads, that are read after `matter.before` was, or were known before. Pushes nothing. */
export function propose(ctx: Context, ledger: FarLedger, matter: Matter, heads: FarHead[]): Plan {
  const { name, scope, before, asked } = matter
  const now = ctx.now()
  const settled = settle(begun(heads, now), {
    ...standing(ledger, scope, heads, asked, now),
    before,
    after: claimsHere(ledger.room, name),
  })
  const moves = settled.changed ? movesOf(ctx, ledger, scope, heads, settled, asked.by, now) : []
  return { ...matter, heads, settled, moves, now }
}

/** A ref that is not there may have been thrown away: its tokens go on above those that it had. */
function begun(heads: FarHead[], { wall }: Moment): FarHoldings {
  const far = unite(heads)
  if (heads.every(({ slot }) => slot !== null)) return far
  return { ...far, counter: Math.max(far.counter, firstFar(wall)) }
}

/** The remote took a plan: keep its heads, and let the room follow. What it came to: what another process of the room has brought there meanwhile is not lost. */
export function conclude(ctx: Context, ledger: FarLedger, plan: Plan, heads: FarHead[]): Settled {
  for (const head of heads) attempt(ctx, () => keepHead(ledger.room, head))
  follow(ctx, ledger, plan, plan.asked.by)
  attempt(ctx, () => noteContact(ledger.room, plan.now.wall, null))
  const { settled, name } = plan
  if (settled.lost.length === 0) return settled
  const isTaken = ({ machine, provisional }: FarLease) => machine === ledger.setting.machine && !provisional
  const stands = new Set(
    (claimsHere(ledger.room, name) ?? []).filter(isTaken).map(({ claim_id }) => claim_id),
  )
  const causes = causesIn(plan.heads.map(({ slot }) => slot))
  const lost = settled.lost
    .filter(({ lease }) => !stands.has(lease.claim_id))
    .map(({ lease, rival }) => ({ lease, rival, ending: endingOf(lease, rival, causes) }))
  return { ...settled, lost }
}

/** The claims of a domain in the room's ledger; null where it has none. */
export function claimsHere(room: Room, name: string): FarLease[] | null {
  return readHead(room, name).slot?.claims ?? null
}

function movesOf(
  ctx: Context,
  ledger: FarLedger,
  scope: Scope,
  heads: FarHead[],
  { far, changes }: Settled,
  by: string,
  now: Moment,
): { head: FarHead; slot: FarSlot }[] {
  const op_id = ctx.random(20)
  const text = (claims: Lease[]) =>
    JSON.stringify([...claims].sort((a, b) => (a.claim_id < b.claim_id ? -1 : 1)))
  return heads.flatMap((head, at) => {
    const shard = scope.shards[at]!
    const claims = far.claims.filter((lease) => shardsFor(ledger, lease).includes(shard))
    if (text(claims) === text(head.slot?.claims ?? [])) return []
    const counter = head.slot ? far.counter : Math.max(far.counter, Math.floor(now.wall / 1000))
    const holdings = { claims, counter }
    const slot = nextSlot(head.slot, { op: changes[0]?.act ?? 'settle', holdings, changes }, by, op_id, now)
    const { machine } = ledger.setting
    const forced = forcedAfter(head.slot, changes, by, machine)
    const rest = { machine, ...bornOf(head.slot, op_id), ...pastAfter(head.slot), ...forced }
    return [{ head, slot: { ...slot, n: (head.slot?.n ?? 0) + 1, ...rest } }]
  })
}

/** Let the room's ledger and claim files follow what was settled. */
function follow(
  ctx: Context,
  { room, setting }: FarLedger,
  plan: Pick<Plan, 'resources' | 'before' | 'heads' | 'settled'> & {
    scope: Pick<Scope, 'concerns'>
    asked?: Asked
  },
  by: string,
): void {
  const { resources, before, heads, settled, scope } = plan
  const rename = (holder: Pick<FarLease, 'claimed_by' | 'machine'>) => nameHere(room, holder)
  // What the remote took is found there again should the power fail: one wait for the disk is enough for a claim.
  const claims = { ...room.config.claims, durability: 'process' as const }
  transactHere(ctx, { ...room, config: { ...room.config, claims } }, by, resources, (holdings) => {
    const known = {
      ...holdings,
      claims: holdings.claims.filter(({ foreign, token }) => !foreign || token > 0),
    }
    const { changes, ...next } = mirror(known, settled, {
      ...{ machine: setting.machine, before, rename },
      concerns: scope.concerns,
      causes: causesIn(heads.map(({ slot }) => slot)),
      ...(plan.asked ? { refused: plan.asked.together } : {}),
    })
    if (changes.length === 0) return { kind: 'keep', result: null }
    return { kind: 'append', op: 'settle', holdings: next, changes, result: null }
  })
}

/** What a holder elsewhere is called here: with its machine's name where a session of this room has the same. */
export function nameHere(
  room: Room,
  { claimed_by, machine }: Pick<FarLease, 'claimed_by' | 'machine'>,
): string {
  const session = loadSession(room, claimed_by) as { machine?: unknown } | null
  return session && session.machine !== machine ? markedId(claimed_by, String(machine)) : claimed_by
}

/** Let the room's ledger follow heads in which none of its own claims can be lost. */
export function followHeads(
  ctx: Context,
  ledger: FarLedger,
  name: string,
  heads: FarHead[],
  by: string,
  resources: Resource[] = [],
): void {
  const { setting } = ledger
  const refs = new Set(heads.map(({ ref }) => ref))
  const concerns = (lease: Lease) =>
    shardsFor(ledger, lease).some((shard) => refs.has(shardRef(setting, name, shard)))
  const settled = { far: unite(heads), changed: false, changes: [], accepted: [], lost: [] }
  const about = [...resources, ...settled.far.claims, ...heads.flatMap(({ slot }) => slot?.changes ?? [])]
  if (about[0])
    follow(ctx, ledger, { resources: [about[0]], scope: { concerns }, before: [], heads, settled }, by)
}

/** The claims of others as they were last seen, put back into the room's ledger: what was given back by force stands after all. */
export function putBack(
  ctx: Context,
  ledger: FarLedger,
  name: string,
  resources: Resource[],
  by: string,
): void {
  const heads = knownHeads(ledger.room, scopeOf(ledger, name, resources).refs)
  followHeads(ctx, ledger, name, heads, by, resources)
}
