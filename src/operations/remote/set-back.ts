/**
 * What the remote has lost: refs that are gone, made anew or at an older value. It is named, and the room's claims in them wait to be taken
 * again, as if it never had: provisional, and the first that it takes stands.
 */
import type { Context } from '../../context.ts'
import { changeOf } from '../../protocol/claims.ts'
import { nameOf } from '../../protocol/names.ts'
import { forgotten, isAmiss } from '../../protocol/remote/lineage.ts'
import type { FarLease } from '../../protocol/remote/slots.ts'
import { mayBeGone } from '../../protocol/remote/tombstones.ts'
import { parseInstant } from '../../protocol/time.ts'
import {
  dropHead,
  type FarHead,
  type FarLedger,
  floorOf,
  keepHead,
  knownHead,
} from '../../store/remote/heads.ts'
import type { Room } from '../../store/room.ts'
import { attempt } from '../act.ts'
import { transactHere } from '../leases.ts'
import { claimsHere } from './plan.ts'
import { refsFor } from './scope.ts'

/**
 * What the room knew before the remote was asked: its claims of a domain, and what it had seen of refs. What another process of the room has
 * brought there since is no loss of the remote's.
 */
export interface Before {
  claims: FarLease[]
  heads: ReadonlyMap<string, FarHead | null>
}

/** What has been seen of some refs. */
export const seenOf = (room: Room, refs: string[]): Before['heads'] =>
  new Map(refs.map((ref) => [ref, knownHead(room, ref)]))

/** What looking at some refs came to: those that are less than they were, the claims of the room that wait again, and those of others that bind no more, by name. */
export interface SetBack {
  refs: string[]
  again: string[]
  unbound: string[]
}

/** What there is before anything was looked at. */
export const nothingLost = (): SetBack => ({ refs: [], again: [], unbound: [] })

/** Add what another look came to. */
export function addLost(all: SetBack, { refs, again, unbound }: SetBack): void {
  all.refs = [...new Set([...all.refs, ...refs])]
  all.again = [...new Set([...all.again, ...again])]
  all.unbound = [...new Set([...all.unbound, ...unbound])]
}

/**
 * Keep refs of a domain as they were read (a slot that is null: not there). First what the remote has forgotten waits again, so that a crash
 * between leaves it to be found again. Throws what the room's ledger does.
 */
export function takeAsSeen(
  ctx: Context,
  ledger: FarLedger,
  name: string,
  heads: FarHead[],
  by: string,
  known: Before,
): SetBack {
  const { room, setting } = ledger
  const before = (ref: string) => known.heads.get(ref) ?? null
  const now = new Map(heads.map((head) => [head.ref, head]))
  const taken = new Set(
    known.claims.flatMap(({ machine, claim_id }) => (machine === setting.machine ? claim_id : [])),
  )
  const isForgotten = (claims: FarLease[]) =>
    forgotten(
      claims.filter(({ claim_id }) => taken.has(claim_id)),
      setting.machine,
      (lease) => refsFor(ledger, lease),
      now,
      before,
    )
  const again = isForgotten(claimsHere(room, name) ?? [])
  const offered = again.length > 0 ? offerAgain(ctx, ledger, name, again, isForgotten, by) : []
  const stood = new Set(again.flatMap((lease) => refsFor(ledger, lease)))
  const { wall } = ctx.now()
  const refs = heads
    .filter((head) => (stood.has(head.ref) && head.slot === null) || isAmiss(before(head.ref), head, wall))
    .map(({ ref }) => ref)
  for (const head of heads)
    attempt(ctx, () => {
      // What another process has seen meanwhile may be newer; if it is not, the next round reads again.
      if ((knownHead(room, head.ref)?.oid ?? null) !== (before(head.ref)?.oid ?? null)) return
      const was = before(head.ref)
      if (head.slot === null && (!was?.slot || mayBeGone(was.slot, wall)) && !was?.floor)
        dropHead(room, head.ref)
      else keepHead(room, { ...head, ...floorOf(was, head.slot) })
    })
  return { refs, again: offered, unbound: unboundIn(ledger, known.claims, refs, now, wall) }
}

