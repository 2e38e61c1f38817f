/** How claims end at a remote, for the memory of a room's ledger and for who is told: what its refs told last of who moved what. Pure. */
import { clip } from '../escape.ts'
import { isMachine } from '../machines/names.ts'
import { isSessionId } from '../names.ts'
import type { Change } from '../records.ts'
import type { FarLease, FarSlot, Forced } from './slots.ts'

/** What the last move of a ref did to a claim: who made it, on which machine, and why. */
interface Cause {
  act: string
  by: string
  machine: string
  reason?: string
}

/** By the ids of the claims. */
export type Causes = ReadonlyMap<string, Cause>

/**
 * How a claim ended at a remote: `how` is the act there (`first`: another was, before the remote took this one; `refused`: so was who claimed
 * answered; absent where it is not known any more), `by` who did it or has it now, `by_machine` where.
 */
export interface Ending {
  how?: 'release' | 'force' | 'transfer' | 'takeover' | 'first' | 'refused'
  by?: string
  by_machine?: string
  reason?: string
}

/** A change in a room's ledger that its remote brought; `machine`: the holder's, where that is another. */
export type SettledChange = Change & Omit<Ending, 'reason'> & { machine?: string }

const REASON = 500

/** What the last moves of some refs did. A name that could be no session's is a person's. */
export function causesIn(slots: (FarSlot | null)[]): Causes {
  const causes = new Map<string, Cause>()
  for (const slot of slots) {
    for (const { claim_id, by, machine, reason } of forcedIn(slot))
      causes.set(claim_id, causeOf('force', by, machine, reason))
    for (const { act, claim_id, reason } of slot?.changes ?? [])
      causes.set(claim_id, causeOf(act, slot!.by, slot!.machine, reason))
  }
  return causes
}

const causeOf = (act: string, by: string, machine: string, reason: string | null | undefined): Cause => ({
  ...{ act, by: isSessionId(by) ? by : 'human', machine },
  ...(reason ? { reason: clip(reason, REASON) } : {}),
})

/** So many claims that went by force are remembered: who lost one looks by its next renewal, or hears of it by a round of sync. */
const FORCED = 8

/** What a ref remembers of force after a move: the newest first. `head`: its slot before. */
export function forcedAfter(
  head: FarSlot | null,
  changes: Change[],
  by: string,
  machine: string,
): { forced?: Forced[] } {
  const fresh = changes.flatMap(({ act, claim_id, reason }) =>
    act === 'force' ? { claim_id, by, machine, ...(reason ? { reason: clip(reason, REASON) } : {}) } : [],
  )
  const forced = [...fresh, ...forcedIn(head)].slice(0, FORCED)
  return forced.length === 0 ? {} : { forced }
}

/** As far as it is what it should be: it came from outside. */
function forcedIn(slot: FarSlot | null): Forced[] {
  if (!Array.isArray(slot?.forced)) return []
  const whole = slot.forced.slice(0, FORCED).filter((each: Partial<Forced> | null) => {
    const { claim_id, by, machine, reason } = each ?? {}
    const isText = [claim_id, by].every((text) => typeof text === 'string' && text.length <= 100)
    return isText && isMachine(machine) && (reason === undefined || typeof reason === 'string')
  })
  return whole.map((each) => (each.reason ? { ...each, reason: clip(each.reason, REASON) } : each))
}

/** How a lease ended that the remote does not hold any more, or never took; `rival` is what stands there in its place, if anything. */
export function endingOf(lease: FarLease, rival: FarLease | null, causes: Causes): Ending {
  const cause = causes.get(lease.claim_id)
  if (cause?.act === 'force') {
    const { by, machine, reason } = cause
    return { how: 'force', by, by_machine: machine, ...(reason ? { reason } : {}) }
  }
  if (cause?.act === 'release') return { how: 'release' }
  if (!rival) return {}
  const who = { by: rival.claimed_by, ...(rival.machine ? { by_machine: rival.machine } : {}) }
  if (rival.claim_id === lease.claim_id) return { how: 'transfer', ...who }
  if (lease.machine === undefined) return { how: 'first', ...who }
  return causes.get(rival.claim_id)?.act === 'takeover' ? { how: 'takeover', ...who } : who
}
