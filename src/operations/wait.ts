/** Waiting for a resource: stand in line, say so, look again whenever something changes, leave no trace. */
import type { Context } from '../context.ts'
import { isExpired, type Resource } from '../protocol/claims.ts'
import { CoordError } from '../protocol/errors.ts'
import type { Session } from '../protocol/records.ts'
import { isEnded } from '../protocol/sessions.ts'
import { formatInstant } from '../protocol/time.ts'
import { ledgerDirectory } from '../store/ledger.ts'
import { monotonic } from '../store/pid-lock.ts'
import { ownProcess } from '../store/processes.ts'
import { holdTicket, leaveQueue, newTicket, queueDirectory } from '../store/queue.ts'
import { domain, inRoom, type Room } from '../store/room.ts'
import { loadSession } from '../store/sessions.ts'
import { watchDirectories } from '../store/watch.ts'
import { attempt, recordAct } from './act.ts'
import {
  type AskedClaim,
  type claim,
  claimError,
  namesOf,
  prepareClaim,
  refuseClaim,
  settleClaim,
  tryClaim,
} from './claim.ts'
import { currentLease, forfeits } from './leases.ts'
import { defineOperation, type InputOf } from './operation.ts'
import type { Patience } from './patience.ts'

type Claimed = ReturnType<typeof settleClaim>

/**
 * Claim, waiting in line while others hold it: first come, first served among the processes of this machine. Null when the
 * signal came first. Throws what `claim` throws; `held` when the patience ran out.
 */
export async function claimWhenFree(
  ctx: Context,
  given: InputOf<typeof claim.input>,
  patience: Patience,
): Promise<Claimed | null> {
  const asked = prepareClaim(ctx, given)
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
    if (seen && 'error' in seen) throw refuseClaim(ctx, asked, refusal)
    return seen?.result ?? null
  } finally {
    for (const resource of resources) leaveQueue(room, resource, place.ticket)
  }
}

/** A session that was ended while it waits must get nothing any more: what it holds is forfeited. Throws `no_session`. */
function refuseEnded(room: Room, id: string): void {
  const session = loadSession(room, id)
  if (!session || !isEnded(session)) return
  throw new CoordError('no_session', `session ${id} has ended while it waited`, `coord start --id ${id}`)
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
    const asked = prepareClaim(ctx, { type: given.type, name: [given.name] })
    const error = whyTaken(ctx, asked)
    if (error) throw error
    return freeOf(asked.resources[0]!, 0)
  },
})

/** Wait until a resource is free. Null when the signal came first. Throws `held` when the patience ran out. */
export async function waitUntilFree(ctx: Context, given: InputOf<typeof input>, patience: Patience) {
  const asked = prepareClaim(ctx, { type: given.type, name: [given.name] })
  const from = monotonic()
  if (!whyTaken(ctx, asked)) return freeOf(asked.resources[0]!, 0)
  const seen = await lookUntil(ctx, asked.room, asked.session, asked.resources, patience, () => {
    const error = whyTaken(ctx, asked)
    return error ? { error } : { result: freeOf(asked.resources[0]!, monotonic() - from) }
  })
  if (seen && 'error' in seen) throw seen.error
  return seen?.result ?? null
}

const freeOf = ({ resource_type, resource_name }: Resource, waited_ms: number) => ({
  free: true,
  resource_type,
  resource_name,
  waited_ms,
})

/** Why a resource can't be had now: the refusal that a claim would get, without its traces; null when it is free. */
function whyTaken(ctx: Context, asked: AskedClaim): CoordError | null {
  const room = { ...asked.room, problems: [] }
  const now = ctx.now()
  const lease = currentLease(room, asked.resources[0]!, now)
  if (!lease || lease.claimed_by === asked.id) return null
  if (isExpired(lease, now, room.config.claims.skewMargin) || forfeits(room, now)(lease.claimed_by))
    return null
  return claimError(ctx, asked, { kind: 'refuse', code: 'held', lease, why: 'held' })
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
): Promise<Seen<R> | null> {
  const watcher = watchDirectories(placesOf(room, resources))
  const stop = () => watcher.tell()
  signal.addEventListener('abort', stop)
  let told: string | null = null
  try {
    for (;;) {
      const seen = look()
      if ('result' in seen) return seen
      const holder = holderIn(seen.error)
      if (told !== holder) sayWaiting(ctx, room, session, resources, holder)
      told = holder
      const waited_ms = watcher.waited_ms()
      onLook?.({ error: seen.error, waited_ms, circle: circleOf(ctx, room, session.session_id, holder) })
      const left = at_most_ms === null ? Number.POSITIVE_INFINITY : at_most_ms - waited_ms
      if (signal.aborted || left <= 0) {
        recordAct(ctx, room, session, ctx.now(), {
          event: 'gave-up',
          message: `waits no more for ${namesOf(resources)}`,
        })
        return signal.aborted ? null : seen
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

function sayWaiting(ctx: Context, room: Room, session: Session, resources: Resource[], holder: string): void {
  const now = ctx.now()
  const { resource_type: type, resource_name: name } = resources[0]!
  const { pid, started } = ownProcess()
  const waiting_for = { type, name, since: formatInstant(now.wall), holder, pid, pid_started: started }
  recordAct(ctx, room, session, now, {
    event: 'wait',
    message: `waits for ${namesOf(resources)}, held by ${holder}`,
    change: { waiting_for },
    metadata: { waiting_for: { type, name, holder } },
  })
}

/** The sessions that wait for each other, from `id` round to it again: none of them will get on. */
function circleOf(ctx: Context, room: Room, id: string, holder: string): string[] | null {
  const path = [id]
  let at: string | undefined = holder
  while (at && !path.includes(at)) {
    path.push(at)
    const { type, name }: Record<string, unknown> = loadSession(room, at)?.waiting_for ?? {}
    if (typeof type !== 'string' || typeof name !== 'string') return null
    const resource: Resource = { resource_type: type, resource_name: name }
    at = attempt(ctx, () => currentLease(room, resource, ctx.now()))?.claimed_by
  }
  return at === id ? path : null
}
