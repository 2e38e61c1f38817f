/**
 * Moving a claim where a remote arbitrates: the room's ledger is the first gate, then the remote decides. What it took counts; what it could
 * not be asked about is provisional, and settled when it answers again. Loaded only where a remote is set.
 */
import type { Context } from '../../context.ts'
import type { Decision, Moment, Resource } from '../../protocol/claims.ts'
import { CoordError } from '../../protocol/errors.ts'
import { nameOf } from '../../protocol/names.ts'
import type { Change, Lease } from '../../protocol/records.ts'
import { isPlaceHere } from '../../protocol/remote/places.ts'
import type { Settled } from '../../protocol/remote/settle.ts'
import { type FarLease, isSameResource, isWaiting, unmarked } from '../../protocol/remote/slots.ts'
import { startSyncIfDue } from '../../store/foreign/trigger.ts'
import { readHead } from '../../store/ledger.ts'
import { recentTrouble } from '../../store/remote/contact.ts'
import { within } from '../../store/remote/git.ts'
import type { FarLedger } from '../../store/remote/heads.ts'
import { ownRepository } from '../../store/remote/own-repository.ts'
import { farOf, loadRemote, type RemoteSetting } from '../../store/remote/setting.ts'
import { domain, type Room } from '../../store/room.ts'
import { type Decide, type Outcome, transactHere } from '../leases.ts'
import { isAbroad, namedApart, takingKept } from './kept.ts'
import { putBack } from './plan.ts'
import type { Trouble } from './settling.ts'
import { tellLosers, tellTaken } from './telling.ts'
import { trySettling } from './trying.ts'

/** The remote ledger of a room. */
export const ledgerOf = (ctx: Context, room: Room, setting: RemoteSetting): FarLedger => ({
  room,
  setting,
  far: ownRepository(room, farOf(room, setting, ctx.gitEnvironment())),
})

const TRIES = 8

/**
 * As `transact`: the room's ledger first, then the remote's. Again where another process of the room, a round of `coord sync`, has settled away
 * what this one had just offered. `later`: the remote is told by the next round of sync, which is started; so too where a hook (`far_ms`)
 * wants nothing new. Throws `busy` where a claim of another machine can't be forced now.
 */
export function transactFar<R>(
  ctx: Context,
  room: Room,
  by: string,
  resources: Resource[],
  decide: Decide<R>,
  later = false,
): Outcome<R> {
  const setting = loadRemote(room)
  if (!setting || resources.every(isPlaceHere)) return transactHere(ctx, room, by, resources, decide)
  const whole = ledgerOf(ctx, room, setting)
  const ledger = ctx.far_ms === undefined ? whole : { ...whole, far: within(whole.far, ctx.far_ms) }
  for (let tries = 0; tries < TRIES; tries++) {
    const outcome = tryFar(ctx, ledger, by, resources, takingKept(setting.machine, by, decide), later)
    if (outcome) return outcome
  }
  const [first] = resources
  throw new CoordError('busy', `others settled ${nameOf(first!)} all the time`, 'Try again.')
}

function tryFar<R>(
  ctx: Context,
  ledger: FarLedger,
  by: string,
  resources: Resource[],
  decide: Decide<R>,
  later: boolean,
): Outcome<R> | null {
  const { room, setting } = ledger
  const hurries = ctx.far_ms !== undefined
  const name = domain(resources[0]!.resource_type, resources[0]!.resource_name)
  const noted: Noted = { appended: false, drop: new Set(), fresh: new Set(), offered: new Set() }
  const asked = (fresh: boolean) => ({ by, drop: noted.drop, together: noted.fresh, fresh })
  const here = () => transactHere(ctx, room, by, resources, offering(setting.machine, by, decide, noted))
  let outcome = here()
  const quiet = recentTrouble(room, ctx.now().wall, hurries)
  if (!outcome.ok && isAbroad(outcome.refusal.lease, setting.machine) && !later) {
    // It may have been given up there.
    const look = quiet ? { trouble: quiet } : trySettling(ctx, ledger, name, resources, asked(true))
    if ('settled' in look) outcome = here()
    else
      ctx.warnings.push(
        `${setting.remote} could not be asked (${look.trouble.detail}): this was so when it was read last`,
      )
  }
  if (!outcome.ok) return outcome
  if (!noted.appended && noted.offered.size === 0 && !isPending(room, name)) return outcome
  if (later || (hurries && noted.fresh.size + noted.drop.size === 0)) {
    startSyncIfDue(room, ctx.now().wall)
    return outcome
  }
  const answer = quiet ? { trouble: quiet } : trySettling(ctx, ledger, name, resources, asked(false))
  if ('settled' in answer) return judged(ctx, ledger, outcome, answer.settled, noted)
  if (hurries) startSyncIfDue(room, ctx.now().wall)
  return provisional(ctx, ledger, name, resources, by, outcome, answer.trouble, noted)
}

/** What the room's own decision did. */
interface Noted {
  appended: boolean
  /** Claims of other machines that went by force. */
  drop: Set<string>
  /** Claims that were not there before. */
  fresh: Set<string>
  /** The room's claims that the remote has not taken yet, before this process asked it. */
  offered: Set<string>
}

