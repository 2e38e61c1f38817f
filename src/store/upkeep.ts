/** Whether a heartbeat has to tidy the room: at most every ten minutes. What it does then is loaded only then (tidy/upkeep.ts). */
import type { Moment } from '../protocol/claims.ts'
import { lookAt } from './disk.ts'
import { inRoom, type Room } from './room.ts'

const MARKER = '.state/pruned'
const PAUSE_MS = 10 * 60_000

/**
 * Do it if it is due; a room without the marker is due at once. `finish` is asked to finish handovers that were cut off, where there
 * are any. Returns how many heartbeats went. Throws what the disk refuses.
 */
export function upkeepIfDue(room: Room, at: Moment, finish = () => {}): number {
  const age = Date.now() - Math.floor(lookAt(inRoom(room, MARKER))?.mtimeMs ?? 0)
  return age >= 0 && age < PAUSE_MS ? 0 : room.lazy.upkeep().upkeep(room, at, MARKER, PAUSE_MS, finish)
}
