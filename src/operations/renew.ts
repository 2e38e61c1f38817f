import { decideRenew, findLease, timeLeft } from '../protocol/claims.ts'
import { markHeld, unmarkHeld } from '../store/held.ts'
import { attempt, recordAct } from './act.ts'
import { refuseLate, termOf } from './claim.ts'
import { actorOf } from './identify.ts'
import { transact } from './leases.ts'
import { defineOperation } from './operation.ts'
import { rememberedChanges } from './own-claims.ts'
import { refusalError, refusalOfPart } from './refusal.ts'
import { resourcesOf } from './resources.ts'
import { shownClaim } from './views.ts'

/** `coord renew`: prolong a lease of one's own; it is never shortened. Throws `lost`, `not_owner`, `not_found`. */
export const renew = defineOperation({
  name: 'renew',
  summary: 'Prolong a claim of yours; never shortens it.',
  writes: true,
  input: {
    type: { kind: 'text', help: 'the kind of resource', required: true },
    name: { kind: 'text', help: 'its name', required: true },
    for: { kind: 'text', help: 'how long from now (default: as it was claimed for)' },
    token: { kind: 'number', help: 'only if the claim still has this fencing token' },
  },
  run(ctx, given) {
    const [resource] = resourcesOf(ctx, { type: given.type, name: [given.name] })
    const room = ctx.room()
    const now = ctx.now()
    const asked = given.for === undefined ? null : termOf(room, given.for)
    const { id, session } = actorOf(ctx, room, now.wall)
    const token = given.token ?? null
    const outcome = transact(ctx, room, id, [resource!], (holdings, at, past) => {
      const own = findLease(holdings.claims, resource!)
      const ask = {
        by: id,
        resource: resource!,
        token,
        term_ms: asked ?? own?.term_ms ?? room.config.claims.defaultFor,
      }
      return decideRenew(holdings, ask, at, [...past(), ...rememberedChanges(room, id)])
    })
    if (!outcome.ok) {
      if (outcome.refusal.code === 'lost' && token === null) unmarkHeld(room, id, resource!)
      throw (
        refusalOfPart(ctx, room, id, 'renew', resource!, outcome.refusal) ??
        refusalError(room, resource!, outcome.refusal, now)
      )
    }
    const lease = outcome.result
    attempt(ctx, () => markHeld(room, id, lease))
    recordAct(ctx, room, session!, now, { event: 'renew', message: `renewed ${given.type}/${given.name}` })
    refuseLate(given.name, timeLeft(lease, ctx.now()))
    return { claim: shownClaim(lease) }
  },
})
