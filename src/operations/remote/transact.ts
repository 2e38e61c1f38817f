/**
 * Moving a claim where a remote arbitrates: the room's ledger is the first gate, then the remote decides. What it took counts; what it could
 * not be asked about is provisional, and settled when it answers again. Loaded only where a remote is set.
 */
import type { Context } from '../../context.ts'
import type { Decision, Moment, Resource } from '../../protocol/claims.ts'
import { CoordError } from '../../protocol/errors.ts'
import type { Change, Lease } from '../../protocol/records.ts'
import { isPlaceHere } from '../../protocol/remote/places.ts'
import type { Settled } from '../../protocol/remote/settle.ts'
import { type FarLease, isSameResource } from '../../protocol/remote/slots.ts'
import { readHead } from '../../store/ledger.ts'
import { recentTrouble } from '../../store/remote/contact.ts'
import type { FarLedger } from '../../store/remote/heads.ts'
import { farOf, loadRemote, type RemoteSetting } from '../../store/remote/setting.ts'
import { domain, type Room } from '../../store/room.ts'
import { type Decide, type Outcome, transactHere } from '../leases.ts'
import { putBack } from './plan.ts'
import type { Trouble } from './settling.ts'
import { tellLosers } from './telling.ts'
import { trySettling } from './trying.ts'

/** The remote ledger of a room. */
export const ledgerOf = (ctx: Context, room: Room, setting: RemoteSetting): FarLedger => ({
  room,
  setting,
  far: farOf(room, setting, ctx.gitEnvironment()),
})

/** As `transact`: the room's ledger first, then the remote's. Throws `busy` where a claim of another machine can't be forced now. */
export function transactFar<R>(
  ctx: Context,
  room: Room,
  by: string,
  resources: Resource[],
  decide: Decide<R>,
): Outcome<R> {
  const setting = loadRemote(room)
  if (!setting || resources.every(isPlaceHere)) return transactHere(ctx, room, by, resources, decide)
  const ledger = ledgerOf(ctx, room, setting)
  const name = domain(resources[0]!.resource_type, resources[0]!.resource_name)
  const noted: Noted = { appended: false, drop: new Set(), fresh: new Set() }
  const asked = (fresh: boolean) => ({ by, drop: noted.drop, together: noted.fresh, fresh })
  const here = () => transactHere(ctx, room, by, resources, offering(setting.machine, by, decide, noted))
  let outcome = here()
  const quiet = recentTrouble(room, ctx.now().wall)
  if (!outcome.ok && isAbroad(outcome.refusal.lease, setting.machine) && !quiet) {
    // It may have been given up there.
    if ('settled' in trySettling(ctx, ledger, name, resources, asked(true))) outcome = here()
  }
  if (!outcome.ok) return outcome
  if (!noted.appended && !isPending(room, name)) return outcome
  const answer = quiet ? { trouble: quiet } : trySettling(ctx, ledger, name, resources, asked(false))
  if ('settled' in answer) return judged(ctx, room, outcome, answer.settled)
  return provisional(ctx, ledger, name, resources, by, outcome, answer.trouble, noted)
}

/** What the room's own decision did. */
interface Noted {
  appended: boolean
  /** Claims of other machines that went by force. */
  drop: Set<string>
  /** Claims that were not there before. */
  fresh: Set<string>
}

const isAbroad = (lease: FarLease | null, own: string) =>
  lease?.machine !== undefined && lease.machine !== own

/** A decision whose claims are provisional until the remote took them. A holder elsewhere of the same name is somebody else. */
function offering<R>(machine: string, by: string, decide: Decide<R>, noted: Noted): Decide<R> {
  return (holdings, now: Moment, past: () => Change[]): Decision<R> => {
    const claims = holdings.claims.map((lease: FarLease) =>
      isAbroad(lease, machine) && lease.claimed_by === by
        ? { ...lease, claimed_by: `${by}.${lease.machine}` }
        : lease,
    )
    const decision = decide({ ...holdings, claims }, now, past)
    Object.assign(noted, { appended: decision.kind === 'append', drop: new Set(), fresh: new Set() })
    if (decision.kind !== 'append') return decision
    const before = new Map(claims.map((lease) => [lease.claim_id, lease]))
    for (const { act, claim_id } of decision.changes)
      if (act === 'force' && isAbroad(before.get(claim_id) ?? null, machine)) noted.drop.add(claim_id)
    for (const { claim_id } of decision.holdings.claims) if (!before.has(claim_id)) noted.fresh.add(claim_id)
    const known = new Set<Lease>(claims)
    const offered = decision.holdings.claims.map((lease) =>
      known.has(lease) || lease.foreign || isPlaceHere(lease) ? lease : { ...lease, provisional: true },
    )
    return { ...decision, holdings: { ...decision.holdings, claims: offered } }
  }
}

function isPending(room: Room, name: string): boolean {
  const claims: FarLease[] = readHead(room, name).slot?.claims ?? []
  return claims.some(({ provisional, foreign }) => provisional && !foreign)
}

/** The answer once the remote has spoken. */
function judged<R>(ctx: Context, room: Room, outcome: { ok: true; result: R }, settled: Settled): Outcome<R> {
  const wanted = new Set<string>()
  withLeases(outcome.result, (lease) => {
    wanted.add(lease.claim_id)
    return lease
  })
  const mine = settled.lost.find(({ lease }) => wanted.has(lease.claim_id))
  tellLosers(
    ctx,
    room,
    settled.lost.filter(({ lease }) => !wanted.has(lease.claim_id)),
  )
  if (mine) {
    const { lease, rival } = mine
    const others = rival && isSameResource(lease, rival) ? {} : { wanted: lease }
    return {
      ok: false,
      refusal: rival
        ? {
            kind: 'refuse',
            code: lease.machine ? 'lost' : 'held',
            lease: rival,
            why: lease.machine ? 'taken' : 'held',
            ...others,
          }
        : { kind: 'refuse', code: 'lost', lease: null, why: 'gone' },
    }
  }
  const taken = new Map(settled.accepted.map((lease) => [lease.claim_id, lease]))
  const result = withLeases(outcome.result, (lease) => {
    const there = taken.get(lease.claim_id)
    const { provisional: _provisional, ...rest } = lease
    return there && lease.claimed_by === there.claimed_by
      ? { ...rest, token: there.token, machine: there.machine! }
      : lease
  })
  return { ok: true, result }
}

/** The answer while the remote does not: the claim stands here alone, and says so. */
function provisional<R>(
  ctx: Context,
  ledger: FarLedger,
  name: string,
  resources: Resource[],
  by: string,
  outcome: { ok: true; result: R },
  trouble: Trouble,
  noted: Noted,
): Outcome<R> {
  const { remote } = ledger.setting
  if (noted.drop.size > 0) {
    putBack(ctx, ledger, name, resources, by)
    const hint = 'A claim of another machine can be forced only while the remote answers.'
    throw new CoordError('busy', `${remote} did not take it: ${trouble.detail}`, hint, {
      remote: trouble.kind,
    })
  }
  ctx.warnings.push(
    `${remote} was not asked or did not take it (${trouble.detail}): provisional, until it does`,
  )
  const pending = new Set(
    (readHead(ledger.room, name).slot?.claims ?? []).flatMap((lease: FarLease) =>
      lease.provisional ? lease.claim_id : [],
    ),
  )
  const result = withLeases(outcome.result, (lease) =>
    pending.has(lease.claim_id) ? { ...lease, provisional: true } : lease,
  )
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
