/** Sessions as JSON shows them, with who may hang: from what was read of the room anyway. */
import type { Picture, SeenSession } from '../protocol/picture.ts'
import { mayHang } from '../protocol/rescue.ts'
import { seenSession } from './views.ts'

/** Some sessions of a picture with their liveness; `may_hang` only where it is so. */
export function seenSessions({ claims, records }: Picture, sessions: SeenSession[]) {
  const holders = new Set(claims.map(({ lease }) => lease.claimed_by))
  return sessions.map((seen) => {
    const { session_id } = seen.session
    const hangs = mayHang(seen, records.processes.get(session_id), holders.has(session_id))
    return { ...seenSession(seen), ...(hangs ? { may_hang: true } : {}) }
  })
}
