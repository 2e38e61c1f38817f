/** What is answered to who moved a claim: as the remote took it, who was first there, or that it waits. */
import type { Context } from '../../context.ts'
import type { Resource } from '../../protocol/claims.ts'
import { CoordError } from '../../protocol/errors.ts'
import { nameOf } from '../../protocol/names.ts'
import { causesIn, endingOf } from '../../protocol/remote/endings.ts'
import type { Settled } from '../../protocol/remote/settle.ts'
import { type FarLease, isSameResource, isWaiting, unmarked } from '../../protocol/remote/slots.ts'
import { readHead } from '../../store/ledger.ts'
import type { FarLedger } from '../../store/remote/heads.ts'
import { meetsIn, type Outcome, type Refusal } from '../leases.ts'
import type { Noted } from './offering.ts'
import { putBack } from './plan.ts'
import { knownHeads, refsFor } from './scope.ts'
import type { Trouble } from './settling.ts'
import { howLost, namesIn, tellLosers, tellTaken } from './telling.ts'

/** The answer once the remote has spoken; null where what was offered is neither taken nor lost, or does not stand here any more. */
export function judged<R>(
  ctx: Context,
  ledger: FarLedger,
  name: string,
  outcome: { ok: true; result: R },
  settled: Settled,
  { offered, given, drop }: Noted,
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
    const lost = `you lost ${nameOf(lease)}`
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
        : {
            kind: 'refuse',
            code: 'lost',
            lease: null,
            why: 'gone',
            said: `${lost}: it ${howLost(mine, namesIn(ctx, ledger.room))}`,
          },
    }
  }
  const late = given.flatMap((lease) => lateFor(ctx, ledger, lease, settled) ?? [])
  if (late[0]) return { ok: false, refusal: late[0] }
  const taken = new Map(settled.accepted.map((lease) => [lease.claim_id, lease]))
  const left = new Set(readHead(ledger.room, name).slot?.claims.map(({ claim_id }) => claim_id))
  if ([...wanted].some((id) => offered.has(id) && !(taken.has(id) && left.has(id)))) return null
  const result = withLeases(outcome.result, (lease) => {
    const there = taken.get(lease.claim_id)
    return there && lease.claimed_by === there.claimed_by
      ? { ...unmarked(lease), token: there.token, machine: there.machine! }
      : lease
  })
  return { ok: true, result, ...(drop.size > 0 ? { told: true } : {}) }
}

/** The refusal of giving back what the remote had given to another, or what went by force there; null where it was still this room's. */
function lateFor(
  ctx: Context,
  ledger: FarLedger,
  lease: FarLease,
  { changes, far }: Settled,
): Refusal | null {
  if (changes.some(({ claim_id }) => claim_id === lease.claim_id)) return null
  const { room, setting } = ledger
  const rival = far.claims.find(
    (other) =>
      other.machine !== setting.machine && (isSameResource(other, lease) || meetsIn(room)(other, lease)),
  )
  if (rival) {
    const wanted = isSameResource(lease, rival) ? {} : { wanted: lease }
    return { kind: 'refuse', code: 'lost', lease: rival, why: 'taken', ...wanted }
  }
  const slots = knownHeads(room, refsFor(ledger, lease)).map(({ slot }) => slot)
  const ending = endingOf(lease, null, causesIn(slots))
  if (ending.how !== 'force') return null
  const said = `you lost ${nameOf(lease)}: it ${howLost({ lease, rival: null, ending }, namesIn(ctx, room))}`
  return { kind: 'refuse', code: 'lost', lease: null, why: 'gone', said }
}

/** The answer while the remote does not: the claim stands here alone, and says so; null where it does not even stand here any more. */
export function provisional<R>(
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
