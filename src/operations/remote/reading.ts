/** Reading what others hold: what moved at the remote since it was read, and what of the room's picture the remote does not have any more. */
import type { Context } from '../../context.ts'
import { CoordError } from '../../protocol/errors.ts'
import { nameOf } from '../../protocol/names.ts'
import { isAmiss } from '../../protocol/remote/lineage.ts'
import { type FarLease, isClaimRef, sightOf } from '../../protocol/remote/slots.ts'
import { listDomains } from '../../store/ledger.ts'
import { noteContact } from '../../store/remote/contact.ts'
import type { Answer } from '../../store/remote/far.ts'
import { listRefs } from '../../store/remote/git.ts'
import {
  type FarHead,
  type FarLedger,
  fetchHeads,
  knownHead,
  listKeptRefs,
  shardRef,
  shardsFor,
} from '../../store/remote/heads.ts'
import { aboutLayout, layoutRef } from '../../store/remote/layout.ts'
import { saveUnread } from '../../store/remote/unread.ts'
import { domain } from '../../store/room.ts'
import { attempt } from '../act.ts'
import { claimsHere, followHeads, nameHere } from './plan.ts'
import { type AllSettled, isOfRefs, noteLost, settleSome } from './round.ts'
import { refsFor } from './scope.ts'
import { type Before, nothingLost, seenOf, takeAsSeen } from './set-back.ts'
import type { Trouble } from './settling.ts'

/** The refs of claims as the remote tells them. */
export interface Listing {
  refs: Map<string, string>
  /** Those that are not at the value that was read last, by that (null: never read). */
  moved: Map<string, string | null>
  /** Why this remote is not the one that was set up, or null. */
  strange: Trouble | null
}

/** Ask the remote for its refs of claims, and for what says how they are laid out. */
export function listClaims({ room, setting, far }: FarLedger): Answer<Listing> {
  const layout = layoutRef(setting.prefix)
  const listed = listRefs(far, [`${setting.prefix}/claims/*`, layout])
  if (!listed.ok) return listed
  const refs = new Map([...listed.result].filter(([ref]) => isClaimRef(setting.prefix, ref)))
  const known = [...refs].map(([ref, oid]) => ({ ref, oid, was: knownHead(room, ref)?.oid ?? null }))
  const moved = new Map(known.filter(({ oid, was }) => oid !== was).map(({ ref, was }) => [ref, was]))
  const strange = aboutLayout(far.remote, setting, listed.result.get(layout), refs.size)
  return { ok: true, result: { refs, moved, strange } }
}

const everyShard = (shards: number) => Array.from({ length: shards }, (_, at) => at)

/** The refs of a domain. */
const refsIn = ({ setting }: FarLedger, name: string) =>
  (name === 'file' ? everyShard(setting.shards) : [0]).map((at) => shardRef(setting, name, at))

/** What the room knows of each domain that its ledger has, or that it has read: to be asked for before the remote is. */
export function knownBefore(ctx: Context, ledger: FarLedger): Map<string, Before> {
  const { room } = ledger
  return new Map(
    [...domainsOf(ledger)].map((name) => [
      name,
      {
        claims: attempt(ctx, () => claimsHere(room, name)) ?? [],
        heads: seenOf(room, refsIn(ledger, name)),
      },
    ]),
  )
}

/**
 * What the remote does not have any more, though the room believes it: claims of the room wait to be taken again, those of others go. A remote
 * that is not the one that was set up holds nothing of this room, and says nothing of what others hold.
 */
export function dropForgotten(
  ctx: Context,
  ledger: FarLedger,
  listing: Listing,
  before: Map<string, Before>,
  by: string,
  result: AllSettled,
): void {
  const refs = listing.strange ? new Map<string, string>() : listing.refs
  for (const [name, known] of before) {
    const { claims, heads } = known
    const shards = [...heads.keys()]
    const stood = new Set(claims.flatMap((lease) => (lease.machine ? refsFor(ledger, lease) : [])))
    const gone = shards.filter((ref) => !refs.has(ref) && (stood.has(ref) || heads.get(ref)?.oid))
    if (gone.length > 0) {
      const seen = attempt(ctx, () => takeAsSeen(ctx, ledger, name, gone.map(nothingAt), by, known))
      // Whether claims of others bind nobody, a remote that is another one does not say.
      if (seen) noteLost(result, listing.strange ? { ...seen, unbound: [] } : seen)
    }
    if (!listing.strange) attempt(ctx, () => followKnown(ctx, ledger, name, claims, shards, refs, by))
  }
}

