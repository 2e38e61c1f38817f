/** All claims of a room with those at its remote: what waits to be taken goes out, what others hold comes in. For `coord remote` and `coord sync`. */
import type { Context } from '../../context.ts'
import type { RemoteTrouble } from '../../protocol/remote/answers.ts'
import { isPlaceHere } from '../../protocol/remote/places.ts'
import { type FarLease, isWaiting } from '../../protocol/remote/slots.ts'
import { listDomains, readHead } from '../../store/ledger.ts'
import { noteContact } from '../../store/remote/contact.ts'
import { type FarLedger, knownHead, shardRef } from '../../store/remote/heads.ts'
import { attempt } from '../act.ts'
import { dropForgotten, knownBefore, listClaims, readMoved } from './reading.ts'
import { type AllSettled, asked, settleSome } from './round.ts'
import type { Trouble } from './settling.ts'
import { tellTaken } from './telling.ts'
import { tryTogether } from './trying.ts'

/** A move of this room that the remote has not taken yet. */
export interface Pending {
  what: 'claim' | 'renew' | 'release'
  resource_type: string
  resource_name: string
  claimed_by: string
}

/** What this room decided and the remote was not told, by domain. Reads only. */
export function listPending(ctx: Context, { room, setting }: FarLedger): Map<string, Pending[]> {
  const found = new Map<string, Pending[]>()
  for (const name of listDomains(room)) {
    const head = attempt(ctx, () => readHead(room, name))
    if (!head?.slot) continue
    const here: FarLease[] = head.slot.claims.filter((lease) => !isPlaceHere(lease))
    const waiting = here
      .filter((lease) => !lease.foreign && (lease.machine === undefined || isWaiting(lease)))
      .map((lease) => pendingOf(lease.machine === undefined ? 'claim' : 'renew', lease))
    const known = name === 'file' ? everyShard(setting.shards) : [0]
    const there = new Map(
      known
        .flatMap((shard) => knownHead(room, shardRef(setting, name, shard))?.slot?.claims ?? [])
        .map((lease): [string, FarLease] => [lease.claim_id, lease]),
    )
    const kept = new Set(here.map(({ claim_id }) => claim_id))
    const given = [...there.values()]
      .filter(({ machine, claim_id }) => machine === setting.machine && !kept.has(claim_id))
      .map((lease) => pendingOf('release', lease))
    if (waiting.length + given.length > 0) found.set(name, [...waiting, ...given])
  }
  return found
}

const everyShard = (shards: number) => Array.from({ length: shards }, (_, at) => at)

const pendingOf = (what: Pending['what'], lease: FarLease): Pending => ({
  what,
  resource_type: lease.resource_type,
  resource_name: lease.resource_name,
  claimed_by: lease.claimed_by,
  ...(lease.glob ? { glob: true } : {}),
})

/**
 * Settle what waits, what the remote has forgotten among it, and read what moved there. Losers are told. `by` is who acts. A remote that is not
 * the one that was set up is offered nothing.
 */
export function settleAll(ctx: Context, ledger: FarLedger, by: string): AllSettled {
  const result: AllSettled = {
    ...{ taken: 0, lost: [], read: 0, set_back: [], again: [], unbound: [] },
    trouble: null,
  }
  const before = knownBefore(ctx, ledger)
  const listed = listClaims(ledger)
  if (!listed.ok) return { ...result, trouble: noted(ctx, ledger, listed.trouble) }
  dropForgotten(ctx, ledger, listed.result, before, by, result)
  const { strange } = listed.result
  if (strange) return { ...result, trouble: noted(ctx, ledger, strange) }
  const trouble = settleWaiting(ctx, ledger, by, result) ?? readMoved(ctx, ledger, listed.result, by, result)
  return { ...result, trouble }
}

function noted(ctx: Context, { room }: FarLedger, trouble: Trouble): Trouble {
  attempt(ctx, () => noteContact(room, ctx.now().wall, trouble as RemoteTrouble))
  return trouble
}

/** What waits in several domains goes out by one push where what is known of them is enough, else one after the other. */
function settleWaiting(ctx: Context, ledger: FarLedger, by: string, result: AllSettled): Trouble | null {
  const waiting = [...listPending(ctx, ledger)].map(([name, resources]) => ({ name, resources }))
  const count = waiting.reduce((sum, { resources }) => sum + resources.length, 0)
  const together = waiting.length > 1 ? tryTogether(ctx, ledger, waiting, asked(by, false)) : null
  if (together) {
    if ('trouble' in together) return together.trouble
    for (const settled of together.settled) tellTaken(ctx, ledger, settled)
    result.taken = count
    return null
  }
  for (const { name, resources } of waiting) {
    const trouble = settleSome(ctx, ledger, name, resources, by, result)
    if (trouble) return trouble
    result.taken += resources.length
  }
  result.taken -= result.lost.length
  return null
}
