/** Sessions as JSON shows them, with who may hang and whose process is gone. */
import type { Picture, SeenSession } from '../protocol/picture.ts'
import { mayHang } from '../protocol/rescue.ts'
import { isEnded } from '../protocol/sessions.ts'
import { processOf } from '../store/processes.ts'
import { seenSession } from './views.ts'

/** What is known of a session's process; the picture has asked for those alone whose last sign is old. */
const processIn = ({ records }: Picture, { session }: SeenSession) =>
  records.processes.get(session.session_id) ?? (isEnded(session) ? undefined : processOf(session))

/** The ids of live sessions whose process, which their record names, is no more. */
export const withoutProcess = (picture: Picture): Set<string> =>
  new Set(
    picture.active
      .filter((seen) => processIn(picture, seen) === 'dead')
      .map(({ session }) => session.session_id),
  )

/** Some sessions of a picture with their liveness; `may_hang` and `no_process` (the one that its record names is no more) only where it is so. */
export function seenSessions(picture: Picture, sessions: SeenSession[]) {
  const holders = new Set(picture.claims.map(({ lease }) => lease.claimed_by))
  return sessions.map((seen) => {
    const process = processIn(picture, seen)
    const hangs = mayHang(seen, process, holders.has(seen.session.session_id))
    return {
      ...seenSession(seen),
      ...(hangs ? { may_hang: true } : {}),
      ...(process === 'dead' ? { no_process: true } : {}),
    }
  })
}