/** The domains that the room's ledger has, or that it has read. */
function domainsOf({ room, setting }: FarLedger): Set<string> {
  const read = listKeptRefs(room, setting).flatMap((ref) => knownHead(room, ref)?.slot?.claims[0] ?? [])
  return new Set([
    ...listDomains(room),
    ...read.map(({ resource_type, resource_name }) => domain(resource_type, resource_name)),
  ])
}

const nothingAt = (ref: string): FarHead => ({ ref, oid: null, slot: null, sights: {} })

/** Let the room's ledger follow what is known of a domain, where it tells of claims of others that are nowhere any more, or leaves some out. */
function followKnown(
  ctx: Context,
  ledger: FarLedger,
  name: string,
  claims: FarLease[],
  shards: string[],
  refs: Map<string, string>,
  by: string,
): void {
  const own = ledger.setting.machine
  const heads = shards.flatMap((ref) => {
    const known = knownHead(ledger.room, ref)
    if (refs.has(ref)) return known ?? []
    // Another process of the room has seen it since the listing.
    return known?.oid ? [] : nothingAt(ref)
  })
  const read = new Set(heads.map(({ ref }) => ref))
  const there = heads
    .flatMap(({ slot }) => slot?.claims ?? [])
    .filter(({ machine }: FarLease) => machine !== own)
  const known = new Set(there.map(sightOf))
  const here = claims.filter(({ machine }) => machine !== undefined && machine !== own)
  const told = new Set(here.map(sightOf))
  const isOwnName = (lease: FarLease) => nameHere(ledger.room, lease) !== lease.claimed_by
  const about =
    here.find(isOwnName) ??
    here.find(
      (lease) => !known.has(sightOf(lease)) && refsFor(ledger, lease).every((ref) => read.has(ref)),
    ) ??
    there.find((lease) => !told.has(sightOf(lease)))
  if (about) followHeads(ctx, ledger, name, heads, by, [about])
}

/** Read what moved, but for what this process has moved or read meanwhile. */
export function readMoved(
  ctx: Context,
  ledger: FarLedger,
  { moved, refs: listed }: Listing,
  by: string,
  result: AllSettled,
): Trouble | null {
  const { room, setting } = ledger
  const left = [...moved].flatMap(([ref, was]) => ((knownHead(room, ref)?.oid ?? null) === was ? ref : []))
  const unread = new Map<string, string>()
  let trouble: Trouble | null = null
  for (const folder of ['file', 'one']) {
    const refs = left.filter((ref) => ref.startsWith(`${setting.prefix}/claims/${folder}/`))
    const known = seenOf(room, refs)
    for (const { asked, answer } of fetchEach(ctx, ledger, refs))
      if (answer.ok)
        for (const head of answer.result) result.read += adopt(ctx, ledger, head, known, by, result)
      else {
        trouble = answer.trouble
        if (isOfRefs(trouble)) for (const ref of asked) unread.set(ref, listed.get(ref)!)
      }
  }
  attempt(ctx, () => saveUnread(room, unread))
  if (!trouble) attempt(ctx, () => noteContact(room, ctx.now().wall, null))
  return trouble
}

/** Fetch heads together; where one holds no slot, one by one, so that it keeps none of the others away. */
function fetchEach(ctx: Context, ledger: FarLedger, refs: string[]) {
  if (refs.length === 0) return []
  const all = tryFetching(ctx, ledger, refs)
  if (all.ok || refs.length === 1 || !isOfRefs(all.trouble)) return [{ asked: refs, answer: all }]
  return refs.map((ref) => ({ asked: [ref], answer: tryFetching(ctx, ledger, [ref]) }))
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
function adopt(
  ctx: Context,
  ledger: FarLedger,
  head: FarHead,
  heads: Before['heads'],
  by: string,
  result: AllSettled,
): number {
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
  const claims = attempt(ctx, () => claimsHere(room, name)) ?? []
  const own = claims.filter(({ machine }) => machine === setting.machine)
  // Whether a claim of one's own is lost wants more than a look.
  if (own.length > 0) {
    if (isAmiss(heads.get(head.ref) ?? null, head, ctx.now().wall))
      noteLost(result, { ...nothingLost(), refs: [head.ref] })
    const beside = own.filter((lease) => refsFor(ledger, lease).includes(head.ref))
    return settleSome(ctx, ledger, name, [about, ...beside], by, result) ? 0 : 1
  }
  attempt(ctx, () => {
    noteLost(result, takeAsSeen(ctx, ledger, name, [head], by, { claims, heads }))
    followHeads(ctx, ledger, name, [head], by)
  })
  return 1
}
