/** Waiting for a resource: stand in line, say so, look again whenever something changes, leave no trace. */

import type { Context } from '../context.ts'
import { isExpired, type Resource } from '../protocol/claims.ts'
import { CoordError } from '../protocol/errors.ts'
import { namesOf } from '../protocol/names.ts'
import { wordsOf } from '../protocol/needs.ts'
import type { Lease, Session } from '../protocol/records.ts'
import { isEnded } from '../protocol/sessions.ts'
import { formatInstant, formatSpan } from '../protocol/time.ts'
import { asMetBy } from '../store/foreign/kept.ts'
import { monotonic } from '../store/pid-lock.ts'
import { holdTicket, leaveQueue, newTicket, queueDirectory } from '../store/queue.ts'
import { domain, inRoom, type Room } from '../store/room.ts'
import { loadSession } from '../store/sessions.ts'
import { ledgerDirectory } from '../store/slots.ts'
import { watchDirectories } from '../store/watch.ts'
import { attempt, recordAct } from './act.ts'
import {
  type AskedClaim,
  type claim,
  claimError,
  prepareClaim,
  refuseClaim,
  settleClaim,
  tryClaim,
} from './claim.ts'
import { currentLease, fileLeases, forfeits, meetsIn } from './leases.ts'
import { defineOperation, type InputOf } from './operation.ts'
import type { Patience } from './patience.ts'
import { circleOf, tellingWait } from './telling-wait.ts'
import { type ShownClaim, shownClaim } from './views.ts'

type Claimed = ReturnType<typeof settleClaim>

/**
 * Claim, waiting in line while others hold it: first come, first served among the processes of this machine. Null when the
 * signal came first. Throws what `claim` throws; `held` when the patience ran out.
 */
export function claimWhenFree(
  ctx: Context,
  given: InputOf<typeof claim.input>,
  patience: Patience,
): Promise<Claimed | null> {
  return obtainWhenFree(ctx, prepareClaim(ctx, given), patience)
}

/** The same for a claim that is prepared. */
export async function obtainWhenFree(
  ctx: Context,
  asked: AskedClaim,
  patience: Patience,
): Promise<Claimed | null> {
  const { room, id, session, resources } = asked
  const first = tryClaim(ctx, asked, null)
  if (first.ok) return settleClaim(ctx, asked, first.result)
  let refusal = first.refusal
  const now = ctx.now()
  const place = { ticket: newTicket(now, ctx.random(4)), session: id, since: formatInstant(now.wall) }
  const look = () => {
    refuseEnded(room, id)
    for (const resource of resources) attempt(ctx, () => holdTicket(room, resource, place))
    const outcome = tryClaim(ctx, asked, place.ticket)
    if (outcome.ok) return { result: settleClaim(ctx, asked, outcome.result) }
    refusal = outcome.refusal
    return { error: claimError(ctx, asked, refusal) }
  }
  try {
    const seen = await lookUntil(ctx, room, session, resources, patience, look)
    if (seen && 'error' in seen) throw timeIsUp(refuseClaim(ctx, asked, refusal), seen.waited_ms)
    return seen?.result ?? null
  } finally {
    for (const resource of resources) leaveQueue(room, resource, place.ticket)
  }
}

/** The refusal of who has waited in vain. */
function timeIsUp({ code, message, hint, details }: CoordError, waited_ms: number): CoordError {
  const told = `${message}; time is up after ${formatSpan(waited_ms)}`
  return new CoordError(code, told, hint, { ...details, waited_ms })
}

/** A session that was ended while it waits must get nothing any more: what it holds is forfeited. Throws `no_session`. */
function refuseEnded(room: Room, id: string): void {
  const session = loadSession(room, id)
  if (!session || !isEnded(session)) return
  throw new CoordError('no_session', `session ${id} has ended while it waited`, `coord start --id ${id}`)
}

/** A resource that nobody else holds, and how long that took. */
export interface Free {
  /** Whether nobody holds it. False where the session holds it itself: then its claim is told. */
  free: boolean
  claim?: ShownClaim
  already?: true
  resource_type: string
  resource_name: string
  waited_ms: number
}

const input = {
  type: { kind: 'text', help: 'the kind of resource', required: true },
  name: { kind: 'text', help: 'its name', required: true },
} as const

/** `coord wait`, one look: whether a resource is free. Throws `held` while it is not. */
export const wait = defineOperation({
  name: 'wait',
  summary: 'Wait until a resource is free, without claiming it.',
  writes: true,
  input,
  run(ctx, given) {
    const seen = lookOnce(ctx, prepareWait(ctx, given), 0)
    if ('error' in seen) throw seen.error
    return seen.result
  },
})

