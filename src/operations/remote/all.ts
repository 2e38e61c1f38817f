/** All claims of a room with those at its remote: what waits to be taken goes out, what others hold comes in. For `coord remote` and `coord sync`. */
import type { Context } from '../../context.ts'
import type { Resource } from '../../protocol/claims.ts'
import { CoordError } from '../../protocol/errors.ts'
import { nameOf } from '../../protocol/names.ts'
import { isPlaceHere } from '../../protocol/remote/places.ts'
import { type FarLease, isWaiting } from '../../protocol/remote/slots.ts'
import { listDomains, readHead } from '../../store/ledger.ts'
import { noteContact } from '../../store/remote/contact.ts'
import { listRefs } from '../../store/remote/git.ts'
import {
  type FarHead,
  type FarLedger,
  fetchHeads,
  keepHead,
  knownHead,
  shardRef,
  shardsFor,
} from '../../store/remote/heads.ts'
import { domain } from '../../store/room.ts'
import { attempt } from '../act.ts'
import { followHeads } from './plan.ts'
import { aboutLost, type Trouble } from './settling.ts'
import { tellLosers, tellTaken } from './telling.ts'
import { trySettling, tryTogether } from './trying.ts'

/** A move of this room that the remote has not taken yet. */
export interface Pending {
  what: 'claim' | 'renew' | 'release'
  resource_type: string
  resource_name: string
  claimed_by: string
}

/** What this room decided and the remote was not told, by domain. Reads only. */
export function listPending(ctx: Context, { room, setting }: FarLedger): Map<string, Pending[]> {
  const found = new Map<string, Pending[]>()
  for (const name of listDomains(room)) {
    const head = attempt(ctx, () => readHead(room, name))
    if (!head?.slot) continue
    const here: FarLease[] = head.slot.claims.filter((lease) => !isPlaceHere(lease))
    const waiting = here
      .filter((lease) => !lease.foreign && (lease.machine === undefined || isWaiting(lease)))
      .map((lease) => pendingOf(lease.machine === undefined ? 'claim' : 'renew', lease))
    const known = name === 'file' ? everyShard(setting.shards) : [0]
    const there = new Map(
      known
        .flatMap((shard) => knownHead(room, shardRef(setting, name, shard))?.slot?.claims ?? [])
        .map((lease): [string, FarLease] => [lease.claim_id, lease]),
    )
    const kept = new Set(here.map(({ claim_id }) => claim_id))
    const given = [...there.values()]
      .filter(({ machine, claim_id }) => machine === setting.machine && !kept.has(claim_id))
      .map((lease) => pendingOf('release', lease))
    if (waiting.length + given.length > 0) found.set(name, [...waiting, ...given])
  }
  return found
}

const everyShard = (shards: number) => Array.from({ length: shards }, (_, at) => at)

const pendingOf = (what: Pending['what'], lease: FarLease): Pending => ({
  what,
  resource_type: lease.resource_type,
  resource_name: lease.resource_name,
  claimed_by: lease.claimed_by,
  ...(lease.glob ? { glob: true } : {}),
})

/** What became of it all. */
export interface AllSettled {
  /** Moves that the remote took. */
  taken: number
  lost: { resource: string; claimed_by: string; detail: string }[]
  /** Refs of others that were read. */
  read: number
  trouble: Trouble | null
}

/** Settle what waits, and read what moved at the remote. Losers are told. `by` is who acts. */
export function settleAll(ctx: Context, ledger: FarLedger, by: string): AllSettled {
  const result: AllSettled = { taken: 0, lost: [], read: 0, trouble: null }
  const trouble = settleWaiting(ctx, ledger, by, result) ?? readOthers(ctx, ledger, by, result)
  return { ...result, trouble }
}

/** What waits in several domains goes out by one push where what is known of them is enough, else one after the other. */
function settleWaiting(ctx: Context, ledger: FarLedger, by: string, result: AllSettled): Trouble | null {
  const waiting = [...listPending(ctx, ledger)].map(([name, resources]) => ({ name, resources }))
  const count = waiting.reduce((sum, { resources }) => sum + resources.length, 0)
  const together = waiting.length > 1 ? tryTogether(ctx, ledger, waiting, asked(by, false)) : null
  if (together) {
    if ('trouble' in together) return together.trouble
    for (const settled of together.settled) tellTaken(ctx, ledger, settled)
    result.taken = count
    return null
  }
  for (const { name, resources } of waiting) {
    const trouble = settleSome(ctx, ledger, name, resources, by, result)
    if (trouble) return trouble
    result.taken += resources.length
  }
  result.taken -= result.lost.length
  return null
}

