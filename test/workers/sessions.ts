/** A session's record without a process behind it. */
import type { Room } from '../../src/store/room.ts'
import { writeSession } from '../../src/store/sessions.ts'

/** Register a session by its file alone, as a script would. */
export function newSessionRecord(room: Room, session_id: string): void {
  const now = new Date().toISOString()
  writeSession(room, { session_id, started_at: now, status: 'active', last_seen: now, last_heartbeat: now })
}
