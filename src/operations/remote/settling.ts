/**
 * Bringing the claims of a room and of its remote together: read both, settle by the rule, push what is new, let the room's ledger follow.
 * Again while other rooms are faster. What the order of reading must be: a lease is in the room's ledger before it is pushed, so the
 * ledger is read after the remote to know what was given up, and before it to know what the remote had taken.
 */
import type { Context } from '../../context.ts'
import type { Resource } from '../../protocol/claims.ts'
import type { Settled } from '../../protocol/remote/settle.ts'
import type { FarLease } from '../../protocol/remote/slots.ts'
import { pause } from '../../store/pid-lock.ts'
import { noteContact } from '../../store/remote/contact.ts'
import { patience } from '../../store/remote/git.ts'
import { appendFar, type FarHead, type FarLedger, fetchHeads } from '../../store/remote/heads.ts'
import type { Room } from '../../store/room.ts'
import { attempt } from '../act.ts'
import { type Asked, claimsHere, conclude, propose } from './plan.ts'
import { knownHeads, scopeOf } from './scope.ts'
import { addLost, seenOf, takeAsSeen, warnOfSetBack } from './set-back.ts'

/** Why a remote did not take part. */
export interface Trouble {
  kind: string
  detail: string
}

/**
 * Settle the shards of a domain that some resources stand in. Where a ref can't be moved for twice as long as a question may take, since
 * others are always faster or a lock was left at the remote, that is trouble of kind `lease`.
 */
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
  const left = patience(ledger.far)
  for (let tries = 0; ; tries++) {
    const begun = ctx.now().wall
    const before = claimsHere(room, name) ?? []
    const fresh = heads === null
    const read = heads ? { heads, isForgetful: false } : lookFar(ctx, ledger, name, scope.refs, asked, before)
    if ('trouble' in read) return told(ctx, room, read.trouble)
    // What it has forgotten waits to be taken, from before the next look.
    if (read.isForgetful) {
      if (left() > 0) continue
      return told(ctx, room, { kind: 'lease', detail: `${ledger.setting.remote} loses it again and again` })
    }
    const plan = propose(ctx, ledger, { name, resources, scope, before, asked }, read.heads)
    const { settled } = plan
    heads = null
    if (!fresh && (settled.lost.length > 0 || !settled.changed)) continue
    const pushed =
      plan.moves.length > 0 ? appendFar(ledger, plan.moves, plan.now) : { ok: true as const, heads: [] }
    if (pushed.ok) {
      return { settled: conclude(ctx, ledger, plan, pushed.heads) }
    }
    if (pushed.trouble.kind !== 'lease') return told(ctx, room, pushed.trouble)
    if (left() <= 0) return told(ctx, room, pushed.trouble)
    giveWay(ctx, ctx.now().wall - begun, tries, left())
  }
}

/**
 * Settle several domains with one push by what is known of them, all or none. Null where that is not enough, since others were faster, more is to
 * be known, or the remote refuses some of it: then each wants to be settled for itself.
 */
export function settleTogether(
  ctx: Context,
  ledger: FarLedger,
  domains: { name: string; resources: Resource[] }[],
  asked: Asked,
): { settled: Settled[] } | { trouble: Trouble } | null {
  if (!ledger.setting.atomic) return null
  const plans = domains.map(({ name, resources }) => {
    const scope = scopeOf(ledger, name, resources)
    const before = claimsHere(ledger.room, name) ?? []
    const heads = knownHeads(ledger.room, scope.refs)
    return propose(ctx, ledger, { name, resources, scope, before, asked }, heads)
  })
  if (plans.some(({ settled, moves }) => settled.lost.length > 0 || moves.length === 0)) return null
  const moves = plans.flatMap((plan) => plan.moves)
  const pushed = appendFar(ledger, moves, plans[0]!.now)
  if (!pushed.ok) {
    const { kind } = pushed.trouble
    return kind === 'lease' || kind === 'refused' ? null : told(ctx, ledger.room, pushed.trouble)
  }
  for (const plan of plans) {
    const refs = new Set(plan.moves.map(({ head }) => head.ref))
    conclude(
      ctx,
      ledger,
      plan,
      pushed.heads.filter(({ ref }) => refs.has(ref)),
    )
  }
  return { settled: plans.map(({ settled }) => settled) }
}

/** Leave others time for so many tries as may be under way; one took `took_ms`. Below that all would be at it again at once. */
function giveWay(ctx: Context, took_ms: number, tries: number, left_ms: number): void {
  const once = Math.min(500, Math.max(5, took_ms))
  const wait = once * 2 ** Math.min(tries, 3) * (Number.parseInt(ctx.random(1), 36) / 36 || 0.5)
  pause(Math.max(0, Math.min(wait, left_ms)))
}

function told(ctx: Context, room: Room, trouble: Trouble) {
  attempt(ctx, () => noteContact(room, ctx.now().wall, trouble as never))
  return { trouble }
}

function lookFar(
  ctx: Context,
  ledger: FarLedger,
  name: string,
  refs: string[],
  { by, seen: all }: Asked,
  claims: FarLease[],
): { heads: FarHead[]; isForgetful: boolean } | { trouble: Trouble } {
  const known = { claims, heads: seenOf(ledger.room, refs) }
  const answer = fetchHeads(ledger, refs, ctx.now())
  if (!answer.ok) return { trouble: answer.trouble }
  const heads = answer.result
  const seen = takeAsSeen(ctx, ledger, name, heads, by, known)
  if (all) addLost(all, seen)
  else warnOfSetBack(ctx, ledger.setting.remote, seen)
  return { heads, isForgetful: seen.again.length > 0 }
}
