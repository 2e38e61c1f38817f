/** Holding a claim for as long as a command runs: what `coord run` does while it waits for its command. */
import type { Context } from '../context.ts'
import { decideRenew, type Resource, timeLeft } from '../protocol/claims.ts'
import { invalid } from '../protocol/errors.ts'
import { recordAct } from './act.ts'
import { actorOf } from './identify.ts'
import { currentLease, transact } from './leases.ts'
import { defineOperation } from './operation.ts'
import { refusalError } from './refusal.ts'

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
  const outcome = transact(ctx, room, by, [resource], (holdings, at, past) =>
    decideRenew(holdings, ask, at, past()),
  )
  if (!outcome.ok) throw refusalError(room, resource, outcome.refusal, now)
  return timeLeft(outcome.result, ctx.now())
}

/** A sign of life of the acting session while its command runs. */
export function stillRuns(ctx: Context, what: string): void {
  const room = ctx.room()
  const now = ctx.now()
  const { session } = actorOf(ctx, room, now.wall)
  recordAct(ctx, room, session!, now, { event: 'alive', message: `runs ${what}` })
}