function prepareWait(ctx: Context, { type, name }: InputOf<typeof input>): AskedClaim {
  const asked = prepareClaim(ctx, { type, name: [name] })
  return { ...asked, later: `coord wait ${wordsOf(asked.resources[0]!)}` }
}

/** Wait until nobody else holds a resource. Null when the signal came first. Throws `held` when the patience ran out. */
export async function waitUntilFree(ctx: Context, given: InputOf<typeof input>, patience: Patience) {
  const asked = prepareWait(ctx, given)
  const first = lookOnce(ctx, asked, 0)
  if ('result' in first) return first.result
  const { room, session, resources } = asked
  const from = monotonic()
  const look = () => lookOnce(ctx, asked, monotonic() - from)
  const seen = await lookUntil(ctx, room, session, resources, patience, look)
  if (!seen) return null
  if ('error' in seen) throw timeIsUp(seen.error, seen.waited_ms)
  const message = `waited for ${namesOf(resources)}`
  recordAct(ctx, room, session, ctx.now(), { event: 'waited', message })
  return seen.result
}

/** Whether others hold a resource: then the refusal that a claim would get, without its traces. One's own claim is told as such. */
function lookOnce(ctx: Context, asked: AskedClaim, waited_ms: number): Seen<Free> {
  const room = { ...asked.room, problems: [] }
  const now = ctx.now()
  const [resource] = asked.resources
  const { resource_type, resource_name } = resource!
  const stands = (lease: Lease | null) =>
    lease !== null &&
    !isExpired(lease, now, room.config.claims.skewMargin) &&
    forfeits(room, now)(lease.claimed_by) === null
  const found = currentLease(room, resource!, now)
  const [met = null] = found ? asMetBy(room, [found], asked.id) : []
  const lease = stands(met) ? met : null
  const mine = lease?.claimed_by === asked.id
  const others = resource_type === 'file' ? fileLeases(room, [resource!], now) : []
  const rivals = asMetBy(room, others, asked.id)
  const meets = meetsIn(room)
  const rival = rivals.find(
    (each) => !mine && each.claimed_by !== asked.id && meets(each, resource!) && stands(each),
  )
  const refusal = { kind: 'refuse', code: 'held', why: 'held' } as const
  if (lease && !mine) return { error: claimError(ctx, asked, { ...refusal, lease }) }
  if (rival) return { error: claimError(ctx, asked, { ...refusal, lease: rival, wanted: resource! }) }
  const own = mine ? { claim: shownClaim(lease), already: true as const } : {}
  return { result: { ...own, free: !mine, resource_type, resource_name, waited_ms } }
}

type Seen<R> = { result: R } | { error: CoordError }

/** Look again whenever something changes; the session's file tells the others what it waits for. The last refusal when time is up. */
async function lookUntil<R>(
  ctx: Context,
  room: Room,
  session: Session,
  resources: Resource[],
  { at_most_ms, signal, onLook }: Patience,
  look: () => Seen<R>,
): Promise<{ result: R } | { error: CoordError; waited_ms: number } | null> {
  const watcher = watchDirectories(placesOf(room, resources))
  const stop = () => watcher.tell()
  signal.addEventListener('abort', stop)
  const tell = tellingWait(ctx, room, session, resources)
  try {
    for (;;) {
      const seen = look()
      if ('result' in seen) return seen
      const holder = holderIn(seen.error)
      tell(holder)
      const waited_ms = watcher.waited_ms()
      onLook?.({ error: seen.error, waited_ms, circle: circleOf(ctx, room, session.session_id, holder) })
      const left = at_most_ms === null ? Number.POSITIVE_INFINITY : at_most_ms - waited_ms
      if (signal.aborted || left <= 0) {
        recordAct(ctx, room, session, ctx.now(), {
          event: 'gave-up',
          message: `waits no more for ${namesOf(resources)}`,
        })
        return signal.aborted ? null : { error: seen.error, waited_ms }
      }
      await watcher.next(left)
    }
  } finally {
    signal.removeEventListener('abort', stop)
    watcher.close()
  }
}

const placesOf = (room: Room, resources: Resource[]) => [
  inRoom(room, 'claims'),
  ...resources.map(({ resource_type, resource_name }) =>
    ledgerDirectory(room, domain(resource_type, resource_name)),
  ),
  ...resources.map((resource) => queueDirectory(room, resource)),
]

function holderIn(error: CoordError): string {
  return String((error.details.holder as { claimed_by?: string } | undefined)?.claimed_by ?? '')
}