/** A decision whose claims are provisional until the remote took them. */
function offering<R>(machine: string, by: string, decide: Decide<R>, noted: Noted): Decide<R> {
  return (holdings, now: Moment, past: () => Change[]): Decision<R> => {
    const claims = namedApart(holdings.claims, machine, by)
    const decision = decide({ ...holdings, claims }, now, past)
    const none = { drop: new Set(), fresh: new Set(), offered: new Set() }
    Object.assign(noted, { appended: decision.kind === 'append', ...none })
    const wait = (leases: FarLease[]) => {
      for (const lease of leases) if (isWaiting(lease) && !lease.foreign) noted.offered.add(lease.claim_id)
    }
    if (decision.kind !== 'append') {
      wait(claims)
      return decision
    }
    const before = new Map(claims.map((lease) => [lease.claim_id, lease]))
    for (const { act, claim_id } of decision.changes)
      if (act === 'force' && isAbroad(before.get(claim_id) ?? null, machine)) noted.drop.add(claim_id)
    for (const { claim_id } of decision.holdings.claims) if (!before.has(claim_id)) noted.fresh.add(claim_id)
    const known = new Set<Lease>(claims)
    const renewed = new Set(
      decision.changes.flatMap(({ act, claim_id }) => (act === 'renew' ? claim_id : [])),
    )
    const offered = decision.holdings.claims.map((lease) => {
      if (known.has(lease) || lease.foreign || isPlaceHere(lease)) return lease
      return marked(lease, renewed.has(lease.claim_id) ? (before.get(lease.claim_id) ?? null) : null)
    })
    wait(offered)
    return { ...decision, holdings: { ...decision.holdings, claims: offered } }
  }
}

/** A lease that is to be offered; of one that the remote took, and that was only prolonged (`before`), it knows the earlier end meanwhile. */
function marked(lease: FarLease, before: FarLease | null): FarLease {
  if (!before?.machine || before.provisional) return { ...lease, provisional: true }
  return { ...lease, taken_until: before.taken_until ?? before.expires_at }
}

function isPending(room: Room, name: string): boolean {
  const claims: FarLease[] = readHead(room, name).slot?.claims ?? []
  return claims.some((lease) => isWaiting(lease) && !lease.foreign)
}

/** The answer once the remote has spoken; null where what was offered is neither taken nor lost. */
function judged<R>(
  ctx: Context,
  ledger: FarLedger,
  outcome: { ok: true; result: R },
  settled: Settled,
  { offered }: Noted,
): Outcome<R> | null {
  const wanted = new Set<string>()
  withLeases(outcome.result, (lease) => {
    wanted.add(lease.claim_id)
    return lease
  })
  const mine = settled.lost.find(({ lease }) => wanted.has(lease.claim_id))
  const others = settled.lost.filter(({ lease }) => !wanted.has(lease.claim_id))
  tellLosers(ctx, ledger.room, others)
  tellTaken(ctx, ledger, settled, wanted)
  if (mine) {
    const { lease, rival } = mine
    const asked = rival && isSameResource(lease, rival) ? {} : { wanted: lease }
    return {
      ok: false,
      refusal: rival
        ? {
            kind: 'refuse',
            code: lease.machine ? 'lost' : 'held',
            lease: rival,
            why: lease.machine ? 'taken' : 'held',
            ...asked,
          }
        : { kind: 'refuse', code: 'lost', lease: null, why: 'gone' },
    }
  }
  const taken = new Map(settled.accepted.map((lease) => [lease.claim_id, lease]))
  if ([...wanted].some((id) => offered.has(id) && !taken.has(id))) return null
  const result = withLeases(outcome.result, (lease) => {
    const there = taken.get(lease.claim_id)
    return there && lease.claimed_by === there.claimed_by
      ? { ...unmarked(lease), token: there.token, machine: there.machine! }
      : lease
  })
  return { ok: true, result }
}

/** The answer while the remote does not: the claim stands here alone, and says so; null where it does not even stand here any more. */
function provisional<R>(
  ctx: Context,
  ledger: FarLedger,
  name: string,
  resources: Resource[],
  by: string,
  outcome: { ok: true; result: R },
  trouble: Trouble,
  noted: Noted,
): Outcome<R> | null {
  const { remote } = ledger.setting
  if (noted.drop.size > 0) {
    putBack(ctx, ledger, name, resources, by)
    const hint = 'A claim of another machine can be forced only while the remote answers.'
    throw new CoordError('busy', `${remote} did not take it: ${trouble.detail}`, hint, {
      remote: trouble.kind,
    })
  }
  const left = new Map(
    (readHead(ledger.room, name).slot?.claims ?? []).map((lease: FarLease) => [lease.claim_id, lease]),
  )
  let isGone = false
  const known = new Set<string>()
  const result = withLeases(outcome.result, (lease) => {
    const now = left.get(lease.claim_id)
    if (!now && noted.offered.has(lease.claim_id)) isGone = true
    if (!now) return lease
    const { provisional, taken_until, machine, token } = now
    if (isWaiting(now)) known.add(provisional ? 'provisional' : `others know of it until ${taken_until}`)
    const mark = provisional ? { provisional } : taken_until === undefined ? {} : { taken_until }
    return { ...unmarked(lease), ...(machine === undefined ? {} : { token, machine }), ...mark }
  })
  if (isGone) return null
  const what = [...known].join('; ') || 'it waits'
  ctx.warnings.push(`${remote} was not asked or did not take it (${trouble.detail}): ${what}, until it does`)
  return { ok: true, result }
}

/** A result with its leases exchanged, wherever in it they are. */
function withLeases<R>(value: R, change: (lease: FarLease) => FarLease): R {
  if (Array.isArray(value)) return value.map((each: unknown) => withLeases(each, change)) as R
  if (typeof value !== 'object' || value === null) return value
  const record = value as Record<string, unknown>
  if (typeof record.claim_id === 'string' && typeof record.token === 'number')
    return change(record as unknown as FarLease) as R
  return Object.fromEntries(Object.entries(record).map(([key, each]) => [key, withLeases(each, change)])) as R
}
