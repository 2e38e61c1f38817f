/**
 * Moving a claim where a remote arbitrates: the room's ledger is the first gate, then the remote decides. What it took counts; what it could
 * not be asked about is provisional, and settled when it answers again. Loaded only where a remote is set.
 */
import type { Context } from '../../context.ts'
import { type Decision, decideRelease, findLease, type Resource } from '../../protocol/claims.ts'
import { CoordError } from '../../protocol/errors.ts'
import { nameOf } from '../../protocol/names.ts'
import type { Lease } from '../../protocol/records.ts'
import { isKeptFor } from '../../protocol/remote/kept.ts'
import { isPlaceHere } from '../../protocol/remote/places.ts'
import { type FarLease, isWaiting } from '../../protocol/remote/slots.ts'
import { startSyncIfDue } from '../../store/foreign/trigger.ts'
import { readHead } from '../../store/ledger.ts'
import { recentTrouble } from '../../store/remote/contact.ts'
import { within } from '../../store/remote/git.ts'
import type { FarLedger } from '../../store/remote/heads.ts'
import { ownRepository } from '../../store/remote/own-repository.ts'
import { farOf, loadRemote, type RemoteSetting } from '../../store/remote/setting.ts'
import { domain, type Room } from '../../store/room.ts'
import { asOf, sinceLook } from '../as-of.ts'
import { type Decide, type Outcome, transactHere } from '../leases.ts'
import type { GiveBack } from '../release.ts'
import { judged, provisional } from './answering.ts'
import { isAbroad, takingKept } from './kept.ts'
import { type Noted, nothingDone, offering } from './offering.ts'
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
  const isForNobody = (lease: Lease) => room.lazy.upkeep().isKeptForNobody(room, lease)
  for (let tries = 0; tries < TRIES; tries++) {
    const deciding = takingKept(setting.machine, by, isForNobody, decide)
    const outcome = tryFar(ctx, ledger, by, resources, deciding, later)
    if (outcome) return outcome
  }
  const [first] = resources
  throw new CoordError('busy', `others settled ${nameOf(first!)} all the time`, 'Try again.')
}

/** Give back what is kept for a session, which does not want it: nobody else gets it before. Answers as `refused` where it is not, or not with that token. */
export const giveBackKept: GiveBack = (ctx, room, ask, refused) => {
  const machine = loadRemote(room)?.machine
  const isKept = (lease: Lease | null | undefined) =>
    lease && machine && isKeptFor(lease, machine, ask.by) && (ask.token ?? lease.token) === lease.token
  if (refused.ok || ask.force !== null || !isKept(refused.refusal.lease)) return refused
  return transactFar(ctx, room, ask.by, [ask.resource], (holdings, _now, past) => {
    const force = isKept(findLease(holdings.claims, ask.resource)) ? '' : null
    const decision = decideRelease(holdings, { ...ask, force }, past())
    return force === null || decision.kind !== 'append' ? decision : asReleased(decision)
  })
}

/** The decision to take a claim away, as that of its holder to let it go. */
const asReleased = <D extends Extract<Decision<unknown>, { kind: 'append' }>>(decision: D): D => ({
  ...decision,
  op: 'release',
  changes: decision.changes.map(({ reason: _reason, ...change }) => ({ ...change, act: 'release' })),
})

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
  const noted: Noted = nothingDone()
  const asked = (fresh: boolean) => ({
    ...{ by, drop: noted.drop, reasons: noted.reasons, together: noted.fresh, fresh },
  })
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
  if (!outcome.ok) return dated(ctx, room, resources[0]!, outcome)
  if (!noted.appended && noted.offered.size === 0 && !isPending(room, name)) return outcome
  if (later || (hurries && noted.fresh.size + noted.drop.size === 0)) {
    startSyncIfDue(room, ctx.now().wall)
    return outcome
  }
  const answer = quiet ? { trouble: quiet } : trySettling(ctx, ledger, name, resources, asked(false))
  if ('settled' in answer) return judged(ctx, ledger, name, outcome, answer.settled, noted)
  if (hurries) startSyncIfDue(room, ctx.now().wall)
  return provisional(ctx, ledger, name, resources, by, outcome, answer.trouble, noted)
}

/** That there is no claim is said with the age of what is known of others. */
function dated<R>(ctx: Context, room: Room, resource: Resource, outcome: Outcome<R>): Outcome<R> {
  if (outcome.ok || outcome.refusal.code !== 'not_found' || outcome.refusal.said) return outcome
  const said = `there is no claim of ${nameOf(resource)}${sinceLook(asOf(room), ctx.now().wall)}`
  return { ok: false, refusal: { ...outcome.refusal, said } }
}

function isPending(room: Room, name: string): boolean {
  const claims: FarLease[] = readHead(room, name).slot?.claims ?? []
  return claims.some((lease) => isWaiting(lease) && !lease.foreign)
}
