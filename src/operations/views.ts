/** Records with what was computed of them at this look, in the form of the JSON contract. */
import { toClaim } from '../protocol/foreign.ts'
import { machineOf } from '../protocol/machines/names.ts'
import type { SeenClaim, SeenSession, Sent } from '../protocol/picture.ts'
import type { Claim, Lease, Session } from '../protocol/records.ts'

/** A session with its liveness. */
export function seenSession({ session, liveness, state }: SeenSession) {
  return { ...session, state, liveness }
}

/** A claim of the ledger as JSON shows it: what a script's claim may lack is there. */
export type ShownClaim = Claim &
  Pick<Lease, 'token' | 'expires_at' | 'claimed_at' | 'claim_id'> & {
    /** A remote arbitrates, and has not taken it. */
    provisional?: boolean
  }

/** A claim as JSON shows it: token and expiry first. */
export function shownClaim(lease: Lease): ShownClaim {
  const { token, expires_at, ...rest } = toClaim(lease)
  return { token, expires_at, ...rest } as ShownClaim
}

/** A claim with the time it has left and how alive its holder is. */
export function seenClaim({ lease, holder, expired, expires_in_ms }: SeenClaim) {
  return {
    ...shownClaim(lease),
    expires_in_ms,
    expired,
    holder_name: holder?.session.name ?? null,
    holder_liveness: holder?.liveness ?? null,
    ...machineOfHolder(holder?.session ?? lease),
  }
}

/** The other machine that a holder is at; nothing for the room's own sessions. */
function machineOfHolder(session: Session | Lease): {
  holder_machine?: string
  holder_machine_name?: string
} {
  const machine = machineOf(session)
  if (!machine) return {}
  const { machine_name: name } = session
  return { holder_machine: machine, ...(typeof name === 'string' ? { holder_machine_name: name } : {}) }
}

/** A message as JSON shows it. */
export function shownMessage({ message }: Sent) {
  return message
}

/** The last `limit` or first `limit` of a list, and how many were left out. */
export function limited<T>(
  items: T[],
  limit: number | undefined,
  from: 'first' | 'last',
): { kept: T[]; omitted: number } {
  const most = limit ?? 50
  if (items.length <= most) return { kept: items, omitted: 0 }
  return {
    kept: from === 'first' ? items.slice(0, most) : items.slice(items.length - most),
    omitted: items.length - most,
  }
}
