import type { Context } from '../context.ts'
import type { Resource } from '../protocol/claims.ts'
import { invalid } from '../protocol/errors.ts'
import { checkType, resourceKey } from '../protocol/names.ts'
import { quote } from '../protocol/needs.ts'
import { look, type Picture } from '../protocol/picture.ts'
import { keptSince, pastTenures, type Tenure } from '../protocol/tenures.ts'
import { formatInstant } from '../protocol/time.ts'
import { asTold } from '../store/foreign/kept.ts'
import { readSlots } from '../store/ledger.ts'
import { listWaiters } from '../store/queue.ts'
import { lastMachine } from '../store/remote/setting.ts'
import { domain, type Room } from '../store/room.ts'
import { readEverything } from '../store/snapshot.ts'
import { checkNamed, identify } from './identify.ts'
import { meetsIn } from './leases.ts'
import { defineOperation } from './operation.ts'
import { resourcesOf } from './resources.ts'
import { limited, seenClaim } from './views.ts'

/**
 * `coord claims`: what is claimed, by whom and until when, as the ledgers tell. One resource: with the globs that cover it, and its past holders, newest first, as
 * far as the kept slots tell; `past_since` is where they begin when older ones are gone.
 */
export const claims = defineOperation({
  name: 'claims',
  summary: 'List claims; of one resource also the past holders.',
  writes: false,
  input: {
    resource: { kind: 'text', help: 'one resource, as TYPE/NAME or TYPE NAME' },
    name: { kind: 'text', help: 'its name, where the type stands alone' },
    mine: { kind: 'flag', help: 'only your own' },
    type: { kind: 'text', help: 'only of this type' },
    expired: { kind: 'flag', help: 'only those whose lease is over' },
    limit: { kind: 'count', help: 'at most so many (default 50)' },
  },
  run(ctx, given) {
    if (given.type !== undefined) checkType(given.type)
    const one = given.resource === undefined ? null : readResource(ctx, given.resource, given.name)
    const room = ctx.room()
    checkNamed(ctx, room)
    const now = ctx.now()
    const mine = given.mine ? identify(ctx, room, now.wall).session : null
    const picture = look(readEverything(room, now).records, now, room.config)
    ctx.labels = picture.labels
    const meets = meetsIn(room)
    const wanted = picture.claims.filter(
      ({ lease, expired }) =>
        (one === null ||
          isOf(lease, one) ||
          (lease.resource_type === 'file' && meets(lease, one.resource))) &&
        (mine === null || lease.claimed_by === mine) &&
        (given.type === undefined || lease.resource_type === given.type) &&
        (!given.expired || expired),
    )
    const { kept, omitted } = limited(wanted, given.limit, 'first')
    const past: Partial<ReturnType<typeof pastOf>> = one ? pastOf(room, one, picture, given.limit) : {}
    return {
      now: formatInstant(now.wall),
      claims: kept.map(seenClaim),
      ...(omitted > 0 ? { omitted } : {}),
      ...past,
      ...(one ? { waiting: waitingFor(room, one) } : {}),
    }
  },
})

const isOf = ({ resource_type, resource_name }: Resource, { key }: Wanted) =>
  resourceKey(resource_type, resource_name) === key

interface Wanted {
  resource: Resource
  type: string
  name: string
  key: string
}

function readResource(ctx: Context, text: string, given: string | undefined): Wanted {
  const at = given === undefined ? text.indexOf('/') : text.length
  const name = given ?? text.slice(at + 1)
  if (at < 1 || name === '')
    throw invalid(
      'resource',
      `resource "${text}" is not TYPE/NAME`,
      `e.g. coord claims droplet/church-guidance; all of a type: coord claims --type ${quote(text)}`,
    )
  const [resource] = resourcesOf(ctx, { type: text.slice(0, at), name: [name] })
  const { resource_type: type, resource_name } = resource!
  return { resource: resource!, type, name: resource_name, key: resourceKey(type, resource_name) }
}

/** Who stands in line for it, first come first. */
function waitingFor(room: Room, { type, name }: Wanted) {
  const waiters = listWaiters(room, { resource_type: type, resource_name: name })
  return waiters.map(({ session, since }) => ({ session_id: session, since }))
}

function pastOf(room: Room, { type, name }: Wanted, picture: Picture, limit: number | undefined) {
  // What was kept for a session stood in its name, as the keeper calls it.
  const slots = readSlots(room, domain(type, name)).map(({ n, slot }) => ({
    n,
    slot: { ...slot, claims: asTold(room, slot.claims) },
  }))
  const all = pastTenures(slots, { resource_type: type, resource_name: name })
  const { kept, omitted } = limited(all, limit, 'first')
  const since = keptSince(slots)
  const nameOf = (id: string | null) => picture.byId.get(id ?? '')?.session.name ?? null
  return {
    past: kept.map((tenure) => ({
      ...withoutOwn(tenure, lastMachine(room)),
      holder_name: nameOf(tenure.claimed_by),
      by_name: nameOf(tenure.by),
    })),
    ...(omitted > 0 ? { past_omitted: omitted } : {}),
    ...(since === null ? {} : { past_since: since }),
  }
}

/** A tenure whose machines are told where they are others than the room's own. */
function withoutOwn({ machine, by_machine, ...tenure }: Tenure, own: string | null): Tenure {
  return {
    ...tenure,
    ...(machine && machine !== own ? { machine } : {}),
    ...(by_machine && by_machine !== own ? { by_machine } : {}),
  }
}
