/** When a machine publishes, and when it asks again after a remote did not answer. Times in epoch ms, spans in ms. */
import type { Session } from '../records.ts'

export const EVERY_MS = 20_000
/** A sign of life alone is published so often; what matters goes with the next round. Well below `sessions.staleAfter`. */
export const PRESENCE_MS = 60_000
const LONGEST_MS = 10 * 60_000

/** What of a session changes with every sign of life, and says nothing new. */
const SIGNS = ['last_seen', 'last_heartbeat', 'load', 'context']

/** A session without what every sign of life changes. */
export function withoutSigns(session: Session): Partial<Session> {
  const { last, ...rest } = Object.fromEntries(
    Object.entries(session).filter(([name]) => !SIGNS.includes(name)),
  ) as Partial<Session>
  return last ? { ...rest, last: { ...last, timestamp: undefined } } : rest
}

/** What was published last: the hash of all, that of what matters, and when. */
export interface Published {
  whole: string
  matter: string
  at: number
}

/** Whether to publish now: what matters changed, or only signs of life did, and long enough ago. */
export function isWorthPublishing(last: Published | null, now: Omit<Published, 'at'>, wall: number): boolean {
  if (!last || last.matter !== now.matter) return true
  return last.whole !== now.whole && Math.abs(wall - last.at) >= PRESENCE_MS
}

/** How long to wait after so many failures in a row. */
export const backOff = (failures: number, every_ms = EVERY_MS): number =>
  failures <= 0 ? every_ms : Math.max(every_ms, Math.min(LONGEST_MS, every_ms * 2 ** Math.min(failures, 10)))

/** The number of the next state: it grows also when the clock was set back, or the last number was lost. */
export const nextSeq = (last: number, wall: number): number => Math.max(last + 1, wall)