/** The claims of others that stood in refs which the remote has lost or set back, and are not there any more: each with its holder. */
function unboundIn(
  ledger: FarLedger,
  claims: FarLease[],
  refs: string[],
  now: Map<string, FarHead>,
  wall: number,
): string[] {
  const left = new Set(
    [...now.values()].flatMap(({ slot }) => slot?.claims ?? []).map((each) => each.claim_id),
  )
  return claims
    .filter(({ machine, claim_id }) => machine && machine !== ledger.setting.machine && !left.has(claim_id))
    .filter((lease) => (parseInstant(lease.expires_at) ?? 0) > wall)
    .filter((lease) => refsFor(ledger, lease).some((ref) => refs.includes(ref)))
    .map((lease) => `${nameOf(lease)} of ${lease.claimed_by} @${lease.machine}`)
}

/** What of it is told, once: how many refs, and whose claims; null where nothing is. */
export function wordsOfLost(remote: string, { refs, again, unbound }: SetBack): string | null {
  if (refs.length === 0) return null
  const [count, verb] = again.length === 1 ? ['claim', 'is'] : ['claims', 'are']
  const ours =
    again.length === 0 ? [] : [`${again.length} ${count} of this room ${verb} offered again (${few(again)})`]
  const theirs =
    unbound.length === 0
      ? []
      : [
          `${unbound.length} of others ${unbound.length === 1 ? 'binds' : 'bind'} nobody any more (${few(unbound)})`,
        ]
  const what = `${remote} has lost or set back ${refs.length} ${refs.length === 1 ? 'ref' : 'refs'} of claims`
  return [what, [...ours, ...theirs].join(', ')].filter(Boolean).join(': ')
}

const FEW = 3

/** The first few names, and how many more. */
const few = (names: string[]) =>
  `${names.slice(0, FEW).join(', ')}${names.length > FEW ? ` and ${names.length - FEW} more` : ''}`

/** Tell of refs that are less than they were, if there are any. */
export function warnOfSetBack(ctx: Context, remote: string, seen: SetBack): void {
  const words = wordsOfLost(remote, seen)
  if (words !== null) ctx.warnings.push(words)
}

/** The names of the claims that wait again: one whose file was removed meanwhile, where that releases it, is given up instead. */
function offerAgain(
  ctx: Context,
  { room }: FarLedger,
  name: string,
  about: FarLease[],
  isForgotten: (claims: FarLease[]) => FarLease[],
  by: string,
): string[] {
  const outcome = transactHere(ctx, room, by, about, ({ claims, counter }) => {
    const again = new Set(isForgotten(claims))
    const left = new Set(claims.map(({ claim_id }) => claim_id))
    const released = isForgotten(claimsHere(room, name) ?? []).filter(({ claim_id }) => !left.has(claim_id))
    if (again.size + released.length === 0) return { kind: 'keep', result: [] as string[] }
    // A claim file of a script that the ledger does not know is none of it.
    const known = claims.filter(({ foreign, token }) => !foreign || token > 0)
    const next = known.map((lease: FarLease) => (again.has(lease) ? waiting(lease) : lease))
    const changes = [
      ...[...again].map((lease) => changeOf('forgotten', lease)),
      ...released.map((lease) => changeOf('release', lease)),
    ]
    const result = [...again].map(nameOf)
    return { kind: 'append', op: 'settle', holdings: { claims: next, counter }, changes, result }
  })
  return outcome.ok ? outcome.result : []
}

/** A lease as if the remote had never taken it. */
function waiting({ machine: _, taken_until: __, ...lease }: FarLease): FarLease {
  return { ...(lease as FarLease), provisional: true, set_back: true }
}
