/** Sessions as JSON shows them, with who may hang and whose process is gone. */
import type { Picture, SeenSession } from '../protocol/picture.ts'
import { mayHang } from '../protocol/rescue.ts'
import { isEnded } from '../protocol/sessions.ts'
import { processOf } from '../store/processes.ts'
import { seenSession } from './views.ts'

/** Some sessions of a picture with their liveness; `may_hang` and `no_process` (the one that its record names is no more) only where it is so. */
export function seenSessions({ claims, records }: Picture, sessions: SeenSession[]) {
  const holders = new Set(claims.map(({ lease }) => lease.claimed_by))
  return sessions.map((seen) => {
    const { session } = seen
    const { session_id: id } = session
    // The picture has asked for those alone whose last sign is old.
    const process = records.processes.get(id) ?? (isEnded(session) ? undefined : processOf(session))
    const hangs = mayHang(seen, process, holders.has(id))
    return {
      ...seenSession(seen),
      ...(hangs ? { may_hang: true } : {}),
      ...(process === 'dead' ? { no_process: true } : {}),
    }
  })
}
