/**
 * Bringing the claims of a room and of its remote together: read both, settle by the rule, push what is new, let the room's ledger follow.
 * Again while other rooms are faster. What the order of reading must be: a lease is in the room's ledger before it is pushed, so the
 * ledger is read after the remote to know what was given up, and before it to know what the remote had taken.
 */
import type { Context } from '../../context.ts'
import type { Moment, Resource } from '../../protocol/claims.ts'
import { CoordError } from '../../protocol/errors.ts'
import { nameOf } from '../../protocol/names.ts'
import type { Lease } from '../../protocol/records.ts'
import { mirror, type Settled, settle } from '../../protocol/remote/settle.ts'
import type { FarLease, FarSlot } from '../../protocol/remote/slots.ts'
import { nextSlot } from '../../protocol/slots.ts'
import { readHead } from '../../store/ledger.ts'
import { pause } from '../../store/pid-lock.ts'
import { noteContact } from '../../store/remote/contact.ts'
import {
  appendFar,
  type FarHead,
  type FarLedger,
  fetchHeads,
  keepHead,
  knownHead,
  shardRef,
  shardsFor,
} from '../../store/remote/heads.ts'
import type { Room } from '../../store/room.ts'
import { loadSession } from '../../store/sessions.ts'
import { attempt } from '../act.ts'
import { transactHere } from '../leases.ts'
import { knownHeads, type Scope, scopeOf, standing, unite } from './scope.ts'

/** Why a remote did not take part. */
export interface Trouble {
  kind: string
  detail: string
}

/** What is asked for besides: who acts, whose claims go by force, what is wanted all or nothing, whether to ask even if all seems known. */
export interface Asked {
  by: string
  drop: Set<string>
  together: Set<string>
  fresh: boolean
}

const TRIES = 200

/** Settle the shards of a domain that some resources stand in. Throws `busy` where others are always faster. */
export function settleDomain(
  ctx: Context,
  ledger: FarLedger,
  name: string,
  resources: Resource[],
  asked: Asked,
): { settled: Settled } | { trouble: Trouble } {
  const { room } = ledger
  const scope = scopeOf(ledger, name, resources)
  // Without a look before: a push that comes too late costs a third of one.
  let heads: FarHead[] | null = asked.fresh ? null : knownHeads(room, scope.refs)
  for (let tries = 0; tries < TRIES; tries++) {
    const begun = ctx.now().wall
    const before = claimsHere(room, name) ?? []
    const fresh = heads === null
    const read = heads ? { heads, rewound: false } : lookFar(ctx, ledger, scope.refs)
    if ('trouble' in read) return told(ctx, room, read.trouble)
    const now = ctx.now()
    const settled = settle(unite(read.heads), {
      ...standing(ledger, scope, read.heads, asked, now),
      before,
      after: claimsHere(room, name),
      rewound: read.rewound,
    })
    heads = null
    if (!fresh && (settled.lost.length > 0 || !settled.changed)) continue
    const moves = settled.changed ? movesOf(ctx, ledger, scope, read.heads, settled, asked.by, now) : []
    const pushed = moves.length > 0 ? appendFar(ledger, moves, now) : { ok: true as const, heads: [] }
    if (pushed.ok) {
      for (const head of pushed.heads) attempt(ctx, () => keepHead(room, head))
      follow(ctx, ledger, resources, scope, before, settled, asked.by)
      attempt(ctx, () => noteContact(room, now.wall, null))
      return { settled }
    }
    if (pushed.trouble.kind !== 'lease') return told(ctx, room, pushed.trouble)
    giveWay(ctx, ctx.now().wall - begun, tries)
  }
  throw new CoordError('busy', `others moved ${name} at ${ledger.setting.remote} all the time`, 'Try again.')
}

/** Leave others time for so many tries as may be under way; one took `took_ms`. Below that all would be at it again at once. */
function giveWay(ctx: Context, took_ms: number, tries: number): void {
  const once = Math.min(500, Math.max(5, took_ms))
  pause(once * 2 ** Math.min(tries, 3) * (Number.parseInt(ctx.random(1), 36) / 36 || 0.5))
}

function told(ctx: Context, room: Room, trouble: Trouble) {
  attempt(ctx, () => noteContact(room, ctx.now().wall, trouble as never))
  return { trouble }
}

function claimsHere(room: Room, name: string): FarLease[] | null {
  return readHead(room, name).slot?.claims ?? null
}

function lookFar(
  ctx: Context,
  ledger: FarLedger,
  refs: string[],
): { heads: FarHead[]; rewound: boolean } | { trouble: Trouble } {
  const { room } = ledger
  const known = refs.map((ref) => knownHead(room, ref))
  const answer = fetchHeads(ledger, refs, ctx.now())
  if (!answer.ok) return { trouble: answer.trouble }
  const heads = answer.result
  for (const head of heads) attempt(ctx, () => keepHead(room, head))
  const fell = heads.filter(({ slot }, at) => (known[at]?.slot?.n ?? 0) > (slot?.n ?? 0))
  if (fell.length > 0)
    ctx.warnings.push(
      `${ledger.setting.remote} fell behind what it had told (${fell[0]!.ref}): this room's claims are offered again`,
    )
  return { heads, rewound: fell.length > 0 }
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
    return [{ head, slot: { ...slot, n: (head.slot?.n ?? 0) + 1, machine: ledger.setting.machine } }]
  })
}

/** Let the room's ledger and claim files follow what was settled. */
function follow(
  ctx: Context,
  { room, setting }: FarLedger,
  resources: Resource[],
  { concerns }: Pick<Scope, 'concerns'>,
  before: FarLease[],
  settled: Settled,
  by: string,
): void {
  const rename = (lease: FarLease) => nameHere(room, lease)
  // What the remote took is found there again should the power fail: one wait for the disk is enough for a claim.
  const claims = { ...room.config.claims, durability: 'process' as const }
  transactHere(ctx, { ...room, config: { ...room.config, claims } }, by, resources, (holdings) => {
    const known = {
      ...holdings,
      claims: holdings.claims.filter(({ foreign, token }) => !foreign || token > 0),
    }
    const { changes, ...next } = mirror(known, settled, {
      machine: setting.machine,
      before,
      concerns,
      rename,
    })
    if (changes.length === 0) return { kind: 'keep', result: null }
    return { kind: 'append', op: 'settle', holdings: next, changes, result: null }
  })
}

/** What a holder elsewhere is called here: with its machine's name where a session of this room has the same. */
function nameHere(room: Room, { claimed_by, machine }: FarLease): string {
  const session = loadSession(room, claimed_by) as { machine?: unknown } | null
  return session && session.machine !== machine ? `${claimed_by}.${machine}`.slice(-64) : claimed_by
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
  if (about[0]) follow(ctx, ledger, [about[0]], { concerns }, [], settled, by)
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

/** What the refusal of a claim is about, in words. */
export const aboutLost = ({ lease, rival }: Settled['lost'][number]) =>
  rival
    ? `${nameOf(lease)} is held by ${rival.claimed_by} on another machine, which was first`
    : `${nameOf(lease)} was taken from you while this machine was away`
