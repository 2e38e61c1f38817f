/** What a refused move says: who holds the resource, until when, how alive, and the next step. */
import type { Context } from '../context.ts'
import type { Moment, Resource } from '../protocol/claims.ts'
import { CoordError } from '../protocol/errors.ts'
import { labelOf } from '../protocol/labels.ts'
import { nameOf } from '../protocol/names.ts'
import { quote, wordsOf } from '../protocol/needs.ts'
import type { Lease, Session } from '../protocol/records.ts'
import { lastSign, liveness } from '../protocol/sessions.ts'
import { formatClock, formatSpan, parseInstant } from '../protocol/time.ts'
import { lookAt } from '../store/disk.ts'
import { FOREIGN } from '../store/foreign/place.ts'
import { processOf } from '../store/processes.ts'
import type { Waiter } from '../store/queue.ts'
import { inRoom, type Room } from '../store/room.ts'
import { loadSession } from '../store/sessions.ts'
import type { Refusal } from './leases.ts'
import { ownClaims } from './own-claims.ts'

/** What a refusal tells of a holder: who, with which token, until when, how alive, and on which other machine (`at`, in words). */
function describeHolder(
  room: Room,
  lease: Pick<Lease, 'claimed_by'> & { token: number | null; expires_at: string | null; machine?: unknown },
  now: Moment,
) {
  const here = lease.machine ? null : loadSession(room, lease.claimed_by)
  const mayBeAbroad = lease.machine || 'kept_for' in lease || lookAt(inRoom(room, FOREIGN))
  const { session, at, far } =
    here || !mayBeAbroad
      ? { session: here, at: '', far: {} }
      : room.lazy.upkeep().holderAbroad(room, lease, now.wall)
  const process = session ? processOf(session) : 'unknown'
  const alive = session && liveness(session, lastSign(session), process, now.wall, room.config.sessions)
  return {
    gone: process === 'dead',
    claimed_by: lease.claimed_by,
    token: lease.token,
    expires_at: lease.expires_at,
    liveness: alive,
    ...far,
    session,
    at,
  }
}

/** A resource as JSON names it, of a record that has more. */
const namedIn = ({ resource_type, resource_name }: Resource) => ({ resource_type, resource_name })

/** The error for a resource that is free, but for which somebody waits: it is theirs next. `later` is the command that waits for it. */
export function queueError(
  room: Room,
  resource: Resource,
  first: Waiter | null,
  now: Moment,
  later: string,
): CoordError {
  const name = nameOf(resource)
  const lease = { claimed_by: first?.session ?? '', token: null, expires_at: null }
  const { session, at, gone: _gone, ...holder } = describeHolder(room, lease, now)
  const since = parseInstant(first?.since) ?? now.wall
  const who = (session ? labelOf(session) : lease.claimed_by || 'somebody') + at
  return new CoordError(
    'held',
    `${name} goes to ${who}, who has waited for it for ${formatSpan(now.wall - since)}`,
    `${later} gets in line behind them.`,
    { ...namedIn(resource), holder },
  )
}

/** The error for a refused move, with the holder and the next step. `later` is the command that waits for it, told where the claim is `held`. */
export function refusalError(
  room: Room,
  resource: Resource,
  refusal: Refusal,
  now: Moment,
  later = '',
): CoordError {
  const name = nameOf(resource)
  const words = wordsOf(resource)
  if (!refusal.lease || refusal.code === 'not_found') {
    const [message, hint] = room.lazy
      .words()
      .ABSENT[refusal.code === 'lost' ? 'lost' : 'not_found'](name, words)
    return new CoordError(refusal.code, refusal.said ?? message, hint, namedIn(resource))
  }
  const { holder, called, who, term, gone } = tellHolder(room, refusal.lease, now)
  const send = `coord send ${quote(called)} "…"`
  const { wanted, why } = refusal
  const { message, hint } = room.lazy.words().PRESENT[refusal.code]({
    name: wanted ? `${nameOf(wanted)} overlaps ${name}, which` : name,
    ...{ words, who, term, send, why, later },
    gone: gone ? `its process is no more: coord rescue ${quote(called)}` : '',
  })
  return new CoordError(refusal.code, message, hint, {
    ...namedIn(resource),
    ...(wanted && { wanted: namedIn(wanted) }),
    holder,
  })
}

/** The holder of a claim in words: what it is called, what it does, and how long the claim lasts. */
export function tellHolder(room: Room, lease: Lease, now: Moment) {
  const { session, at, gone, ...holder } = describeHolder(room, lease, now)
  const until = parseInstant(lease.expires_at) ?? now.wall
  const term =
    until > now.wall
      ? `until ${formatClock(until, now.wall)}, in ${formatSpan(until - now.wall)}`
      : `lease over since ${formatSpan(now.wall - until)}`
  const called = session ? labelOf(session) : holder.claimed_by
  const who = `${called}${at} (${doing(session, at)}${holder.liveness ? `, seen ${formatSpan(holder.liveness.age_ms)} ago` : ''})`
  return { holder, called, who, term, gone }
}

const doing = (session: Session | null, at: string) =>
  session?.last?.action ?? (session ? (session.state ?? 'idle') : at ? 'not heard of yet' : 'not registered')

/** The error for a move of a file that a session holds only as part of a claim; null for any other refusal. */
export const refusalOfPart = (
  ctx: Context,
  room: Room,
  by: string,
  verb: string,
  resource: Resource,
  { code }: Refusal,
) =>
  code === 'not_found' && resource.resource_type === 'file'
    ? ctx.lazy.paths().partError(resource, ownClaims(ctx, room, by, ctx.now()), verb)
    : null