const asked = (by: string, fresh: boolean) => ({
  ...{ by, fresh, drop: new Set<string>(), together: new Set<string>() },
})

function settleSome(
  ctx: Context,
  ledger: FarLedger,
  name: string,
  resources: Resource[],
  by: string,
  result: AllSettled,
): Trouble | null {
  const answer = trySettling(ctx, ledger, name, resources, asked(by, true))
  if ('trouble' in answer) return answer.trouble
  const { lost } = answer.settled
  tellLosers(ctx, ledger.room, lost)
  tellTaken(ctx, ledger, answer.settled)
  for (const each of lost)
    result.lost.push({
      resource: nameOf(each.lease),
      claimed_by: each.lease.claimed_by,
      detail: aboutLost(each),
    })
  return null
}

function readOthers(ctx: Context, ledger: FarLedger, by: string, result: AllSettled): Trouble | null {
  const { room, setting, far } = ledger
  const listed = listRefs(far, [`${setting.prefix}/claims/*`])
  if (!listed.ok) {
    attempt(ctx, () => noteContact(room, ctx.now().wall, listed.trouble))
    return listed.trouble
  }
  const moved = [...listed.result]
    .filter(([ref, oid]) => knownHead(room, ref)?.oid !== oid)
    .map(([ref]) => ref)
  let trouble: Trouble | null = null
  for (const folder of ['file', 'one']) {
    const refs = moved.filter((ref) => ref.startsWith(`${setting.prefix}/claims/${folder}/`))
    const heads = refs.length === 0 ? { ok: true as const, result: [] } : tryFetching(ctx, ledger, refs)
    // One ref that holds no slot keeps none of the others away.
    const isOne = heads.ok || !['damaged', 'conflict'].includes(heads.trouble.kind)
    const each = isOne ? [heads] : refs.map((ref) => tryFetching(ctx, ledger, [ref]))
    for (const answer of each)
      if (!answer.ok) trouble = answer.trouble
      else for (const head of answer.result) result.read += adopt(ctx, ledger, head, by, result)
  }
  if (!trouble) attempt(ctx, () => noteContact(room, ctx.now().wall, null))
  return trouble
}

/** Fetch heads; what can't be read here is trouble too. */
function tryFetching(ctx: Context, ledger: FarLedger, refs: string[]): ReturnType<typeof fetchHeads> {
  try {
    return fetchHeads(ledger, refs, ctx.now())
  } catch (error) {
    if (!(error instanceof CoordError) || error.code === 'bug') throw error
    return { ok: false, trouble: { kind: 'damaged', detail: error.message } }
  }
}

/** Take over what a ref tells; 0 for one that does not tell of what its name says. */
function adopt(ctx: Context, ledger: FarLedger, head: FarHead, by: string, result: AllSettled): number {
  const { room, setting } = ledger
  const [change] = head.slot?.changes ?? []
  // A change does not tell whether its name is a glob, which stands in more refs than a path.
  const about = head.slot?.claims[0] ?? (change && { ...change, glob: change.resource_type === 'file' })
  if (!about) return 0
  const name = domain(about.resource_type, about.resource_name)
  if (!shardsFor(ledger, about).some((shard) => shardRef(setting, name, shard) === head.ref)) {
    ctx.warnings.push(
      `${head.ref} at ${setting.remote} tells of ${nameOf(about)}, which is not its own: left alone`,
    )
    return 0
  }
  const own = attempt(ctx, () => readHead(room, name))?.slot?.claims.filter(
    (lease: FarLease) => lease.machine === setting.machine,
  )
  // Whether a claim of one's own is lost wants more than a look.
  if (own && own.length > 0) return settleSome(ctx, ledger, name, [about], by, result) ? 0 : 1
  attempt(ctx, () => {
    keepHead(room, head)
    followHeads(ctx, ledger, name, [head], by)
  })
  return 1
}
