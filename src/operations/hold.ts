/** Holding a claim for as long as a command runs: what `coord run` does while it waits for its command. */

import type { Context } from '../context.ts'
import { decideRenew, type Resource, timeLeft } from '../protocol/claims.ts'
import { CoordError, invalid } from '../protocol/errors.ts'
import { labelOf } from '../protocol/labels.ts'
import { nameOf } from '../protocol/names.ts'
import { wordsOf } from '../protocol/needs.ts'
import type { Lease } from '../protocol/records.ts'
import { pastTenures } from '../protocol/tenures.ts'
import { parseDuration } from '../protocol/time.ts'
import { readSlots } from '../store/ledger.ts'
import { domain, type Room } from '../store/room.ts'
import { loadSession } from '../store/sessions.ts'
import { recordAct } from './act.ts'
import { type AskedClaim, prepareClaim, refuseClaim, settleClaim, tryClaim } from './claim.ts'
import { actorOf } from './identify.ts'
import { currentLease, type Decide, transact } from './leases.ts'
import { defineOperation, type InputOf } from './operation.ts'
import type { Patience } from './patience.ts'
import { refusalError } from './refusal.ts'
import { obtainWhenFree } from './wait.ts'

/** `coord run TYPE NAME -- CMD`: the face claims, runs the command and keeps the claim with `keepHeld`. */
export const run = defineOperation({
  name: 'run',
  summary: 'Hold a claim while a command runs.',
  writes: true,
  input: {
    type: { kind: 'text', help: 'the kind of resource', required: true },
    name: { kind: 'text', help: 'its name', required: true },
    for: { kind: 'text', help: 'how long the claim outlives a crash of coord (default 2m)' },
    note: { kind: 'text', help: 'why you need it' },
  },
  run(): Record<string, never> {
    throw invalid(
      'CMD',
      'there is no command to run',
      'coord run TYPE NAME -- COMMAND, e.g. -- npm run deploy',
    )
  },
})

/** A claim that is kept: whose, what it is, with which token, and for how long each time. */
export interface Kept {
  by: string
  resource: Resource
  token: number
  term_ms: number
}

/** A claim that `coord run` got. */
export interface Obtained extends Kept {
  /** Whether the session held it before: then it keeps it. */
  already: boolean
}

const TERM = '2m'

/** Claim to hold it while a command runs, in line where there is patience. Null when the signal came first. Throws what `claim` throws. */
export async function claimToHold(
  ctx: Context,
  { type, name, note, for: term = TERM }: InputOf<typeof run.input>,
  patience: Patience | null,
): Promise<Obtained | null> {
  const given = { type, name: [name], for: term, 'no-renew': true, ...(note === undefined ? {} : { note }) }
  const asked = prepareClaim(ctx, given)
  const [resource] = asked.resources
  const result = await obtain(ctx, { ...asked, later: again(resource!) }, patience)
  if (!result) return null
  const { claimed_by: by, token } = result.claim
  return { by, resource: resource!, token, term_ms: parseDuration(term, 'for'), already: 'already' in result }
}

function obtain(ctx: Context, asked: AskedClaim, patience: Patience | null) {
  if (patience) return obtainWhenFree(ctx, asked, patience)
  const outcome = tryClaim(ctx, asked, null)
  if (!outcome.ok) throw refuseClaim(ctx, asked, outcome.refusal)
  return settleClaim(ctx, asked, outcome.result)
}

const again = (resource: Resource) => `coord run ${wordsOf(resource)} --wait 10m -- …`

/**
 * Look whether a claim is still kept, and prolong it once a quarter of its term is over; how long it lasts now, in milliseconds. Only the
 * ledger is asked, so that the end of the session counts as a loss. Throws `lost`, `not_found`. Says nothing to anybody.
 */
export function keepHeld(ctx: Context, { by, resource, token, term_ms }: Kept): number {
  const room = ctx.room()
  const now = ctx.now()
  const lease = currentLease(room, resource, now)
  const left = lease?.claimed_by === by && lease.token === token ? timeLeft(lease, now) : 0
  if (left > term_ms * 0.75) return left
  const ask = { by, resource, token, term_ms }
  const renewal: Decide<Lease> = (holdings, at, past) => decideRenew(holdings, ask, at, past())
  const outcome = transact(ctx, room, by, [resource], renewal, true)
  if (!outcome.ok) {
    const error = refusalError(room, resource, outcome.refusal, now)
    throw afterStop(resource, error, outcome.refusal.lease ? null : lossOf(room, resource, token))
  }
  return timeLeft(outcome.result, ctx.now())
}

/** A loss as it is told when the command has been stopped; `known` is what the ledger tells of it. */
function afterStop(
  resource: Resource,
  { code, message, details }: CoordError,
  known: string | null,
): CoordError {
  const told = known === null ? message : `you hold ${nameOf(resource)} no more: ${known}`
  return new CoordError(code, told, `The command was stopped. Again: ${again(resource)}`, details)
}

/** How the claim of a token ended, as far as the kept slots tell. */
function lossOf(room: Room, resource: Resource, token: number): string | null {
  const { resource_type, resource_name } = resource
  const past = pastTenures(readSlots(room, domain(resource_type, resource_name)), resource)
  const { ended, by, by_machine, reason } = past.find((tenure) => tenure.token === token) ?? {}
  if (ended === 'released') return 'it was released'
  if (ended === 'removed') return 'its file was removed'
  if (ended !== 'forced') return null
  const session = by ? loadSession(room, by) : null
  const where = by_machine ? ` @${by_machine}` : ''
  return `forced by ${session ? labelOf(session) : (by ?? 'somebody')}${where}${reason ? `: ${reason}` : ''}`
}

/** A sign of life of the acting session while its command runs. */
export function stillRuns(ctx: Context, what: string): void {
  const room = ctx.room()
  const now = ctx.now()
  const { session } = actorOf(ctx, room, now.wall)
  recordAct(ctx, room, session!, now, { event: 'alive', message: `runs ${what}` })
}
